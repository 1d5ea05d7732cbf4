"""Laws of budgets: whatever is reserved, settled, given back, limited or reported, and in whatever order."""

from collections.abc import Collection
from contextlib import nullcontext, suppress
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from holdfast.client import Holdfast
from holdfast.errors import BudgetExceeded, InvalidInput, ReservationSettled
from holdfast.pipeline.ingest import Ingest
from holdfast.pipeline.overdue import release_reservations
from holdfast.store import log
from holdfast.store.transaction import transaction
from strategies import patient
from writing import drain

SESSIONS = count(1)
LEVELS = ("campaign", "session", "task", "agent")

few = st.integers(0, 6)
agents = st.sampled_from(["bot", "writer"])
levels = st.sampled_from(LEVELS)
limits = st.none() | st.integers(0, 12)
which = st.integers(0, 4)

steps = st.one_of(
    st.tuples(st.just("reserve"), few, few, agents),
    st.tuples(st.just("reserve"), few, few, agents),
    st.tuples(st.just("settle"), which, few, few),
    st.tuples(st.just("release"), which),
    st.tuples(st.just("expire"), which),
    st.tuples(st.just("use"), few, few, agents),
    st.tuples(st.just("set"), levels, limits, limits),
    st.tuples(st.just("raw set"), levels, limits, limits),
    st.tuples(st.just("raw reserve"), which, few, few, agents),
    st.tuples(st.just("raw settle"), which, few, few),
    st.tuples(st.just("raw release"), which),
    st.tuples(st.just("assign"), st.sampled_from(["T-1", "T-2"]), limits),
    st.tuples(st.just("progress"), st.sampled_from(["T-1", "T-2", None])),
    st.tuples(st.just("complete"), st.sampled_from(["T-1", "T-2", None])),
)


