"""Reservations: what was set aside, until it is settled, given back, or nobody settled it in time."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from holdfast.store.log import Cursor

__all__ = ["Reservation", "end", "find", "next_end", "open_again", "overdue"]


class Reservation(NamedTuple):
    """A row. `budgets` are the keys of those that it counts in."""

    id: str
    budgets: list[int]
    calls: int
    tokens: int
    status: str
    expires_at: datetime | None


def find(cursor: Cursor, session: int, reservation_id: str) -> Reservation | None:
    """The reservation of that id, whatever became of it. The session's lock is the lock of its reservations."""
    cursor.execute(
        "SELECT id, budgets, calls, tokens, status, expires_at FROM reservations WHERE session_key = %s AND id = %s",
        (session, reservation_id),
    )
    row = cursor.fetchone()
    return None if row is None else Reservation(*row)


def open_again(cursor: Cursor, session: int, made: Reservation, reserved_at: datetime) -> None:
    """Make the reservation; one of that id must not be open."""
    cursor.execute(
        """
        INSERT INTO reservations (session_key, id, budgets, calls, tokens, status, expires_at, reserved_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (session_key, id) DO UPDATE
        SET budgets = EXCLUDED.budgets, calls = EXCLUDED.calls, tokens = EXCLUDED.tokens, status = EXCLUDED.status,
            expires_at = EXCLUDED.expires_at, reserved_at = EXCLUDED.reserved_at
        """,
        (session, *made, reserved_at),
    )


def end(cursor: Cursor, session: int, reservation_id: str, status: str) -> None:
    """It is settled, released or expired."""
    cursor.execute(
        "UPDATE reservations SET status = %s WHERE session_key = %s AND id = %s", (status, session, reservation_id)
    )


def overdue(cursor: Cursor, session: int) -> Sequence[str]:
    """The ids of those that are open past their end, the oldest first."""
    cursor.execute(
        """
        SELECT id FROM reservations
        WHERE session_key = %s AND status = 'open' AND expires_at <= clock_timestamp() ORDER BY expires_at, id
        """,
        (session,),
    )
    return [row[0] for row in cursor]


def next_end(cursor: Cursor, session: int) -> datetime | None:
    """When the next one that is open comes to its end."""
    cursor.execute("SELECT min(expires_at) FROM reservations WHERE session_key = %s AND status = 'open'", (session,))
    row = cursor.fetchone()
    return None if row is None else row[0]
