"""The database's schema and its history. Each migration must run while the previous release is still at work."""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from holdfast.errors import SchemaOutdated
from holdfast.store.transaction import connect, transaction

__all__ = ["check", "head", "revision", "upgrade"]

LOCK = 0x484F4C44
"""Postgres' advisory lock that one upgrade holds, so that two at once take turns. The number spells HOLD."""


def upgrade(database_url: str, revision: str = "head") -> str:
    """Bring the database's schema up to `revision`; returns the revision it is at. Repeating it does nothing.

    Raises `StoreUnavailable`, and `SchemaOutdated` for a database that a newer release has upgraded.
    """
    engine = connect(database_url)
    config = _config()
    try:
        with transaction(engine) as connection:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
            _check_known(MigrationContext.configure(connection).get_current_revision())
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            return str(MigrationContext.configure(connection).get_current_revision())
    finally:
        engine.dispose()


def head() -> str:
    """The revision that this release needs."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def revision(engine: Engine) -> str | None:
    """The revision that the database is at; None where it has no schema of ours."""
    with transaction(engine) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def check(engine: Engine) -> None:
    """Raises `SchemaOutdated` where the database is not at this release's revision."""
    found, needed = revision(engine), head()
    if found != needed:
        raise SchemaOutdated(
            f"the database is at schema {found or 'none'}, and this release needs {needed}; run `holdfast db upgrade`"
        )


def _check_known(found: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found is not None and found not in known:
        raise SchemaOutdated(
            f"the database is at schema {found}, which this release does not know; install a newer one"
        )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "holdfast.store:migrations")
    return config
