"""Overdue: what becomes of reservations, questions, offers and values when their time is over.

The timer of each kind only says that one of the session's may be due. Which are, the guards' rows tell, under the
session's lock: one that was settled meanwhile is no longer among them, and of two workers the second finds none.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from holdfast.errors import HoldfastError
from holdfast.events import (
    ComputeReleased,
    DecisionEscalated,
    DecisionLapsed,
    Draft,
    HandoffExpired,
    Payload,
    StateExpired,
    draft,
    instant,
)
from holdfast.logs import get_logger
from holdfast.pipeline.apply import Item, apply
from holdfast.pipeline.lapse import ACTOR
from holdfast.pipeline.rules import Rules
from holdfast.session.status import ENDED
from holdfast.store import asked, log, reservations, timers
from holdfast.store.log import Cursor, Head

__all__ = ["expire_handoffs", "expire_values", "lapse_decisions", "release_reservations"]

logger = get_logger(__name__)


def release_reservations(connection: Connection, tenant: str, session_id: str, *, rules: Rules) -> int:
    """Give back what was set aside and not settled by its end; returns how many there were."""

    def due(cursor: Cursor, head: Head) -> Iterable[Payload]:
        for reservation_id in reservations.overdue(cursor, head.key):
            yield ComputeReleased(reservation_id=reservation_id, reason="not settled in time", expired=True)

    return _act(connection, tenant, session_id, timers.RESERVATIONS, due, reservations.next_end, rules)


def lapse_decisions(connection: Connection, tenant: str, session_id: str, *, rules: Rules) -> int:
    """Let each question that nobody answered in time go to whoever is asked next, or lapse; returns how many."""

    def due(cursor: Cursor, head: Head) -> Iterable[Payload]:
        for question in asked.overdue_decisions(cursor, head.key):
            yield _after(question, head.now)

    return _act(connection, tenant, session_id, timers.DECISIONS, due, asked.next_deadline, rules)


def expire_handoffs(connection: Connection, tenant: str, session_id: str, *, rules: Rules) -> int:
    """End the offers that nobody accepted in time; returns how many there were."""

    def due(cursor: Cursor, head: Head) -> Iterable[Payload]:
        for handoff_id in asked.overdue_handoffs(cursor, head.key):
            yield HandoffExpired(handoff_id=handoff_id, reason="not accepted in time")

    return _act(connection, tenant, session_id, timers.HANDOFFS, due, asked.next_expiry, rules)


def expire_values(connection: Connection, tenant: str, session_id: str, *, rules: Rules) -> int:
    """Take the values away whose time is over; returns how many there were."""

    def due(cursor: Cursor, head: Head) -> Iterable[Payload]:
        for key, event_id in asked.overdue_values(cursor, head.key):
            yield StateExpired(key=key, set_by_event=event_id)

    return _act(connection, tenant, session_id, timers.VALUES, due, asked.next_value, rules)


def _act(
    connection: Connection,
    tenant: str,
    session_id: str,
    kind: str,
    due: Callable[[Cursor, Head], Iterable[Payload]],
    next_due: Callable[[Cursor, int], datetime | None],
    rules: Rules,
) -> int:
    cursor = log.cursor(connection)
    head = log.lock(cursor, [(tenant, session_id)]).get((tenant, session_id))
    if head is None:
        return 0
    timers.clear(cursor, [head.key], kind)
    if head.status in ENDED:
        return 0
    drafts = [_draft(payload, head) for payload in due(cursor, head)]
    if drafts:
        items = [Item(tenant, each, system=True) for each in drafts]
        for outcome in apply(connection, items, rules=rules):
            if isinstance(outcome, HoldfastError):
                raise outcome
        logger.info("guards.overdue", session_id=session_id, kind=kind, count=len(drafts))
    following = next_due(cursor, head.key)
    if following is not None:
        timers.set_by(cursor, head.key, kind, following)
    return len(drafts)


def _draft(payload: Payload, head: Head) -> Draft:
    return draft(payload, session_id=head.id, actor=ACTOR)


def _after(question: asked.Question, now: datetime) -> Payload:
    """What a question without an answer becomes: it goes to the next person for as long, or its default holds."""
    said = DecisionEscalated.model_validate_json(question.data)
    if said.escalation_path and said.deadline is not None:
        time = max(said.deadline - question.escalated_at, timedelta(seconds=1))
        return said.model_copy(
            update={
                "decision_id": question.id,
                "escalated_to": said.escalation_path[0],
                "escalated_by": said.escalated_by or question.actor,
                "escalation_path": said.escalation_path[1:],
                "deadline": instant("deadline", now + time),
                "details": None,
            }
        )
    whom = f" by {said.escalated_to}" if said.escalated_to else ""
    return DecisionLapsed(decision_id=question.id, reason=f"not answered{whom} in time", decision=said.default)
