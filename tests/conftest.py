"""What every ring of tests shares: real servers, one of each per process that runs tests."""

from collections.abc import Callable, Iterator

import pytest

from holdfast.embedded import EmbeddedPostgres, EmbeddedRedis
from holdfast.embedded.server import free_port as find_free_port


@pytest.fixture
def free_port() -> Callable[[], int]:
    """Each call gives a port that nothing listens on."""
    return find_free_port


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    """A Redis that lives as long as this run of tests; whoever kills it starts it again."""
    server = EmbeddedRedis(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A Postgres that lives as long as this run of tests; whoever kills it starts it again."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("postgres"))
    server.start()
    yield server
    server.stop()
