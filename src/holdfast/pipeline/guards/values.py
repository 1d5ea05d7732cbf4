"""Values: when a value of the general state ends."""

from datetime import timedelta

from holdfast.pipeline.guards.fact import Fact, guarded
from holdfast.store import timers
from holdfast.store.log import Cursor

__all__ = ["expired", "set_until"]

LONGEST = timedelta(days=366 * 1000)
"""Seconds beyond that are no end."""


def set_until(cursor: Cursor, fact: Fact) -> None:
    """One that has an end is looked at then; the one before it has none any more."""
    key, seconds = guarded(fact.data["key"]), fact.data.get("ttl")
    if key is None:
        return
    if seconds is None or seconds > LONGEST.total_seconds():
        cursor.execute("DELETE FROM due_values WHERE session_key = %s AND key = %s", (fact.head.key, key))
        return
    due = fact.recorded_at + timedelta(seconds=seconds)
    cursor.execute(
        """
        INSERT INTO due_values (session_key, key, event_id, due_at) VALUES (%s, %s, %s, %s)
        ON CONFLICT (session_key, key) DO UPDATE SET event_id = EXCLUDED.event_id, due_at = EXCLUDED.due_at
        """,
        (fact.head.key, key, fact.event_id, due),
    )
    timers.set_by(cursor, fact.head.key, timers.VALUES, due)


def expired(cursor: Cursor, fact: Fact) -> None:
    """It is over; one that was set anew keeps its own end."""
    cursor.execute(
        "DELETE FROM due_values WHERE session_key = %s AND key = %s AND event_id::text = coalesce(%s, event_id::text)",
        (fact.head.key, guarded(fact.data["key"]), guarded(fact.data.get("set_by_event"))),
    )
