"""Timers: rows that say when something is due. A tick claims those that are."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from holdfast.store.log import Cursor, cursor

__all__ = ["IDLE", "Due", "claim", "clear", "set_after"]

IDLE = "idle"
"""Pauses a session that has been quiet for as long as `idle_after` says."""


class Due(NamedTuple):
    """A timer that was claimed."""

    kind: str
    tenant: str
    session_id: str


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


def clear(cursor: Cursor, keys: Sequence[int], kind: str) -> None:
    """Take the sessions' timers of this kind away."""
    cursor.execute("DELETE FROM timers WHERE session_key = ANY(%s) AND kind = %s", (list(keys), kind))


def claim(connection: Connection, limit: int, lease: float) -> list[Due]:
    """Claim timers that are due, oldest first; two ticks at once never claim the same one.

    A claimed timer is put off by `lease` seconds rather than deleted. Whoever handles it clears or resets it in the
    transaction that does the work; where nobody did (the message was lost, the worker died), it comes due again.
    """
    rows = cursor(connection)
    rows.execute(
        """
        WITH due AS (
            SELECT session_key, kind FROM timers WHERE due_at <= now() ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED
        )
        UPDATE timers t SET due_at = now() + %s * interval '1 second'
        FROM due, sessions s
        WHERE t.session_key = due.session_key AND t.kind = due.kind AND s.key = t.session_key
        RETURNING t.kind, s.tenant, s.id
        """,
        (limit, lease),
    )
    return [Due(*row) for row in rows]
