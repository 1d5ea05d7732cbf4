"""`holdfast up`: everything on one machine."""

import typer

from holdfast.config import Settings
from holdfast.errors import NotConfigured
from holdfast.interfaces.cli.options import examples

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples("holdfast up", "HOLDFAST_DATA_DIR=/srv/holdfast holdfast up"))(up)


def up() -> None:
    """Start Redis, Postgres, a worker, beat and Flower here.

    They run until Ctrl-C. The data is kept under .holdfast/ (HOLDFAST_DATA_DIR), where other commands in the same
    folder find the servers. With HOLDFAST_REDIS_URL or HOLDFAST_DATABASE_URL set, yours are used instead.
    """
    try:
        from holdfast.embedded.up import up as start  # noqa: PLC0415  # part of the extra [embedded]
    except ModuleNotFoundError as error:
        raise NotConfigured(
            f"the embedded stack is not installed ({error.name} is missing); run: pip install 'holdfast[embedded]'"
        ) from error
    raise typer.Exit(start(Settings.load()))
