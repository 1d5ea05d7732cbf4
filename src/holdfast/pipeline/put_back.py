"""Put back: a whole session into the log, as it was. The one way for a fork, an import and a restore.

The events keep their numbers, ids, times, fences and data to the byte; the chain of digests is computed anew, for the
tenant and the id that the session now has. What listings show follows from the events, so the session cannot be told
from one that was never away. It is saved here as any other: its timers are set as if its events had just come.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain

from psycopg.errors import UniqueViolation
from sqlalchemy import Connection, Engine

from holdfast.errors import InvalidInput, SessionExists, SessionNotFound
from holdfast.events import Draft
from holdfast.pipeline import resting
from holdfast.pipeline.due import saves_due
from holdfast.pipeline.follow import follow
from holdfast.pipeline.guards.budgets import uncharged
from holdfast.pipeline.guards.move import move
from holdfast.pipeline.resting import Before
from holdfast.pipeline.rules import Rules
from holdfast.saving.segment import Line
from holdfast.store import log, sessions, snapshots, timers
from holdfast.store.chain import genesis, link
from holdfast.store.log import Cursor, Head
from holdfast.store.transaction import transaction

__all__ = ["check_same", "is_there", "put_back", "put_whole", "rewritten"]

CHUNK = 2000
CHUNK_BYTES = 4 * 1024 * 1024
"""Of each session no more is in memory at once."""


def put_whole(engine: Engine, tenant: str, session_id: str, lines: Iterable[Line], *, rules: Rules) -> bool:
    """`put_back` in a transaction of its own, and ids that are given out later will be others.

    Taking the number out of the count comes first, by itself: starting sessions must not wait for a long log.
    """
    with transaction(engine) as connection:
        sessions.pass_over(log.cursor(connection), tenant, session_id)
    with transaction(engine) as connection:
        return put_back(connection, tenant, session_id, lines, rules=rules)


def put_back(
    connection: Connection,
    tenant: str,
    session_id: str,
    lines: Iterable[Line],
    *,
    rules: Rules,
    copied: bool = False,
) -> bool:
    """Put a session back with these events, the first to the last. False where it is there already, with these events.

    `copied` events stay those of the session that they come from: it keeps its offers, and counts for its campaign.

    Where it is there already it may have gone on since; nothing is changed. Whatever goes wrong, also in reading the
    `lines`, nothing is left behind once the transaction is rolled back. Raises `SessionExists` where another session
    has the id, `InvalidInput` where the events are no session's.
    """
    cursor = log.cursor(connection)
    coming = iter(lines)
    first = next(coming, None)
    if first is None or first.type != "session.started":
        raise InvalidInput("events", "are no session: they do not begin with session.started")
    in_order = _in_order(chain([first], coming))
    if not sessions.create_again(cursor, tenant, _draft(session_id, first), first.recorded_at):
        check_same(connection, tenant, session_id, in_order)
        return False
    _write(cursor, tenant, session_id, in_order, rules, copied=copied)
    return True


def is_there(connection: Connection, tenant: str, session_id: str) -> bool:
    """Whether there is a session of this id, whatever its events are."""
    try:
        sessions.find(connection, tenant, session_id, archived=True)
    except SessionNotFound:
        return False
    return True


def check_same(connection: Connection, tenant: str, session_id: str, lines: Iterable[Line]) -> None:
    """Raises `SessionExists` where the session that is there does not begin with these events."""
    digest, last = genesis(tenant, session_id), 0
    for line in lines:
        digest, last = link(digest, line[:-1], line.data), line.seq
    found, _ = sessions.find(connection, tenant, session_id, archived=True)
    if snapshots.digest_at(log.cursor(connection), found.key, last) != digest:
        raise SessionExists(f"session {session_id!r} is there already, with other events; nothing of it was changed")


def _write(cursor: Cursor, tenant: str, session_id: str, lines: Iterable[Line], rules: Rules, *, copied: bool) -> None:
    (head,) = log.lock(cursor, [(tenant, session_id)]).values()
    fixed_end, now = head.expires_at, head.now
    forked_at = _follow(cursor, head, lines, copied=copied)
    if forked_at and not copied:
        uncharged(cursor, head, forked_at)
    saves = saves_due([head], [], rules.autosave)
    log.advance(cursor, [head])
    if saves:
        timers.set_saves(cursor, saves)
    if head.expires_at != fixed_end:
        sessions.lift_ends(cursor, [head.key])
    head.now = now
    if head.status == "active":
        timers.set_after(cursor, [head.key], timers.IDLE, resting.idle_after(head, rules))
    if not copied:
        resting.set_timers(cursor, [head], {head.key: Before(None, 0, None)}, rules)
    if head.holder is not None:
        timers.set_after(cursor, [head.key], timers.LEASE, 0)


def rewritten(cursor: Cursor, head: Head, lines: Iterable[Line]) -> Head:
    """Write the log of a session that is there, and let it move the session's guards; returns its end.

    Campaigns have counted it before. The session's own row stays as it is.
    """
    begun = replace(
        head,
        seq=0,
        digest=genesis(head.tenant, head.id),
        fence=0,
        holder=None,
        until=None,
        status="active",
        title=None,
        campaign=None,
        campaign_status=None,
        untold=0,
    )
    _follow(cursor, begun, lines, counted=True)
    return begun


def _follow(cursor: Cursor, head: Head, lines: Iterable[Line], *, copied: bool = False, counted: bool = False) -> int:
    """Let the head follow these events, and write them; returns where the session was forked, or 0."""
    forked_at = 0
    for chunk in _chunks(lines):
        served = {head.key: head.campaign}
        try:
            rows = [follow(head, line) for line in chunk]
            log.write(cursor, rows)
        except UniqueViolation as error:
            raise InvalidInput("events", f"are no session: one of them is in {head.id!r} twice") from error
        move(cursor, [head], rows, copied=copied, counted=counted, served=served)
        head.now = chunk[-1].recorded_at
        forked_at = max(forked_at, *(line.seq for line in chunk if line.type == "session.forked"), 0)
    return forked_at


def _in_order(lines: Iterable[Line]) -> Iterator[Line]:
    for expected, line in enumerate(lines, 1):
        if line.seq != expected:
            raise InvalidInput("events", f"are no session: event {expected} is missing")
        if expected > 1 and line.type == "session.started":
            raise InvalidInput("events", f"are no session: it starts again at event {expected}")
        yield line


def _chunks(lines: Iterable[Line]) -> Iterator[list[Line]]:
    chunk: list[Line] = []
    size = 0
    for line in lines:
        chunk.append(line)
        size += len(line.data)
        if len(chunk) == CHUNK or size > CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _draft(session_id: str, line: Line) -> Draft:
    return Draft(line.id, session_id, line.type, line.version, line.actor, line.occurred_at, line.data)
