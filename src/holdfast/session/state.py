"""The state of a session."""

from datetime import datetime
from typing import Any, Literal

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
    Contested,
    Conversation,
    Decision,
    Default,
    Effect,
    Fault,
    Fork,
    Handoff,
    History,
    Imported,
    Information,
    LapsedDecision,
    LeaseHeld,
    Mutable,
    Note,
    Orchestration,
    PendingDecision,
    Preference,
    Recovery,
    Saving,
    Task,
    Validation,
    Value,
    View,
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
    started_at: datetime | None = None
    """When it began by the clock of who began it; `created_at` is the database's."""
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
    campaign_said: dict[str, str] = Field(default_factory=dict)
    """By field of the campaign the event that last said it."""
    knowledge: dict[str, Area] = Field(default_factory=dict)
    information: dict[str, Information] = Field(default_factory=dict)
    """What the user provided, by key."""
    preferences: dict[str, Preference] = Field(default_factory=dict)
    defaults: dict[str, Default] = Field(default_factory=dict)
    """What memory says that the user prefers, by key; a key that is among `preferences` is not looked up here."""
    recalled: dict[str, str] = Field(default_factory=dict)
    """What was given back from memory, by the memory's id: never learned again."""
    decisions_made: list[Decision] = Field(default_factory=list)
    pending_decisions: dict[str, PendingDecision] = Field(default_factory=dict)
    decisions_lapsed: list[LapsedDecision] = Field(default_factory=list)

    compute: Compute = Field(default_factory=Compute)
    requests_allowed: int = 0
    blocked_requests: list[BlockedRequest] = Field(default_factory=list)
    lease: LeaseHeld | None = None
    shared: bool = False
    """Many agents write to it, on purpose."""
    fence: int = 0
    """The highest that was given out."""
    handoffs: dict[str, Handoff] = Field(default_factory=dict)
    contested: list[Contested] = Field(default_factory=list)
    """What came too late: answers to what was answered, and the like."""
    effects: dict[str, Effect] = Field(default_factory=dict)

    context_updated_at: datetime | None = None
    """When the shared document last changed, by the clock of who changed it."""
    notes: list[Note] = Field(default_factory=list)
    """The document's history."""
    slices: dict[str, View] = Field(default_factory=dict)
    """By agent."""
    imported: Imported | None = None

    world: World = Field(default_factory=World)
    errors: list[Fault] = Field(default_factory=list)
    history: History = Field(default_factory=History)

    @property
    def wishes(self) -> dict[str, Any]:
        """How the user wants things, by key: as stated here, otherwise as is taken for granted from memory."""
        granted = {key: each.value for key, each in self.defaults.items() if not each.refused}
        return granted | {key: each.value for key, each in self.preferences.items()}

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
        """What the budgets of the session and its active task leave of skill calls, reservations counted as used.

        None: not limited. What the campaign and an agent have left, the ledger knows: see `Session.budget`.
        """
        session, task = self.compute.limits.get("session"), self.active_task
        budget = task.budget if task else None
        return _least(
            _left(
                session.max_skill_calls if session else None, self.compute.skills_invoked + self.compute.calls_reserved
            ),
            _left(
                budget.max_skill_calls if budget else None,
                (task.skill_calls if task else 0) + self._reserved("calls", self.active_task_id),
            ),
        )

    @property
    def tokens_remaining(self) -> int | None:
        """What the budgets of the session and its active task leave of tokens, as `calls_remaining`."""
        session, task = self.compute.limits.get("session"), self.active_task
        budget = task.budget if task else None
        return _least(
            _left(session.max_tokens if session else None, self.compute.tokens_used + self.compute.tokens_reserved),
            _left(
                budget.max_tokens if budget else None,
                (task.tokens_used if task else 0) + self._reserved("tokens", self.active_task_id),
            ),
        )

    def _reserved(self, what: Literal["calls", "tokens"], task_id: str | None) -> int:
        return sum(getattr(each, what) for each in self.compute.reserved.values() if each.task_id == task_id)


def _left(limit: int | None, used: int) -> int | None:
    return None if limit is None else max(0, limit - used)


def _least(*figures: int | None) -> int | None:
    return min((each for each in figures if each is not None), default=None)
