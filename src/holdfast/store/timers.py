"""Timers: rows that say when something is due. A tick claims those that are."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from holdfast.saving.tiers import Tier
from holdfast.store.log import Cursor, cursor

__all__ = [
    "ARCHIVE",
    "BACKUP",
    "DECISIONS",
    "EXPIRE",
    "HANDOFFS",
    "IDLE",
    "LEARN",
    "LEASE",
    "MODEL",
    "RESERVATIONS",
    "SUMMARY",
    "VALUES",
    "Due",
    "SaveTimer",
    "claim",
    "clear",
    "due",
    "put_off",
    "set_after",
    "set_all",
    "set_by",
    "set_saves",
]

IDLE = "idle"
"""Pauses a session that has been quiet for as long as `idle_after` says."""

LEASE = "lease"
"""Ends an exclusive lease that nobody renewed."""

BACKUP = "backup"
"""Copies full snapshots to the second location. The saves' own timers are named for their tiers."""

RESERVATIONS, DECISIONS, HANDOFFS, VALUES = "reservations", "decisions", "handoffs", "values"
"""Each due when the first of the session's rows of that kind is; whoever handles it sets it anew for the next."""


SUMMARY, LEARN = "summary", "learn"
"""What is made of a session when it rests, or has much news."""

MODEL = "model"
"""Asks a model for a better summary; put off for longer and longer where it does not give one."""

EXPIRE, ARCHIVE = "expire", "archive"
"""Ends a session that has been quiet for long, and releases the rows of one that ended long ago."""


class Due(NamedTuple):
    """A timer that was claimed."""

    kind: str
    key: int
    tenant: str
    session_id: str
    reason: str | None


class SaveTimer(NamedTuple):
    """A save that is to be due: after about so many seconds, or, where there is a reason not to wait, by then."""

    key: int
    tier: Tier
    seconds: float
    reason: str | None


def set_after(cursor: Cursor, keys: Sequence[int], kind: str, seconds: float) -> None:
    """Set a timer for each session that has none of this kind. One that is set stays as it is."""
    cursor.execute(
        """
        INSERT INTO timers (session_key, kind, due_at)
        SELECT key, %s, now() + %s * interval '1 second' FROM unnest(%s::bigint[]) AS key
        ON CONFLICT DO NOTHING
        """,
        (kind, seconds, list(keys)),
    )


def set_by(cursor: Cursor, key: int, kind: str, due_at: datetime) -> None:
    """Let the session's timer of this kind be due by then, or before, where it is set for earlier."""
    cursor.execute(
        """
        INSERT INTO timers (session_key, kind, due_at) VALUES (%s, %s, %s)
        ON CONFLICT (session_key, kind) DO UPDATE SET due_at = EXCLUDED.due_at WHERE timers.due_at > EXCLUDED.due_at
        """,
        (key, kind, due_at),
    )


def set_all(cursor: Cursor, due: Sequence[tuple[int, str, float]]) -> None:
    """Set these timers, by session, kind and seconds from now.

    One that is set is brought forward, if it was set for later; when a session ends is told anew each time.
    """
    cursor.execute(
        """
        INSERT INTO timers (session_key, kind, due_at)
        SELECT key, kind, now() + seconds * interval '1 second'
        FROM unnest(%s::bigint[], %s::text[], %s::float8[]) AS n (key, kind, seconds)
        ORDER BY key, kind
        ON CONFLICT (session_key, kind) DO UPDATE
        SET due_at = CASE WHEN EXCLUDED.kind IN ('expire', 'archive') THEN EXCLUDED.due_at
                          ELSE LEAST(timers.due_at, EXCLUDED.due_at) END
        """,
        [list(column) for column in zip(*due, strict=True)],
    )


def set_saves(cursor: Cursor, saves: Sequence[SaveTimer]) -> None:
    """Set timers of saves. One that is set stays as it is, unless there is a reason to bring it forward.

    What waits for an interval is due at a random moment of the interval's second half, so that sessions which began
    together are not saved together.
    """
    cursor.execute(
        """
        INSERT INTO timers (session_key, kind, due_at, reason)
        SELECT key, kind, now() + seconds * (0.5 + random() / 2) * interval '1 second', reason
        FROM unnest(%s::bigint[], %s::text[], %s::float8[], %s::text[]) AS save (key, kind, seconds, reason)
        ORDER BY key, kind
        ON CONFLICT (session_key, kind) DO UPDATE
        SET due_at = LEAST(timers.due_at, EXCLUDED.due_at), reason = EXCLUDED.reason
        WHERE timers.reason IS NULL AND EXCLUDED.reason IS NOT NULL
        """,
        [list(column) for column in zip(*saves, strict=True)],
    )


def due(cursor: Cursor, key: int, kind: str) -> datetime | None:
    """When the session's timer of this kind is due; None where it has none."""
    cursor.execute("SELECT due_at FROM timers WHERE session_key = %s AND kind = %s", (key, kind))
    found = cursor.fetchone()
    return None if found is None else found[0]


def clear(cursor: Cursor, keys: Sequence[int], kind: str) -> None:
    """Take the sessions' timers of this kind away."""
    cursor.execute("DELETE FROM timers WHERE session_key = ANY(%s) AND kind = %s", (list(keys), kind))


def put_off(cursor: Cursor, keys: Sequence[int], kind: str, seconds: float) -> None:
    """Let the sessions' timers of this kind be due in so many seconds, where they have one."""
    cursor.execute(
        """
        WITH mine AS (
            SELECT session_key, kind FROM timers WHERE session_key = ANY(%s) AND kind = %s
            ORDER BY session_key FOR UPDATE
        )
        UPDATE timers t SET due_at = now() + %s * interval '1 second'
        FROM mine WHERE t.session_key = mine.session_key AND t.kind = mine.kind
        """,
        (list(keys), kind, seconds),
    )


def claim(connection: Connection, limit: int, lease: float) -> list[Due]:
    """Claim timers that are due, oldest first; two ticks at once never claim the same one.

    A claimed timer is put off by `lease` seconds rather than deleted. Whoever handles it clears or resets it in the
    transaction that does the work; where nobody did (the message was lost, the worker died), it comes due again. Its
    reason is taken off, so that an event that comes meanwhile can bring it forward again.
    """
    rows = cursor(connection)
    rows.execute(
        """
        WITH due AS (
            SELECT session_key, kind, reason FROM timers
            WHERE due_at <= now() ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED
        )
        UPDATE timers t SET due_at = now() + %s * interval '1 second', reason = NULL
        FROM due, sessions s
        WHERE t.session_key = due.session_key AND t.kind = due.kind AND s.key = t.session_key
        RETURNING t.kind, s.key, s.tenant, s.id, due.reason
        """,
        (limit, lease),
    )
    return [Due(*row) for row in rows]
