"""`holdfast sessions`: which there are, and what is known of one."""

from typing import Annotated, Any, Literal

import typer

from holdfast.interfaces.cli import inspect, output
from holdfast.interfaces.cli.options import AsJson, Limit, SessionId, examples, moment, opened, place
from holdfast.store.sessions import Listed

__all__ = ["commands"]

commands = typer.Typer(help="Which sessions there are, and what is known of one.", no_args_is_help=True)

Status = Literal["active", "paused", "closed", "expired", "failed"]


@commands.command(
    "list",
    epilog=examples(
        "holdfast sessions list --user user-1 --status active",
        "holdfast sessions list --text 'trip paris' --since 2026-01-29 --limit 10",
        "holdfast sessions list --all --json | jq -r .id",
    ),
)
def list_sessions(  # noqa: PLR0913  # one argument an option
    *,
    user: Annotated[str | None, typer.Option(metavar="ID", help="Only sessions of this user.")] = None,
    status: Annotated[Status | None, typer.Option(help="Only sessions in this status.")] = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="Only those started at this time or later.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Only those started before this time.")] = None,
    text: Annotated[
        str | None, typer.Option(metavar="WORDS", help="Words that id, user, kind, agent or title have.")
    ] = None,
    limit: Limit = 50,
    cursor: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Go on where a listing before ended; it said so on stderr.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every page, one after the other.")] = False,
    as_json: AsJson = False,
) -> None:
    """List sessions, the newest first."""
    start, end = moment("--since", since), moment("--until", until)
    with opened() as holdfast:
        while True:
            page = holdfast.sessions(
                user_id=user, status=status, since=start, until=end, text=text, limit=limit, cursor=cursor
            )
            _show_page(page.items, as_json=as_json)
            cursor = page.next
            if cursor is None or not everything:
                break
    if cursor is not None:
        output.note(f"There are more: --cursor {cursor}")


@commands.command("show", epilog=examples("holdfast sessions show SESSION-260129-001"))
def show_session(session_id: SessionId, *, as_json: AsJson = False) -> None:
    """Show what is known of one session."""
    with opened() as holdfast:
        found = _public(holdfast.service.find(session_id))
    if as_json:
        output.json_line(found)
        return
    for name, value in found.items():
        shown = output.when(value) if name.endswith("_at") else value
        output.line(f"{name:<17} {output.clean('' if shown is None else shown)}".rstrip())


@commands.command(
    "fork",
    epilog=examples("holdfast sessions fork SESSION-260129-001 --at 120", "holdfast sessions fork ID --at RECOVERY-…"),
)
def fork_session(
    session_id: SessionId,
    *,
    at: Annotated[
        str | None, typer.Option(metavar="AT", help="A sequence number, a time, or a recovery point. Default: its end.")
    ] = None,
    new_id: Annotated[str | None, typer.Option("--id", metavar="ID", help="The id of the new session.")] = None,
    reason: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Why; it is kept in the new session's log.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Begin a new session with the past of this one, up to a point. This one is not changed."""
    with opened() as holdfast:
        forked = holdfast.fork(session_id, at=None if at is None else place(at), new_id=new_id, reason=reason)
        found = _public(holdfast.service.find(forked.id))
    if as_json:
        output.json_line(found)
    else:
        output.line(f"{output.clean(forked.id)}: {found['events']:,} events, forked from {output.clean(session_id)}")


@commands.command("revive", epilog=examples("holdfast sessions revive SESSION-250129-001"))
def revive_session(session_id: SessionId, *, as_json: AsJson = False) -> None:
    """Bring a session back that was archived, or has expired.

    All of its events are in the database again. One that had expired goes on; one that was closed stays closed, and can
    be read and forked.
    """
    with opened() as holdfast:
        revived = holdfast.service.revive(session_id)
        found = _public(holdfast.service.find(session_id))
    if as_json:
        output.json_line({**found, "revived": revived})
    else:
        done = "is back" if revived else "is here already"
        output.line(f"{output.clean(session_id)} {done}: {found['events']:,} events, {found['status']}")


inspect.add_to(commands)


def _public(session: Listed) -> dict[str, Any]:
    return {name: value for name, value in session._asdict().items() if name != "key"}


def _status(session: Listed) -> str:
    return session.status if session.archived_at is None else f"{session.status}, archived"


def _show_page(sessions: list[Listed], *, as_json: bool) -> None:
    if as_json:
        for session in sessions:
            output.json_line(_public(session))
    elif not sessions:
        output.note("No sessions.")
    else:
        output.table(
            ("id", "user", "status", "events", "agent", "started", "title"),
            [
                (one.id, one.user_id, _status(one), one.events, one.agent, output.when(one.created_at), one.title)
                for one in sessions
            ],
        )
