"""`holdfast decisions`: what waits for somebody to decide, and the answer."""

from dataclasses import asdict
from typing import Annotated, Any

import orjson
import typer

from holdfast.interfaces.cli import output
from holdfast.interfaces.cli.options import AsJson, Limit, SessionId, examples, opened
from holdfast.service.decisions import Decision

__all__ = ["commands"]

commands = typer.Typer(help="What waits for somebody to decide, and the answer.", no_args_is_help=True)

DecisionId = Annotated[str, typer.Argument(metavar="DECISION", help="Its id, which `list` shows.", show_default=False)]


@commands.command(
    "list",
    epilog=examples(
        "holdfast decisions list --person @phil", "holdfast decisions list --campaign YIELD-XYZ-001 --json"
    ),
)
def list_decisions(
    *,
    person: Annotated[str | None, typer.Option(metavar="NAME", help="Only those for this person.")] = None,
    campaign: Annotated[str | None, typer.Option(metavar="ID", help="Only those of this campaign.")] = None,
    session: Annotated[str | None, typer.Option(metavar="ID", help="Only those of this session.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also those that no longer wait.")] = False,
    limit: Limit = 50,
    cursor: Annotated[str | None, typer.Option(metavar="CURSOR", help="Where the page before ended.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the questions that wait, the oldest first."""
    with opened() as holdfast:
        found = holdfast.decisions(
            person,
            campaign=campaign,
            session_id=session,
            status=None if everything else "pending",
            limit=limit,
            cursor=cursor,
        )
    if as_json:
        for each in found:
            output.json_line(asdict(each))
    elif not found:
        output.note("Nothing waits to be decided.")
    else:
        names = ("session", "decision", "status", "for", "by", "deadline", "question")
        output.table(names, [_row(each) for each in found])
    if found.next:
        output.note(f"There are more: --cursor {found.next}")


@commands.command("show", epilog=examples("holdfast decisions show SESSION-260129-001 decision-001"))
def show_decision(session_id: SessionId, decision_id: DecisionId, *, as_json: AsJson = False) -> None:
    """Show a question, with its options and what became of it."""
    with opened() as holdfast:
        _show(holdfast.session(session_id).decision(decision_id), as_json=as_json)


@commands.command(
    "answer",
    epilog=examples('holdfast decisions answer SESSION-260129-001 decision-001 "Yes, with disclaimer" --by @phil'),
)
def answer_decision(
    session_id: SessionId,
    decision_id: DecisionId,
    answer: Annotated[
        str, typer.Argument(metavar="ANSWER", help="One of its options, or another answer.", show_default=False)
    ],
    *,
    by: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who decides. Default: whoever was asked.", show_default=False)
    ] = None,
    because: Annotated[str | None, typer.Option(metavar="TEXT", help="Why.")] = None,
    as_json: AsJson = False,
) -> None:
    """Answer a question. It is answered once: exit code 4 where it was settled before, with what holds."""
    with opened() as holdfast:
        session = holdfast.session(session_id)
        asked = session.decision(decision_id)
        session.answer(
            decision_id, _chosen(asked, answer), by=by or asked.escalated_to or session.agent, rationale=because
        )
        _show(session.decision(decision_id), as_json=as_json)


def _chosen(asked: Decision, answer: str) -> Any:
    """The option that the text stands for, which may be no text itself; else the text."""
    return next((each for each in asked.options if answer == (each if isinstance(each, str) else _text(each))), answer)


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()


def _row(each: Decision) -> tuple[object, ...]:
    deadline = output.when(each.deadline)
    return (each.session_id, each.id, each.status, each.escalated_to, each.escalated_by, deadline, each.question)


def _show(decision: Decision, *, as_json: bool) -> None:
    if as_json:
        output.json_line(asdict(decision))
        return
    for name, value in asdict(decision).items():
        if name == "options":
            for each in value:
                output.line(f"{'option':<16} {output.flat(each if isinstance(each, str) else _text(each))}")
        elif value not in (None, []):
            shown = output.when(value) if name in {"escalated_at", "deadline", "settled_at"} else value
            shown = shown if isinstance(shown, str) else _text(shown)
            output.line(f"{name:<16} {output.flat(shown)}")
