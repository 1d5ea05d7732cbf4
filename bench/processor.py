"""Who spends the processors' time: publishers, Redis, the worker, Postgres."""

from pathlib import Path

import psutil

from stack import Servers, Worker

__all__ = ["spent"]


def spent(servers: Servers, ours: Worker) -> dict[str, float]:
    """Seconds of processor time that each part has used since it began, as far as its processes are still there."""
    seconds = dict.fromkeys(("publishers", "redis", "worker", "postgres"), 0.0)
    worker = {ours.process.pid, *(child.pid for child in ours.children())}
    directory = servers.directory.resolve()
    publishers = {child.pid for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())}
    for process in psutil.process_iter():
        try:
            used = sum(process.cpu_times()[:2])
            if process.pid in worker:
                seconds["worker"] += used
            elif process.pid in publishers:
                seconds["publishers"] += used
            elif directory in (place := Path(process.cwd())).parents:
                seconds[place.relative_to(directory).parts[0]] += used
        except psutil.Error:  # it ended meanwhile, or is not ours to look at
            continue
    return seconds
