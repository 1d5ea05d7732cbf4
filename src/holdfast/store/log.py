"""The log: writing events in bulk, and reading them back.

The statements of the hot path go to psycopg directly, through SQLAlchemy's transaction: a commit takes a quarter of a
millisecond on a good disk, and building the statements anew would cost more than that.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import psycopg
from sqlalchemy import Connection

from holdfast.errors import LogDamaged
from holdfast.events import Event
from holdfast.session import MAIN
from holdfast.store.chain import genesis, link

__all__ = [
    "Cursor",
    "Head",
    "Row",
    "advance",
    "append",
    "by_index",
    "caught_up",
    "cursor",
    "effects",
    "events",
    "lines",
    "lock",
    "lock_free",
    "messages",
    "reached",
    "recorded",
    "steady",
    "verify",
    "write",
]

Cursor = psycopg.Cursor[Any]

Row = tuple[int, int, UUID, str, int, str, str | None, UUID | None, int | None, datetime, datetime, bytes, bytes]
"""A row of `events`, in the order of its columns."""

# json travels as the bytes of its text, which is what the binary format of `bytea` looks like too; psycopg's own
# converter for json would encode it a second time.
COLUMN_TYPES = (
    "int8", "int8", "uuid", "text", "int2", "text", "text", "uuid", "int8", "timestamptz", "timestamptz",
    "bytea", "bytea",
)  # fmt: skip

WRITTEN = """(session_key, seq, event_id, type, version, actor, conversation, causation_id, fence,
                       occurred_at, recorded_at, data, digest)"""
COPY = f"COPY events {WRITTEN} FROM STDIN (FORMAT BINARY)"
INSERT = f"INSERT INTO events {WRITTEN} VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"  # noqa: S608  # constants

# NO KEY, so that rows which refer to a session (a save of it) can be inserted meanwhile: nobody changes a key.
# A session that this transaction makes is as old as its first event: so its log alone tells all that listings show.
HEADS = """
    SELECT key, tenant, id, seq, digest, fence, holder, status, title, last_activity_at,
           CASE WHEN created_at = now() THEN created_at ELSE clock_timestamp() END, timed, saved, autosave,
           held_until, shared, campaign, campaign_status, moved, untold, kind, expires_at, expires_after,
           closed_at, archived_at
    FROM sessions
    WHERE {which}
    ORDER BY key
    FOR NO KEY UPDATE
"""
LOCK = HEADS.format(which="(tenant, id) IN (SELECT * FROM unnest(%s::text[], %s::text[]))")
LOCK_FREE = HEADS.format(which="key = ANY(%s)") + "SKIP LOCKED"

RECORDED = """
    SELECT e.session_key, e.event_id, e.seq
    FROM unnest(%s::bigint[], %s::uuid[]) AS asked (session_key, event_id)
    JOIN events e USING (session_key, event_id)
"""

ADVANCE = """
    UPDATE sessions s
    SET seq = n.seq, digest = n.digest, fence = n.fence, holder = n.holder, status = n.status, title = n.title,
        last_activity_at = n.active_at, timed = n.timed, held_until = n.held_until,
        campaign = n.campaign, campaign_status = n.campaign_status, moved = n.seq, untold = n.untold,
        closed_at = CASE WHEN n.status IN ('closed', 'expired') THEN coalesce(s.closed_at, n.now) END
    FROM {source} AS n (
        key, seq, digest, fence, holder, status, title, active_at, timed, now, held_until, campaign, campaign_status,
        untold
    )
    WHERE s.key = n.key
"""
ADVANCE_ONE = ADVANCE.format(
    source="(SELECT %s::bigint, %s::bigint, %s::bytea, %s::bigint, %s::text, %s::text, %s::text, %s::timestamptz, "
    "%s::smallint, %s::timestamptz, %s::timestamptz, %s::text, %s::text, %s::bigint)"
)
APPEND_ONE = f"WITH written AS ({INSERT}) {ADVANCE_ONE}"
ADVANCE_MANY = ADVANCE.format(
    source="unnest(%s::bigint[], %s::bigint[], %s::bytea[], %s::bigint[], %s::text[], %s::text[], %s::text[], "
    "%s::timestamptz[], %s::smallint[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::text[], %s::bigint[])"
)

PAGE = 5000
"""Events that are in memory at once."""

COLUMNS = """
    seq, event_id, type, version, actor, occurred_at, recorded_at, data, digest, conversation, causation_id, fence
