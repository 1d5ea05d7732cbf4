"""Ending: what becomes of a session's guards when nothing can be appended to it any more."""

from holdfast.pipeline.guards.fact import Fact
from holdfast.store import reservations
from holdfast.store.budgets import USED
from holdfast.store.log import Cursor

__all__ = ["ended", "forked"]


def forked(cursor: Cursor, fact: Fact) -> None:
    """What was set aside and offered so far is the session's that it was made of, and so are its conversations' ids."""
    reservations.free_all(cursor, fact.head.key)
    cursor.execute("DELETE FROM handoffs WHERE session_key = %s", (fact.head.key,))
    cursor.execute("DELETE FROM conversations WHERE session_key = %s", (fact.head.key,))


def ended(cursor: Cursor, fact: Fact) -> None:
    """What was set aside is given back, also to the campaign; nobody is asked any more, and nothing is offered."""
    cursor.execute(
        f"""
        WITH freed AS (
            UPDATE reservations SET status = 'released'
            WHERE session_key = %(key)s AND status = 'open' RETURNING budgets, calls, tokens
        ), asked AS (
            UPDATE decisions SET status = 'withdrawn', settled_seq = %(seq)s
            WHERE session_key = %(key)s AND status = 'pending'
        ), offered AS (
            UPDATE handoffs SET status = 'expired', settled_seq = %(seq)s
            WHERE session_key = %(key)s AND status = 'offered'
        ), due AS (
            DELETE FROM due_values WHERE session_key = %(key)s
        ), timed AS (
            DELETE FROM timers
            WHERE session_key = %(key)s AND kind IN ('reservations', 'decisions', 'handoffs', 'values')
        )
        UPDATE budgets b SET {USED}
        FROM (
            SELECT budget, sum(calls)::bigint AS calls, sum(tokens)::bigint AS tokens
            FROM freed, unnest(freed.budgets) AS budget GROUP BY budget
        ) aside
        WHERE b.key = aside.budget
        """,  # noqa: S608  # constants
        {"key": fact.head.key, "seq": fact.seq, "calls": 0, "tokens": 0},
    )