class Story:
    """A session to which a list of steps happens."""

    def __init__(self, hf: Holdfast, ingest: Ingest) -> None:
        self.session = hf.start("u", agent="bot")
        self.campaign = f"C-{next(SESSIONS)}"
        self.session.append({"type": "campaign.updated", "data": {"gtm_id": self.campaign}})
        self._hf, self._ingest = hf, ingest
        self._made: list[str] = []
        self._asked_beyond = False

    def take(self, kind: str, *said: Any) -> None:
        getattr(self, kind.replace(" ", "_"))(*said)

    def reserve(self, calls: int, tokens: int, agent: str) -> None:
        fits = all((of is None or calls <= of) and (room is None or tokens <= room) for of, room in self._rooms(agent))
        with nullcontext() if fits else pytest.raises(BudgetExceeded):
            self._made.append(self.session.reserve("w", calls, tokens, agent=agent).id)

    def settle(self, number: int, calls: int, tokens: int) -> None:
        if reservation_id := self._id(number):
            with suppress(ReservationSettled):
                self.session.settle(reservation_id, calls=calls, tokens=tokens)

    def release(self, number: int) -> None:
        if reservation_id := self._id(number):
            with suppress(ReservationSettled):
                self.session.release(reservation_id)

    def expire(self, number: int) -> None:
        service = self._hf.service
        with transaction(service._engine) as connection:
            log.cursor(connection).execute(
                "UPDATE reservations SET expires_at = now() WHERE id = %s", (self._id(number) or "",)
            )
        with transaction(service._engine) as connection:
            release_reservations(connection, service.tenant, self.session.id, rules=service._rules)

    def use(self, calls: int, tokens: int, agent: str) -> None:
        self.session.use("w", calls, tokens, agent=agent)

    def set(self, level: Any, calls: int | None, tokens: int | None) -> None:
        with suppress(InvalidInput):
            self.session.set_budget(level, max_skill_calls=calls, max_tokens=tokens)

    def raw_set(self, level: str, calls: int | None, tokens: int | None) -> None:
        given = {"level": level, "max_skill_calls": calls, "max_tokens": tokens}
        self._publish("budget.set", {name: value for name, value in given.items() if value is not None})

    def raw_reserve(self, number: int, calls: int, tokens: int, agent: str) -> None:
        self._made.append(reservation_id := f"raw-{number}")
        self._asked_beyond = True
        said = {"reservation_id": reservation_id, "calls": calls, "tokens": tokens, "agent": agent}
        self._publish("compute.reserved", said)

    def raw_settle(self, number: int, calls: int, tokens: int) -> None:
        said = {"reservation_id": self._id(number) or "never", "calls": calls, "tokens": tokens}
        self._publish("compute.settled", said)

    def raw_release(self, number: int) -> None:
        self._publish("compute.released", {"reservation_id": self._id(number) or "never"})

    def assign(self, task_id: str, limit: int | None) -> None:
        budget = {} if limit is None else {"budget": {"max_skill_calls": limit}}
        self._publish("task.assigned", {"task_id": task_id, "description": "x", **budget})

    def progress(self, task_id: str | None) -> None:
        self._publish("task.progressed", {"task_id": task_id} if task_id else {})

    def complete(self, task_id: str | None) -> None:
        self._publish("task.completed", {"outcome": "success"} | ({"task_id": task_id} if task_id else {}))

    def check(self) -> None:
        report = self.session.budget()
        assert report.adds_up, report
        compute = self.session.state().compute
        whole = report.level("session")
        assert whole is not None
        assert whole.calls_used + whole.calls_over == compute.skills_invoked
        assert whole.tokens_used + whole.tokens_over == compute.tokens_used
        assert {each.id for each in report.reserved} == set(compute.reserved)
        campaign = self._hf.budget(self.campaign).figures
        used = campaign.calls_used + campaign.calls_over, campaign.tokens_used + campaign.tokens_over
        assert used == (compute.skills_invoked, compute.tokens_used)
        assert (campaign.calls_reserved, campaign.tokens_reserved) == (whole.calls_reserved, whole.tokens_reserved)
        for each in report.levels:
            assert each.calls_left is None or each.calls_left >= 0
            assert each.tokens_left is None or each.tokens_left >= 0

        if not self._asked_beyond:  # what is set aside is what the log says, and so is what is left
            state = self.session.state()
            rooms = self._rooms("nobody", ("session", "task"))
            left = [min((each for each in of if each is not None), default=None) for of in zip(*rooms, strict=True)]
            assert left == [state.calls_remaining, state.tokens_remaining]

    def _publish(self, event_type: str, data: dict[str, Any]) -> None:
        self.session.publish({"type": event_type, "data": data})
        drain(self._ingest)
        assert not self._hf.service.dead_letters()

    def _id(self, number: int) -> str | None:
        return self._made[-1 - number] if number < len(self._made) else None

    def _rooms(self, agent: str, of: Collection[str] = LEVELS) -> list[tuple[int | None, int | None]]:
        owners = {"agent": agent, "task": self.session.state().active_task_id}
        return [
            (each.calls_left, each.tokens_left)
            for each in self.session.budget().levels
            if each.level in of and (each.level not in owners or owners[each.level] == each.owner)
        ]


@pytest.mark.promise(8)
@hypothesis_settings(
    patient, max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(st.lists(steps, max_size=25))
@example([("assign", "T-1", None), ("progress", "T-2"), ("reserve", 0, 0, "bot"), ("settle", 0, 0, 3)])
@example([("assign", "T-1", 9), ("assign", "T-2", 5), ("progress", None), ("complete", "T-2"), ("use", 4, 1, "bot")])
def test_no_order_of_steps_overspends_or_loses_count(
    hf: Holdfast, ingest: Ingest, story: list[tuple[Any, ...]]
) -> None:
    told = Story(hf, ingest)
    for step in story:
        told.take(*step)
    told.check()
    session = told.session
    session.append({"type": "session.closed"})
    assert not session.budget().reserved
    told.check()
    assert session.verify() == len(session.events(limit=None))
