"""Budgets on the agent's side: setting aside before the work, telling after it what was used."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from holdfast.errors import HoldfastError, ReservationSettled
from holdfast.events import instant, name, whole

if TYPE_CHECKING:
    from types import TracebackType

    from holdfast.client.session.log import Log
    from holdfast.events import Draft
    from holdfast.outcome import Receipt

__all__ = ["Reservation", "budget_set", "released", "reserved", "settled", "used"]

LONGEST = 365 * 86_400
"""Seconds that a reservation may last: whoever dies must not hold a budget for ever."""


class Reservation:
    """Calls and tokens that are set aside for one piece of work, until it is settled or released, or runs out.

    As a context manager it ends with its block: settled as estimated, with the result `success`, unless the block
    settled or released it; released where the block raised, for then whoever knows what was used says so with `settle`
    first.
    """

    def __init__(
        self,
        session: Log,
        reservation_id: str,
        skill: str,
        calls: int,
        tokens: int,
        agent: str,
        task_id: str | None,
    ) -> None:
        self.id = reservation_id
        self.skill = skill
        self.calls = calls
        self.tokens = tokens
        self.agent = agent
        self.task_id = task_id
        self.status = "open"
        """As far as this object knows: `open`, `settled` or `released`."""
        self._session = session

    def __repr__(self) -> str:
        return f"<Reservation {self.id} of {self.calls} calls and {self.tokens} tokens: {self.status}>"

    def settle(self, *, calls: int | None = None, tokens: int | None = None, result: str | None = "success") -> Receipt:
        """Tell what was used, by default what was estimated. It may be more: what no limit allowed is told apart.

        One that ran out or was released can be settled all the same, for the work was done. Raises
        `ReservationSettled` where it was settled before.
        """
        calls = self.calls if calls is None else calls
        tokens = self.tokens if tokens is None else tokens
        told = {"skill": self.skill, "agent": self.agent, "task_id": self.task_id}
        receipt = settled(self._session, self.id, calls, tokens, result, told)
        self.status = "settled"
        return receipt

    def release(self, reason: str | None = None) -> Receipt:
        """Give it back: nothing was used. Raises `ReservationSettled` where it is not open any more."""
        receipt = released(self._session, self.id, reason)
        self.status = "released"
        return receipt

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.status != "open":
            return
        if error is None:
            self.settle()
            return
        try:
            self.release(f"{type(error).__name__}: {error}"[:200])
        except ReservationSettled:
            pass  # it ran out meanwhile, or another process ended it
        except HoldfastError as failed:
            error.add_note(f"and reservation {self.id} could not be released: {failed}; it will run out")


def reserved(  # noqa: PLR0913  # one argument a field
    session: Log,
    skill: str,
    calls: int,
    tokens: int,
    *,
    agent: str | None,
    task_id: str | None,
    seconds: int | None,
    request: str | None,
    escalate: bool,
    escalate_to: str | None,
) -> Reservation:
    """As `Session.reserve` says."""
    name("skill", skill)
    if agent is not None:
        name("agent", agent)
    if escalate_to is not None:
        name("escalate_to", escalate_to)
    whole("calls", calls, most=2**53 - 1)
    whole("tokens", tokens, most=2**53 - 1)
    default = session._holdfast.settings.reservation_seconds  # noqa: SLF001  # the two are one surface
    ttl = default if seconds is None else whole("seconds", seconds, 1, LONGEST)
    reservation_id = f"reservation-{uuid4().hex}"
    data = {
        "reservation_id": reservation_id,
        "skill": skill,
        "calls": calls,
        "tokens": tokens,
        "task_id": task_id,
        "agent": agent,
        "ttl": ttl,
    }
    event = _draft(session, "compute.reserved", data)
    session._holdfast.service.budgets.reserve(  # noqa: SLF001  # as above
        event, request=request or f"Run {skill}", task=task_id, escalate=escalate, escalate_to=escalate_to
    )
    return Reservation(session, reservation_id, skill, calls, tokens, agent or session.agent, task_id)


def settled(
    session: Log,
    reservation_id: str,
    calls: int,
    tokens: int,
    result: str | None,
    told: Mapping[str, Any],
) -> Receipt:
    """As `Session.settle` says; `told` is what counts where the reservation is over."""
    data = {"reservation_id": reservation_id, "calls": calls, "tokens": tokens, "result": result, **told}
    return _moved(session, "compute.settled", data)


def released(session: Log, reservation_id: str, reason: str | None) -> Receipt:
    """As `Session.release` says."""
    return _moved(session, "compute.released", {"reservation_id": reservation_id, "reason": reason})


def used(session: Log, data: Mapping[str, Any]) -> Receipt:
    """As `Session.use` says."""
    return session.append({"type": "compute.settled", "data": _said(data)})[0]


def budget_set(
    session: Log,
    level: str,
    owner: str | None,
    *,
    max_skill_calls: int | None,
    max_tokens: int | None,
    deadline: datetime | str | None,
    reason: str | None,
) -> Receipt:
    """As `Session.set_budget` says."""
    data = {
        "level": level,
        "owner": owner,
        "max_skill_calls": max_skill_calls,
        "max_tokens": max_tokens,
        "deadline": None if deadline is None else instant("deadline", deadline).isoformat(),
        "reason": reason,
    }
    return _moved(session, "budget.set", data)


def _moved(session: Log, event_type: str, data: Mapping[str, Any]) -> Receipt:
    return session._holdfast.service.budgets.move(_draft(session, event_type, data))  # noqa: SLF001  # as above


def _draft(session: Log, event_type: str, data: Mapping[str, Any]) -> Draft:
    (made,) = session._drafts(({"type": event_type, "data": _said(data)},), None, None)  # noqa: SLF001  # as above
    session._holdfast._flush_first()  # noqa: SLF001  # as above
    return made


def _said(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value is not None}
