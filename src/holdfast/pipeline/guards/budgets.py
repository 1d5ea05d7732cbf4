"""Budgets: reserved before the work, settled after, at every level that the work belongs to.

What was reserved is within the limit by the tables' own checks. What was used without having been reserved, or beyond
it, is a fact all the same: as much as is left counts as used, and the rest is told apart, as `over`.
"""

from collections.abc import Sequence
from datetime import datetime

from holdfast.errors import BudgetExceeded, InvalidInput, ReservationSettled
from holdfast.events import instant
from holdfast.pipeline.guards.fact import Fact, guarded
from holdfast.store import budgets, reservations, timers
from holdfast.store.budgets import Budget, Place
from holdfast.store.log import Cursor
from holdfast.store.reservations import Reservation

__all__ = ["assigned", "completed", "limited", "lock_campaigns", "released", "reserved", "settled"]

lock_campaigns = budgets.lock_campaigns

MOST = 2**62
"""Figures stay below what a column holds, however many of the largest come."""


def assigned(cursor: Cursor, fact: Fact) -> None:
    """The task has a budget of its own, if only to count in. One that is assigned anew begins anew."""
    owner = guarded(fact.data.get("task_id") or str(fact.event_id))
    if owner is None:
        return
    budget = _at(cursor, fact, "task", owner)
    budget.opened_seq, budget.ended = fact.seq, False
    budget.calls_used = budget.tokens_used = budget.calls_over = budget.tokens_over = 0
    said = fact.data.get("budget") or {}
    _limit(budget, said.get("max_skill_calls"), said.get("max_tokens"), _time(said.get("deadline")))
    budgets.write(cursor, [budget])


def completed(cursor: Cursor, fact: Fact) -> None:
    """What is used from now on counts in another task."""
    owner = guarded(fact.data.get("task_id")) or budgets.active_task(cursor, fact.head.key)
    budget = budgets.at(cursor, fact.head.tenant, fact.head.key, "task", owner) if owner else None
    if budget is not None:
        budget.ended = True
        budgets.write(cursor, [budget])


def limited(cursor: Cursor, fact: Fact) -> None:
    """A limit counts from now on, with what was used before.

    Raises `InvalidInput` where that was asked for strictly and cannot be: more is used and set aside already, or there
    is no campaign or task that it could be of.
    """
    level, calls, tokens = fact.data["level"], fact.data.get("max_skill_calls"), fact.data.get("max_tokens")
    owner = _owner(cursor, fact, level)
    if owner is None:
        if fact.strict:
            raise InvalidInput(
                "owner", f"is needed: session {fact.head.id!r} has no {level} that the budget could be of"
            )
        return
    budget = _at(cursor, fact, level, owner)
    if fact.strict:
        _check_limit("max_skill_calls", calls, budget.calls_used + budget.calls_reserved)
        _check_limit("max_tokens", tokens, budget.tokens_used + budget.tokens_reserved)
    _limit(budget, calls, tokens, _time(fact.data.get("deadline")))
    budgets.write(cursor, [budget])


def reserved(cursor: Cursor, fact: Fact) -> None:
    """Set aside at every level. Raises `BudgetExceeded` where that was asked for strictly and one has too little left.

    What an agent reported without asking is set aside as far as there is room.
    """
    reservation_id = guarded(fact.data["reservation_id"])
    if reservation_id is None:
        return
    before = reservations.find(cursor, fact.head.key, reservation_id)
    if before is not None and fact.strict:
        raise ReservationSettled(reservation_id, before.status)
    if before is not None and before.status == "open":
        _give_back(cursor, before)
    calls, tokens = fact.data.get("calls", 1), fact.data.get("tokens", 0)
    rows = _here(cursor, fact)
    if fact.strict:
        for row in rows:
            _check(row, calls, tokens)
    calls = min((calls, *(row.calls_left for row in rows if row.calls_left is not None)))
    tokens = min((tokens, *(row.tokens_left for row in rows if row.tokens_left is not None)))
    for row in rows:
        row.calls_reserved = min(MOST, row.calls_reserved + calls)
        row.tokens_reserved = min(MOST, row.tokens_reserved + tokens)
    budgets.write(cursor, rows)
    expires_at = _time(fact.data.get("expires_at"))
    made = Reservation(reservation_id, [row.key for row in rows], calls, tokens, "open", expires_at)
    reservations.open_again(cursor, fact.head.key, made, fact.recorded_at)
    if expires_at is not None:
        timers.set_by(cursor, fact.head.key, timers.RESERVATIONS, expires_at)


def settled(cursor: Cursor, fact: Fact) -> None:
    """Used, where it was reserved; what was not reserved counts where the session is now.

    Raises `ReservationSettled` where that was asked for strictly and it was settled before. What expired or was given
    back may still be settled: the work was done.
    """
    reservation_id = guarded(fact.data.get("reservation_id"))
    found = reservations.find(cursor, fact.head.key, reservation_id) if reservation_id else None
    if found is not None and found.status == "settled" and fact.strict:
        raise ReservationSettled(found.id, found.status)
    rows = budgets.lock_keys(cursor, found.budgets) if found is not None else _here(cursor, fact)
    if found is not None and found.status == "open":
        _free(rows, found)
    for row in rows:
        _use(row, fact.data.get("calls", 1), fact.data.get("tokens", 0))
    budgets.write(cursor, rows)
    if found is not None:
        reservations.end(cursor, fact.head.key, found.id, "settled")


