"""What every ring of tests shares: real servers, one of each per process that runs tests."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Engine

from holdfast import bootstrap
from holdfast.client import Holdfast
from holdfast.config import Settings
from holdfast.embedded import EmbeddedPostgres, EmbeddedRedis
from holdfast.embedded.server import free_port as find_free_port
from holdfast.pipeline.ingest import Ingest
from holdfast.store.migrations import upgrade


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


@pytest.fixture(scope="session")
def migrated(postgres_server: EmbeddedPostgres) -> str:
    """The name of a database with our tables and nothing in them, to copy."""
    create(postgres_server, "CREATE DATABASE migrated")
    upgrade(at(postgres_server, "migrated"))
    return "migrated"


@pytest.fixture
def settings(redis_server: EmbeddedRedis, postgres_server: EmbeddedPostgres, migrated: str) -> Iterator[Settings]:
    """Settings of an installation of its own: a fresh database, and a prefix in Redis that nobody else has."""
    name = f"test_{uuid4().hex}"
    create(postgres_server, f"CREATE DATABASE {name} TEMPLATE {migrated}")
    yield Settings.load(
        redis_url=redis_server.url, database_url=at(postgres_server, name), prefix=f"{name}:", idle_after=3600.0
    )
    create(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def hf(settings: Settings) -> Iterator[Holdfast]:
    """A client of that installation, with no worker behind it."""
    with Holdfast(settings) as holdfast:
        yield holdfast


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """Its database."""
    engine = bootstrap.engine(settings)
    yield engine
    engine.dispose()


@pytest.fixture
def ingest(settings: Settings, engine: Engine) -> Iterator[Ingest]:
    """What a worker drains with."""
    ingest = bootstrap.ingest(settings, engine)
    yield ingest
    ingest.reader.close()


def at(server: EmbeddedPostgres, database: str) -> str:
    """The URL of another database of the server."""
    return f"{server.url.rpartition('/')[0]}/{database}"


def create(server: EmbeddedPostgres, statement: str) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(statement)
