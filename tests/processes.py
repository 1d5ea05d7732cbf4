"""Processes for the acceptance ring: workers, beats and publishers that can be killed, and nothing left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from holdfast.client import Holdfast
from holdfast.config import Settings

CELERY = [sys.executable, "-m", "celery", "-A", "holdfast.worker.app"]
WORKER = [*CELERY, "worker", "--concurrency=1", "--without-gossip", "--without-mingle", "--loglevel=INFO"]
QUEUES = "ingest,autosave,recovery,insight,upkeep"


def environment(settings: Settings) -> dict[str, str]:
    given = {f"HOLDFAST_{name.upper()}": str(value) for name, value in settings.model_dump(exclude_unset=True).items()}
    return os.environ | given


class Process:
    """A program in a process group of its own, with its output in a file."""

    def __init__(self, name: str, command: list[str], settings: Settings, directory: Path) -> None:
        self.name = name
        self.log = directory / f"{name}.log"
        with self.log.open("ab") as output:
            self._popen = subprocess.Popen(
                command,
                env=environment(settings),
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    def kill(self) -> None:
        """SIGKILL, to the program and all that it started."""
        if self.alive:
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait(10)

    def kill_child(self) -> None:
        """SIGKILL to one process that the program started: a worker's pool process."""
        for child in psutil.Process(self.pid).children()[:1]:
            child.kill()

    def wait(self, seconds: float) -> int:
        """Its exit code, once it has ended by itself."""
        return self._popen.wait(seconds)

    def stop(self, seconds: float = 20.0) -> int:
        """SIGTERM, and the exit code. A program that does not end in time is killed, and that is an error."""
        if self.alive:
            self._popen.terminate()
        try:
            return self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def text(self) -> str:
        return self.log.read_text(errors="replace")


def worker(settings: Settings, directory: Path, name: str = "worker", queues: str = QUEUES) -> Process:
    return Process(name, [*WORKER, f"--hostname={name}@%h", f"--queues={queues}"], settings, directory)


def beat(settings: Settings, directory: Path, name: str = "beat") -> Process:
    return Process(name, [*CELERY, "beat", f"--schedule={directory / name}.schedule"], settings, directory)


@contextmanager
def ended(*processes: Process) -> Iterator[None]:
    """Whatever happens in the block, the processes are gone after it."""
    try:
        yield
    finally:
        for process in processes:
            process.kill()


@contextmanager
def at_work(settings: Settings, directory: Path) -> Iterator[Holdfast]:
    """A client with these settings, and a worker and a beat behind it."""
    with ended(worker(settings, directory), beat(settings, directory)), Holdfast(settings) as hf:
        yield hf
