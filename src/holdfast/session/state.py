"""The state of a session."""

from datetime import datetime

from pydantic import Field

from holdfast.session.parts import (
    Agent,
    Area,
    Artifact,
    BlockedRequest,
    Campaign,
    CompletedTask,
    Compute,
    Consultation,
    Conversation,
    Decision,
    Effect,
    Fault,
    Fork,
    Handoff,
    History,
    Information,
    LapsedDecision,
    LeaseHeld,
    Mutable,
    Orchestration,
    PendingDecision,
    Preference,
    Recovery,
    Saving,
    Task,
    Validation,
    Value,
    World,
)
from holdfast.session.status import Status

__all__ = ["State"]


class State(Mutable):
    """Everything that a session's events say, but for what was said in its conversations: that stays in the log.

    It is derived, never edited: changing one changes nothing but your copy. It goes through JSON and comes back equal.
    Times of the session itself are the database's; times of what happened in it are those that the agents gave.
    Lists and tables grow with what they list; nothing is dropped. What stays small are values that replace each other.
    """

    session_id: str | None = None
    user_id: str | None = None
    session_token: str | None = None
    kind: str | None = None
    title: str | None = None
    status: Status = "active"
    status_reason: str | None = None
    continues: str | None = None
    """The session that this one took up."""
    forked_from: Fork | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    last_activity: datetime | None = None
    """When something last happened that a timer did not cause."""
    expires_at: datetime | None = None
    ended_at: datetime | None = None
    summary: str | None = None
    learnings: list[object] = Field(default_factory=list)
    agent: Agent = Field(default_factory=Agent)
    persistence: Saving = Field(default_factory=Saving)
    last_recovery: Recovery | None = None

    conversations: dict[str, Conversation] = Field(default_factory=dict)
    orchestrator_context: Orchestration = Field(default_factory=Orchestration)
    agents_consulted: list[Consultation] = Field(default_factory=list)

    tasks: dict[str, Task] = Field(default_factory=dict)
    """The open tasks, by id, in the order in which they came."""
    active_task_id: str | None = None
    tasks_completed: list[CompletedTask] = Field(default_factory=list)
    values: dict[str, Value] = Field(default_factory=dict)
    """What `state.set` set."""
    artifacts: dict[str, Artifact] = Field(default_factory=dict)
    """By path."""
    validations: dict[str, Validation] = Field(default_factory=dict)
    """By validator."""

    campaign: Campaign | None = None
    knowledge: dict[str, Area] = Field(default_factory=dict)
    information: dict[str, Information] = Field(default_factory=dict)
    """What the user provided, by key."""
    preferences: dict[str, Preference] = Field(default_factory=dict)
    decisions_made: list[Decision] = Field(default_factory=list)
    pending_decisions: dict[str, PendingDecision] = Field(default_factory=dict)
    decisions_lapsed: list[LapsedDecision] = Field(default_factory=list)

    compute: Compute = Field(default_factory=Compute)
    blocked_requests: list[BlockedRequest] = Field(default_factory=list)
    lease: LeaseHeld | None = None
    shared: bool = False
    """Many agents write to it, on purpose."""
    fence: int = 0
    """The highest that was given out."""
    handoffs: dict[str, Handoff] = Field(default_factory=dict)
    effects: dict[str, Effect] = Field(default_factory=dict)

    world: World = Field(default_factory=World)
    errors: list[Fault] = Field(default_factory=list)
    history: History = Field(default_factory=History)

    @property
    def active_task(self) -> Task | None:
        """The task that is worked on."""
        return None if self.active_task_id is None else self.tasks.get(self.active_task_id)

    @property
    def unsettled_effects(self) -> list[Effect]:
        """The effects of which nobody knows whether they happened."""
        return [effect for effect in self.effects.values() if effect.status == "intended"]

    @property
    def calls_remaining(self) -> int | None:
        """What the active task's budget leaves of skill calls, reservations counted as used. None: not limited."""
        task = self.active_task
        if task is None or task.budget is None or task.budget.max_skill_calls is None:
            return None
        return task.budget.max_skill_calls - task.skill_calls - self.compute.calls_reserved

    @property
    def tokens_remaining(self) -> int | None:
        """What the active task's budget leaves of tokens, reservations counted as used. None: not limited."""
        task = self.active_task
        if task is None or task.budget is None or task.budget.max_tokens is None:
            return None
        return task.budget.max_tokens - task.tokens_used - self.compute.tokens_reserved
