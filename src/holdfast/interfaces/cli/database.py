"""`holdfast db`: the database's schema."""

import typer

from holdfast import bootstrap
from holdfast.config import Settings
from holdfast.errors import NotConfigured
from holdfast.interfaces.cli import output
from holdfast.interfaces.cli.options import AsJson, examples
from holdfast.pipeline.guards.behind import catch_all_up
from holdfast.store import migrations

__all__ = ["commands"]

commands = typer.Typer(help="The database's schema.", no_args_is_help=True)


@commands.command("upgrade", epilog=examples("HOLDFAST_DATABASE_URL=postgresql://… holdfast db upgrade"))
def upgrade(*, as_json: AsJson = False) -> None:
    """Bring the schema up to what this release needs. Repeating it does nothing."""
    url = Settings.load().database_url
    if url is None:
        raise NotConfigured(bootstrap.NO_STORE)
    revision = migrations.upgrade(url)
    engine = bootstrap.engine(Settings.load())
    try:
        catch_all_up(engine)
    finally:
        engine.dispose()
    if as_json:
        output.json_line({"revision": revision})
    else:
        output.line(f"The schema is at {revision}, which is what this release needs.")


@commands.command("status", epilog=examples("holdfast db status --json"))
def status(*, as_json: AsJson = False) -> None:
    """Say at which revision the schema is, and which one this release needs. Exit code 5 where they differ."""
    engine = bootstrap.engine(Settings.load())
    try:
        found, needed = migrations.revision(engine), migrations.head()
        if as_json:
            output.json_line({"revision": found, "needed": needed, "current": found == needed})
        else:
            output.line(f"The schema is at {found or 'none'}; this release needs {needed}.")
        migrations.check(engine)
    finally:
        engine.dispose()
