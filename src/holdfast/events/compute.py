"""The budgets of the guards family: what may be used, what is set aside, what was used. Rows move with the events."""

from typing import Literal

from holdfast.events.payload import Count, Payload, Text
from holdfast.events.values import Instant

__all__ = ["BudgetSet", "ComputeReleased", "ComputeReserved", "ComputeSettled", "Level"]

Level = Literal["campaign", "session", "task", "agent"]
"""From the widest to the narrowest. What is used counts at every level that it belongs to."""


class BudgetSet(Payload):
    """What may be used at a level, from now on. What is absent is not limited; what was used before counts."""

    TYPE = "budget.set"

    level: Level
    owner: Text | None = None
    """The campaign's id, the task's or the agent; without it the session's own campaign, or its active task."""
    max_skill_calls: Count | None = None
    max_tokens: Count | None = None
    deadline: Instant | None = None
    reason: str | None = None


class ComputeReserved(Payload):
    """Calls and tokens were set aside before the work."""

    TYPE = "compute.reserved"

    reservation_id: Text
    skill: str | None = None
    calls: Count = 1
    tokens: Count = 0
    task_id: str | None = None
    """Without it, the active task."""
    agent: str | None = None
    """Who uses it, where it is not the event's actor."""
    expires_at: Instant | None = None
    """When it is given back unless it was settled before."""
    ttl: Count | None = None
    """The same in seconds from when the event is committed, by the database's clock."""


class ComputeSettled(Payload):
    """What the work really used. Of a reservation, when it names one; that reservation ends."""

    TYPE = "compute.settled"

    reservation_id: Text | None = None
    skill: str | None = None
    calls: Count = 1
    tokens: Count = 0
    result: str | None = None
    """As `success`."""
    task_id: str | None = None
    """Of what was not reserved: the task; without it, the active one."""
    agent: str | None = None
    """Who used it, where it is not the event's actor."""


class ComputeReleased(Payload):
    """What was set aside was given back unused."""

    TYPE = "compute.released"

    reservation_id: Text
    reason: str | None = None
    expired: bool = False
    """Nobody settled it in time."""
