"""`holdfast budget`: what sessions and campaigns may use, have set aside and used; and setting it."""

from enum import StrEnum
from typing import Annotated

import typer

from holdfast.interfaces.cli import output
from holdfast.interfaces.cli.exits import CHECK_FAILED
from holdfast.interfaces.cli.options import AsJson, SessionId, examples, moment, opened
from holdfast.service.budgets import BudgetReport, CampaignBudget, Figures

__all__ = ["commands"]

commands = typer.Typer(help="What may be used of skill calls and tokens.", no_args_is_help=True)

NAMES = ("level", "of", "calls used", "set aside", "left", "over", "tokens used", "set aside", "left", "over", "until")


class Level(StrEnum):
    """The levels, as an option takes them."""

    campaign = "campaign"
    session = "session"
    task = "task"
    agent = "agent"


@commands.callback()
def _budget() -> None:
    """What may be used of skill calls and tokens."""


@commands.command(
    "show",
    epilog=examples("holdfast budget show SESSION-260129-001", "holdfast budget show YIELD-XYZ-001 --campaign"),
)
def show(
    session_id: Annotated[
        str, typer.Argument(metavar="ID", help="The session's or campaign's id.", show_default=False)
    ],
    *,
    campaign: Annotated[bool, typer.Option("--campaign", help="The id is a campaign's.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what is used, set aside and left at each level.

    Of a session it is compared with the log's own account of what was used: exit code 6 where they differ.
    """
    with opened() as holdfast:
        if campaign:
            _show_campaign(holdfast.budget(session_id), as_json=as_json)
            return
        report = holdfast.service.budgets.report(session_id)
    _show_session(report, as_json=as_json)
    if not report.adds_up:
        output.note("error: the budgets do not say what the log says")
        raise typer.Exit(CHECK_FAILED)


@commands.command(
    "set",
    epilog=examples(
        "holdfast budget set SESSION-260129-001 --max-skill-calls 10 --max-tokens 100000",
        "holdfast budget set SESSION-260129-001 --level campaign --max-skill-calls 50 --deadline 2026-01-30",
    ),
)
def set_(  # one option a field
    session_id: SessionId,
    *,
    level: Annotated[Level, typer.Option(help="The level that it limits.")] = Level.session,
    owner: Annotated[
        str | None,
        typer.Option(help="The campaign, task or agent.", show_default="the session's campaign, its active task"),
    ] = None,
    max_skill_calls: Annotated[int | None, typer.Option(help="Calls.", show_default="not limited")] = None,
    max_tokens: Annotated[int | None, typer.Option(help="Tokens.", show_default="not limited")] = None,
    deadline: Annotated[str | None, typer.Option(help="When nothing more is reserved.", show_default="never")] = None,
    reason: Annotated[str | None, typer.Option(help="Kept with it in the log.", show_default=False)] = None,
    as_json: AsJson = False,
) -> None:
    """Set what may be used at a level from now on.

    What was used before counts. What is not given is not limited any more.
    """
    until = moment("--deadline", deadline)
    with opened() as holdfast:
        session = holdfast.session(session_id)
        session.set_budget(
            level.value,
            owner,
            max_skill_calls=max_skill_calls,
            max_tokens=max_tokens,
            deadline=until,
            reason=reason,
        )
        report = session.budget()
    _show_session(report, as_json=as_json)


def _show_session(report: BudgetReport, *, as_json: bool) -> None:
    if as_json:
        output.json_line(
            {
                "session_id": report.session_id,
                "levels": [each._asdict() for each in report.levels],
                "reserved": [each._asdict() for each in report.reserved],
                "ledger": [each.model_dump() for each in report.ledger],
                "adds_up": report.adds_up,
            }
        )
        return
    output.table(NAMES, [_row(each) for each in report.levels])
    for each in report.reserved:
        what = f"{each.calls:,} calls and {each.tokens:,} tokens set aside by {each.agent} for {each.skill}"
        output.line(output.flat(f"{each.id}: {what}, until {output.when(each.expires_at) or 'it is settled'}"))


def _show_campaign(found: CampaignBudget, *, as_json: bool) -> None:
    if as_json:
        sessions = {session_id: each._asdict() for session_id, each in found.sessions.items()}
        output.json_line({"campaign": found.campaign, "figures": found.figures._asdict(), "sessions": sessions})
        return
    rows = [_row(found.figures), *(_row(each._replace(owner=of)) for of, each in found.sessions.items())]
    output.table(NAMES, rows)


def _row(each: Figures) -> tuple[object, ...]:
    return (
        each.level if each.open else f"{each.level}, done",
        each.owner or "",
        f"{each.calls_used:,}",
        f"{each.calls_reserved:,}",
        "any" if each.calls_left is None else f"{each.calls_left:,}",
        f"{each.calls_over:,}",
        f"{each.tokens_used:,}",
        f"{each.tokens_reserved:,}",
        "any" if each.tokens_left is None else f"{each.tokens_left:,}",
        f"{each.tokens_over:,}",
        output.when(each.deadline) + (" (past)" if each.late else ""),
    )
