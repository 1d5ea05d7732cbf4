"""The session family: how a session's life goes."""

from typing import Annotated, Literal

from pydantic import Field

from holdfast.events.autosave import Autosave, Persistence
from holdfast.events.payload import Count, Json, Part, Payload, Text
from holdfast.events.values import Identifier, Instant, Name

__all__ = [
    "AgentState",
    "SessionClosed",
    "SessionExpired",
    "SessionFailed",
    "SessionForked",
    "SessionPaused",
    "SessionRecovered",
    "SessionResumed",
    "SessionStarted",
]


Lifetime = Annotated[float, Field(ge=1, le=3_155_760_000)]
"""Seconds, at most a hundred years."""


class AgentState(Part):
    """How well an agent knows its ground."""

    knowledge_level: str | None = None
    specialization: str | None = None
    learning_progress: dict[str, Json] = {}
    """What the agent has grasped and how far, as `{"codebase_understanding": "90%"}`."""


class SessionStarted(Payload):
    """A session began. The first event of every log."""

    TYPE = "session.started"

    user_id: Identifier
    kind: Name | None = None
    """What the session is for, as `task-execution`."""
    agent: Name | None = None
    """The agent, or the kind of agent, that works in it, as `development-assistant`."""
    title: str | None = None
    capabilities: list[str] = []
    specialization: str | None = None
    agent_state: AgentState | None = None
    session_token: str | None = None
    """How a front end knows the session."""
    continues: Identifier | None = None
    """The session that this one takes up."""
    expires_at: Instant | None = None
    """When it ends, however much goes on in it before."""
    expires_after: Lifetime | None = None
    """Seconds without an event after which it ends, where not as the installation has it; work puts it off."""
    current_phase: str | None = None
    working_directory: str | None = None
    active_files: list[str] = []
    persistence: Persistence | None = None
    autosave: Autosave | bool | None = None
    """How the session wants to be saved; false: only when somebody asks. It counts more than `persistence`."""
    shared: bool = False
    """Many agents write to it, on purpose: nobody can lease it exclusively."""
    details: str | None = None


class SessionResumed(Payload):
    """Work went on after a pause."""

    TYPE = "session.resumed"

    agent: Name | None = None
    reason: str | None = None
    agent_state: AgentState | None = None


class SessionPaused(Payload):
    """Work stopped for now, by choice or because nothing happened for a while."""

    TYPE = "session.paused"

    reason: str | None = None
    summary: str | None = None
    next_steps: list[str] = []


class SessionRecovered(Payload):
    """The session's context was rebuilt after an interruption."""

    TYPE = "session.recovered"

    mode: Literal["quick", "full", "emergency"]
    status: Literal["success", "partial", "failed"]
    recovery_point: str | None = None
    """The snapshot that it started from, as `RECOVERY-240124-001-103000`."""
    agent: Name | None = None
    context_summary: str | None = None
    next_steps: list[str] = []
    warnings: list[str] = []
    lost: list[Json] = []
    changes: list[Json] = []
    """What changed in the world since."""
    uncertain: list[Text] = []
    """The ids of effects that were intended and may or may not have happened."""
    asked: Literal["quick", "full", "emergency"] | None = None
    """How it was to be recovered; where `mode` is another, a critical check had failed."""
    last_good_seq: Count | None = None
    """The last event that was certain."""
    refused: list[Json] = []
    """The recovery points that were not used, each with its reason."""
    checks: dict[str, str] = {}
    """What came of each check."""
    continuation_id: str | None = None
    steps: list[Json] = []
    """The five steps of the recovery: name, output, seconds, and what was found."""


class SessionForked(Payload):
    """The session went its own way: it has the log of another up to here, and shares nothing of what comes."""

    TYPE = "session.forked"

    from_session: Identifier
    at_seq: Count
    """The last event that the two have in common."""
    recovery_point: str | None = None
    """The snapshot that named the place, where one did."""
    reason: str | None = None


class SessionClosed(Payload):
    """The work is done."""

    TYPE = "session.closed"

    reason: str | None = None
    summary: str | None = None
    outcome: str | None = None
    learnings: list[Json] = []


class SessionExpired(Payload):
    """The session reached its end without being closed."""

    TYPE = "session.expired"

    reason: str | None = None
    summary: str | None = None


class SessionFailed(Payload):
    """The work cannot go on."""

    TYPE = "session.failed"

    reason: Text
    error_type: str | None = None
