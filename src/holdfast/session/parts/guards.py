"""What was used and set aside, who writes, what was handed over."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from holdfast.events import Level
from holdfast.session.parts.base import Mutable

__all__ = ["BlockedRequest", "Compute", "Handoff", "Invocation", "LeaseHeld", "Limit", "Reservation"]


class Reservation(Mutable):
    """Calls and tokens set aside."""

    skill: str | None
    calls: int
    tokens: int
    reserved_at: datetime
    agent: str
    task_id: str | None = None
    expires_at: datetime | None = None


class Invocation(Mutable):
    """A use of a skill, settled."""

    skill: str | None
    timestamp: datetime
    calls: int
    tokens: int
    result: str | None
    agent: str
    task_id: str | None = None
    event_id: str


class Limit(Mutable):
    """What may be used at a level. None: not limited."""

    level: Level
    owner: str | None
    """The campaign's id, the task's, the agent; None for the session itself."""
    max_skill_calls: int | None
    max_tokens: int | None
    deadline: datetime | None
    set_at: datetime
    event_id: str | None = None


class Compute(Mutable):
    """What was used, and what is set aside."""

    skills_invoked: int = 0
    tokens_used: int = 0
    limits: dict[str, Limit] = Field(default_factory=dict)
    """By level and owner, as `agent:writer`; `session` for the session's own. A task's is with the task."""
    reserved: dict[str, Reservation] = Field(default_factory=dict)
    invocation_log: list[Invocation] = Field(default_factory=list)

    @property
    def calls_reserved(self) -> int:
        """Calls set aside and not yet settled."""
        return sum(reservation.calls for reservation in self.reserved.values())

    @property
    def tokens_reserved(self) -> int:
        """Tokens set aside and not yet settled."""
        return sum(reservation.tokens for reservation in self.reserved.values())


class BlockedRequest(Mutable):
    """A request that was not carried out."""

    request: str
    reason: str
    action: str | None
    blocked_at: datetime
    task: str | None = None
    line: str | None = None
    decision_id: str | None = None
    agent: str
    event_id: str


class LeaseHeld(Mutable):
    """Who may write now."""

    owner: str
    fence: int
    exclusive: bool
    taken_at: datetime
    expires_at: datetime | None


class Handoff(Mutable):
    """An offer of the session to another agent. Its package is in the event that offered it."""

    id: str
    status: Literal["offered", "accepted", "refused", "completed", "expired"]
    to: str | None = None
    offered_by: str | None = None
    accepted_by: str | None = None
    requesting_capability: str | None = None
    expires_at: datetime | None = None
    updated_at: datetime
    reason: str | None = None
    outcome: str | None = None
    result: Any = None
    event_id: str | None = None
    """The event that offered it."""
