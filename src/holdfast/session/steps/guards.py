"""Steps of the guards family."""

from holdfast.events import (
    ComputeReserved,
    ComputeSettled,
    Event,
    HandoffAccepted,
    HandoffCompleted,
    HandoffOffered,
    HandoffRefused,
    LeaseReleased,
    LeaseTaken,
    RequestBlocked,
)
from holdfast.session.parts import BlockedRequest, Handoff, Invocation, LeaseHeld, Reservation
from holdfast.session.state import State
from holdfast.session.table import folds


@folds(ComputeReserved)
def compute_reserved(state: State, event: Event, said: ComputeReserved) -> None:
    """Set aside."""
    state.compute.reserved[said.reservation_id] = Reservation(
        skill=said.skill, calls=said.calls, tokens=said.tokens, reserved_at=event.occurred_at
    )


@folds(ComputeSettled)
def compute_settled(state: State, event: Event, said: ComputeSettled) -> None:
    """Used, by the session and by its active task; the reservation is over."""
    reservation = state.compute.reserved.pop(said.reservation_id, None) if said.reservation_id else None
    state.compute.skills_invoked += said.calls
    state.compute.tokens_used += said.tokens
    state.compute.invocation_log.append(
        Invocation(
            skill=said.skill or (reservation.skill if reservation else None),
            timestamp=event.occurred_at,
            calls=said.calls,
            tokens=said.tokens,
            result=said.result,
        )
    )
    if state.active_task is not None:
        state.active_task.skill_calls += said.calls
        state.active_task.tokens_used += said.tokens


@folds(RequestBlocked)
def request_blocked(state: State, event: Event, said: RequestBlocked) -> None:
    """Kept, with its reason and what to do next."""
    state.blocked_requests.append(
        BlockedRequest(request=said.request, reason=said.reason, action=said.action, blocked_at=event.occurred_at)
    )


@folds(LeaseTaken)
def lease_taken(state: State, event: Event, said: LeaseTaken) -> None:
    """The writer from now on. The log's order says which of two came later; the fence only ever grows."""
    state.fence = max(state.fence, said.fence)
    state.lease = LeaseHeld(
        owner=said.owner,
        fence=said.fence,
        exclusive=said.exclusive,
        taken_at=event.occurred_at,
        expires_at=said.expires_at,
    )


@folds(LeaseReleased)
def lease_released(state: State, event: Event, said: LeaseReleased) -> None:  # noqa: ARG001
    """Free, unless someone else took it meanwhile: a release that comes late is of another fence."""
    state.fence = max(state.fence, said.fence + said.expired)
    if state.lease is not None and state.lease.fence == said.fence:
        state.lease = None


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
    handoff = _handoff(state, event, said.handoff_id)
    handoff.status = "accepted"
    handoff.to = handoff.to or said.accepted_by or event.actor


@folds(HandoffRefused)
def handoff_refused(state: State, event: Event, said: HandoffRefused) -> None:
    """Not taken over, for a reason."""
    handoff = _handoff(state, event, said.handoff_id)
    handoff.status, handoff.reason = "refused", said.reason
    handoff.to = handoff.to or said.refused_by or event.actor


@folds(HandoffCompleted)
def handoff_completed(state: State, event: Event, said: HandoffCompleted) -> None:
    """Done."""
    handoff = _handoff(state, event, said.handoff_id)
    handoff.status, handoff.outcome, handoff.result = "completed", said.outcome, said.result


def _handoff(state: State, event: Event, handoff_id: str) -> Handoff:
    """The handoff that the event is about; one that was offered elsewhere is known from here on."""
    handoff = state.handoffs.get(handoff_id)
    if handoff is None:
        handoff = state.handoffs[handoff_id] = Handoff(id=handoff_id, status="offered", updated_at=event.occurred_at)
    handoff.updated_at = event.occurred_at
    return handoff