"""
"""What an `Event` is made of, in its order."""


@dataclass(slots=True)
class Head:
    """A locked session: the end of its log, who may write, and what listings show of it."""

    key: int
    tenant: str
    id: str
    seq: int
    digest: bytes
    fence: int
    holder: str | None
    status: str
    title: str | None
    active_at: datetime
    now: datetime
    """The database's time when the lock was given: when the events are recorded that come now."""
    timed: int
    """The tiers whose timers are set, a bit each in the order of `TIERS`."""
    saved: int
    """Up to where the newest snapshot goes."""
    autosave: str | None
    """The session's own rules for saving, as JSON."""
    until: datetime | None
    """When the holder's lease runs out; None where nobody holds one."""
    shared: bool
    campaign: str | None
    """The id of the campaign that it serves."""
    campaign_status: str | None
    moved: int
    """Up to where its events have moved the guards: all of them, unless an earlier release wrote them."""
    untold: int
    """Messages that are in no summary yet."""
    kind: str
    expires_at: datetime | None
    """Its own end, whatever happens."""
    expires_after: float | None
    """Seconds of quiet after which it ends; None: as the installation has it."""
    closed_at: datetime | None
    """When it had ended, when the lock was given."""
    archived_at: datetime | None
    """Since when its events are in the blobs alone."""

    @property
    def has_run_out(self) -> bool:
        """Whether the holder's time is over, and nobody has written that down yet."""
        # A lease without an end is one of an earlier release, and was superseded by whoever came.
        return self.holder is not None and (self.until is None or self.until <= self.now)


def cursor(connection: Connection) -> Cursor:
    """psycopg's cursor within the connection's transaction."""
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection).cursor()


def lock(cursor: Cursor, names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Head]:
    """Lock the sessions of these (tenant, id), always in the same order, until the transaction ends."""
    tenants, ids = zip(*names, strict=True)
    cursor.execute(LOCK, (list(tenants), list(ids)), binary=True)
    return {(head.tenant, head.id): head for head in (Head(*row) for row in cursor)}


def lock_free(cursor: Cursor, keys: Sequence[int]) -> list[Head]:
    """Lock the sessions of these keys, but for those that somebody is at work on, in order."""
    cursor.execute(LOCK_FREE, (list(keys),), binary=True)
    return [Head(*row) for row in cursor]


def recorded(cursor: Cursor, pairs: Iterable[tuple[int, UUID]]) -> dict[tuple[int, UUID], int]:
    """Which of these (session key, event id) are in the log, and under which sequence number."""
    keys, ids = zip(*pairs, strict=True)
    cursor.execute(RECORDED, (list(keys), list(ids)), binary=True)
    return {(key, event_id): seq for key, event_id, seq in cursor}


def reached(cursor: Cursor, tenant: str, asked: Iterable[tuple[str, UUID]]) -> dict[str, tuple[int, bool]]:
    """Of each session that is there: how many events it has, and whether the one asked for is among them."""
    ids, event_ids = zip(*asked, strict=True)
    cursor.execute(
        """
        SELECT s.id, s.seq, EXISTS (SELECT FROM events e WHERE (e.session_key, e.event_id) = (s.key, asked.event_id))
        FROM unnest(%s::text[], %s::uuid[]) AS asked (id, event_id)
        JOIN sessions s ON s.tenant = %s AND s.id = asked.id
        """,
        (list(ids), list(event_ids), tenant),
        binary=True,
    )
    return {session_id: (seq, there) for session_id, seq, there in cursor}


def append(cursor: Cursor, rows: Sequence[Row], heads: Sequence[Head]) -> None:
    """`write` rows and `advance` the heads that they have moved."""
    if len(rows) == len(heads) == 1:
        # Most appends are one row: in one statement, which spares a round trip.
        *fields, data, digest = rows[0]
        cursor.execute(APPEND_ONE, (*fields, data.decode(), digest, *_moved(heads[0])))
        return
    write(cursor, rows)
    advance(cursor, heads)


def write(cursor: Cursor, rows: Sequence[Row]) -> None:
    """Insert rows. Raises psycopg's `UniqueViolation` where an event is there already; the transaction is then over."""
    if len(rows) == 1:
        # A COPY is three messages more and no prepared statement.
        *fields, data, digest = rows[0]
        cursor.execute(INSERT, (*fields, data.decode(), digest))
        return
    with cursor.copy(COPY) as copy:
        copy.set_types(COLUMN_TYPES)
        for row in rows:
            copy.write_row(row)


def advance(cursor: Cursor, heads: Sequence[Head]) -> None:
    """Write back the heads that have moved."""
    values = [_moved(head) for head in heads]
    if len(values) == 1:
        # Making arrays of single values, and having Postgres take them apart, costs more than the update.
        cursor.execute(ADVANCE_ONE, values[0])
    else:
        cursor.execute(ADVANCE_MANY, [list(column) for column in zip(*values, strict=True)])


def caught_up(cursor: Cursor, head: Head) -> None:
    """Write down that the session's guards are where its events are."""
    cursor.execute(
        "UPDATE sessions SET moved = seq, campaign = %s, campaign_status = %s WHERE key = %s",
        (head.campaign, head.campaign_status, head.key),
    )


def _moved(head: Head) -> tuple[object, ...]:
    return (
        head.key,
        head.seq,
        head.digest,
        head.fence,
        head.holder,
        head.status,
        head.title,
        head.active_at,
        head.timed,
        head.now,
        head.until,
        head.campaign,
        head.campaign_status,
        head.untold,
    )


def events(
    connection: Connection, key: int, session_id: str, *, after: int = 0, limit: int | None = None
) -> Iterator[Event]:
    """A session's events with a sequence number above `after`, in order, at most `limit`."""
    query = f"SELECT {COLUMNS} FROM events WHERE session_key = %s AND seq > %s ORDER BY seq LIMIT %s"  # noqa: S608  # constants
    return _read(connection, session_id, query, (key, after, limit))


