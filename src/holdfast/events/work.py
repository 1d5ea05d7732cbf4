"""The work family: tasks, what they change and what they make."""

from typing import Literal

from holdfast.events.lifecycle import AgentState
from holdfast.events.payload import Count, Json, Part, Payload, Percent, Text
from holdfast.events.values import Instant

__all__ = [
    "ArtifactProduced",
    "Budget",
    "Scope",
    "StateExpired",
    "StateSet",
    "TaskAssigned",
    "TaskCompleted",
    "TaskProgressed",
    "ValidationReported",
]


class Scope(Part):
    """What belongs to a task and what does not."""

    objectives: list[str] = []
    boundaries: list[str] = []
    out_of_scope: list[str] = []
    channels: list[str] = []


class Budget(Part):
    """What a task may use. What is absent is not limited."""

    max_skill_calls: Count | None = None
    max_tokens: Count | None = None
    deadline: Instant | None = None


class TaskAssigned(Payload):
    """A task became the session's active one."""

    TYPE = "task.assigned"

    description: Text
    task_id: Text | None = None
    type: str | None = None
    assigned_to: str | None = None
    started_at: Instant | None = None
    phase: str | None = None
    scope: Scope | None = None
    budget: Budget | None = None
    current_step: str | None = None
    next_steps: list[str] = []
    depends_on: list[Text] = []
    """Ids of the tasks, and paths of the files, without which it cannot go on."""
    details: str | None = None


class TaskProgressed(Payload):
    """Work on a task moved on; without `task_id`, on the active one.

    `completed_steps` are added to those before; each of the other fields, when given, replaces what was known.
    """

    TYPE = "task.progressed"

    task_id: Text | None = None
    completed_steps: list[str] = []
    current_step: str | None = None
    next_steps: list[str] | None = None
    blockers: list[str] | None = None
    progress: Percent | None = None
    last_action: str | None = None
    agent_state: AgentState | None = None


class TaskCompleted(Payload):
    """A task ended; without `task_id`, the active one."""

    TYPE = "task.completed"

    task_id: Text | None = None
    outcome: Literal["success", "partial", "failed", "cancelled"] = "success"
    summary: str | None = None
    result: Json = None
    details: str | None = None


class StateSet(Payload):
    """A value of the session's general state was set, replacing the one before."""

    TYPE = "state.set"

    key: Text
    value: Json
    orchestrator_metadata: dict[str, Json] | None = None
    """Who made it: `created_by_orchestrator`, `workflow_id`, `enabling_service_contributions`, `delegation_chain`."""
    metadata: dict[str, Json] | None = None
    ttl: Count | None = None
    """Seconds for which the value means something; then it is taken away."""


class StateExpired(Payload):
    """A value of the general state reached the end of its time."""

    TYPE = "state.expired"

    key: Text
    set_by_event: str | None = None
    """The id of the event that set it: a value that was set anew meanwhile stays."""


class ArtifactProduced(Payload):
    """Something was made, or made anew: a later event of the same path takes the place of the earlier."""

    TYPE = "artifact.produced"

    path: Text
    type: str | None = None
    produced_by: str | None = None
    timestamp: Instant | None = None
    status: str | None = None
    digest: str | None = None
    details: str | None = None


class ValidationReported(Payload):
    """A validator looked at the work."""

    TYPE = "validation.reported"

    validator: Text
    status: Literal["pass", "fail", "blocked", "pending"]
    issues: list[Json] = []
    blockers: list[str] = []
    notes: str | None = None
    last_run: Instant | None = None
    details: str | None = None
