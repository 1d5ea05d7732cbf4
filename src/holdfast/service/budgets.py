"""One tenant's budgets: moved where they allow it, and shown beside the log that they must add up with."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from psycopg.errors import UniqueViolation
from sqlalchemy import Connection, Engine

from holdfast.errors import BudgetExceeded, HoldfastError, StoreUnavailable
from holdfast.events import Draft, name
from holdfast.outcome import Receipt
from holdfast.pipeline import budget
from holdfast.pipeline.guards.budgets import owned
from holdfast.pipeline.rebuild import state_at
from holdfast.pipeline.rules import Rules
from holdfast.session import State
from holdfast.session.parts import Invocation
from holdfast.store import budgets, log, reservations, sessions
from holdfast.store.budgets import Budget
from holdfast.store.transaction import transaction

__all__ = ["BudgetReport", "Budgets", "CampaignBudget", "Figures", "SetAside"]

RETRY_SECONDS = 0.2


class Figures(NamedTuple):
    """A budget. What is None is not limited; `over` was used without having been reserved, above what was left."""

    level: str
    owner: str | None
    """The campaign, the task or the agent; None for the session itself."""
    max_skill_calls: int | None
    calls_used: int
    calls_reserved: int
    calls_left: int | None
    calls_over: int
    max_tokens: int | None
    tokens_used: int
    tokens_reserved: int
    tokens_left: int | None
    tokens_over: int
    deadline: datetime | None
    late: bool
    """Whether the deadline has passed: nothing can be reserved any more."""
    open: bool
    """False for a task that is completed."""


class SetAside(NamedTuple):
    """A reservation that is open."""

    id: str
    skill: str | None
    agent: str | None
    task_id: str | None
    calls: int
    tokens: int
    reserved_at: datetime
    expires_at: datetime | None


class BudgetReport(NamedTuple):
    """A session's budgets, from the widest to the narrowest, and the log's own account of what was used."""

    session_id: str
    levels: list[Figures]
    reserved: list[SetAside]
    ledger: list[Invocation]
    """Every use that was settled, in the log's order."""
    adds_up: bool
    """Whether the budgets say what the log says: of the session, its open tasks and its agents."""

    def level(self, level: str, owner: str | None = None) -> Figures | None:
        """The figures of a level; of several, those of this owner, or the last that is open."""
        found = [each for each in self.levels if each.level == level and (each.owner == owner or owner is None)]
        return next((each for each in reversed(found) if each.open), found[-1] if found else None)


class CampaignBudget(NamedTuple):
    """A campaign's budget, and the sessions that serve it now, each with its own."""

    campaign: str
    figures: Figures
    sessions: dict[str, Figures]


