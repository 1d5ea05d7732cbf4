"""Decisions: whether a question still waits. It is settled once."""

from holdfast.errors import DecisionNotFound, DecisionSettled
from holdfast.events import instant
from holdfast.pipeline.guards.fact import Fact, guarded
from holdfast.store import questions, timers
from holdfast.store.log import Cursor
from holdfast.store.questions import Question

__all__ = ["escalated", "settled", "too_late"]

BECOMES = {
    "decision.made": "answered",
    "decision.answered": "answered",
    "decision.lapsed": "lapsed",
    "decision.withdrawn": "withdrawn",
}


def escalated(cursor: Cursor, fact: Fact) -> None:
    """It waits; asked again under the same id, it waits again."""
    decision_id = guarded(fact.data.get("decision_id") or str(fact.event_id))
    if decision_id is None:
        return
    deadline = fact.data.get("deadline")
    due = instant("deadline", deadline) if deadline else None
    cursor.execute(
        """
        INSERT INTO decisions (session_key, id, tenant, seq, escalated_to, campaign, escalated_at, deadline)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (session_key, id) DO UPDATE
        SET seq = EXCLUDED.seq, status = 'pending', escalated_to = EXCLUDED.escalated_to,
            campaign = EXCLUDED.campaign, escalated_at = EXCLUDED.escalated_at, deadline = EXCLUDED.deadline,
            settled_seq = NULL
        """,
        (
            fact.head.key,
            decision_id,
            fact.head.tenant,
            fact.seq,
            guarded(fact.data.get("escalated_to")),
            fact.campaign,
            fact.recorded_at,
            due,
        ),
    )
    if due is not None:
        timers.set_by(cursor, fact.head.key, timers.DECISIONS, due)


def settled(cursor: Cursor, fact: Fact) -> None:
    """It waits no longer. Raises `DecisionSettled` and `DecisionNotFound` where that was asked for strictly."""
    decision_id = guarded(fact.data.get("decision_id"))
    if decision_id is not None:
        cursor.execute(
            """
            UPDATE decisions SET status = %s, settled_seq = %s
            WHERE session_key = %s AND id = %s AND status = 'pending'
            """,
            (BECOMES[fact.type], fact.seq, fact.head.key, decision_id),
        )
        if cursor.rowcount:
            return
    if fact.strict:
        raise _refusal(cursor, fact, str(fact.data.get("decision_id")))


def too_late(asked: Question) -> DecisionSettled:
    """What is told to whoever settles a question that is settled."""
    return DecisionSettled(asked.id, asked.status, asked.holds, asked.decided_by)


def _refusal(cursor: Cursor, fact: Fact, decision_id: str) -> DecisionSettled | DecisionNotFound:
    asked = questions.find(cursor, fact.head.tenant, fact.head.id, decision_id)
    if asked is None:
        return DecisionNotFound(decision_id, f"session {fact.head.id!r} has no question {decision_id!r} that waits")
    return too_late(asked)
