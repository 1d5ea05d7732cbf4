"""Steps of budgets: the figures of the log. Whether something may be used, the guard's rows decide."""

from holdfast.clock import after
from holdfast.events import Budget, BudgetSet, ComputeReleased, ComputeReserved, ComputeSettled, Event
from holdfast.session.parts import Invocation, Limit, Reservation
from holdfast.session.state import State
from holdfast.session.table import folds


@folds(BudgetSet)
def budget_set(state: State, event: Event, said: BudgetSet) -> None:
    """What counts at that level from now on; of a task it is the task's own."""
    if said.level == "task":
        task = state.tasks.get(said.owner) if said.owner else state.active_task
        if task is not None:
            task.budget = Budget(
                max_skill_calls=said.max_skill_calls, max_tokens=said.max_tokens, deadline=said.deadline
            )
            task.budget_event_id = str(event.id)
        return
    campaign = state.campaign.gtm_id if state.campaign else None
    owner = {"campaign": said.owner or campaign, "agent": said.owner or event.actor}.get(said.level)
    state.compute.limits[said.level if owner is None else f"{said.level}:{owner}"] = Limit(
        level=said.level,
        owner=owner,
        max_skill_calls=said.max_skill_calls,
        max_tokens=said.max_tokens,
        deadline=said.deadline,
        set_at=event.occurred_at,
        event_id=str(event.id),
    )


@folds(ComputeReserved)
def compute_reserved(state: State, event: Event, said: ComputeReserved) -> None:
    """Set aside."""
    state.compute.reserved[said.reservation_id] = Reservation(
        skill=said.skill,
        calls=said.calls,
        tokens=said.tokens,
        reserved_at=event.occurred_at,
        agent=said.agent or event.actor,
        task_id=said.task_id or state.active_task_id,
        expires_at=said.expires_at or after(event.recorded_at, said.ttl),
    )


@folds(ComputeSettled)
def compute_settled(state: State, event: Event, said: ComputeSettled) -> None:
    """Used, by the session and by the task it was reserved for; the reservation is over."""
    reservation = state.compute.reserved.pop(said.reservation_id, None) if said.reservation_id else None
    task_id = reservation.task_id if reservation else said.task_id or state.active_task_id
    state.compute.skills_invoked += said.calls
    state.compute.tokens_used += said.tokens
    state.compute.invocation_log.append(
        Invocation(
            skill=said.skill or (reservation.skill if reservation else None),
            timestamp=event.occurred_at,
            calls=said.calls,
            tokens=said.tokens,
            result=said.result,
            agent=reservation.agent if reservation else said.agent or event.actor,
            task_id=task_id,
            event_id=str(event.id),
        )
    )
    task = state.tasks.get(task_id) if task_id else None
    if task is not None:
        task.skill_calls += said.calls
        task.tokens_used += said.tokens


@folds(ComputeReleased)
def compute_released(state: State, event: Event, said: ComputeReleased) -> None:  # noqa: ARG001
    """Given back."""
    state.compute.reserved.pop(said.reservation_id, None)
