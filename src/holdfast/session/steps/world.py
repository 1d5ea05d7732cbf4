"""Steps of the world family."""

from holdfast.events import ErrorRaised, Event, FileModified, SaveRequested, WorldObserved
from holdfast.session.parts import Fault, File, Look
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
    files = state.world.files
    before = None if said.renamed_from is None else files.pop(said.renamed_from, None)
    file = files.setdefault(said.path, File())
    if said.renamed_from is not None:
        former = [*file.former_paths, *(before.former_paths if before else ()), said.renamed_from]
        file.former_paths = [path for path in dict.fromkeys(former) if path != said.path]
    file.change, file.digest = said.change, said.digest
    file.modified_at, file.modified_by, file.modified_seq = event.occurred_at, event.actor, event.seq


@folds(WorldObserved)
def world_observed(state: State, event: Event, said: WorldObserved) -> None:
    """What is given replaces what was known."""
    for field in _REPLACED:
        seen = getattr(said, field)
        if seen is not None:
            setattr(state.world, field, seen)
    for path, digest in (said.files or {}).items():
        file = state.world.files.setdefault(path, File())
        file.digest, file.observed_at, file.observed_seq = digest, event.occurred_at, event.seq
    for probe, told in (said.probes or {}).items():
        _looked(state.world.probes.setdefault(probe, Look()), event, told)
    state.world.facts.update(said.facts or {})
    state.world.observed_at = event.occurred_at


def _looked(look: Look, event: Event, told: object) -> None:
    """A look that failed leaves what was seen before. What is in neither form is what somebody saw."""
    if isinstance(told, dict) and "seen" not in told and isinstance(told.get("failed"), str):
        look.failed = told["failed"]
        return
    look.seen = told["seen"] if isinstance(told, dict) and "seen" in told else told
    look.seen_at, look.seen_seq, look.failed = event.occurred_at, event.seq, None


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
