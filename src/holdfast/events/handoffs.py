"""The handoffs of the guards family: the session, or a piece of its work, goes from one agent to another."""

from holdfast.events.payload import Json, Part, Payload, Text
from holdfast.events.values import Instant, Name

__all__ = [
    "HandoffAccepted",
    "HandoffCompleted",
    "HandoffExpired",
    "HandoffOffered",
    "HandoffPackage",
    "HandoffRefused",
]


class HandoffPackage(Part):
    """What the receiving agent gets, so that it need not ask again."""

    session_id: str | None = None
    user_id: str | None = None
    user_preferences: dict[str, Json] = {}
    session_context: dict[str, Json] = {}
    decisions_made: list[dict[str, Json]] = []
    current_step: Json = None
    requesting_capability: str | None = None


class HandoffOffered(Payload):
    """The session was offered to another agent. Without `handoff_id`, the event's own id is the handoff's."""

    TYPE = "handoff.offered"

    to: Name
    handoff_id: Text | None = None
    offered_by: Name | None = None
    requesting_capability: str | None = None
    reason: str | None = None
    expires_at: Instant | None = None
    package: HandoffPackage | None = None
    skill_invocation: dict[str, Json] | None = None
    """The same for a skill, in the form of the context protocol."""
    rests_on: dict[str, list[str]] = {}
    """The ids of the events that each part of the packages comes from, by its path: `session_context.budget`,
    `skill_invocation.context.knowledge.product`."""
    dropped: list[dict[str, Json]] = []
    """What the receiver might have seen, and was left out or hidden."""
    details: str | None = None


class HandoffAccepted(Payload):
    """The receiving agent took the session over."""

    TYPE = "handoff.accepted"

    handoff_id: Text
    accepted_by: Name | None = None
    details: str | None = None


class HandoffRefused(Payload):
    """The receiving agent did not take the session."""

    TYPE = "handoff.refused"

    handoff_id: Text
    refused_by: Name | None = None
    reason: str | None = None
    details: str | None = None


class HandoffCompleted(Payload):
    """The receiving agent did what it was asked for."""

    TYPE = "handoff.completed"

    handoff_id: Text
    outcome: str | None = None
    result: Json = None
    details: str | None = None


class HandoffExpired(Payload):
    """Nobody accepted it in time."""

    TYPE = "handoff.expired"

    handoff_id: Text
    reason: str | None = None
