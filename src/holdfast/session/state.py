"""The state of a session."""

from datetime import datetime

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
    learnings: list[object] = []
    agent: Agent = Agent()
    persistence: Saving = Saving()
    last_recovery: Recovery | None = None

    conversations: dict[str, Conversation] = {}
    orchestrator_context: Orchestration = Orchestration()
    agents_consulted: list[Consultation] = []

    tasks: dict[str, Task] = {}
    """The open tasks, by id, in the order in which they came."""
    active_task_id: str | None = None
    tasks_completed: list[CompletedTask] = []
    values: dict[str, Value] = {}
    """What `state.set` set."""
    artifacts: dict[str, Artifact] = {}
    """By path."""
    validations: dict[str, Validation] = {}
    """By validator."""

    campaign: Campaign | None = None
    knowledge: dict[str, Area] = {}
    information: dict[str, Information] = {}
    """What the user provided, by key."""
    preferences: dict[str, Preference] = {}
    decisions_made: list[Decision] = []
    pending_decisions: dict[str, PendingDecision] = {}
    decisions_lapsed: list[LapsedDecision] = []

    compute: Compute = Compute()
    blocked_requests: list[BlockedRequest] = []
    lease: LeaseHeld | None = None
    fence: int = 0
    """The highest that was given out."""
    handoffs: dict[str, Handoff] = {}
    effects: dict[str, Effect] = {}

    world: World = World()
    errors: list[Fault] = []
    history: History = History()

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
