"""The guards family: what was reserved, blocked, leased and handed over. Its rows move in the same transaction."""

from holdfast.errors import InvalidEvent
from holdfast.events.payload import Count, Json, Part, Payload, Text
from holdfast.events.values import Instant, Name

__all__ = [
    "OF_LEASES",
    "RESERVED",
    "ComputeReserved",
    "ComputeSettled",
    "HandoffAccepted",
    "HandoffCompleted",
    "HandoffOffered",
    "HandoffPackage",
    "HandoffRefused",
    "LeaseReleased",
    "LeaseTaken",
    "RequestBlocked",
    "reserved",
]


OF_LEASES = frozenset({"lease.taken", "lease.released"})
"""Types that move the lease. Only Holdfast writes them, in the transaction that moves it."""

RESERVED = OF_LEASES | {"session.forked"}
"""Types that only Holdfast writes."""


def reserved(event_type: str) -> InvalidEvent:
    """The error for an event that only Holdfast may write."""
    way = "use the session's lease" if event_type in OF_LEASES else "fork the session"
    return InvalidEvent("type", f"{event_type} is written by Holdfast alone; {way}")


class ComputeReserved(Payload):
    """Calls and tokens were set aside before the work."""

    TYPE = "compute.reserved"

    reservation_id: Text
    skill: str | None = None
    calls: Count = 1
    tokens: Count = 0


class ComputeSettled(Payload):
    """What the work really used. Of a reservation, when it names one; that reservation ends."""

    TYPE = "compute.settled"

    reservation_id: Text | None = None
    skill: str | None = None
    calls: Count = 1
    tokens: Count = 0
    result: str | None = None
    """As `success`."""


class RequestBlocked(Payload):
    """A request was out of scope or over the budget, and was not carried out."""

    TYPE = "request.blocked"

    request: Text
    reason: Text
    action: str | None = None
    """What to do next."""
    task: str | None = None
    estimated_cost: Count | None = None
    budget_remaining: int | None = None


class LeaseTaken(Payload):
    """A writer took the session, from now on under this fence."""

    TYPE = "lease.taken"

    owner: Name
    fence: Count
    exclusive: bool = True
    expires_at: Instant | None = None
    """When it runs out unless it is renewed, which is not written down."""
    taken_from: Name | None = None
    """Whoever held it and was not asked."""


class LeaseReleased(Payload):
    """A writer gave the session back, or its lease ran out."""

    TYPE = "lease.released"

    owner: Name
    fence: Count
    reason: str | None = None
    expired: bool = False
    """It ran out: whatever still carries its fence is refused, and the next fence is one higher."""


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


class HandoffAccepted(Payload):
    """The receiving agent took the session over."""

    TYPE = "handoff.accepted"

    handoff_id: Text
    accepted_by: Name | None = None


class HandoffRefused(Payload):
    """The receiving agent did not take the session."""

    TYPE = "handoff.refused"

    handoff_id: Text
    refused_by: Name | None = None
    reason: str | None = None


class HandoffCompleted(Payload):
    """The receiving agent did what it was asked for."""

    TYPE = "handoff.completed"

    handoff_id: Text
    outcome: str | None = None
    result: Json = None
