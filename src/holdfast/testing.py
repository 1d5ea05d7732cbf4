"""For the tests of those who use Holdfast: real servers in a directory, draining without a worker, waiting for a fact.

    def test_my_agent(tmp_path):
        with testing.servers(tmp_path) as settings, Holdfast(settings) as hf:
            run_my_agent(hf)
            testing.drain(settings)
            assert hf.session("trip-1").state().decisions_made

Nothing here imitates anything: the servers are those of the extra `[embedded]`, and a drain is what a worker does.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from holdfast.client import Holdfast
from holdfast.config import Settings
from holdfast.embedded import EmbeddedPostgres, EmbeddedRedis
from holdfast.store.migrations import upgrade

__all__ = ["drain", "servers", "wait_until"]

T = TypeVar("T")

LOOK_SECONDS = 0.005


@contextmanager
def servers(directory: Path) -> Iterator[Settings]:
    """A Redis and a migrated Postgres in `directory`, stopped at the end; yields the settings that lead to them."""
    redis, postgres = EmbeddedRedis(directory / "redis"), EmbeddedPostgres(directory / "postgres")
    try:
        redis.start()
        postgres.start()
        upgrade(postgres.url)
        yield Settings.load(redis_url=redis.url, database_url=postgres.url)
    finally:
        postgres.stop()
        redis.stop()


def drain(settings: Settings, *, seconds: float = 60.0) -> None:
    """Commit everything that was published, in this process. Raises `NotCommittedYet` where that takes too long."""
    with Holdfast(settings) as holdfast:
        holdfast.service.drain(seconds=seconds)


def wait_until(fact: Callable[[], T], *, seconds: float = 30.0, what: str = "it") -> T:
    """Look until `fact()` is true, and return what it returned. Raises `TimeoutError` saying what never came."""
    until = time.monotonic() + seconds
    while not (found := fact()):
        if time.monotonic() > until:
            raise TimeoutError(f"{what} did not come true within {seconds:g} s")
        time.sleep(LOOK_SECONDS)
    return found