def messages(
    connection: Connection,
    key: int,
    session_id: str,
    *,
    conversation: str | None,
    after: int = 0,
    before: int | None = None,
    limit: int | None = None,
    oldest: bool = False,
) -> list[Event]:
    """Messages in order, of one conversation or of all: the newest `limit` between `after` and `before`, exclusive.

    With `oldest` it is the oldest that many.
    """
    query, values = _of_messages(key, conversation, after, 2**63 - 1 if before is None else before, oldest=oldest)
    read = list(_read(connection, session_id, query, (*values, limit)))
    return read if oldest else read[::-1]


def _of_messages(
    key: int, conversation: str | None, after: int, upto: int, *, oldest: bool
) -> tuple[str, tuple[object, ...]]:
    """The query of messages, and its values but for the limit."""
    direction = "ASC" if oldest else "DESC"
    values: tuple[object, ...] = (key, after, upto)
    place = f"seq {direction}"
    # Of all conversations together the newest are at the end of the log. The sum keeps Postgres from the index by
    # conversation, which would give it every message to sort.
    chosen = "seq > %s AND seq < %s AND type || '' = 'message.added'"
    if conversation == MAIN:  # the conversation of those who named none
        chosen += " AND (conversation = %s OR conversation IS NULL)"
        values = (*values, conversation)
    elif conversation is not None:
        # By equality Postgres would rather walk the log from its end, past all that others have said since. An order
        # in which the conversation comes first leads it to the index by conversation, and to the place in there.
        chosen = "type = 'message.added' AND (conversation, seq) > (%s, %s) AND (conversation, seq) < (%s, %s)"
        values = (key, conversation, after, conversation, upto)
        place = f"conversation {direction}, {place}"
    query = f"SELECT {COLUMNS} FROM events WHERE session_key = %s AND {chosen} ORDER BY {place} LIMIT %s"  # noqa: S608  # constants
    return query, values


def lines(cursor: Cursor, key: int, *, after: int, upto: int) -> Iterator[tuple[Any, ...]]:
    """The events above `after` and up to `upto`, in order: the fields of a `Line`, and the digest as it is stored."""
    while after < upto:
        cursor.execute(
            """
            SELECT seq, event_id, type, version, actor, conversation, causation_id, fence, occurred_at, recorded_at,
                   convert_to(data::text, 'UTF8'), digest
            FROM events WHERE session_key = %s AND seq > %s AND seq <= %s ORDER BY seq LIMIT %s
            """,
            (key, after, upto, PAGE),
            binary=True,
        )
        page = cursor.fetchall()  # in one go, which is a third faster than row by row
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1][0]


def effects(connection: Connection, key: int, session_id: str) -> Iterator[Event]:
    """The events that say what became of a session's effects, in order."""
    query = f"""
        SELECT {COLUMNS} FROM events
        WHERE session_key = %s AND type IN ('effect.intended', 'effect.settled') ORDER BY seq
    """  # noqa: S608  # constants
    return _read(connection, session_id, query, (key,))


def steady(connection: Connection) -> None:
    """Let all that the transaction reads be of one moment, whatever is committed meanwhile. To be called first."""
    connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def by_index(cursor: Cursor) -> None:
    """Let the transaction's statements find their rows by indexes, which each of them has.

    Postgres plans by statistics that lag behind: while tables grow from nothing it would rather read all of the log
    than look a hundred sessions up.
    """
    cursor.execute(
        "SELECT set_config(name, 'off', true) "
        "FROM unnest(ARRAY['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin']) AS name"
    )


def verify(connection: Connection, tenant: str, key: int, session_id: str, head: bytes, last: int) -> int:
    """Follow the chain from the first event to the head, `head` at `last`; returns the number of events.

    Raises `LogDamaged` naming the first event that is altered or missing.
    """
    rows = cursor(connection)
    rows.execute(
        """
        SELECT seq, event_id, type, version, actor, conversation, causation_id, fence, occurred_at, recorded_at,
               data::text, digest
        FROM events WHERE session_key = %s ORDER BY seq
        """,
        (key,),
    )
    digest, expected = genesis(tenant, session_id), 0
    for seq, *fields, data, stored in rows:
        expected += 1
        if seq != expected:
            raise LogDamaged(session_id, expected, "is missing")
        digest = link(digest, [seq, *fields], data.encode())
        if digest != stored:
            raise LogDamaged(session_id, seq, "was altered after it was committed, or one before it was")
    if expected < last:
        raise LogDamaged(session_id, expected + 1, "is missing")
    if expected > last:
        raise LogDamaged(session_id, last + 1, "lies beyond the session's head: the head or the log was altered")
    if digest != head:
        raise LogDamaged(session_id, last, "does not match the session's head: the head or the log was altered")
    return expected


def _read(connection: Connection, session_id: str, query: str, values: tuple[Any, ...]) -> Iterator[Event]:
    rows = cursor(connection)
    rows.execute(query, values, binary=True)
    return (Event(session_id, *row) for row in rows)
