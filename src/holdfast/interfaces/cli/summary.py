"""`holdfast summary`: what a session comes to, and what became of asking a model for better words."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from holdfast.interfaces.cli import output
from holdfast.interfaces.cli.options import AsJson, Limit, SessionId, examples, opened
from holdfast.remembering.summary import SECTIONS, StandsIn, Summary

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command(
        epilog=examples(
            "holdfast summary SESSION-260129-001",
            "holdfast summary SESSION-260129-001 --now",
            "holdfast summary SESSION-260129-001 --json | jq -r '.lines[] | select(.section == \"open\") | .text'",
        )
    )(summary)


def summary(
    session_id: SessionId,
    *,
    now: Annotated[bool, typer.Option("--now", help="Make one of all there is, if there is none.")] = False,
    every: Annotated[bool, typer.Option("--all", help="List all of them, the newest first.")] = False,
    sources: Annotated[bool, typer.Option("--sources", help="The events that bear each line.")] = False,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """What a session comes to, and what is open.

    Each line rests on events of the log. Without --now nothing is changed.
    """
    with opened() as holdfast:
        if now:
            holdfast.service.summaries.make(session_id)
        found = holdfast.service.summaries.listed(session_id, limit if every else 1)
    if as_json:
        for each in found:
            output.json_line(_plain(each))
    elif not found:
        output.note("It has no summary yet: --now makes one.")
    elif every:
        output.table(
            ["UPTO", "FIRST", "BASE", "MADE", "WHY", "BY", "LINES", "MODEL"],
            [
                [one.upto, one.first, one.base, output.when(one.made_at), one.reason, one.made_by, len(one.lines),
                 _waiting(one.stands_in) if one.stands_in else ""]
                for one in found
            ],
        )  # fmt: skip
    else:
        _show(found[0], sources=sources)


def _plain(one: Summary) -> dict[str, Any]:
    return {**one.model_dump(mode="json"), "text": one.text}


def _show(one: Summary, *, sources: bool) -> None:
    made = f"{output.when(one.made_at)} by {output.flat(one.made_by)}, {output.flat(one.reason)}"
    output.line(f"{output.flat(one.session_id)}, events {one.first} to {one.upto} ({made})", bold=True)
    if one.stands_in:
        output.note(f"It stands in for a model's: {_waiting(one.stands_in)}")
    for line in _told(one) if sources else one.text.splitlines():
        output.line(output.clean(line))


def _told(one: Summary) -> Iterator[str]:
    """Every line, with its events."""
    for section, heading in SECTIONS.items():
        for number, line in enumerate(one.of(section)):
            if not number:
                yield f"{heading}:"
            yield f"- {line.text}"
            yield f"    {' '.join(line.events)}"


def _waiting(standing: StandsIn) -> str:
    """As `waiting, attempts 3, HTTP 500; next try 2026-01-29 10:00:00Z`."""
    state = "asking" if standing.asking else "waiting"
    problem = f", {output.flat(standing.problem)}" if standing.problem else ""
    following = f"; next try {output.when(standing.next_try)}" if standing.next_try and not standing.asking else ""
    return f"{state}, attempts {standing.attempts}{problem}{following}"
