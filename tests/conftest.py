"""What every ring of tests shares: real servers, one of each per process that runs tests."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
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
from s3 import S3Server


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
def settings(
    redis_server: EmbeddedRedis, postgres_server: EmbeddedPostgres, migrated: str, tmp_path: Path
) -> Iterator[Settings]:
    """Settings of an installation of its own: a fresh database and directory, and a prefix in Redis of its own."""
    name = f"test_{uuid4().hex}"
    create(postgres_server, f"CREATE DATABASE {name} TEMPLATE {migrated}")
    yield Settings.load(
        redis_url=redis_server.url,
        database_url=at(postgres_server, name),
        prefix=f"{name}:",
        idle_after=3600.0,
        data_dir=tmp_path / "data",
    )
    create(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """An S3 that lives as long as this run of tests."""
    server = S3Server(find_free_port(), tmp_path_factory.mktemp("s3"))
    yield server
    server.stop()


@pytest.fixture
def bucket(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a fresh bucket; the environment leads to it, also that of processes which the test starts."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    return f"s3://{s3_server.new_bucket()}"


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
