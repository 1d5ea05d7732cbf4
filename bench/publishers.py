"""Publishers: processes of their own that send when they are told to, in one of three ways."""

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from stack import Servers
from ways import Share, Ways

__all__ = ["Publisher", "publishers"]


class Publisher:
    """One publishing process, as the process that measures sees it."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def prepare(self, way: str, share: Share) -> None:
        """Get ready whatever is not publishing itself."""
        self._pipe.send((way, share))
        self._pipe.recv()

    def begin(self) -> None:
        self._pipe.send("begin")

    def finish(self) -> tuple[float, float]:
        """Wait until it has sent all; when it began and ended, by the machine's monotonic clock."""
        began, ended = self._pipe.recv()
        return began, ended


@contextmanager
def publishers(count: int, servers: Servers) -> Iterator[list[Publisher]]:
    """So many, ready; ended at the end of the block."""
    context = multiprocessing.get_context("spawn")
    processes, found = [], []
    for number in range(count):
        ours, theirs = context.Pipe()
        process = context.Process(target=_run, args=(theirs, servers, number), daemon=True)
        process.start()
        theirs.close()
        processes.append(process)
        found.append(Publisher(ours))
    try:
        yield found
    finally:
        for process in processes:
            process.terminate()
            process.join()


def _run(pipe: Connection, servers: Servers, number: int) -> None:
    ways = Ways(servers, seed=number)
    while True:
        way, share = pipe.recv()
        work = ways.start(way, share)
        next(work)
        pipe.send("ready")
        pipe.recv()
        began = time.monotonic()
        for _ in work:
            pass
        pipe.send((began, time.monotonic()))
