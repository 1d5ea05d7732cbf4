"""Sessions: giving out ids, creating, finding and listing them."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, Subquery, func, select, tuple_

from holdfast.errors import SessionArchived, SessionExists, SessionNotFound
from holdfast.events import Draft, autosave_of
from holdfast.store.chain import genesis
from holdfast.store.forgetting import DIGEST, forgotten
from holdfast.store.log import Cursor, cursor
from holdfast.store.tables import Session

__all__ = [
    "Listed",
    "behind",
    "create",
    "create_again",
    "find",
    "gone",
    "last_active",
    "lift_ends",
    "listed",
    "named",
    "new_id",
    "pass_over",
    "shown_title",
    "stay",
]

TITLE_CHARACTERS = 120


class Listed(NamedTuple):
    """A session as listings show it."""

    key: int
    id: str
    user_id: str
    kind: str
    agent: str
    title: str | None
    status: str
    events: int
    holder: str | None
    held_until: datetime | None
    fence: int
    shared: bool
    created_at: datetime
    last_activity_at: datetime
    closed_at: datetime | None
    archived_at: datetime | None
    """Since when its events are where the blobs are, and there alone."""


RECENT = 5000
"""Among how many of the newest sessions a word is looked for before the index of words is asked."""

GIVEN_OUT = re.compile("SESSION-([0-9]{6})-([0-9]{3,6})")
"""Ids as `new_id` makes them, as long as nobody has a million sessions a day."""

# Not with the id of a session that was forgotten: what still comes for that one would become this one's.
CREATE = f"""
    INSERT INTO sessions
        (tenant, id, user_id, kind, agent, title, status, seq, digest, autosave, shared, expires_at, expires_after,
         created_at, last_activity_at)
    SELECT tenant, id, user_id, kind, agent, title, 'active', 0, digest, autosave, shared, expires_at, expires_after,
           at, at
    FROM (
        VALUES (%s, %s, %s, %s, %s, %s::text, %s, %s::text, %s, %s::timestamptz, %s::float8,
                coalesce(%s::timestamptz, now()))
    ) AS n (tenant, id, user_id, kind, agent, title, digest, autosave, shared, expires_at, expires_after, at)
    WHERE NOT EXISTS (SELECT FROM forgotten f WHERE f.session = {DIGEST.format(tenant="n.tenant", id="n.id")})
    ON CONFLICT (tenant, id) DO NOTHING
"""  # noqa: S608  # constants

SHOWN = (
    Session.key,
    Session.id,
    Session.user_id,
    Session.kind,
    Session.agent,
    Session.title,
    Session.status,
    Session.seq,
    Session.holder,
    Session.held_until,
    Session.fence,
    Session.shared,
    Session.created_at,
    Session.last_activity_at,
    Session.closed_at,
    Session.archived_at,
)
LISTED = [column.key for column in SHOWN]


def new_id(connection: Connection, tenant: str) -> str:
    """The tenant's next `SESSION-YYMMDD-NNN` of the day (UTC, by the database); the thousandth has four digits.

    The format is that of the guide to persistence and recovery. An id that a caller gave before is passed over.
    """
    rows = cursor(connection)
    while True:
        rows.execute(
            """
            INSERT INTO session_counters AS c (tenant, day, count)
            VALUES (%s, to_char(now() AT TIME ZONE 'UTC', 'YYMMDD'), 1)
            ON CONFLICT (tenant, day) DO UPDATE SET count = c.count + 1
            RETURNING day, count, EXISTS (
                SELECT FROM sessions s
                WHERE s.tenant = c.tenant AND s.id = 'SESSION-' || c.day || '-' || CASE
                    WHEN c.count < 1000 THEN lpad(c.count::text, 3, '0') ELSE c.count::text END
            )
            """,
            (tenant,),
        )
        day, count, taken = rows.fetchone() or ("", 0, False)
        if not taken:
            return f"SESSION-{day}-{count:03d}"


def pass_over(cursor: Cursor, tenant: str, session_id: str) -> None:
    """Let no later `new_id` be this one or one before it, if it looks like one that was given out."""
    match = GIVEN_OUT.fullmatch(session_id)
    if match:
        cursor.execute(
            """
            INSERT INTO session_counters AS c (tenant, day, count) VALUES (%s, %s, %s)
            ON CONFLICT (tenant, day) DO UPDATE SET count = EXCLUDED.count WHERE c.count < EXCLUDED.count
            """,
            (tenant, match[1], int(match[2])),
        )


def create(cursor: Cursor, started: Sequence[tuple[str, Draft]]) -> None:
    """Make the rows of sessions that these `session.started` events begin; those that exist stay as they are."""
    cursor.executemany(CREATE, [_begun(tenant, draft, None) for tenant, draft in started])


def create_again(cursor: Cursor, tenant: str, draft: Draft, created_at: datetime) -> bool:
    """Make the row of a session that this event began then. False where there is such a session.

    Raises `SessionExists` where there was one, and it was forgotten.
    """
    # A start that was refused leaves a row behind, of which nobody has seen anything.
    cursor.execute("DELETE FROM sessions WHERE tenant = %s AND id = %s AND seq = 0", (tenant, draft.session_id))
    cursor.execute(CREATE, _begun(tenant, draft, created_at))
    if cursor.rowcount > 0:
        return True
    if forgotten(cursor, [(tenant, draft.session_id)]):
        raise gone(draft.session_id)
    return False


def gone(session_id: str) -> SessionExists:
    """That an id was a session's which was forgotten."""
    return SessionExists(f"the id {session_id!r} was that of a session which was forgotten; give another")


