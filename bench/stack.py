"""What is measured runs on: the embedded servers in a directory of their own, and real Celery workers."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

import holdfast
from holdfast.embedded import EmbeddedPostgres, EmbeddedRedis
from holdfast.store import migrations

__all__ = ["HERE", "OUT", "Servers", "Worker", "servers", "worker"]

HERE = Path(__file__).parent
OUT = HERE / "out"
READY = "ready."
READY_SECONDS = 60.0


@dataclass(frozen=True)
class Servers:
    """Where the servers are, and the variables that tell other processes."""

    redis_url: str
    database_url: str
    directory: Path
    stop_postgres: Callable[[], None]

    def client(self, **settings: Any) -> holdfast.Holdfast:
        """A client of these servers."""
        return holdfast.connect(
            redis_url=self.redis_url,
            database_url=self.database_url,
            data_dir=self.directory,
            blob_url=str(self.directory / "blobs"),
            **settings,
        )

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST_")}
        path = os.pathsep.join(filter(None, (str(HERE), os.environ.get("PYTHONPATH"))))
        return {
            **inherited,
            "PYTHONPATH": path,
            "HOLDFAST_REDIS_URL": self.redis_url,
            "HOLDFAST_DATABASE_URL": self.database_url,
        }


@contextmanager
def servers() -> Iterator[Servers]:
    """A fresh Redis and a fresh, migrated Postgres, as `holdfast up` sets them up; gone afterwards."""
    # Not in the system's temporary directory, which may be memory: a commit must reach a disk.
    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=OUT, prefix="stack-", ignore_cleanup_errors=True) as directory:
        redis = EmbeddedRedis(Path(directory) / "redis")
        postgres = EmbeddedPostgres(Path(directory) / "postgres")
        try:
            redis.start()
            postgres.start()
            migrations.upgrade(postgres.url)
            yield Servers(redis.url, postgres.url, Path(directory), postgres.stop)
        finally:
            redis.stop()
            postgres.stop()


class Worker:
    """A Celery worker with its processes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def children(self) -> list[psutil.Process]:
        """The processes that run its tasks."""
        return list(psutil.Process(self.process.pid).children())


@contextmanager
def worker(servers: Servers, app: str, *arguments: str) -> Iterator[Worker]:
    """`celery -A APP worker ARGUMENT...`, ready to work; ended, with its processes, at the end of the block."""
    log = servers.directory / f"{app}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", app, "worker", "--loglevel", "info", *arguments],
            env=servers.environment,
            stdout=output,
            stderr=output,
        )
    try:
        _await_ready(process, log)
        yield Worker(process)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
            process.kill()


def _await_ready(process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + READY_SECONDS
    while READY not in log.read_text("utf-8", "replace"):
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"the worker did not start; its log:\n{log.read_text('utf-8', 'replace')}")
        time.sleep(0.05)
