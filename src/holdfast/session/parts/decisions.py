"""What was decided, what waits, what lapsed."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from holdfast.events import Confidence
from holdfast.session.parts.base import Mutable

__all__ = ["Decision", "LapsedDecision", "PendingDecision"]


class Decision(Mutable):
    """What was decided, and why."""

    id: str
    type: str | None
    question: str | None
    decision: Any
    value: Any
    rationale: str | None
    confidence: Confidence | None
    decided_by: str
    timestamp: datetime
    event_id: str


class PendingDecision(Mutable):
    """A question that waits for an answer."""

    id: str
    question: str
    context: str | None
    options: list[Any]
    escalated_to: str | None
    escalated_by: str
    escalated_at: datetime
    deadline: datetime | None
    default: Any
    escalation_path: list[str] = Field(default_factory=list)
    """Who is asked next, in this order."""
    event_id: str
    status: Literal["awaiting_response"] = "awaiting_response"


class LapsedDecision(Mutable):
    """A question that nobody answered in time, and what holds instead; or that was withdrawn."""

    id: str
    question: str | None
    reason: str | None
    decision: Any
    lapsed_at: datetime
    withdrawn: bool = False
