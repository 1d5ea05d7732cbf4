"""Setting aside before the work, telling after it what was used."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from holdfast.client import budgets
from holdfast.client.budgets import Reservation
from holdfast.client.session.log import Log
from holdfast.events import Level
from holdfast.outcome import Receipt

if TYPE_CHECKING:
    from holdfast.service.budgets import BudgetReport

__all__ = ["Budget"]


class Budget(Log):
    """Setting aside before the work, telling after it what was used."""

    def reserve(  # noqa: PLR0913  # one argument a field
        self,
        skill: str,
        calls: int = 1,
        tokens: int = 0,
        *,
        agent: str | None = None,
        task_id: str | None = None,
        seconds: int | None = None,
        request: str | None = None,
        escalate: bool = False,
        escalate_to: str | None = None,
    ) -> Reservation:
        """Set calls and tokens aside at every level that the work belongs to, before it; use it `with` a block.

        It counts for `agent` (this one, unless given) and `task_id` (the active task), and is given back after
        `seconds` (the setting `reservation_seconds`) by the database's clock. Raises `BudgetExceeded` where a level has
        too little left or its deadline has passed: that is recorded as blocked, as `request`, and asked of
        `escalate_to`, or with `escalate` of the campaign's owner. Raises besides as `append`, and `StoreUnavailable`.
        """
        return budgets.reserved(
            self,
            skill,
            calls,
            tokens,
            agent=agent,
            task_id=task_id,
            seconds=seconds,
            request=request,
            escalate=escalate,
            escalate_to=escalate_to,
        )

    def settle(self, reservation_id: str, *, calls: int, tokens: int = 0, result: str | None = "success") -> Receipt:
        """Tell what a reservation's work used, as from another process. Raises as `Reservation.settle` does.

        Raises `ReservationNotFound` for an id under which nothing was ever reserved.
        """
        return budgets.settled(self, reservation_id, calls, tokens, result, {})

    def release(self, reservation_id: str, reason: str | None = None) -> Receipt:
        """Give back what was reserved under that id. Raises as `Reservation.release`, and `ReservationNotFound`."""
        return budgets.released(self, reservation_id, reason)

    def use(  # one argument a field
        self,
        skill: str,
        calls: int = 1,
        tokens: int = 0,
        *,
        agent: str | None = None,
        task_id: str | None = None,
        result: str | None = "success",
    ) -> Receipt:
        """Commit what was used without having been reserved. It is a fact: what no limit allowed is counted as over."""
        said = {"skill": skill, "calls": calls, "tokens": tokens, "agent": agent, "task_id": task_id, "result": result}
        return budgets.used(self, said)

    def set_budget(  # one argument a field
        self,
        level: Level = "session",
        owner: str | None = None,
        *,
        max_skill_calls: int | None = None,
        max_tokens: int | None = None,
        deadline: datetime | str | None = None,
        reason: str | None = None,
    ) -> Receipt:
        """Set what may be used at a level, with what was used before; what is not given is not limited from now on.

        `owner` is the campaign, the task or the agent: without it the session's own campaign, its active task, this
        agent. Raises `InvalidInput` for less than what is used and set aside already.
        """
        return budgets.budget_set(
            self,
            level,
            owner,
            max_skill_calls=max_skill_calls,
            max_tokens=max_tokens,
            deadline=deadline,
            reason=reason,
        )

    def budget(self) -> BudgetReport:
        """What may be used, is set aside, was used and is left at each level, beside the log's account of it."""
        return self._holdfast.service.budgets.report(self.id)
