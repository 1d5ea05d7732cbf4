"""The fold: from a session's events to its state."""

from collections.abc import Iterable

from holdfast.events import KNOWN, Event
from holdfast.session.state import State
from holdfast.session.status import OF_TIMERS, status_after
from holdfast.session.steps import (  # noqa: F401  # importing them fills the table
    compute,
    context,
    conversation,
    decisions,
    effects,
    guards,
    handoffs,
    knowledge,
    lifecycle,
    orchestration,
    work,
    world,
)
from holdfast.session.steps.context import note
from holdfast.session.table import STEPS

__all__ = ["RECIPE", "advance", "fold"]

RECIPE = 4
"""The version of what the steps do. Raised when a step changes: no state that was folded before is then believed."""


def fold(events: Iterable[Event], state: State | None = None) -> State:
    """The state after `events`, which follow those that `state` was folded from. `state` itself is not changed.

    It fits every sequence of valid events, however odd, and depends on nothing else: `fold(tail, fold(head))` is
    `fold(head + tail)`. Events of the users' own, `custom.*`, are counted and change nothing more.

    Raises `UnknownEventType` for an event that a newer release wrote.
    """
    return advance(State() if state is None else state.model_copy(deep=True), events)


def advance(state: State, events: Iterable[Event]) -> State:
    """As `fold`, but in place, for a state that is the caller's own: copying a heavy one costs more than an event.

    When it raises, the state is half done, and to be thrown away.
    """
    for event in events:
        _count(state, event)
        _move(state, event)
        step = STEPS.get(event.type)
        if step is not None:
            step(state, event, event.payload)
            note(state, event)
        else:
            KNOWN.payload_class(event.type)  # one of the users' own; or it says that the type is not known
    return state


def _count(state: State, event: Event) -> None:
    history = state.history
    history.total += 1
    history.last_seq = event.seq
    history.by_type[event.type] = history.by_type.get(event.type, 0) + 1
    state.updated_at = event.recorded_at
    if event.type not in OF_TIMERS:
        state.last_activity = event.recorded_at
    if state.session_id is None:
        state.session_id = event.session_id
        state.created_at = event.recorded_at


def _move(state: State, event: Event) -> None:
    in_vain = event.type == "session.recovered" and event.data["status"] == "failed"
    status = status_after(state.status, event.type, in_vain=in_vain)
    if status != state.status:
        over = status in {"closed", "expired", "failed"}
        state.status, state.status_reason, state.ended_at = status, None, event.recorded_at if over else None
