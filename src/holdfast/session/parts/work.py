"""Tasks, values, artifacts, validations."""

from datetime import datetime
from typing import Any

from pydantic import Field

from holdfast.events import Budget, Scope
from holdfast.session.parts.base import Mutable

__all__ = ["Artifact", "CompletedTask", "Contribution", "Task", "Validation", "Value"]


class Task(Mutable):
    """A task that is open."""

    task_id: str
    description: str | None = None
    """None when the log never said: progress was reported on a task that was not assigned."""
    type: str | None = None
    assigned_to: str | None = None
    started_at: datetime
    phase: str | None = None
    scope: Scope | None = None
    budget: Budget | None = None
    completed_steps: list[str] = Field(default_factory=list)
    current_step: str | None = None
    next_steps: list[str] = Field(default_factory=list)
    blockers: list[str] = Field(default_factory=list)
    progress: float | None = None
    """Percent."""
    last_action: str | None = None
    depends_on: list[str] = Field(default_factory=list)
    """Ids of tasks and paths of files."""
    skill_calls: int = 0
    """Calls settled while the task was the active one."""
    tokens_used: int = 0
    event_id: str | None = None
    """The event that assigned it."""
    budget_event_id: str | None = None
    """The event that set another budget than it was assigned with."""


class CompletedTask(Mutable):
    """A task that ended."""

    task_id: str | None
    description: str | None
    outcome: str
    summary: str | None
    result: Any
    completed_at: datetime


class Contribution(Mutable):
    """What a service gave to a value."""

    service: str
    contribution: str
    timestamp: datetime


class Value(Mutable):
    """A value of the general state."""

    value: Any
    set_at: datetime
    set_by: str
    orchestrator_metadata: dict[str, Any] | None
    metadata: dict[str, Any] | None
    ttl: int | None
    expires_at: datetime | None = None
    """By the clock of the database. From then on it is gone, whether a timer has said so yet or not."""
    contributions: list[Contribution] = Field(default_factory=list)
    """What came after it was set."""
    event_id: str


class Artifact(Mutable):
    """Something that the session made."""

    path: str
    type: str | None
    produced_by: str
    timestamp: datetime
    status: str | None
    digest: str | None
    event_id: str | None = None


class Validation(Mutable):
    """What a validator last said."""

    status: str
    last_run: datetime | None
    issues: list[Any]
    blockers: list[str]
    notes: str | None
    event_id: str | None = None
