"""The decisions family: what was decided and why, and what is still open."""

from typing import Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from holdfast.events.payload import Confidence, Json, Payload, Text
from holdfast.events.values import Instant

__all__ = ["DecisionAnswered", "DecisionEscalated", "DecisionLapsed", "DecisionMade", "DecisionWithdrawn"]


class DecisionMade(Payload):
    """Something was decided: in words (`decision`), as a value of a type (`type`, `value`), or both."""

    TYPE = "decision.made"

    decision_id: Text | None = None
    type: str | None = None
    """What it is about, as `budget`."""
    question: str | None = None
    decision: Json = None
    value: Json = None
    rationale: str | None = None
    confidence: Confidence | None = None
    decided_by: str | None = None
    options: list[Json] = []
    details: str | None = None

    @model_validator(mode="after")
    def _decides(self) -> Self:
        if self.decision is None and self.value is None:
            raise PydanticCustomError("undecided", "needs a `decision`, or a `value`")
        return self


class DecisionEscalated(Payload):
    """A question went to someone who may decide it. Without `decision_id`, the event's own id is the decision's."""

    TYPE = "decision.escalated"

    question: Text
    decision_id: Text | None = None
    context: str | None = None
    options: list[Json] = []
    escalated_to: str | None = None
    escalated_by: str | None = None
    """Who asks, where it is not the event's actor."""
    deadline: Instant | None = None
    default: Json = None
    """What holds when no answer comes in time."""
    escalation_path: list[Text] = []
    """Who is asked next, in this order, each for as long, before the default holds."""
    details: str | None = None


class DecisionAnswered(Payload):
    """An escalated question got its answer."""

    TYPE = "decision.answered"

    decision_id: Text
    decision: Json
    rationale: str | None = None
    confidence: Confidence | None = None
    decided_by: str | None = None
    details: str | None = None


class DecisionLapsed(Payload):
    """An escalated question's deadline passed without an answer."""

    TYPE = "decision.lapsed"

    decision_id: Text
    reason: str | None = None
    decision: Json = None
    """What holds instead, when a default was given."""


class DecisionWithdrawn(Payload):
    """An escalated question need not be answered any more."""

    TYPE = "decision.withdrawn"

    decision_id: Text
    reason: str | None = None
    withdrawn_by: str | None = None
