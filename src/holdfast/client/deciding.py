"""Decisions that wait, on the agent's side: asking somebody, and the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from holdfast.errors import InvalidInput
from holdfast.events import Draft, draft, identifier, instant, name, reference
from holdfast.outcome import Receipt

if TYPE_CHECKING:
    from holdfast.client.session.log import Log
    from holdfast.service.decisions import Decision

__all__ = ["LONGEST_SECONDS", "answered", "escalated", "seconds_of", "unfenced", "wait_of", "withdrawn"]

LONGEST_SECONDS = 3660 * 86_400.0


def escalated(  # noqa: PLR0913  # one argument a field
    session: Log,
    question: str,
    to: str | None,
    *,
    options: Sequence[Any],
    context: str | None,
    deadline: datetime | str | float | None,
    default: Any,
    escalation_path: Sequence[str],
    decision_id: str | None,
    details: str | None,
) -> Decision:
    """As `Session.escalate` says."""
    decisions = session._holdfast.service.decisions  # noqa: SLF001  # the two are one surface
    seconds = None
    if isinstance(deadline, int | float):
        deadline, seconds = None, seconds_of("deadline", deadline)
    if decision_id is not None:
        identifier("decision_id", decision_id)
    path = [name(f"escalation_path[{at}]", each) for at, each in enumerate(escalation_path)]
    if (path or default is not None) and deadline is None and seconds is None:
        raise InvalidInput("deadline", "is needed for a default, or for others to be asked next")
    session._holdfast._flush_first()  # noqa: SLF001  # as above
    to = _owner(decisions.owner(session.id)) if to is None else name("to", to)
    said = {
        "question": question,
        "decision_id": decision_id,
        "context": context,
        "options": list(options) or None,
        "escalated_to": to,
        "deadline": None if deadline is None else instant("deadline", deadline).isoformat(),
        "default": default,
        "escalation_path": path or None,
        "details": details,
    }
    (made,) = session._drafts((_event("decision.escalated", said),), None, None)  # noqa: SLF001  # as above
    return decisions.escalate(made, seconds=seconds, decision_id=decision_id or str(made.id))


def answered(
    session: Log,
    decision_id: str,
    decision: Any,
    *,
    by: str | None,
    rationale: str | None,
    confidence: Any,
    details: str | None,
    answer_id: UUID | str | None,
) -> Receipt:
    """As `Session.answer` says."""
    if decision is None:
        raise InvalidInput("decision", "must be the answer, not null")
    who = name("by", by if by is not None else session.agent)
    said = {
        "decision_id": reference("decision_id", decision_id),
        "decision": decision,
        "rationale": rationale,
        "confidence": confidence,
        "decided_by": who,
        "details": details,
    }
    session._holdfast._flush_first()  # noqa: SLF001  # as above
    return session._holdfast.service.decisions.answer(unfenced(session, "decision.answered", said, who, answer_id))  # noqa: SLF001  # as above


def withdrawn(session: Log, decision_id: str, reason: str | None) -> Receipt:
    """As `Session.withdraw` says."""
    said = {
        "decision_id": reference("decision_id", decision_id),
        "reason": reason,
        "withdrawn_by": session.agent,
    }
    (made,) = session._drafts((_event("decision.withdrawn", said),), None, None)  # noqa: SLF001  # as above
    session._holdfast._flush_first()  # noqa: SLF001  # as above
    return session._holdfast.service.decisions.withdraw(made)  # noqa: SLF001  # as above


def unfenced(
    session: Log, event_type: str, said: Mapping[str, Any], actor: str, event_id: UUID | str | None = None
) -> Draft:
    """An event of somebody who need not hold the lease, and so carries none."""
    event = _event(event_type, said) | ({} if event_id is None else {"id": event_id})
    return draft(event, session_id=session.id, actor=actor)


def wait_of(value: object) -> float:
    """How long to wait, in seconds. Raises `InvalidInput`."""
    if value == 0 and not isinstance(value, bool):
        return 0.0
    return seconds_of("wait", value)


def seconds_of(field: str, value: object) -> float:
    """A time in seconds. Raises `InvalidInput`."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= LONGEST_SECONDS:
        return float(value)
    raise InvalidInput(field, f"must be a number of seconds above 0 and up to ten years, not {value!r}")


def _event(event_type: str, said: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": event_type, "data": {name: value for name, value in said.items() if value is not None}}


def _owner(owner: str | None) -> str:
    if owner is None:
        raise InvalidInput("to", "is needed: nobody is known to own the session's campaign")
    return owner
