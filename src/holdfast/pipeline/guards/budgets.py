"""Budgets: reserved before the work, settled after, at every level that the work belongs to.

What was reserved is within the limit by the tables' own checks. What was used without having been reserved, or beyond
it, is a fact all the same: as much as is left counts as used, and the rest is told apart, as `over`.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from holdfast.clock import after
from holdfast.errors import BudgetExceeded, InvalidInput, ReservationNotFound, ReservationSettled
from holdfast.events import instant
from holdfast.pipeline.guards.fact import Fact, guarded
from holdfast.store import budgets, reservations
from holdfast.store.budgets import MOST, Budget, Place
from holdfast.store.log import Cursor, Head
from holdfast.store.reservations import Reservation

__all__ = [
    "assigned",
    "completed",
    "limited",
    "lock_campaigns",
    "owned",
    "progressed",
    "released",
    "reserved",
    "settled",
    "uncharged",
]


ONE = frozenset({"compute.settled", "compute.released"})
"""What ends one reservation at most."""

ENDING = ONE | {"session.forked", "session.closed", "session.expired"}
AGAIN = "compute.reserved"
"""Ends the reservation of that id, unless it was asked for strictly."""


def lock_campaigns(cursor: Cursor, facts: Sequence[Fact]) -> None:
    """Lock the campaigns that these will count in, where there may be several, always in the same order.

    Two that need the same must not wait for each other. What a session has set aside may be another campaign's than
    the one that it serves now.
    """
    campaigns = {(fact.head.tenant, owner) for fact in facts if (owner := _campaign(fact)) is not None}
    ending = {fact.head.key for fact in facts if fact.type in ENDING or (fact.type == AGAIN and not fact.strict)}
    alone = len(facts) == 1 and facts[0].type in ONE
    if len(campaigns) > 1 or (ending and not alone and not facts[0].copied):
        budgets.lock_campaigns(cursor, sorted(campaigns), sorted(ending))


def owned(name: str) -> str:
    """How a row names its owner, or a reservation: a name that no row can hold by its digest."""
    return guarded(name) or f"sha256:{sha256(name.encode()).hexdigest()}"


def assigned(cursor: Cursor, fact: Fact) -> None:
    """The task has a budget of its own, if only to count in. One that is assigned anew begins anew."""
    budget = _at(cursor, fact, "task", owned(fact.data.get("task_id") or str(fact.event_id)))
    budget.opened_seq, budget.ended = fact.seq, False
    budget.calls_used = budget.tokens_used = budget.calls_over = budget.tokens_over = 0
    said = fact.data.get("budget") or {}
    _limit(budget, said.get("max_skill_calls"), said.get("max_tokens"), _time(said.get("deadline")))
    budgets.write(cursor, [budget])
    budgets.activate(cursor, fact.head.key, budget.owner)


def progressed(cursor: Cursor, fact: Fact) -> None:
    """A task that nobody assigned is open from now on, as one that was completed is again: active where none is."""
    said, active = fact.data.get("task_id"), budgets.active_task(cursor, fact.head.key)
    if said is None and active is not None:
        return
    owner = owned(said or str(fact.event_id))
    budgets.open_task(cursor, fact.head.tenant, fact.head.key, owner, fact.seq)
    if active is None:
        budgets.activate(cursor, fact.head.key, owner)


def completed(cursor: Cursor, fact: Fact) -> None:
    """Where it was the active one, what is used from now on counts in the newest of those that are open."""
    said, active = fact.data.get("task_id"), budgets.active_task(cursor, fact.head.key)
    owner = owned(said) if said else active
    budget = budgets.at(cursor, fact.head.tenant, fact.head.key, "task", owner) if owner else None
    if budget is not None:
        budget.ended = True
        budgets.write(cursor, [budget])
    if owner == active:
        budgets.activate(cursor, fact.head.key, budgets.newest_task(cursor, fact.head.key))


def uncharged(cursor: Cursor, head: Head, forked_at: int) -> None:
    """Take off the campaigns what a fork that was put back has from its parent, for which it was counted before.

    What the fork has set aside was given back at its event `forked_at`.
    """
    used: dict[str, list[int]] = {}
    campaign: str | None = None
    aside: dict[str, str | None] = {}
    for event_type, said in budgets.told(cursor, head.key, forked_at):
        if event_type == "campaign.updated":
            campaign = guarded(said.get("gtm_id")) or campaign
        elif event_type == "compute.reserved":
            aside[said["reservation_id"]] = campaign
        elif event_type == "compute.released":
            aside.pop(said["reservation_id"], None)
        else:
            of = aside.pop(said.get("reservation_id", ""), campaign)
            if of is not None:
                figures = used.setdefault(of, [0, 0])
                figures[0] += said.get("calls", 1)
                figures[1] += said.get("tokens", 0)
    for owner, (calls, tokens) in sorted(used.items()):
        budget = budgets.at(cursor, head.tenant, None, "campaign", owner)
        if budget is not None:
            budget.calls_used, budget.calls_over = max(0, budget.calls_used + budget.calls_over - calls), 0
            budget.tokens_used, budget.tokens_over = max(0, budget.tokens_used + budget.tokens_over - tokens), 0
            _limit(budget, budget.told_calls, budget.told_tokens, budget.deadline)
            budgets.write(cursor, [budget])


def limited(cursor: Cursor, fact: Fact) -> None:
    """A limit counts from now on, with what was used before.

    Raises `InvalidInput` where that was asked for strictly and cannot be: more is used and set aside already, or there
    is no campaign or open task that it could be of.
    """
    level, calls, tokens = fact.data["level"], fact.data.get("max_skill_calls"), fact.data.get("max_tokens")
    owner = _owner(cursor, fact, level)
    budget = None
    if owner is not None and level == "task":
        budget = budgets.at(cursor, fact.head.tenant, fact.head.key, level, owner)
    elif owner is not None:
        budget = _at(cursor, fact, level, owner)
    if budget is None or budget.ended:
        if fact.strict:
            raise InvalidInput("owner", f"session {fact.head.id!r} has no such {level} that the budget could be of")
        return
    if fact.strict:
        _check_limit("max_skill_calls", calls, budget.calls_used + budget.calls_reserved)
        _check_limit("max_tokens", tokens, budget.tokens_used + budget.tokens_reserved)
    # A campaign's may be set by a session that is put back: what was set since stays. Elsewhere the log has the order.
    alone = fact.strict or level != "campaign"
    if alone or budget.limited_at is None or budget.limited_at <= fact.recorded_at:
        _limit(budget, calls, tokens, _time(fact.data.get("deadline")))
        budget.limited_at = fact.recorded_at
        budgets.write(cursor, [budget])


def reserved(cursor: Cursor, fact: Fact) -> None:
    """Set aside at every level. Raises `BudgetExceeded` where that was asked for strictly and one has too little left.

    What an agent reported without asking is set aside as far as there is room.
    """
    reservation_id = owned(fact.data["reservation_id"])
    calls, tokens = fact.data.get("calls", 1), fact.data.get("tokens", 0)
    if not fact.strict:
        reservations.release(cursor, fact.head.key, reservation_id, "released")
    rows = _here(cursor, fact)
    if fact.strict:
        _check(rows, calls, tokens)
    calls = min(calls, *(_room(row.calls_left, row.calls_reserved) for row in rows))
    tokens = min(tokens, *(_room(row.tokens_left, row.tokens_reserved) for row in rows))
    ends = _time(fact.data.get("expires_at")) or after(fact.recorded_at, fact.data.get("ttl"))
    keys = [row.key for row in rows]
    made = Reservation(reservation_id, keys, calls, tokens, "open", fact.recorded_at, ends)
    if not reservations.make(cursor, fact.head.key, made, again=not fact.strict):
        found = reservations.status(cursor, fact.head.key, reservation_id)
        raise ReservationSettled(fact.data["reservation_id"], str(found))


def settled(cursor: Cursor, fact: Fact) -> None:
    """Used, where it was reserved; what was not reserved, or is so no more, counts where the session is now.

    Raises `ReservationSettled` where that was asked for strictly and it was settled before, `ReservationNotFound` where
    it never was made. What expired or was given back may still be settled: the work was done.
    """
    said, key = fact.data.get("reservation_id"), fact.head.key
    calls, tokens = fact.data.get("calls", 1), fact.data.get("tokens", 0)
    if said is not None and reservations.settle(cursor, key, owned(said), calls, tokens):
        return
    if said is not None and fact.strict:
        found = reservations.status(cursor, key, owned(said))
        if found is None:
            raise ReservationNotFound(said, f"session {fact.head.id!r} never made a reservation {said!r}")
        if found == "settled":
            raise ReservationSettled(said, found)
    if said is not None:
        reservations.settled(cursor, key, owned(said))
    budgets.use(cursor, [row.key for row in _here(cursor, fact)], calls, tokens)


def released(cursor: Cursor, fact: Fact) -> None:
    """Given back. Raises as `settled`, and `ReservationSettled` too where it has expired or was given back before."""
    said, key = fact.data["reservation_id"], fact.head.key
    if reservations.release(cursor, key, owned(said), "expired" if fact.data.get("expired") else "released"):
        return
    if fact.strict:
        found = reservations.status(cursor, key, owned(said))
        if found is None:
            raise ReservationNotFound(said, f"session {fact.head.id!r} never made a reservation {said!r}")
        raise ReservationSettled(said, found)


def _here(cursor: Cursor, fact: Fact) -> list[Budget]:
    """The budgets that the fact counts in, locked; those that everybody has are made where they are not there."""
    head, task = fact.head, fact.data.get("task_id")
    agent = owned(fact.data.get("agent") or fact.actor)
    campaign = None if fact.copied else fact.campaign
    place = Place(head.tenant, head.key, campaign, owned(task) if task else None, agent)
    rows = budgets.lock(cursor, place)
    wanted = {"session": "", "agent": agent, "campaign": place.campaign}
    missing = [level for level in wanted if wanted[level] is not None and level not in {row.level for row in rows}]
    if not missing:
        return rows
    for level in missing:
        budgets.make(cursor, head.tenant, None if level == "campaign" else head.key, level, wanted[level] or "")
    return budgets.lock(cursor, place)


def _campaign(fact: Fact) -> str | None:
    """The campaign whose budget the fact moves."""
    if fact.type == "budget.set":
        return _owner_of_campaign(fact) if fact.data["level"] == "campaign" else None
    counts = fact.type in {"compute.reserved", "compute.settled"} and not fact.copied
    return fact.campaign if counts else None


def _owner_of_campaign(fact: Fact) -> str | None:
    said = fact.data.get("owner")
    return None if fact.copied else owned(said) if said is not None else fact.campaign


def _at(cursor: Cursor, fact: Fact, level: str, owner: str) -> Budget:
    session = None if level == "campaign" else fact.head.key
    budgets.make(cursor, fact.head.tenant, session, level, owner)
    found = budgets.at(cursor, fact.head.tenant, session, level, owner)
    if found is None:
        raise LookupError(f"the {level} budget of {owner!r} was made, and is not there")
    return found


def _owner(cursor: Cursor, fact: Fact, level: str) -> str | None:
    said = fact.data.get("owner")
    if level == "session":
        return ""
    if level == "campaign":
        return _owner_of_campaign(fact)
    if said is not None:
        return owned(said)
    return budgets.active_task(cursor, fact.head.key) if level == "task" else owned(fact.actor)


def _check(rows: Sequence[Budget], calls: int, tokens: int) -> None:
    """Of several budgets that say no, the one that has least left is named."""
    late = next((row for row in rows if row.is_late), None)
    if late is not None:
        raise _exceeded(late, "deadline", None, None)
    left = [(row.calls_left, row) for row in rows if row.calls_left is not None]
    least, of = min(left, key=lambda each: each[0], default=(calls, None))
    if of is not None and calls > least:
        raise _exceeded(of, "calls", calls, least)
    left = [(row.tokens_left, row) for row in rows if row.tokens_left is not None]
    least, of = min(left, key=lambda each: each[0], default=(tokens, None))
    if of is not None and tokens > least:
        raise _exceeded(of, "tokens", tokens, least)


def _exceeded(row: Budget, what: str, asked: int | None, remaining: int | None) -> BudgetExceeded:
    limit = row.deadline if what == "deadline" else row.max_calls if what == "calls" else row.max_tokens
    return BudgetExceeded(row.level, row.owner or None, what, asked, remaining, limit=f"{row.opened_seq}:{limit}")


def _room(left: int | None, reserved: int) -> int:
    return MOST - reserved if left is None else min(left, MOST - reserved)


def _check_limit(field: str, limit: int | None, taken: int) -> None:
    if limit is not None and limit < taken:
        raise InvalidInput(field, f"must be at least {taken:,}, which is used or set aside already, not {limit:,}")


def _limit(budget: Budget, calls: int | None, tokens: int | None, deadline: datetime | None) -> None:
    """Set limits. One below what is set aside leaves nothing, and what is given back no room above it; what was over
    counts as used where there is room now.
    """
    used, taken = budget.calls_used + budget.calls_over, budget.calls_reserved
    budget.max_calls, budget.calls_used, budget.calls_over = _within(calls, used, taken)
    budget.told_calls, budget.told_tokens = calls, tokens
    used, taken = budget.tokens_used + budget.tokens_over, budget.tokens_reserved
    budget.max_tokens, budget.tokens_used, budget.tokens_over = _within(tokens, used, taken)
    budget.deadline = deadline


def _within(limit: int | None, used: int, reserved: int) -> tuple[int | None, int, int]:
    """The limit that a row can have, what of `used` it holds, and what is over."""
    if limit is None:
        return None, min(used, MOST), 0
    limit = max(limit, reserved)
    held = min(used, limit - reserved)
    return limit, held, min(used - held, MOST)


def _time(value: str | None) -> datetime | None:
    return None if value is None else instant("deadline", value)
