"""What waits for somebody: the questions, offers and values of a session whose time is over, and when the next is."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from holdfast.store.log import Cursor

__all__ = [
    "Question",
    "next_deadline",
    "next_expiry",
    "next_value",
    "overdue_decisions",
    "overdue_handoffs",
    "overdue_values",
]


class Question(NamedTuple):
    """A question that waits. `data` is what the event that asks it says, as JSON, and `actor` whose event it is."""

    id: str
    escalated_at: datetime
    data: bytes
    actor: str


def overdue_decisions(cursor: Cursor, session: int) -> Sequence[Question]:
    """Those that nobody answered in time, the oldest deadline first."""
    cursor.execute(
        """
        SELECT d.id, d.escalated_at, convert_to(e.data::text, 'UTF8'), e.actor
        FROM decisions d JOIN events e USING (session_key, seq)
        WHERE d.session_key = %s AND d.status = 'pending' AND d.deadline <= clock_timestamp()
        ORDER BY d.deadline, d.id
        """,
        (session,),
    )
    return [Question(*row) for row in cursor]


def next_deadline(cursor: Cursor, session: int) -> datetime | None:
    """The first deadline of a question that still waits."""
    cursor.execute("SELECT min(deadline) FROM decisions WHERE session_key = %s AND status = 'pending'", (session,))
    return _only(cursor)


def overdue_handoffs(cursor: Cursor, session: int) -> Sequence[str]:
    """The ids of the offers that nobody accepted in time."""
    cursor.execute(
        """
        SELECT id FROM handoffs
        WHERE session_key = %s AND status = 'offered' AND expires_at <= clock_timestamp() ORDER BY expires_at, id
        """,
        (session,),
    )
    return [row[0] for row in cursor]


def next_expiry(cursor: Cursor, session: int) -> datetime | None:
    """When the next offer that is open ends."""
    cursor.execute("SELECT min(expires_at) FROM handoffs WHERE session_key = %s AND status = 'offered'", (session,))
    return _only(cursor)


def overdue_values(cursor: Cursor, session: int) -> Sequence[tuple[str, str]]:
    """The key of each value whose time is over, and the id of the event that set it."""
    cursor.execute(
        """
        SELECT key, event_id::text FROM due_values
        WHERE session_key = %s AND due_at <= clock_timestamp() ORDER BY due_at, key
        """,
        (session,),
    )
    return [(row[0], row[1]) for row in cursor]


def next_value(cursor: Cursor, session: int) -> datetime | None:
    """When the next value ends."""
    cursor.execute("SELECT min(due_at) FROM due_values WHERE session_key = %s", (session,))
    return _only(cursor)


def _only(cursor: Cursor) -> datetime | None:
    row = cursor.fetchone()
    return None if row is None else row[0]
