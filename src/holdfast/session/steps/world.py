"""Steps of the world family."""

from holdfast.events import ErrorRaised, Event, FileModified, SaveRequested, WorldObserved
from holdfast.session.parts import Fault, File
from holdfast.session.state import State
from holdfast.session.table import folds

_REPLACED = (
    "working_branch",
    "pending_changes",
    "build_status",
    "working_directory",
    "active_files",
    "current_phase",
    "active_tasks",
    "recent_completions",
    "project_health",
    "critical_issues",
)


@folds(FileModified)
def file_modified(state: State, event: Event, said: FileModified) -> None:
    """As the session left it. A file that got a new name is gone under the old."""
    if said.renamed_from is not None:
        state.world.files.pop(said.renamed_from, None)
    file = state.world.files.setdefault(said.path, File())
    file.change, file.digest = said.change, said.digest
    file.modified_at, file.modified_by = event.occurred_at, event.actor


@folds(WorldObserved)
def world_observed(state: State, event: Event, said: WorldObserved) -> None:
    """What is given replaces what was known."""
    for field in _REPLACED:
        seen = getattr(said, field)
        if seen is not None:
            setattr(state.world, field, seen)
    for path, digest in (said.files or {}).items():
        file = state.world.files.setdefault(path, File())
        file.digest, file.observed_at = digest, event.occurred_at
    state.world.facts.update(said.facts or {})
    state.world.observed_at = event.occurred_at


@folds(ErrorRaised)
def error_raised(state: State, event: Event, said: ErrorRaised) -> None:
    """Kept."""
    state.errors.append(
        Fault(
            message=said.message,
            error_type=said.error_type,
            severity=said.severity,
            recoverable=said.recoverable,
            source=said.source or event.actor,
            raised_at=event.occurred_at,
            event_id=str(event.id),
        )
    )


@folds(SaveRequested)
def save_requested(state: State, event: Event, said: SaveRequested) -> None:  # noqa: ARG001
    """Counted; the saving is not the fold's to do."""
    state.persistence.saves_requested += 1
    state.persistence.last_requested = event.occurred_at
