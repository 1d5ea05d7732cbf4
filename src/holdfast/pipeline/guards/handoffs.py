"""Handoffs: whether an offer is still open. One agent gets it."""

from holdfast.errors import HandoffNotFound, HandoffSettled
from holdfast.events import instant
from holdfast.pipeline.guards.fact import Fact, guarded
from holdfast.store import timers
from holdfast.store.log import Cursor

__all__ = ["moved", "offered"]

BECOMES = {
    "handoff.accepted": ("accepted", ["offered"]),
    "handoff.refused": ("refused", ["offered"]),
    "handoff.completed": ("completed", ["offered", "accepted"]),
    "handoff.expired": ("expired", ["offered"]),
}
"""What a handoff becomes by each event, and what it must be before."""


def offered(cursor: Cursor, fact: Fact) -> None:
    """It is open."""
    handoff_id = guarded(fact.data.get("handoff_id") or str(fact.event_id))
    if handoff_id is None:
        return
    expires_at = fact.data.get("expires_at")
    due = instant("expires_at", expires_at) if expires_at else None
    cursor.execute(
        """
        INSERT INTO handoffs (session_key, id, tenant, seq, receiver, offered_at, expires_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (session_key, id) DO UPDATE
        SET seq = EXCLUDED.seq, status = 'offered', receiver = EXCLUDED.receiver, offered_at = EXCLUDED.offered_at,
            expires_at = EXCLUDED.expires_at, accepted_by = NULL, settled_seq = NULL
        """,
        (fact.head.key, handoff_id, fact.head.tenant, fact.seq, fact.data["to"], fact.recorded_at, due),
    )
    if due is not None:
        timers.set_by(cursor, fact.head.key, timers.HANDOFFS, due)


def moved(cursor: Cursor, fact: Fact) -> None:
    """It goes on with its life. Raises `HandoffSettled` and `HandoffNotFound` where that was asked for strictly."""
    handoff_id = guarded(fact.data.get("handoff_id"))
    status, before = BECOMES[fact.type]
    if handoff_id is not None:
        by = (fact.data.get("accepted_by") or fact.actor) if status == "accepted" else None
        cursor.execute(
            """
            UPDATE handoffs SET status = %s, settled_seq = %s, accepted_by = coalesce(%s, accepted_by)
            WHERE session_key = %s AND id = %s AND status = ANY(%s)
            """,
            (status, fact.seq, by, fact.head.key, handoff_id, before),
        )
        if cursor.rowcount:
            return
    if fact.strict:
        raise _refusal(cursor, fact, str(fact.data.get("handoff_id")))


def _refusal(cursor: Cursor, fact: Fact, handoff_id: str) -> HandoffSettled | HandoffNotFound:
    cursor.execute(
        "SELECT status, accepted_by FROM handoffs WHERE session_key = %s AND id = %s", (fact.head.key, handoff_id)
    )
    found = cursor.fetchone()
    if found is None:
        return HandoffNotFound(handoff_id, f"session {fact.head.id!r} has no handoff {handoff_id!r}")
    return HandoffSettled(handoff_id, *found)
