"""Reservations: what was set aside, until it is settled, given back, or nobody settled it in time.

Each statement moves the budgets that the reservation counts in as well. The session's lock is the lock of its
reservations, so a statement sees them as they are; of the budgets only a campaign's is shared with other sessions.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from holdfast.store.budgets import USED
from holdfast.store.log import Cursor

__all__ = ["Reservation", "free_all", "listed", "make", "next_end", "overdue", "release", "settle", "settled", "status"]


class Reservation(NamedTuple):
    """A row. `budgets` are the keys of those that it counts in."""

    id: str
    budgets: Sequence[int]
    calls: int
    tokens: int
    status: str
    reserved_at: datetime
    expires_at: datetime | None


def make(cursor: Cursor, session: int, made: Reservation, *, again: bool) -> bool:
    """Set aside, in budgets that are locked, and let the session's timer be due when it ends.

    False, and the transaction must be rolled back, where there is one of that id; with `again` it is replaced, and must
    not be open.
    """
    cursor.execute(
        """
        WITH aside AS (
            UPDATE budgets
            SET calls_reserved = calls_reserved + %(calls)s, tokens_reserved = tokens_reserved + %(tokens)s
            WHERE key = ANY(%(budgets)s)
        ), timed AS (
            INSERT INTO timers (session_key, kind, due_at)
            SELECT %(session)s, 'reservations', at FROM (SELECT %(expires_at)s::timestamptz) n (at) WHERE at IS NOT NULL
            ON CONFLICT (session_key, kind) DO UPDATE SET due_at = EXCLUDED.due_at
            WHERE timers.due_at > EXCLUDED.due_at
        )
        INSERT INTO reservations (session_key, id, budgets, calls, tokens, status, reserved_at, expires_at)
        VALUES (
            %(session)s, %(id)s, %(budgets)s, %(calls)s, %(tokens)s, %(status)s, %(reserved_at)s, %(expires_at)s
        )
        ON CONFLICT (session_key, id) DO UPDATE
        SET budgets = EXCLUDED.budgets, calls = EXCLUDED.calls, tokens = EXCLUDED.tokens, status = EXCLUDED.status,
            expires_at = EXCLUDED.expires_at, reserved_at = EXCLUDED.reserved_at
        WHERE %(again)s
        """,
        {"session": session, "again": again, **made._asdict(), "budgets": list(made.budgets)},
    )
    return cursor.rowcount > 0


def settle(cursor: Cursor, session: int, reservation_id: str, calls: int, tokens: int) -> bool:
    """Count what was used where it was set aside, which ends. False, with nothing done, where it is not open."""
    cursor.execute(
        f"""
        WITH aside AS (
            UPDATE reservations SET status = 'settled'
            WHERE session_key = %(session)s AND id = %(id)s AND status = 'open' RETURNING budgets, calls, tokens
        )
        UPDATE budgets b SET {USED} FROM aside WHERE b.key = ANY(aside.budgets)
        """,  # noqa: S608  # constants
        {"session": session, "id": reservation_id, "calls": calls, "tokens": tokens},
    )
    return cursor.rowcount > 0


def release(cursor: Cursor, session: int, reservation_id: str, becomes: str) -> bool:
    """Give back what was set aside. False, with nothing done, where it is not open."""
    cursor.execute(
        f"""
        WITH aside AS (
            UPDATE reservations SET status = %(becomes)s
            WHERE session_key = %(session)s AND id = %(id)s AND status = 'open' RETURNING budgets, calls, tokens
        )
        UPDATE budgets b SET {USED} FROM aside WHERE b.key = ANY(aside.budgets)
        """,  # noqa: S608  # constants
        {"becomes": becomes, "session": session, "id": reservation_id, "calls": 0, "tokens": 0},
    )
    return cursor.rowcount > 0


def free_all(cursor: Cursor, session: int) -> None:
    """Give back all that the session has set aside."""
    cursor.execute(
        f"""
        WITH freed AS (
            UPDATE reservations SET status = 'released'
            WHERE session_key = %(session)s AND status = 'open' RETURNING budgets, calls, tokens
        ), timed AS (
            DELETE FROM timers WHERE session_key = %(session)s AND kind = 'reservations'
        ), aside AS (
            SELECT budget, sum(calls)::bigint AS calls, sum(tokens)::bigint AS tokens
            FROM freed, unnest(freed.budgets) AS budget GROUP BY budget
        )
        UPDATE budgets b SET {USED} FROM aside WHERE b.key = aside.budget
        """,  # noqa: S608  # constants
        {"session": session, "calls": 0, "tokens": 0},
    )


def status(cursor: Cursor, session: int, reservation_id: str) -> str | None:
    """What became of the reservation of that id; None where there never was one."""
    cursor.execute("SELECT status FROM reservations WHERE session_key = %s AND id = %s", (session, reservation_id))
    row = cursor.fetchone()
    return None if row is None else row[0]


def settled(cursor: Cursor, session: int, reservation_id: str) -> None:
    """Somebody told what came of one that had run out or was given back."""
    cursor.execute(
        "UPDATE reservations SET status = 'settled' WHERE session_key = %s AND id = %s", (session, reservation_id)
    )


def listed(cursor: Cursor, session: int) -> list[Reservation]:
    """Those that are open, the oldest first."""
    cursor.execute(
        """
        SELECT id, budgets, calls, tokens, status, reserved_at, expires_at FROM reservations
        WHERE session_key = %s AND status = 'open' ORDER BY reserved_at, id
        """,
        (session,),
    )
    return [Reservation(*row) for row in cursor]


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
