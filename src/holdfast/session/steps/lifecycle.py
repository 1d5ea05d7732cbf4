"""Steps of the session family. The status itself is moved by `status.py`, for every event alike."""

from holdfast.events import (
    AgentState,
    Event,
    SessionClosed,
    SessionExpired,
    SessionFailed,
    SessionForked,
    SessionPaused,
    SessionRecovered,
    SessionResumed,
    SessionStarted,
    autosave_of,
)
from holdfast.session.parts import Fork, Recovery
from holdfast.session.state import State
from holdfast.session.table import folds

__all__ = ["learn_of_agent"]


@folds(SessionStarted)
def started(state: State, event: Event, said: SessionStarted) -> None:
    """Who, what for, and where."""
    state.session_id, state.created_at, state.started_at = event.session_id, event.recorded_at, event.occurred_at
    state.user_id, state.kind, state.title = said.user_id, said.kind, said.title
    state.shared = said.shared
    state.session_token, state.continues, state.expires_at = said.session_token, said.continues, said.expires_at
    state.agent.type, state.agent.capabilities = said.agent, said.capabilities
    state.agent.specialization = said.specialization
    learn_of_agent(state, said.agent_state)
    state.world.current_phase, state.world.working_directory = said.current_phase, said.working_directory
    state.world.active_files = said.active_files
    own = autosave_of(said.model_dump(include={"autosave", "persistence"})) or {}
    saving = state.persistence
    saving.auto_save, saving.save_interval = own.get("enabled"), own.get("interval")
    saving.intervals, saving.triggers = own.get("intervals", {}), own.get("triggers")
    saving.backup_count = own.get("backup_count")


@folds(SessionResumed)
def resumed(state: State, event: Event, said: SessionResumed) -> None:  # noqa: ARG001
    """Perhaps by another agent."""
    state.agent.type = said.agent or state.agent.type
    learn_of_agent(state, said.agent_state)


@folds(SessionPaused)
def paused(state: State, event: Event, said: SessionPaused) -> None:  # noqa: ARG001
    """Why, and what comes next."""
    state.status_reason = said.reason
    state.summary = said.summary or state.summary
    if said.next_steps and state.active_task is not None:
        state.active_task.next_steps = said.next_steps


@folds(SessionRecovered)
def recovered(state: State, event: Event, said: SessionRecovered) -> None:
    """How it went."""
    state.last_recovery = Recovery(
        mode=said.mode,
        status=said.status,
        recovery_point=said.recovery_point,
        context_summary=said.context_summary,
        warnings=said.warnings,
        uncertain=said.uncertain,
        recovered_at=event.occurred_at,
    )
    state.agent.type = said.agent or state.agent.type


@folds(SessionForked)
def forked(state: State, event: Event, said: SessionForked) -> None:
    """A session of its own from here on. What is leased or set aside is the other's."""
    state.session_id = event.session_id
    state.forked_from = Fork(session_id=said.from_session, seq=said.at_seq, recovery_point=said.recovery_point)
    state.lease = None
    state.compute.reserved.clear()


@folds(SessionClosed)
def closed(state: State, event: Event, said: SessionClosed) -> None:  # noqa: ARG001
    """What came of it."""
    state.status_reason = said.reason or said.outcome
    state.summary = said.summary or state.summary
    state.compute.reserved.clear()
    state.learnings.extend(said.learnings)


@folds(SessionExpired)
def expired(state: State, event: Event, said: SessionExpired) -> None:  # noqa: ARG001
    """What was left."""
    state.status_reason = said.reason
    state.compute.reserved.clear()
    state.summary = said.summary or state.summary


@folds(SessionFailed)
def failed(state: State, event: Event, said: SessionFailed) -> None:  # noqa: ARG001
    """Why."""
    state.status_reason = said.reason


def learn_of_agent(state: State, known: AgentState | None) -> None:
    """What an agent says of itself replaces what it said before, field by field."""
    if known is not None:
        state.agent.knowledge_level = known.knowledge_level or state.agent.knowledge_level
        state.agent.specialization = known.specialization or state.agent.specialization
        state.agent.learning_progress.update(known.learning_progress)
