"""The deterministic summariser: no model, no choice; the same events give the same lines."""

from collections.abc import Iterable
from datetime import datetime

from holdfast.events import Event
from holdfast.remembering.summary.carry import Carry
from holdfast.remembering.summary.summary import Line, Summary
from holdfast.remembering.summary.taking import take
from holdfast.remembering.summary.telling import tell

__all__ = ["RECIPE", "summarise"]

RECIPE = "builtin/1"


def summarise(
    carry: Carry | None, events: Iterable[Event], *, session_id: str, reason: str, made_at: datetime
) -> tuple[Summary, Carry]:
    """A session's summary, from what the last one left to build on and the events since; and what this one leaves.

    The events are those right after `carry.upto`; without a carry, from the first on. They may come page by page. What
    it costs follows the events, and what is open. The carry that was passed in is used up.
    """
    carry = Carry.new() if carry is None else carry
    base = carry.upto or None
    take(carry, events)
    carry.cut()
    lines = tell(carry)
    summary = Summary(
        session_id=session_id,
        first=1,
        upto=carry.upto,
        base=base,
        recipe=RECIPE,
        made_by="builtin",
        reason=reason,
        made_at=made_at,
        counts=_counts(carry, lines),
        lines=lines,
    )
    carry.let_go()
    return summary, carry


def _counts(carry: Carry, lines: tuple[Line, ...]) -> dict[str, int]:
    state = carry.state
    return {
        "events": carry.upto,
        "messages": state.history.by_type.get("message.added", 0),
        "decisions": carry.made,
        "questions": len(state.pending_decisions),
        "effects": len(state.unsettled_effects),
        "tasks": len(state.tasks),
        "tasks_ended": state.history.by_type.get("task.completed", 0),
        "open": sum(line.section in {"open", "blockers"} for line in lines),
    }
