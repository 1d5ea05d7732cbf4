"""Steps of the session family."""

from holdfast.events import (
    AgentState,
    Event,
    SessionClosed,
    SessionExpired,
    SessionFailed,
    SessionPaused,
    SessionRecovered,
    SessionResumed,
    SessionStarted,
)
from holdfast.session.parts import Recovery
from holdfast.session.state import State
from holdfast.session.table import folds

__all__ = ["learn_of_agent"]


@folds(SessionStarted)
def started(state: State, event: Event, said: SessionStarted) -> None:
    """Who, what for, and where."""
    state.session_id, state.created_at = event.session_id, event.recorded_at
    state.user_id, state.kind, state.title = said.user_id, said.kind, said.title
    state.session_token, state.continues, state.expires_at = said.session_token, said.continues, said.expires_at
    state.agent.type, state.agent.capabilities = said.agent, said.capabilities
    state.agent.specialization = said.specialization
    learn_of_agent(state, said.agent_state)
    state.world.current_phase, state.world.working_directory = said.current_phase, said.working_directory
    state.world.active_files = said.active_files
    if said.persistence is not None:
        state.persistence.auto_save = said.persistence.auto_save
        state.persistence.save_interval = said.persistence.save_interval
        state.persistence.backup_count = said.persistence.backup_count
    _go_on(state)


@folds(SessionResumed)
def resumed(state: State, event: Event, said: SessionResumed) -> None:  # noqa: ARG001
    """Active again."""
    state.agent.type = said.agent or state.agent.type
    learn_of_agent(state, said.agent_state)
    _go_on(state)


@folds(SessionPaused)
def paused(state: State, event: Event, said: SessionPaused) -> None:  # noqa: ARG001
    """On hold, with what comes next."""
    state.status, state.status_reason = "paused", said.reason
    state.summary = said.summary or state.summary
    if said.next_steps and state.active_task is not None:
        state.active_task.next_steps = said.next_steps


@folds(SessionRecovered)
def recovered(state: State, event: Event, said: SessionRecovered) -> None:
    """How it went; a recovery that failed leaves the session as it was."""
    state.last_recovery = Recovery(
        mode=said.mode,
        status=said.status,
        recovery_point=said.recovery_point,
        context_summary=said.context_summary,
        warnings=said.warnings,
        uncertain=said.uncertain,
        recovered_at=event.occurred_at,
    )
    if said.status != "failed":
        state.agent.type = said.agent or state.agent.type
        _go_on(state)


@folds(SessionClosed)
def closed(state: State, event: Event, said: SessionClosed) -> None:
    """Done."""
    state.status, state.status_reason, state.ended_at = "closed", said.reason or said.outcome, event.recorded_at
    state.summary = said.summary or state.summary
    state.learnings.extend(said.learnings)


@folds(SessionExpired)
def expired(state: State, event: Event, said: SessionExpired) -> None:
    """Over without having been closed."""
    state.status, state.status_reason, state.ended_at = "expired", said.reason, event.recorded_at
    state.summary = said.summary or state.summary


@folds(SessionFailed)
def failed(state: State, event: Event, said: SessionFailed) -> None:
    """Over for a reason."""
    state.status, state.status_reason, state.ended_at = "failed", said.reason, event.recorded_at


def learn_of_agent(state: State, known: AgentState | None) -> None:
    """What an agent says of itself replaces what it said before, field by field."""
    if known is not None:
        state.agent.knowledge_level = known.knowledge_level or state.agent.knowledge_level
        state.agent.specialization = known.specialization or state.agent.specialization
        state.agent.learning_progress.update(known.learning_progress)


def _go_on(state: State) -> None:
    state.status, state.status_reason, state.ended_at = "active", None, None
