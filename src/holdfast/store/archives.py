"""Archives: the rows of a session whose log is in segments, and there alone."""

from holdfast.store import pruning
from holdfast.store.log import Cursor

__all__ = ["NOTE", "awaits", "clear", "release", "returned"]

NOTE = "archived"
"""Why the snapshot is pinned that an archived session is read from."""

DERIVES = ["summary", "learn", "model"]
"""Timers of what is made of the log: it must not go before that is done."""

RELEASED = (
    # What the user wants, and whether anything happened at all, is asked across sessions: see store/users.py.
    "DELETE FROM events WHERE session_key = %(key)s AND type <> 'preference.stated'",
    "DELETE FROM reservations WHERE session_key = %(key)s",
    "DELETE FROM decisions WHERE session_key = %(key)s",
    "DELETE FROM handoffs WHERE session_key = %(key)s",
    "DELETE FROM due_values WHERE session_key = %(key)s",
    "DELETE FROM budgets WHERE session_key = %(key)s",
    "DELETE FROM timers WHERE session_key = %(key)s",
)
"""All that the log gives back. Ids of conversations and tokens lead to the session for as long as they are good."""


def awaits(cursor: Cursor, key: int) -> bool:
    """Whether something is still to be made of the session's log."""
    cursor.execute("SELECT FROM timers WHERE session_key = %s AND kind = ANY(%s) LIMIT 1", (key, DERIVES))
    return cursor.fetchone() is not None


def release(cursor: Cursor, key: int, point: str) -> list[int]:
    """Let go of what a session's full snapshot, its last, gives back; returns the keys of blobs that lost a reference.

    That one is pinned, and whatever else is pinned stays. The session and its row in `savings` must be locked.
    """
    for statement in RELEASED:
        cursor.execute(statement, {"key": key})
    cursor.execute(
        "INSERT INTO pins (session_key, snapshot_id, note) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        (key, point, NOTE),
    )
    cursor.execute(
        """
        DELETE FROM snapshots n WHERE session_key = %s AND NOT EXISTS (
            SELECT FROM pins p WHERE p.session_key = n.session_key AND p.snapshot_id IN (n.id, '')
        ) RETURNING body
        """,
        (key,),
    )
    # A session that is pinned whole is one that keeps all of its snapshots, and this one beside them.
    bodies = [body for (body,) in cursor if body is not None]
    cursor.execute("UPDATE sessions SET archived_at = now(), timed = 0 WHERE key = %s", (key,))
    return bodies + pruning.sweep(cursor, [key])


def clear(cursor: Cursor, key: int) -> None:
    """Take the rows away that stayed in the archived session's log and its guards, so that all of them can come."""
    for statement in RELEASED:
        cursor.execute(statement, {"key": key})
    cursor.execute("DELETE FROM events WHERE session_key = %s", (key,))


def returned(cursor: Cursor, key: int) -> None:
    """Say that the session's log is here again."""
    cursor.execute("UPDATE sessions SET archived_at = NULL WHERE key = %s", (key,))
    cursor.execute("DELETE FROM pins WHERE session_key = %s AND note = %s", (key, NOTE))
