"""Steps of the guards family: leases, and requests that were looked at."""

from holdfast.events import Event, LeaseReleased, LeaseTaken, RequestAllowed, RequestBlocked
from holdfast.session.parts import BlockedRequest, LeaseHeld
from holdfast.session.state import State
from holdfast.session.table import folds


@folds(RequestAllowed)
def request_allowed(state: State, event: Event, said: RequestAllowed) -> None:  # noqa: ARG001
    """Counted; which it was, the log says."""
    state.requests_allowed += 1


@folds(RequestBlocked)
def request_blocked(state: State, event: Event, said: RequestBlocked) -> None:
    """Kept, with its reason and what to do next."""
    state.blocked_requests.append(
        BlockedRequest(
            request=said.request,
            reason=said.reason,
            action=said.action,
            blocked_at=event.occurred_at,
            task=said.task,
            line=said.line,
            decision_id=said.decision_id,
            agent=said.agent or event.actor,
            event_id=str(event.id),
        )
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
