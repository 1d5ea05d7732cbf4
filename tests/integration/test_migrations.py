"""Migrations: what they make is what the tables say, twice is once, and a wrong schema is told in a sentence."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, text

from holdfast import bootstrap
from holdfast.client import Holdfast
from holdfast.config import Settings
from holdfast.embedded import EmbeddedPostgres
from holdfast.errors import SchemaOutdated, StoreUnavailable
from holdfast.store.migrations import check, head, revision, upgrade
from holdfast.store.tables import Base
from holdfast.store.transaction import connect, transaction

# What Postgres itself says a schema is, beyond what Alembic compares: all but the names that it makes up.
DEFINITIONS = """
    SELECT 'column', table_name || '.' || column_name,
           concat_ws(' ', data_type, udt_name, is_nullable, column_default, is_identity, identity_generation,
                     is_generated, generation_expression)
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL
    SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL
    SELECT 'constraint', conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'table', relname, array_to_string(reloptions, ',')
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'comment', c.relname || '.' || a.attname, col_description(c.oid, a.attnum)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""


@pytest.fixture
def empty(postgres_server: EmbeddedPostgres) -> Iterator[str]:
    """The URL of a database with nothing in it."""
    name = f"empty_{uuid4().hex}"
    with psycopg.connect(postgres_server.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield f"{postgres_server.url.rpartition('/')[0]}/{name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def bare(empty: str) -> Iterator[Engine]:
    """The engine of that database."""
    engine = connect(empty)
    yield engine
    engine.dispose()


def definitions(engine: Engine) -> dict[tuple[str, str], str | None]:
    with engine.connect() as connection:
        rows = connection.execute(text(DEFINITIONS))
        return {(kind, name): how for kind, name, how in rows if not name.startswith("alembic_version")}


def test_the_migrations_make_what_the_tables_say(engine: Engine, bare: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
    Base.metadata.create_all(bare)
    migrated, declared = definitions(engine), definitions(bare)
    assert {key: how for key, how in migrated.items() if declared.get(key) != how} == {}
    assert migrated.keys() == declared.keys()
    assert len(migrated) > 80


def test_an_upgrade_may_be_repeated(empty: str, bare: Engine) -> None:
    assert revision(bare) is None
    assert upgrade(empty) == head()
    before = definitions(bare)
    assert upgrade(empty) == head()
    check(bare)
    assert definitions(bare) == before


def test_two_upgrades_at_once_take_turns(empty: str, bare: Engine) -> None:
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(upgrade, [empty] * 3)) == [head()] * 3
    check(bare)


def test_a_database_without_a_schema_is_outdated(bare: Engine) -> None:
    with pytest.raises(SchemaOutdated, match=f"is at schema none, and this release needs {head()}; run `"):
        check(bare)


def test_a_database_of_tomorrow_is_told_and_left_alone(empty: str, bare: Engine) -> None:
    upgrade(empty)
    with bare.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaOutdated, match="is at schema 9999, and this release needs"):
        check(bare)
    with pytest.raises(SchemaOutdated, match="is at schema 9999, which this release does not know"):
        upgrade(empty)
    assert revision(bare) == "9999"


@pytest.mark.parametrize(
    "call",
    [
        lambda hf: hf.start("u"),
        lambda hf: hf.session("s"),
        lambda hf: hf.sessions(),
        lambda hf: hf.service.events("s"),
        lambda hf: hf.service.state("s"),
        lambda hf: hf.service.dead_letters(),
        lambda hf: hf.service.take_lease("s", "a", exclusive=True),
    ],
)
def test_whoever_uses_a_database_without_a_schema_is_told_what_to_do(
    settings: Settings, empty: str, call: Callable[[Holdfast], Any]
) -> None:
    with (
        Holdfast(settings.model_copy(update={"database_url": empty})) as hf,
        pytest.raises(SchemaOutdated, match="lacks tables that this release needs; run `holdfast db upgrade`"),
    ):
        call(hf)


@pytest.mark.promise(1)
def test_what_is_published_before_the_database_is_upgraded_waits_for_it(settings: Settings, empty: str) -> None:
    settings = settings.model_copy(update={"database_url": empty})
    engine = bootstrap.engine(settings)
    ingest = bootstrap.ingest(settings, engine)
    with Holdfast(settings.model_copy(update={"database_url": None})) as away:
        session = away.session("early")
        session.publish({"type": "session.started", "data": {"user_id": "u"}})
        with pytest.raises(SchemaOutdated):
            ingest.drain(away.publisher.keys.shard("early"), seconds=5)
        upgrade(empty)
        assert ingest.drain(away.publisher.keys.shard("early"), seconds=5)
    with transaction(engine) as connection:
        assert connection.execute(text("SELECT id, seq FROM sessions")).one() == ("early", 1)
    ingest.reader.close()
    engine.dispose()


def test_an_upgrade_of_a_database_that_is_away_says_so() -> None:
    with pytest.raises(StoreUnavailable, match="Postgres did not answer"):
        upgrade("postgresql://nobody:x@127.0.0.1:1/none")