class Budgets:
    """The budgets of one tenant's sessions and campaigns."""

    def __init__(
        self, engine: Engine, settle: Callable[[str], None], *, tenant: str, rules: Rules, seconds: float
    ) -> None:
        self._engine = engine
        self._settle = settle
        self.tenant = tenant
        self._rules = rules
        self._seconds = seconds

    def move(self, event: Draft) -> Receipt:
        """Reserve, settle, release or set, behind what was published before, and only where the budgets allow it.

        A commit of which nobody heard is tried again, which its event's id makes harmless. Raises as
        `pipeline.budget.move` does, `StreamUnavailable` and `NotCommittedYet` with nothing done, and `StoreUnavailable`
        at the time limit.
        """
        until = time.monotonic() + self._seconds
        look_first = False
        while True:
            try:
                self._settle(event.session_id)
                with transaction(self._engine) as connection:
                    return budget.move(connection, self.tenant, event, rules=self._rules, look_first=look_first)
            except UniqueViolation:
                if look_first:
                    raise
                look_first = True
            except StoreUnavailable:
                look_first = True  # it may have been committed before the connection broke
                if time.monotonic() > until:
                    raise
                time.sleep(RETRY_SECONDS)

    def reserve(
        self, event: Draft, *, request: str, task: str | None, escalate: bool, escalate_to: str | None
    ) -> Receipt:
        """Reserve. Where a budget has too little left, that is recorded, and asked about, before `BudgetExceeded`."""
        try:
            return self.move(event)
        except BudgetExceeded as error:
            error.request = request
            try:
                with transaction(self._engine) as connection:
                    if escalate and escalate_to is None:
                        escalate_to = self._owner(connection, event.session_id)
                    budget.blocked(
                        connection,
                        self.tenant,
                        event,
                        error,
                        task=task,
                        escalate_to=escalate_to,
                        rules=self._rules,
                    )
            except HoldfastError as failed:
                error.decision_id = None
                error.add_note(f"and it could not be recorded: {failed}")
            raise

    def report(self, session_id: str) -> BudgetReport:
        """The session's budgets and their account, all of one moment. Raises `SessionNotFound`."""
        with transaction(self._engine) as connection:
            log.steady(connection)
            cursor = log.cursor(connection)
            found, _ = sessions.find(connection, self.tenant, session_id)
            state = state_at(connection, self.tenant, found.key, session_id, found.events)
            rows = budgets.listed(cursor, self.tenant, session=found.key)
            aside = reservations.listed(cursor, found.key)
        shown = {owned(each): each for each in _names(state)}
        told = {owned(key): value for key, value in state.compute.reserved.items()}
        reserved = [
            SetAside(
                each.id,
                told[each.id].skill if each.id in told else None,
                told[each.id].agent if each.id in told else None,
                told[each.id].task_id if each.id in told else None,
                each.calls,
                each.tokens,
                each.reserved_at,
                each.expires_at,
            )
            for each in aside
        ]
        levels = [_figures(row, shown) for row in rows]
        if not any(each.level == "session" for each in levels):
            levels.insert(sum(each.level == "campaign" for each in levels), _unused("session", None))
        ledger = state.compute.invocation_log
        return BudgetReport(session_id, levels, reserved, ledger, _adds_up(state, levels, reserved))

    def campaign(self, campaign_id: str) -> CampaignBudget:
        """A campaign's budget. One that nobody set or used yet is not limited."""
        owner = owned(name("campaign_id", campaign_id))
        with transaction(self._engine) as connection:
            log.steady(connection)
            cursor = log.cursor(connection)
            rows = budgets.listed(cursor, self.tenant, campaign=owner)
            serving = budgets.serving(cursor, self.tenant, owner)
        figures = _figures(rows[0], {}) if rows else _unused("campaign", campaign_id)
        return CampaignBudget(campaign_id, figures, {session_id: _figures(row, {}) for session_id, row in serving})

    def _owner(self, connection: Connection, session_id: str) -> str | None:
        """Who owns the session's campaign, as far as it was told."""
        found, _ = sessions.find(connection, self.tenant, session_id)
        state = state_at(connection, self.tenant, found.key, session_id, found.events)
        return state.campaign.campaign_owner if state.campaign else None


def _figures(row: Budget, shown: dict[str, str]) -> Figures:
    return Figures(
        row.level,
        shown.get(row.owner, row.owner) or None,
        row.max_calls,
        row.calls_used,
        row.calls_reserved,
        row.calls_left,
        row.calls_over,
        row.max_tokens,
        row.tokens_used,
        row.tokens_reserved,
        row.tokens_left,
        row.tokens_over,
        row.deadline,
        row.is_late,
        not row.ended,
    )


def _unused(level: str, owner: str | None) -> Figures:
    return Figures(level, owner, None, 0, 0, None, 0, None, 0, 0, None, 0, None, late=False, open=True)


def _names(state: State) -> set[str]:
    """What the log calls those who own budgets."""
    used = state.compute.invocation_log
    aside = state.compute.reserved.values()
    return {*state.tasks, *(each.agent for each in used), *(each.agent for each in aside)}


def _adds_up(state: State, levels: list[Figures], reserved: list[SetAside]) -> bool:
    """By each level that is this session's alone."""
    calls: Counter[tuple[str, str | None]] = Counter()
    tokens: Counter[tuple[str, str | None]] = Counter()
    for each in state.compute.invocation_log:
        calls["session", None] += each.calls
        tokens["session", None] += each.tokens
        calls["agent", each.agent] += each.calls
        tokens["agent", each.agent] += each.tokens
    for task_id, task in state.tasks.items():
        calls["task", task_id], tokens["task", task_id] = task.skill_calls, task.tokens_used
    rows = {(each.level, each.owner): each for each in levels}
    counted = {place for place in rows if place[0] in {"session", "agent"}} | set(calls)
    for place in counted:
        row = rows.get(place)
        used = (row.calls_used + row.calls_over, row.tokens_used + row.tokens_over) if row else (0, 0)
        if used != (calls[place], tokens[place]):
            return False
    whole = rows["session", None]
    return (whole.calls_reserved, whole.tokens_reserved) == (
        sum(each.calls for each in reserved),
        sum(each.tokens for each in reserved),
    )
