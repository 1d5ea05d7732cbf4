"""`holdfast greet`: what a user who comes with these words is told, and on what grounds."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated, Any

import typer

from holdfast.client import Greeting
from holdfast.greeting.intent import THRESHOLD
from holdfast.interfaces.cli import output
from holdfast.interfaces.cli.options import AsJson, examples, opened
from holdfast.service import Welcome

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command(
        epilog=examples(
            "holdfast greet user-1 'Continue where we left off'",
            "holdfast greet user-1 'Plan a trip to Paris' --start --json | jq -r .session",
        )
    )(greet)


def greet(
    user: Annotated[str, typer.Argument(metavar="USER", help="The user's id.", show_default=False)],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What the user says first.", show_default=False)],
    *,
    threshold: Annotated[
        float, typer.Option(metavar="SCORE", min=0, max=1, help="From which score it asks to resume.")
    ] = THRESHOLD,
    start: Annotated[
        bool, typer.Option("--start", help="Begin the new session, where no earlier one is on offer.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Greet a user: resume or anew, and their preferences.

    Nothing is changed without --start.
    """
    with opened() as holdfast:
        found: Greeting | Welcome
        if start:
            found = holdfast.greet(user, text, threshold=threshold)
        else:
            found = holdfast.service.greetings.greet(user, text, threshold=threshold)
    session = found.session.id if isinstance(found, Greeting) and found.session else None
    if as_json:
        output.json_line(_plain(found, session))
    else:
        _show(found, session)


def _plain(found: Greeting | Welcome, session: str | None) -> dict[str, Any]:
    return {
        "user_id": found.user_id,
        "intent": asdict(found.intent),
        "last_session_id": found.last_session_id,
        "session_count": found.session_count,
        "preferences": found.preferences,
        "steps": [step._asdict() for step in found.steps],
        "session": session,
        "resumable": found.resumable,
        "answer": found.answer,
        "problems": found.problems,
    }


def _show(found: Greeting | Welcome, session: str | None) -> None:
    output.line(output.clean(found.answer), bold=True)
    for step in found.steps:
        output.line(f"{step.name:<24}  {output.flat(step.outcome)}")
    if session is None and found.resumable is None:
        output.note("No session was begun: --start does.")
    _listed("evidence", (f"{one.weight:+.1f}  {one.found!r} {one.says}" for one in found.intent.evidence))
    _listed("preferences", (f"{key}: {value}" for key, value in found.preferences.items()))
    _listed("problems", found.problems)


def _listed(name: str, lines: Iterable[str]) -> None:
    for number, each in enumerate(lines):
        output.line(f"{'' if number else name:<24}  {output.flat(each)}")
