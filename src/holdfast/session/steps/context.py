"""Steps of the context family, and what every event does to the shared document's history."""

from holdfast.events import ContextImported, Event, HistoryNoted, SliceDeclared
from holdfast.session.parts import Contested, Imported, Note, View
from holdfast.session.state import State
from holdfast.session.table import folds

__all__ = ["contest", "note"]

ACTIONS = {
    "session.started": "session_started",
    "task.assigned": "task_assigned",
    "task.completed": "task_completed",
    "knowledge.learned": "knowledge_acquired",
    "campaign.updated": "campaign_updated",
    "decision.made": "decision_made",
    "decision.escalated": "decision_escalated",
    "decision.answered": "decision_answered",
    "artifact.produced": "artifact_produced",
    "validation.reported": "validation_reported",
    "handoff.offered": "handoff_offered",
    "handoff.accepted": "handoff_accepted",
    "handoff.refused": "handoff_refused",
    "handoff.completed": "handoff_completed",
}
"""What the document's history calls an event that has `details` for it."""

CHANGING = frozenset(
    ["artifact", "budget", "campaign", "compute", "context", "decision", "history", "knowledge", "task", "validation"]
)
"""The families whose events change the document."""


def note(state: State, event: Event) -> None:
    """Keep the history of the document: an event that has `details` for it is an entry, and no other is."""
    family = event.type.partition(".")[0]
    if family in CHANGING or state.context_updated_at is None:
        state.context_updated_at = event.occurred_at
    action = ACTIONS.get(event.type)
    details = event.data.get("details") if action else None
    if action and isinstance(details, str):
        _enter(state, event, action, details)


@folds(HistoryNoted)
def history_noted(state: State, event: Event, said: HistoryNoted) -> None:
    """An entry by itself."""
    _enter(state, event, said.action, said.details)


@folds(SliceDeclared)
def slice_declared(state: State, event: Event, said: SliceDeclared) -> None:  # noqa: ARG001
    """What counts for that agent from now on."""
    state.slices[said.agent] = View(
        role=said.role,
        include=said.include,
        exclude=said.exclude,
        redact=said.redact,
        max_tokens=said.max_tokens,
        max_bytes=said.max_bytes,
        secrets=said.secrets,
    )


@folds(ContextImported)
def context_imported(state: State, event: Event, said: ContextImported) -> None:  # noqa: ARG001
    """Where it came from, and what nothing else holds of it."""
    extra = (state.imported.extra if state.imported else {}) | said.extra
    state.imported = Imported(source=said.source, digest=said.digest, extra=extra)


def contest(state: State, event: Event, about: str) -> None:
    """Keep an event that came when what it is about was settled."""
    state.contested.append(
        Contested(type=event.type, about=about, actor=event.actor, said_at=event.occurred_at, event_id=str(event.id))
    )


def _enter(state: State, event: Event, action: str, details: str | None) -> None:
    state.notes.append(
        Note(action=action, timestamp=event.occurred_at, actor=event.actor, details=details, event_id=str(event.id))
    )
