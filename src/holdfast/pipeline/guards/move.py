"""Move: which guard each event moves."""

from collections.abc import Callable, Collection, Iterable, Mapping
from uuid import UUID

import orjson

from holdfast.pipeline.guards import budgets, conversations, decisions, ending, handoffs, values
from holdfast.pipeline.guards.fact import Fact
from holdfast.store.log import Cursor, Head, Row

__all__ = ["move"]

MOVES: Mapping[str, Callable[[Cursor, Fact], None]] = {
    "task.assigned": budgets.assigned,
    "task.completed": budgets.completed,
    "budget.set": budgets.limited,
    "compute.reserved": budgets.reserved,
    "compute.settled": budgets.settled,
    "compute.released": budgets.released,
    "decision.escalated": decisions.escalated,
    "decision.made": decisions.settled,
    "decision.answered": decisions.settled,
    "decision.lapsed": decisions.settled,
    "decision.withdrawn": decisions.settled,
    "handoff.offered": handoffs.offered,
    "handoff.accepted": handoffs.moved,
    "handoff.refused": handoffs.moved,
    "handoff.completed": handoffs.moved,
    "handoff.expired": handoffs.moved,
    "conversation.context_updated": conversations.named,
    "state.set": values.set_until,
    "state.expired": values.expired,
    "session.closed": ending.ended,
    "session.expired": ending.ended,
}

NOT_COPIED = frozenset(
    [
        "compute.reserved",
        "compute.released",
        "handoff.offered",
        "handoff.accepted",
        "handoff.refused",
        "handoff.completed",
        "handoff.expired",
        "conversation.context_updated",
        "session.closed",
        "session.expired",
    ]
)
"""What stays with the session that a fork was made of: what is set aside, its offers, conversations' ids, its end."""


def move(
    cursor: Cursor,
    heads: Iterable[Head],
    rows: Iterable[Row],
    strict: Collection[UUID] = (),
    *,
    copied: bool = False,
) -> None:
    """Let these events, which were just written, move their guards. `copied` are those of a fork's parent.

    Raises what a guard says of a `strict` one that it does not allow; the transaction must then be rolled back.
    """
    moving = [row for row in rows if row[3] in MOVES and not (copied and row[3] in NOT_COPIED)]
    if not moving:
        return
    of = {head.key: head for head in heads}
    campaigns = {(head.tenant, head.campaign) for head in of.values() if head.campaign} if len(of) > 1 else ()
    if campaigns:
        # Two transactions that need the same campaigns must lock them in the same order.
        budgets.lock_campaigns(cursor, sorted(campaigns))
    for row in moving:
        key, seq, event_id, event_type, _, actor, conversation, _, _, _, recorded_at, data, _ = row
        head, asked = of[key], event_id in strict
        said = orjson.loads(data)
        MOVES[event_type](
            cursor, Fact(head, seq, event_id, event_type, actor, conversation, recorded_at, said, asked, copied)
        )
