"""Steps of handoffs. Each moves on as its life goes; what does not follow is contested, and changes nothing."""

from holdfast.events import (
    Event,
    HandoffAccepted,
    HandoffCompleted,
    HandoffExpired,
    HandoffOffered,
    HandoffRefused,
)
from holdfast.session.parts import Handoff
from holdfast.session.state import State
from holdfast.session.steps.context import contest
from holdfast.session.table import folds


@folds(HandoffOffered)
def handoff_offered(state: State, event: Event, said: HandoffOffered) -> None:
    """Open. The package is not copied: it would hold the state that holds it."""
    handoff_id = said.handoff_id or str(event.id)
    package = said.package
    state.handoffs[handoff_id] = Handoff(
        id=handoff_id,
        status="offered",
        to=said.to,
        offered_by=said.offered_by or event.actor,
        requesting_capability=said.requesting_capability or (package.requesting_capability if package else None),
        expires_at=said.expires_at,
        updated_at=event.occurred_at,
        reason=said.reason,
        event_id=str(event.id),
    )


@folds(HandoffAccepted)
def handoff_accepted(state: State, event: Event, said: HandoffAccepted) -> None:
    """Taken over."""
    handoff = _open(state, event, said.handoff_id)
    if handoff is not None:
        handoff.status, handoff.accepted_by = "accepted", said.accepted_by or event.actor
        handoff.to = handoff.to or handoff.accepted_by


@folds(HandoffRefused)
def handoff_refused(state: State, event: Event, said: HandoffRefused) -> None:
    """Not taken over, for a reason."""
    handoff = _open(state, event, said.handoff_id)
    if handoff is not None:
        handoff.status, handoff.reason = "refused", said.reason
        handoff.to = handoff.to or said.refused_by or event.actor


@folds(HandoffExpired)
def handoff_expired(state: State, event: Event, said: HandoffExpired) -> None:
    """Nobody came in time."""
    handoff = _open(state, event, said.handoff_id)
    if handoff is not None:
        handoff.status, handoff.reason = "expired", said.reason


@folds(HandoffCompleted)
def handoff_completed(state: State, event: Event, said: HandoffCompleted) -> None:
    """Done, even where nobody said that it was accepted."""
    handoff = _open(state, event, said.handoff_id, "offered", "accepted")
    if handoff is not None:
        handoff.status, handoff.outcome, handoff.result = "completed", said.outcome, said.result


def _open(state: State, event: Event, handoff_id: str, *statuses: str) -> Handoff | None:
    """The handoff that the event moves on; one that was offered elsewhere is known from here on. None: too late."""
    handoff = state.handoffs.get(handoff_id)
    if handoff is None:
        handoff = state.handoffs[handoff_id] = Handoff(id=handoff_id, status="offered", updated_at=event.occurred_at)
    if handoff.status not in (statuses or ("offered",)):
        contest(state, event, handoff_id)
        return None
    handoff.updated_at = event.occurred_at
    return handoff
