"""`holdfast up`: everything on one machine; `holdfast drain`: the main job by hand."""

from typing import Annotated

import typer

from holdfast.config import Settings
from holdfast.errors import NotConfigured
from holdfast.interfaces.cli import output
from holdfast.interfaces.cli.options import examples, opened

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples("holdfast up", "HOLDFAST_DATA_DIR=/srv/holdfast holdfast up"))(up)
    app.command(epilog=examples("holdfast drain", "holdfast drain --timeout 600"))(drain)


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


def drain(
    timeout: Annotated[float, typer.Option(metavar="SECONDS", min=1, help="Give up after so long.")] = 60,
) -> None:
    """Commit what waits in Redis, here, without a worker.

    For when workers cannot help: a Redis that is full takes no tasks for them either, and has room again after this.
    """
    with opened() as holdfast:
        holdfast.service.drain(seconds=timeout)
    output.line("Nothing waits in Redis.")
