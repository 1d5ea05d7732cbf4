"""`holdfast handoffs`: what was offered to an agent, with its package; to accept it, or refuse it."""

from typing import Annotated, Any

import typer

from holdfast.client.handing import Handoff
from holdfast.interfaces.cli import output
from holdfast.interfaces.cli.options import AsJson, Limit, SessionId, examples, opened

__all__ = ["commands"]

commands = typer.Typer(help="What was offered to an agent, and what became of it.", no_args_is_help=True)

HandoffId = Annotated[str, typer.Argument(metavar="HANDOFF", help="Its id, which `list` shows.", show_default=False)]
As = Annotated[
    str | None, typer.Option("--as", metavar="AGENT", help="Default: whom it was offered to.", show_default=False)
]


@commands.command(
    "list",
    epilog=examples("holdfast handoffs list --agent content-worker", "holdfast handoffs list --status accepted --json"),
)
def list_handoffs(
    *,
    agent: Annotated[str | None, typer.Option(metavar="NAME", help="Only those offered to this agent.")] = None,
    session: Annotated[str | None, typer.Option(metavar="ID", help="Only those of this session.")] = None,
    status: Annotated[
        str, typer.Option(metavar="STATUS", help="offered, accepted, refused, completed, expired, or all.")
    ] = "offered",
    limit: Limit = 50,
    cursor: Annotated[str | None, typer.Option(metavar="CURSOR", help="Where the page before ended.")] = None,
    as_json: AsJson = False,
) -> None:
    """List handoffs, the oldest first: an agent's inbox."""
    with opened() as holdfast:
        found = holdfast.handoffs(
            agent, session_id=session, status=None if status == "all" else status, limit=limit, cursor=cursor
        )
    if as_json:
        for each in found:
            output.json_line(_public(each))
    elif not found:
        output.note("No handoffs.")
    else:
        names = ("session", "handoff", "status", "to", "by", "offered", "expires", "capability or task")
        output.table(names, [_row(each) for each in found])
    if found.next:
        output.note(f"There are more: --cursor {found.next}")


@commands.command("show", epilog=examples("holdfast handoffs show SESSION-260129-001 HANDOFF"))
def show_handoff(session_id: SessionId, handoff_id: HandoffId, *, as_json: AsJson = False) -> None:
    """Show a handoff: its packages, the events that each part rests on, and what came of it."""
    with opened() as holdfast:
        _show(holdfast.session(session_id).handoff(handoff_id), as_json=as_json)


@commands.command("accept", epilog=examples("holdfast handoffs accept SESSION-260129-001 HANDOFF --json"))
def accept_handoff(session_id: SessionId, handoff_id: HandoffId, *, agent: As = None, as_json: AsJson = False) -> None:
    """Accept a handoff, and print its packages. Whoever offered it can write no more.

    The lease that comes with it is given back at once, since it would end with this command: an agent that goes on
    takes its own. Exit code 4 where another has it.
    """
    with opened() as holdfast:
        handoff = holdfast.session(session_id).handoff(handoff_id)
        handoff.accept(agent).close()
        _show(handoff, as_json=as_json)


@commands.command(
    "refuse", epilog=examples('holdfast handoffs refuse SESSION-260129-001 HANDOFF --because "no budget"')
)
def refuse_handoff(
    session_id: SessionId,
    handoff_id: HandoffId,
    *,
    because: Annotated[str | None, typer.Option(metavar="TEXT", help="Why.")] = None,
    agent: As = None,
    as_json: AsJson = False,
) -> None:
    """Refuse a handoff: the session stays with whoever offered it."""
    with opened() as holdfast:
        handoff = holdfast.session(session_id).handoff(handoff_id)
        handoff.refuse(because, agent=agent)
        _show(holdfast.session(session_id).handoff(handoff_id), as_json=as_json)


def _public(handoff: Handoff) -> dict[str, Any]:
    return {name: value for name, value in vars(handoff).items() if not name.startswith("_")}


def _row(each: Handoff) -> tuple[object, ...]:
    offered, expires = output.when(each.offered_at), output.when(each.expires_at)
    what = (each.skill_invocation or {}).get("task") or each.capability
    return (each.session_id, each.id, each.status, each.to, each.offered_by, offered, expires, what)


def _show(handoff: Handoff, *, as_json: bool) -> None:
    shown = _public(handoff)
    if as_json:
        output.json_line(shown)
        return
    parts = {name: shown.pop(name) for name in ("package", "skill_invocation", "result", "rests_on", "dropped")}
    for name, value in shown.items():
        if value is not None:
            text = output.when(value) if name in {"offered_at", "expires_at"} else value
            output.line(f"{name:<12} {output.flat(str(text))}")
    for name, value in parts.items():
        if value:
            output.line(name, bold=True)
            output.value(value)
