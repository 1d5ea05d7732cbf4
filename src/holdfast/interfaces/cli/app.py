"""All commands together, and what is said when none or a wrong one was given."""

import importlib.metadata
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from holdfast.interfaces.cli import (
    budget,
    context,
    database,
    dead_letters,
    decisions,
    demo,
    doctor,
    forget,
    greet,
    handoffs,
    keys,
    log,
    memories,
    output,
    portable,
    recover,
    replay,
    sessions,
    snapshots,
    stack,
    summary,
    tokens,
)
from holdfast.interfaces.cli.exits import EXPLAINED, translated

__all__ = ["app", "run"]


class _Commands(TyperGroup):
    def invoke(self, ctx: Any) -> Any:
        with translated():
            return super().invoke(ctx)


SETTINGS = """\
Settings are variables HOLDFAST_*, such as HOLDFAST_REDIS_URL and HOLDFAST_DATABASE_URL. Where
neither of these is set, commands find the servers of `holdfast up` in the same folder."""

# No markup: help that is plain text reads the same in a terminal, a pipe and a page of documentation.
app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=f"\b\n{EXPLAINED}\n\n\b\n{SETTINGS}",
)


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns its exit code."""
    try:
        app(args=list(arguments), prog_name="holdfast")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


def _show_version(asked: bool) -> None:  # noqa: FBT001  # typer's signature
    if asked:
        try:
            version = importlib.metadata.version("holdfast")
        except importlib.metadata.PackageNotFoundError:
            version = "(not installed: run from its source)"
        output.line(f"holdfast {version}")
        raise typer.Exit


@app.callback()
def _holdfast(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Holdfast keeps AI agents' sessions: every event in one ordered log, whatever dies on the way.

    \b
    Begin with:
      holdfast demo                 the main job on a small example, within a minute
      holdfast up                   start everything on this machine
      holdfast doctor               is everything well?
      holdfast replay FILE          publish recorded conversations, and check the log against them
      holdfast sessions list        what is in the log
      holdfast recover SESSION      a session for whoever goes on, and the truth about it
    """


demo.add_to(app)
stack.add_to(app)
doctor.add_to(app)
replay.add_to(app)
app.add_typer(sessions.commands, name="sessions")
log.add_to(app)
greet.add_to(app)
recover.add_to(app)
summary.add_to(app)
app.add_typer(memories.commands, name="memories")
app.add_typer(snapshots.commands, name="snapshots")
app.add_typer(budget.commands, name="budget")
app.add_typer(decisions.commands, name="decisions")
app.add_typer(handoffs.commands, name="handoffs")
app.add_typer(dead_letters.commands, name="dead-letters")
app.add_typer(context.commands, name="context")
forget.add_to(app)
app.add_typer(tokens.commands, name="tokens")
app.add_typer(keys.commands, name="keys")
portable.add_to(app)
app.add_typer(database.commands, name="db")