def released(cursor: Cursor, fact: Fact) -> None:
    """Given back. Raises `ReservationSettled` where that was asked for strictly and there is nothing set aside."""
    reservation_id = guarded(fact.data["reservation_id"])
    found = reservations.find(cursor, fact.head.key, reservation_id) if reservation_id else None
    if found is None or found.status != "open":
        if fact.strict:
            raise ReservationSettled(str(fact.data["reservation_id"]), found.status if found else "not known")
        return
    _give_back(cursor, found)
    reservations.end(cursor, fact.head.key, found.id, "expired" if fact.data.get("expired") else "released")


def _here(cursor: Cursor, fact: Fact) -> list[Budget]:
    """The budgets that the fact counts in, locked; those that everybody has are made where they are not there."""
    head = fact.head
    agent = guarded(fact.data.get("agent") or fact.actor)
    place = Place(head.tenant, head.key, fact.campaign, guarded(fact.data.get("task_id")), agent)
    rows = budgets.lock(cursor, place)
    wanted = {"session": "", "agent": agent, "campaign": fact.campaign}
    missing = [level for level in wanted if wanted[level] is not None and level not in {row.level for row in rows}]
    if not missing:
        return rows
    for level in missing:
        budgets.make(cursor, head.tenant, None if level == "campaign" else head.key, level, wanted[level] or "")
    return budgets.lock(cursor, place)


def _at(cursor: Cursor, fact: Fact, level: str, owner: str) -> Budget:
    session = None if level == "campaign" else fact.head.key
    budgets.make(cursor, fact.head.tenant, session, level, owner)
    found = budgets.at(cursor, fact.head.tenant, session, level, owner)
    if found is None:
        raise LookupError(f"the {level} budget of {owner!r} was made, and is not there")
    return found


def _owner(cursor: Cursor, fact: Fact, level: str) -> str | None:
    said = guarded(fact.data.get("owner"))
    if level == "session":
        return ""
    if level == "campaign":
        return said or fact.campaign
    return said or (budgets.active_task(cursor, fact.head.key) if level == "task" else guarded(fact.actor))


def _check(row: Budget, calls: int, tokens: int) -> None:
    owner = row.owner or None
    if row.is_late:
        raise BudgetExceeded(row.level, owner, "deadline", None, None)
    if row.calls_left is not None and calls > row.calls_left:
        raise BudgetExceeded(row.level, owner, "calls", calls, row.calls_left)
    if row.tokens_left is not None and tokens > row.tokens_left:
        raise BudgetExceeded(row.level, owner, "tokens", tokens, row.tokens_left)


def _check_limit(field: str, limit: int | None, taken: int) -> None:
    if limit is not None and limit < taken:
        raise InvalidInput(field, f"must be at least {taken:,}, which is used or set aside already, not {limit:,}")


def _limit(budget: Budget, calls: int | None, tokens: int | None, deadline: datetime | None) -> None:
    """Set limits. One below what is set aside leaves nothing; what was over counts as used where there is room now."""
    used, taken = budget.calls_used + budget.calls_over, budget.calls_reserved
    budget.max_calls, budget.calls_used, budget.calls_over = _within(calls, used, taken)
    used, taken = budget.tokens_used + budget.tokens_over, budget.tokens_reserved
    budget.max_tokens, budget.tokens_used, budget.tokens_over = _within(tokens, used, taken)
    budget.deadline = deadline


def _within(limit: int | None, used: int, reserved: int) -> tuple[int | None, int, int]:
    """The limit that a row can have, what of `used` it holds, and what is over."""
    if limit is None:
        return None, used, 0
    limit = max(limit, reserved)
    held = min(used, limit - reserved)
    return limit, held, used - held


def _free(rows: Sequence[Budget], found: Reservation) -> None:
    for row in rows:
        row.calls_reserved = max(0, row.calls_reserved - found.calls)
        row.tokens_reserved = max(0, row.tokens_reserved - found.tokens)


def _give_back(cursor: Cursor, found: Reservation) -> None:
    rows = budgets.lock_keys(cursor, found.budgets)
    _free(rows, found)
    budgets.write(cursor, rows)


def _use(row: Budget, calls: int, tokens: int) -> None:
    fits = calls if row.calls_left is None else min(calls, row.calls_left)
    row.calls_used, row.calls_over = min(MOST, row.calls_used + fits), min(MOST, row.calls_over + calls - fits)
    fits = tokens if row.tokens_left is None else min(tokens, row.tokens_left)
    row.tokens_used, row.tokens_over = min(MOST, row.tokens_used + fits), min(MOST, row.tokens_over + tokens - fits)


def _time(value: str | None) -> datetime | None:
    return None if value is None else instant("deadline", value)
