"""Move: which guard each event moves."""

from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import groupby
from uuid import UUID

import orjson

from holdfast.pipeline.guards import budgets, conversations, decisions, ending, handoffs, values
from holdfast.pipeline.guards.fact import Fact, guarded
from holdfast.store.log import Cursor, Head, Row

__all__ = ["move"]

MOVES: Mapping[str, Callable[[Cursor, Fact], None]] = {
    "task.assigned": budgets.assigned,
    "task.progressed": budgets.progressed,
    "task.completed": budgets.completed,
    "session.forked": ending.forked,
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
    "session.resumed": ending.resumed,
}

ENDS = frozenset({"session.closed", "session.expired"})
"""What ends a session, and with it all that waits in it."""

SERVED = "campaign.updated"
"""Moves no guard, and says in which campaign what comes after it counts."""

NOT_COPIED = frozenset(
    [
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


def move(  # what the rows come with
    cursor: Cursor,
    heads: Iterable[Head],
    rows: Iterable[Row],
    strict: Collection[UUID] = (),
    *,
    copied: bool = False,
    counted: bool = False,
    served: Mapping[int, str | None],
) -> None:
    """Let these events, which were just written, move their guards. `copied` are those of a fork's parent.

    What campaigns have `counted` before is not counted there again.

    `served` are the campaigns that the sessions, by key, served before these events.

    Raises what a guard says of a `strict` one that it does not allow; the transaction must then be rolled back.
    """
    moving = [
        row
        for row in rows
        if row[3] == SERVED or ((row[3] in MOVES or row[3] in ENDS) and not (copied and row[3] in NOT_COPIED))
    ]
    if not moving:
        return
    of = {head.key: head for head in heads}
    facts = []
    serving, apart = dict(served), copied or counted
    for key, seq, event_id, event_type, _, actor, conversation, _, _, _, recorded_at, data, _ in moving:
        head, said = of[key], orjson.loads(data)
        if event_type == SERVED:
            serving[key] = guarded(said.get("gtm_id")) or serving[key]
            continue
        asked = event_id in strict
        facts.append(
            Fact(head, seq, event_id, event_type, actor, conversation, recorded_at, said, asked, apart, serving[key])
        )
    budgets.lock_campaigns(cursor, facts)
    for ends, some in groupby(facts, key=lambda fact: fact.type in ENDS):
        if ends:
            ending.ended(cursor, list(some))
            continue
        for fact in some:
            MOVES[fact.type](cursor, fact)
