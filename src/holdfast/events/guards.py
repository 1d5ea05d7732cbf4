"""The guards family: who may write, and which requests were let through. Budgets and handoffs have their own files."""

from holdfast.errors import InvalidEvent
from holdfast.events.payload import Count, Payload, Text
from holdfast.events.values import Instant, Name

__all__ = [
    "OF_LEASES",
    "RESERVED",
    "LeaseReleased",
    "LeaseTaken",
    "RequestAllowed",
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


class RequestAllowed(Payload):
    """A request was looked at, and belongs to the task."""

    TYPE = "request.allowed"

    request: Text
    reason: str | None = None
    task: str | None = None
    line: str | None = None
    """The line of the scope that says so."""
    agent: str | None = None
    """Who asked, where it is not the event's actor."""


class RequestBlocked(Payload):
    """A request was out of scope or over the budget, and was not carried out."""

    TYPE = "request.blocked"

    request: Text
    reason: Text
    action: str | None = None
    """What to do next."""
    task: str | None = None
    line: str | None = None
    """The line of the scope that says so."""
    agent: str | None = None
    """Who asked, where it is not the event's actor."""
    estimated_cost: Count | None = None
    budget_remaining: int | None = None
    decision_id: str | None = None
    """The question that it became, where somebody may decide otherwise."""


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
