"""Reading one session: its events, messages and state, live or not, and whether its chain verifies."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Annotated, Any

import orjson
import typer

from holdfast.errors import StoreUnavailable
from holdfast.events import Event
from holdfast.interfaces.cli import output
from holdfast.interfaces.cli.interrupts import heard
from holdfast.interfaces.cli.options import After, AsJson, SessionId, examples, opened, place
from holdfast.service import Service
from holdfast.session import Message
from holdfast.session.status import ENDED, status_after

__all__ = ["add_to"]

PAGE = 1000
QUIET_SECONDS = 1.0
BUSY_SECONDS = 0.1
"""How long `tail` waits between two looks: the shorter after something came, growing to the longer."""


def add_to(app: typer.Typer) -> None:
    """Add these commands, each on the first level: they are what one looks for."""
    app.command(
        epilog=examples("holdfast events SESSION-260129-001 --after 40", "holdfast events SESSION-260129-001 --json")
    )(events)
    app.command(epilog=examples("holdfast messages SESSION-260129-001 --limit 10"))(messages)
    app.command(
        epilog=examples(
            "holdfast state SESSION-260129-001",
            "holdfast state SESSION-260129-001 --at 2026-01-29T10:00:00Z",
            "holdfast state ID --json | jq .tasks",
        )
    )(state)
    app.command(
        epilog=examples("holdfast tail SESSION-260129-001", "holdfast tail SESSION-260129-001 --after 0 --json")
    )(tail)
    app.command(epilog=examples("holdfast verify SESSION-260129-001"))(verify)


def events(
    session_id: SessionId,
    *,
    after: After = 0,
    limit: Annotated[int | None, typer.Option(min=1, help="How many at most.", show_default="all")] = None,
    as_json: AsJson = False,
) -> None:
    """Show a session's events, in order."""
    with opened() as holdfast:
        for event in _pages(holdfast.service, session_id, after, limit):
            _show_event(event, as_json=as_json)


def messages(
    session_id: SessionId,
    *,
    conversation: Annotated[str | None, typer.Option(metavar="ID", help="Only this conversation.")] = None,
    after: After = 0,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the newest.", show_default="all")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what was said in a session, in order."""
    with opened() as holdfast:
        for message in holdfast.service.messages(session_id, conversation=conversation, after=after, limit=limit):
            if as_json:
                output.json_line(_message(message))
            else:
                _show_message(message)


def state(
    session_id: SessionId,
    *,
    at: Annotated[
        str | None,
        typer.Option(metavar="PLACE", help="As it was at a recovery point, a time, or an event's number."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what is known, decided and open in a session.

    It is the fold of the session's events.
    """
    with opened() as holdfast:
        service = holdfast.service
        found = service.state(session_id) if at is None else service.saves.state(session_id, place(at))
    if as_json:
        output.json_line(found.model_dump(mode="json"))
    else:
        output.value(found.model_dump(mode="json"))


def verify(
    session_ids: Annotated[list[str], typer.Argument(metavar="ID", help="The sessions' ids.", show_default=False)],
    *,
    as_json: AsJson = False,
) -> None:
    """Check a session's log against its hash chain."""
    with opened() as holdfast:
        for session_id in session_ids:
            count = holdfast.service.verify(session_id)
            if as_json:
                output.json_line({"session_id": session_id, "events": count, "ok": True})
            else:
                output.line(f"{session_id}: {count:,} events, and the chain verifies")


def tail(
    session_id: SessionId,
    *,
    last: Annotated[int, typer.Option(min=0, help="Begin with so many of the newest events; 0: with what comes.")] = 10,
    after: Annotated[
        int | None, typer.Option(metavar="SEQ", min=0, help="Begin after this sequence number; 0: at the start.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Follow a session live. Ends when the session does, or with Ctrl-C."""
    with opened() as holdfast, heard() as sleep:
        found = holdfast.service.find(session_id)
        start = max(0, found.events - last) if after is None else after
        for event in _follow(holdfast.service, session_id, start, sleep, ended=found.status in ENDED):
            _show_event(event, as_json=as_json)
    output.note(f"Session {session_id} has ended.")


def _pages(service: Service, session_id: str, after: int, limit: int | None) -> Iterator[Event]:
    left = limit
    while left is None or left > 0:
        page = service.events(session_id, after=after, limit=PAGE if left is None else min(PAGE, left))
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].seq
        left = None if left is None else left - len(page)


def _follow(
    service: Service, session_id: str, after: int, sleep: Callable[[float], None], *, ended: bool
) -> Iterator[Event]:
    """Events as they are committed, until the session has ended; while Postgres is away, none."""
    wait, away = BUSY_SECONDS, False
    while True:
        page: list[Event] = []
        try:
            page = service.events(session_id, after=after, limit=PAGE)
            away = False
        except StoreUnavailable as error:
            if not away:
                output.note(f"{error.message}; trying again")
            away = True
        for event in page:
            yield event
            after = event.seq
            ended = ended or status_after("active", event.type) in ENDED
        if ended and not away and not page:
            return
        sleep(0 if page else wait)
        wait = BUSY_SECONDS if page else min(wait * 1.5, QUIET_SECONDS)


def _show_event(event: Event, *, as_json: bool) -> None:
    if as_json:
        output.json_line(event)
        return
    start = f"{event.seq:>6}  {output.when(event.occurred_at)}  {event.type:<22}  {output.clean(event.actor)}  "
    output.line(start + output.shortened(orjson.dumps(event.data).decode(), len(start)))


def _message(message: Message) -> dict[str, Any]:
    return {**asdict(message), "tool_calls": [call.model_dump(mode="json") for call in message.tool_calls]}


def _show_message(message: Message) -> None:
    named = f" ({output.clean(message.name)})" if message.name else ""
    output.line(f"#{message.seq}  {message.role}{named}  {output.when(message.timestamp)}", bold=True)
    if isinstance(message.content, str):
        if message.content:
            output.line(output.clean(message.content))
    elif message.content:
        output.line(output.clean(orjson.dumps(message.content).decode()))
    for call in message.tool_calls:
        arguments = call.arguments if isinstance(call.arguments, str) else orjson.dumps(call.arguments).decode()
        output.line(output.clean(f"→ {call.name} {arguments}  [{call.id}]"))
    output.line()
