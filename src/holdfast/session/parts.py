"""The parts of a session's state. They are filled by the steps, and by nothing else."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from holdfast.events import Budget, Confidence, Scope


class Mutable(BaseModel):
    """A part that the fold changes in place, in a copy that is its own."""

    # Strict, so that what comes back from JSON is what went in, or an error.
    model_config = ConfigDict(strict=True, extra="forbid", use_attribute_docstrings=True)

    if not TYPE_CHECKING:
        # pydantic's own remembers which fields were set, which costs more than most steps, and nobody asks.
        __setattr__ = object.__setattr__


class Agent(Mutable):
    """The agent that works in the session, and how well it knows its ground."""

    type: str | None = None
    capabilities: list[str] = Field(default_factory=list)
    specialization: str | None = None
    knowledge_level: str | None = None
    learning_progress: dict[str, Any] = Field(default_factory=dict)


class Saving(Mutable):
    """How the session wants to be saved (None: as the installation has it), and when somebody last asked for it."""

    auto_save: bool | None = None
    save_interval: float | None = None
    """Seconds between two saves of the context."""
    intervals: dict[str, float] = Field(default_factory=dict)
    """Seconds between two saves, of tiers that the session names."""
    triggers: list[str] | None = None
    backup_count: int | None = None
    saves_requested: int = 0
    last_requested: datetime | None = None


class Fork(Mutable):
    """The session whose log this one has, up to there."""

    session_id: str
    seq: int
    recovery_point: str | None


class Recovery(Mutable):
    """How the last recovery went."""

    mode: str
    status: str
    recovery_point: str | None
    context_summary: str | None
    warnings: list[str]
    uncertain: list[str]
    recovered_at: datetime


class Conversation(Mutable):
    """What is known of a conversation besides its messages, which live in the log."""

    conversation_id: str | None = None
    messages: int = 0
    last_message_at: datetime | None = None
    orchestrator_context: dict[str, Any] = Field(default_factory=dict)
    topic: str | None = None
    sub_topic: str | None = None
    technical_focus: str | None = None
    recent_discussions: list[str] = Field(default_factory=list)
    summary: str | None = None


class Workflow(Mutable):
    """A workflow of an orchestrator."""

    orchestrator_name: str
    workflow_id: str
    status: str | None = None
    started_at: datetime
    updated_at: datetime
    enabling_services: list[str] = Field(default_factory=list)


class Service(Mutable):
    """How much a service was used."""

    invocations: int = 0
    last_used: datetime | None = None
    status: str | None = None
    contributions: list[str] = Field(default_factory=list)


class Delegation(Mutable):
    """Who passed work on to whom, from the orchestrator down."""

    chain: list[str]
    workflow_id: str | None
    task: str | None
    recorded_at: datetime


class Orchestration(Mutable):
    """The orchestrator context: what runs, what it uses, how it was passed on."""

    active_orchestrators: dict[str, Workflow] = Field(default_factory=dict)
    """Workflows that run, by workflow id."""
    ended_workflows: dict[str, Workflow] = Field(default_factory=dict)
    enabling_services: dict[str, Service] = Field(default_factory=dict)
    workflow_delegation_chain: list[Delegation] = Field(default_factory=list)


class Consultation(Mutable):
    """What another agent was asked and said."""

    agent: str
    question: str | None
    output: Any
    capability: str | None
    confidence: Confidence | None
    consulted_at: datetime
    event_id: str


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


class CompletedTask(Mutable):
    """A task that ended."""

    task_id: str | None
    description: str | None
    outcome: str
    summary: str | None
    result: Any
    completed_at: datetime


class Value(Mutable):
    """A value of the general state."""

    value: Any
    set_at: datetime
    set_by: str
    orchestrator_metadata: dict[str, Any] | None
    metadata: dict[str, Any] | None
    ttl: int | None


class Artifact(Mutable):
    """Something that the session made."""

    path: str
    type: str | None
    produced_by: str
    timestamp: datetime
    status: str | None
    digest: str | None


class Validation(Mutable):
    """What a validator last said."""

    status: str
    last_run: datetime
    issues: list[Any]
    blockers: list[str]
    notes: str | None


class Area(Mutable):
    """An area of knowledge: facts by key, and items in the order in which they were learned."""

    facts: dict[str, Any] = Field(default_factory=dict)
    items: list[Any] = Field(default_factory=list)
    learned_from: str | None = None
    confidence: Confidence | None = None
    updated_at: datetime | None = None


class Information(Mutable):
    """Something that the user told, and must not be asked again."""

    value: Any
    provided_by: str
    provided_at: datetime
    note: str | None
    event_id: str


class Preference(Mutable):
    """How the user wants things to be."""

    value: Any
    confidence: Confidence | None
    note: str | None
    stated_at: datetime
    event_id: str


class Campaign(Mutable):
    """The campaign that the session serves, with whatever further fields were given."""

    model_config = ConfigDict(extra="allow")

    gtm_id: str | None = None
    title: str | None = None
    tier: int | None = None
    campaign_owner: str | None = None
    status: str | None = None


class Decision(Mutable):
    """What was decided, and why."""

    id: str
    type: str | None
    question: str | None
    decision: Any
    value: Any
    rationale: str | None
    confidence: Confidence | None
    decided_by: str
    timestamp: datetime
    event_id: str


class PendingDecision(Mutable):
    """A question that waits for an answer."""

    id: str
    question: str
    context: str | None
    options: list[Any]
    escalated_to: str | None
    escalated_by: str
    escalated_at: datetime
    deadline: datetime | None
    default: Any
    status: Literal["awaiting_response"] = "awaiting_response"


class LapsedDecision(Mutable):
    """A question that nobody answered in time, and what holds instead."""

    id: str
    question: str | None
    reason: str | None
    decision: Any
    lapsed_at: datetime


class Reservation(Mutable):
    """Calls and tokens set aside."""

    skill: str | None
    calls: int
    tokens: int
    reserved_at: datetime


class Invocation(Mutable):
    """A use of a skill, settled."""

    skill: str | None
    timestamp: datetime
    calls: int
    tokens: int
    result: str | None


class Compute(Mutable):
    """What was used, and what is set aside."""

    skills_invoked: int = 0
    tokens_used: int = 0
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
    status: Literal["offered", "accepted", "refused", "completed"]
    to: str | None = None
    offered_by: str | None = None
    requesting_capability: str | None = None
    expires_at: datetime | None = None
    updated_at: datetime
    reason: str | None = None
    outcome: str | None = None
    result: Any = None
    event_id: str | None = None
    """The event that offered it."""


class Effect(Mutable):
    """Something done to the outside. As long as it is `intended`, nobody knows whether it happened."""

    id: str
    status: Literal["intended", "done", "failed", "abandoned"]
    action: str | None = None
    target: str | None = None
    arguments: dict[str, Any] = Field(default_factory=dict)
    idempotency_key: str | None = None
    repeatable: bool = False
    intended_at: datetime | None = None
    settled_at: datetime | None = None
    result: Any = None
    error: str | None = None


class File(Mutable):
    """What is known of a file: as the session left it, or as it was last seen."""

    digest: str | None = None
    change: str | None = None
    """What the session did to it; None when it was only seen."""
    modified_at: datetime | None = None
    modified_by: str | None = None
    modified_seq: int | None = None
    """The event by which the session last changed it. Clocks do not tell whether that was before someone looked."""
    observed_at: datetime | None = None
    observed_seq: int | None = None
    former_paths: list[str] = Field(default_factory=list)
    """What the session renamed it from, the oldest first."""


class Look(Mutable):
    """What a probe saw, and why it could not look when it was last asked, if so."""

    seen: Any = None
    seen_at: datetime | None = None
    """None when it never saw anything."""
    seen_seq: int | None = None
    failed: str | None = None
    """None when the last look was a good one."""


class World(Mutable):
    """What is known of the outside."""

    working_branch: str | None = None
    pending_changes: bool | None = None
    build_status: str | None = None
    working_directory: str | None = None
    active_files: list[str] = Field(default_factory=list)
    files: dict[str, File] = Field(default_factory=dict)
    current_phase: str | None = None
    active_tasks: list[str] = Field(default_factory=list)
    recent_completions: list[str] = Field(default_factory=list)
    project_health: str | None = None
    critical_issues: list[str] = Field(default_factory=list)
    facts: dict[str, Any] = Field(default_factory=dict)
    probes: dict[str, Look] = Field(default_factory=dict)
    """By the name of the probe."""
    observed_at: datetime | None = None


class Fault(Mutable):
    """An error that was reported."""

    message: str
    error_type: str | None
    severity: str
    recoverable: bool | None
    source: str
    raised_at: datetime
    event_id: str


class History(Mutable):
    """How many events were folded, and up to which. The events themselves are the log."""

    total: int = 0
    last_seq: int = 0
    by_type: dict[str, int] = Field(default_factory=dict)
