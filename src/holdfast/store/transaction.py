"""The connection to Postgres and the one way to open a transaction."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import psycopg
from psycopg.types.json import set_json_loads
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from holdfast.errors import InvalidInput, SchemaOutdated, StoreUnavailable

__all__ = ["connect", "transaction"]

# A process that is frozen in the middle of a round holds its shard's lock; the server ends it.
SESSION_OPTIONS = "-c timezone=UTC -c idle_in_transaction_session_timeout=30s -c lock_timeout=30s"

AWAY = (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.InsufficientPrivilege)
"""A server that is not there, or not the one to write to: a demoted primary, a role without its rights."""

IDLE_SECONDS = 0.1
"""A connection that rested longer is tried before it is used: the server may have been restarted meanwhile."""


def connect(url: str, *, pool_size: int = 5) -> Engine:
    """An engine for the Postgres at `url` (`postgresql://user:password@host/database`); connects at its first use."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise InvalidInput("database_url", "is not of the form postgresql://user:password@host/database") from error
    if parsed.get_backend_name() not in {"postgresql", "postgres"}:
        raise InvalidInput("database_url", f"names {parsed.get_backend_name()}; the log is kept in PostgreSQL only")
    engine = create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=pool_size,
        connect_args={
            "options": SESSION_OPTIONS,
            "connect_timeout": 5,
            "application_name": "holdfast",
            # A server whose machine is gone does not say so; without these a connection waits for it for hours.
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 2,
            "tcp_user_timeout": 20_000,
        },
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "checkout", _try_rested)
    event.listen(engine, "checkin", _rest)
    return engine


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """One transaction: commits at the end of the block, rolls back where it raises.

    Raises `StoreUnavailable` where Postgres cannot be reached or breaks off, and `SchemaOutdated` where the tables are
    not there. After a `StoreUnavailable` the commit may have happened all the same.
    """
    try:
        with engine.begin() as connection:
            try:
                yield connection
            except (*AWAY, KeyboardInterrupt):
                # Raised below SQLAlchemy, which would otherwise put the broken connection back into its pool, or ask
                # one that was interrupted in the middle of a query to roll back.
                connection.invalidate()
                raise
    except AWAY as error:
        raise _unavailable(error) from error
    except PoolTimeout as error:
        raise StoreUnavailable("every connection of this process to Postgres is in use; try again") from error
    except DBAPIError as error:
        if isinstance(error.orig, AWAY):
            raise _unavailable(error.orig) from error
        if isinstance(error.orig, psycopg.errors.UndefinedTable | psycopg.errors.UndefinedColumn):
            raise _outdated() from error
        raise
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as error:
        raise _outdated() from error


def _unavailable(error: psycopg.Error) -> StoreUnavailable:
    first_line = str(error).strip().partition("\n")[0] or "the connection broke"
    did = "did not answer" if isinstance(error, psycopg.OperationalError) else "refused"
    return StoreUnavailable(f"Postgres {did}: {first_line}")


def _outdated() -> SchemaOutdated:
    return SchemaOutdated("the database lacks tables that this release needs; run `holdfast db upgrade`")


def _prepare(driver: psycopg.Connection[Any], record: Any) -> None:
    set_json_loads(orjson.loads, driver)
    record.info["rested_at"] = time.monotonic()


def _rest(driver: psycopg.Connection[Any] | None, record: Any) -> None:  # noqa: ARG001  # the pool's signature
    record.info["rested_at"] = time.monotonic()


def _try_rested(driver: psycopg.Connection[Any], record: Any, proxy: Any) -> None:  # noqa: ARG001  # the pool's signature
    if time.monotonic() - record.info["rested_at"] < IDLE_SECONDS:
        return
    try:
        driver.execute("SELECT 1")
        driver.rollback()
    except psycopg.OperationalError as error:
        raise DisconnectionError from error