def _begun(tenant: str, draft: Draft, created_at: datetime | None) -> tuple[object, ...]:
    data = orjson.loads(draft.data)
    autosave = autosave_of(data)
    return (
        tenant,
        draft.session_id,
        data["user_id"],
        data.get("kind") or "general",
        data.get("agent") or draft.actor,
        shown_title(data.get("title") or ""),
        genesis(tenant, draft.session_id),
        None if autosave is None else orjson.dumps(autosave).decode(),
        bool(data.get("shared")),
        data.get("expires_at"),
        data.get("expires_after"),
        created_at,
    )


def shown_title(text: str) -> str | None:
    """As much of a text as listings show: a line that Postgres can hold. None where nothing of it can be seen."""
    return " ".join(text.replace("\0", " ").split())[:TITLE_CHARACTERS] or None


def find(connection: Connection, tenant: str, session_id: str, *, archived: bool = False) -> tuple[Listed, bytes]:
    """A session and its chain's head. Raises `SessionNotFound`, and `SessionArchived` unless the caller asks for these.

    Whoever reads the log of one would find nothing, and must not take that for an empty one.
    """
    query = select(*SHOWN, Session.digest).where(Session.tenant == tenant, Session.id == session_id, Session.seq > 0)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise SessionNotFound(session_id, f"there is no session {session_id!r}")
    *shown, digest = row
    found = Listed._make(shown)
    if found.archived_at is not None and not archived:
        raise SessionArchived.of(session_id, found.archived_at)
    return found, digest


def stay(cursor: Cursor, key: int, session_id: str) -> None:
    """Let a session not be forgotten until the transaction ends. Raises `SessionNotFound` where it was."""
    cursor.execute("SELECT FROM sessions WHERE key = %s AND seq > 0 FOR KEY SHARE", (key,))
    if cursor.fetchone() is None:
        raise SessionNotFound(session_id, f"there is no session {session_id!r}")


def last_active(connection: Connection, tenant: str, user_id: str | None) -> str:
    """The id of the session in which something happened last. Raises `SessionNotFound` where there is none."""
    # No index helps: an append moves this time, and must not touch one.
    query = select(Session.id).where(Session.tenant == tenant, Session.seq > 0)
    if user_id is not None:
        query = query.where(Session.user_id == user_id)
    found = connection.execute(query.order_by(Session.last_activity_at.desc(), Session.key.desc()).limit(1)).scalar()
    if found is None:
        raise SessionNotFound("", "there is no session yet" + (f" of user {user_id!r}" if user_id else ""))
    return found


def listed(  # noqa: PLR0913  # one argument a filter
    connection: Connection,
    tenant: str,
    *,
    user_id: str | None = None,
    status: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    text: str | None = None,
    before: tuple[datetime, int] | None = None,
    limit: int = 50,
) -> list[Listed]:
    """Sessions, the newest first, at most `limit`.

    `since` and `until` bound the time of their start (from, and up to but not including); `text` are words that must
    all occur in id, user, kind, agent or title; `before` is the (created_at, key) of the page before's last session.
    """
    query = select(*SHOWN, Session.search).where(Session.tenant == tenant, Session.seq > 0)
    if user_id is not None:
        query = query.where(Session.user_id == user_id)
    if status is not None:
        query = query.where(Session.status == status)
    if since is not None:
        query = query.where(Session.created_at >= since)
    if until is not None:
        query = query.where(Session.created_at < until)
    if before is not None:
        query = query.where(tuple_(Session.created_at, Session.key) < before)
    if text is None:
        return _newest(connection, query.subquery(), limit)
    # Postgres cannot tell how rare a word is, and one plan is a thousand times slower than the other where it guesses
    # wrong. So a common word is looked for among the newest sessions, and any other in the index of words, whose
    # subquery the OFFSET keeps from being planned together with the order.
    words = func.websearch_to_tsquery("simple", text)
    recent = query.order_by(Session.created_at.desc(), Session.key.desc()).limit(RECENT).subquery()
    found = _newest(connection, recent, limit, recent.c.search.op("@@")(words))
    if len(found) == limit:
        return found
    return _newest(connection, query.where(Session.search.op("@@")(words)).offset(0).subquery(), limit)


def _newest(connection: Connection, sessions: Subquery, limit: int, *conditions: ColumnElement[bool]) -> list[Listed]:
    columns = sessions.c
    query = select(*(columns[name] for name in LISTED)).where(*conditions)
    query = query.order_by(columns.created_at.desc(), columns.key.desc()).limit(limit)
    return [Listed._make(row) for row in connection.execute(query)]


def named(cursor: Cursor, keys: Sequence[int]) -> list[tuple[int, str]]:
    """The key and id of those of these sessions that are there."""
    cursor.execute("SELECT key, id FROM sessions WHERE key = ANY(%s)", (list(keys),))
    return list(cursor)


def lift_ends(cursor: Cursor, keys: Sequence[int]) -> None:
    """Let these sessions have no fixed end any more."""
    cursor.execute("UPDATE sessions SET expires_at = NULL WHERE key = ANY(%s)", (list(keys),))


def behind(cursor: Cursor) -> list[tuple[str, str]]:
    """The (tenant, id) of those whose events have not all moved their guards, the oldest first."""
    cursor.execute("SELECT tenant, id FROM sessions WHERE moved < seq ORDER BY key")
    return list(cursor)
