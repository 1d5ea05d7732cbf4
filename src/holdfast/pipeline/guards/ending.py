"""Ending: what becomes of a session's guards when nothing can be appended to it any more, and when it goes on again."""

from collections.abc import Sequence
from datetime import datetime

from holdfast.pipeline.guards.fact import Fact
from holdfast.store import reservations, timers
from holdfast.store.budgets import USED
from holdfast.store.log import Cursor

__all__ = ["ended", "forked", "resumed"]


def forked(cursor: Cursor, fact: Fact) -> None:
    """What was set aside and offered so far is the session's that it was made of, and so are its conversations' ids."""
    reservations.free_all(cursor, fact.head.key)
    cursor.execute("DELETE FROM handoffs WHERE session_key = %s", (fact.head.key,))
    cursor.execute("DELETE FROM conversations WHERE session_key = %s", (fact.head.key,))


def ended(cursor: Cursor, facts: Sequence[Fact]) -> None:
    """What was set aside is given back, also to the campaign; nobody is asked any more, and nothing is offered.

    Of each session its first end, and all of them at once: hundreds of thousands may expire on one day.
    """
    seqs: dict[int, int] = {}
    for fact in facts:
        seqs.setdefault(fact.head.key, fact.seq)
    cursor.execute(
        f"""
        WITH over AS (
            SELECT * FROM unnest(%(keys)s::bigint[], %(seqs)s::bigint[]) AS over (key, seq)
        ), freed AS (
            UPDATE reservations SET status = 'released'
            WHERE session_key = ANY(%(keys)s) AND status = 'open' RETURNING budgets, calls, tokens
        ), asked AS (
            UPDATE decisions SET status = 'withdrawn', settled_seq = over.seq
            FROM over WHERE session_key = over.key AND status = 'pending'
        ), offered AS (
            UPDATE handoffs SET status = 'expired', settled_seq = over.seq
            FROM over WHERE session_key = over.key AND status = 'offered'
        ), timed AS (
            DELETE FROM timers
            WHERE session_key = ANY(%(keys)s) AND kind IN ('reservations', 'decisions', 'handoffs', 'values')
        )
        UPDATE budgets b SET {USED}
        FROM (
            SELECT budget, sum(calls)::bigint AS calls, sum(tokens)::bigint AS tokens
            FROM freed, unnest(freed.budgets) AS budget GROUP BY budget
        ) aside
        WHERE b.key = aside.budget
        """,  # noqa: S608  # constants
        {"keys": list(seqs), "seqs": list(seqs.values()), "calls": 0, "tokens": 0},
    )


def resumed(cursor: Cursor, fact: Fact) -> None:
    """After its expiry the session goes on: who was asked is asked again, and what was offered and is not over yet.

    What was set aside stays given back: others may have used it since.
    """
    key, end = fact.head.key, fact.seq - 1
    cursor.execute(
        """
        WITH expired AS (
            SELECT session_key, seq FROM events
            WHERE session_key = %(key)s AND seq = %(end)s AND type = 'session.expired'
        ), asked AS (
            UPDATE decisions d SET status = 'pending', settled_seq = NULL
            FROM expired e WHERE d.session_key = e.session_key AND d.settled_seq = e.seq AND d.status = 'withdrawn'
            RETURNING deadline AS due_at
        ), offered AS (
            UPDATE handoffs h SET status = 'offered', settled_seq = NULL
            FROM expired e WHERE h.session_key = e.session_key AND h.settled_seq = e.seq AND h.status = 'expired'
            RETURNING expires_at AS due_at
        )
        SELECT %(decisions)s, min(due_at) FROM asked
        UNION ALL SELECT %(handoffs)s, min(due_at) FROM offered
        UNION ALL SELECT %(values)s, min(due_at) FROM due_values JOIN expired USING (session_key)
        """,
        {
            "key": key,
            "end": end,
            "decisions": timers.DECISIONS,
            "handoffs": timers.HANDOFFS,
            "values": timers.VALUES,
        },
    )
    found: list[tuple[str, datetime | None]] = cursor.fetchall()
    for kind, due_at in found:
        if due_at is not None:
            timers.set_by(cursor, key, kind, due_at)
