"""Budgets: what may be used at each level, set aside before the work, told after it, and blocked with the reason."""

import pickle
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine

from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.errors import (
    BudgetExceeded,
    InvalidInput,
    ReservationNotFound,
    ReservationSettled,
    SessionClosed,
    StaleWriter,
    StoreUnavailable,
)
from holdfast.pipeline import overdue
from holdfast.pipeline.ingest import Ingest
from holdfast.pipeline.put_back import put_whole
from holdfast.saving.segment import Line
from holdfast.service import budgets as service_of_budgets
from holdfast.service.budgets import Budgets, Figures
from holdfast.store import log
from holdfast.store.transaction import transaction
from holdfast.testing import wait_until
from twice import another
from writing import drain

LEVELS = ("campaign", "session", "task", "agent")


@pytest.fixture
def session(hf: Holdfast) -> Session:
    """A session that serves a campaign, with a task, neither of them limited."""
    session = hf.start("u", agent="bot")
    session.append(
        {"type": "campaign.updated", "data": {"gtm_id": "YIELD-1", "campaign_owner": "@phil"}},
        {"type": "task.assigned", "data": {"task_id": "T-1", "description": "Write it"}},
    )
    return session


def at(session: Session, level: str, owner: str | None = None) -> Figures:
    report = session.budget()
    assert report.adds_up, report
    found = report.level(level, owner)
    assert found is not None
    return found


def calls(session: Session, level: str, owner: str | None = None) -> tuple[int, int, int | None, int]:
    """Used, set aside, left, over."""
    found = at(session, level, owner)
    return found.calls_used, found.calls_reserved, found.calls_left, found.calls_over


def release_due(hf: Holdfast, session: Session) -> int:
    with transaction(hf.service._engine) as connection:
        return overdue.release_reservations(connection, hf.service.tenant, session.id, rules=hf.service._rules)


@pytest.mark.promise(8)
def test_the_story_of_the_context_protocol(hf: Holdfast) -> None:
    session = hf.start("u", agent="bot-manager")
    session.append(
        {"type": "campaign.updated", "data": {"gtm_id": "YIELD-XYZ-001", "campaign_owner": "@phil"}},
        {
            "type": "task.assigned",
            "data": {"description": "Announce it", "budget": {"max_skill_calls": 10, "max_tokens": 100_000}},
        },
    )
    session.use("content-worker", calls=8, tokens=45_000)
    with pytest.raises(BudgetExceeded) as caught:
        session.reserve("competitor-analyzer", 5, request="Run comprehensive competitor analysis", escalate=True)
    error = pickle.loads(pickle.dumps(caught.value))
    assert error.budget_check() == {
        "budget_remaining": 2,
        "request": "Run comprehensive competitor analysis",
        "estimated_cost": 5,
        "result": "BLOCKED",
        "reason": "Request exceeds remaining budget (5 > 2)",
        "action": "Escalate to Campaign Owner for budget approval",
    }
    (blocked,) = session.state().blocked_requests
    assert (blocked.request, blocked.reason, blocked.action, blocked.decision_id) == (
        error.request,
        error.status,
        error.action,
        error.decision_id,
    )
    (question,) = session.state().pending_decisions.values()
    assert (question.id, question.escalated_to) == (error.decision_id, "@phil")
    assert question.options == ["Raise the budget by 3 calls", "Do without it"]
    session.set_budget("task", max_skill_calls=13, max_tokens=100_000)
    with session.reserve("competitor-analyzer", 5, tokens=9_000) as reservation:
        reservation.settle(calls=5, tokens=8_500)
    assert calls(session, "task") == (13, 0, 0, 0)


@pytest.mark.promise(8)
@pytest.mark.parametrize("level", LEVELS)
def test_each_level_holds_by_itself(session: Session, level: str) -> None:
    session.set_budget(level, max_skill_calls=2, max_tokens=100)  # type: ignore[arg-type]
    with pytest.raises(BudgetExceeded, match=r"\(3 > 2\)") as caught:
        session.reserve("writer", 3)
    assert caught.value.level == level
    with pytest.raises(BudgetExceeded, match=r"\(101 tokens > 100 tokens\)"):
        session.reserve("writer", 1, 101)
    assert all(each.calls_used == each.calls_reserved == 0 for each in session.budget().levels)
    first, second = session.reserve("writer", 1, 60), session.reserve("writer", 1, 40)
    with pytest.raises(BudgetExceeded, match=r"\(1 > 0\)"):
        session.reserve("writer", 1)
    second.release()
    assert [calls(session, each)[:2] for each in LEVELS] == [(0, 1)] * 4
    first.settle(tokens=50)
    assert calls(session, level) == (1, 0, 1, 0)
    assert at(session, level).tokens_left == 50


def test_the_tightest_of_nested_limits_is_named(session: Session) -> None:
    for level, limit in (("campaign", 9), ("session", 4), ("task", 3), ("agent", 7)):
        session.set_budget(level, max_skill_calls=limit)  # type: ignore[arg-type]
    with pytest.raises(BudgetExceeded, match="of the task 'T-1'"):
        session.reserve("writer", 8)
    session.reserve("writer", 3, agent="other", task_id="T-2")  # no such task: it counts in none
    assert calls(session, "task")[:2] == (0, 0)
    assert calls(session, "agent", "bot")[:2] == (0, 0)
    with pytest.raises(BudgetExceeded, match=r"of the session$"):
        session.reserve("writer", 2)


def test_nothing_is_reserved_after_the_deadline_and_what_was_is_settled(session: Session) -> None:
    reservation = session.reserve("writer")
    session.set_budget("campaign", deadline=datetime.now(UTC) - timedelta(seconds=5))
    with pytest.raises(BudgetExceeded, match="after the deadline") as caught:
        session.reserve("writer")
    assert caught.value.budget_check()["budget_remaining"] is None
    reservation.settle()
    assert calls(session, "campaign") == (1, 0, None, 0)
    assert at(session, "campaign").late


@pytest.mark.promise(8)
def test_what_was_used_beyond_the_limit_is_told_apart(session: Session) -> None:
    session.set_budget(max_skill_calls=3)
    reservation = session.reserve("writer", 2)
    session.use("writer", calls=4)
    assert calls(session, "session") == (1, 2, 0, 3)
    reservation.settle(calls=3)
    assert calls(session, "session") == (3, 0, 0, 4)
    session.set_budget(max_skill_calls=5)
    assert calls(session, "session") == (5, 0, 0, 2)
    assert calls(session, "task") == (7, 0, None, 0)


@pytest.mark.promise(8)
def test_raw_events_move_the_budgets_as_far_as_that_goes(hf: Holdfast, session: Session, ingest: Ingest) -> None:
    session.set_budget(max_skill_calls=5)
    session.publish(
        {"type": "compute.reserved", "data": {"reservation_id": "r-1", "calls": 9}},
        {"type": "compute.reserved", "data": {"reservation_id": "r-2", "calls": 1}},
        {"type": "compute.settled", "data": {"reservation_id": "r-2", "calls": 1}},
        {"type": "compute.settled", "data": {"reservation_id": "r-2", "calls": 1}},
        {"type": "compute.released", "data": {"reservation_id": "never"}},
        {"type": "budget.set", "data": {"level": "session", "max_skill_calls": 2}},
    )
    drain(ingest)
    found = session.budget()
    assert found.adds_up
    whole = found.level("session")
    assert whole is not None
    assert (whole.max_skill_calls, whole.calls_used, whole.calls_reserved, whole.calls_over) == (5, 0, 5, 2)
    assert not hf.service.dead_letters()


@pytest.mark.promise(8)
def test_a_limit_that_was_set_below_what_is_set_aside_holds_as_that_ends(session: Session, ingest: Ingest) -> None:
    session.set_budget(max_skill_calls=10)
    given_back, settled = session.reserve("writer", 4), session.reserve("writer", 6)
    session.publish({"type": "budget.set", "data": {"level": "session", "max_skill_calls": 5}})
    drain(ingest)
    given_back.release()
    with pytest.raises(BudgetExceeded):
        session.reserve("writer", 1)
    settled.settle(calls=3)
    whole = session.budget().level("session")
    assert whole is not None
    assert (whole.max_skill_calls, whole.calls_used, whole.calls_left, whole.calls_over) == (5, 3, 2, 0)
    assert session.state().calls_remaining == 2


@pytest.mark.promise(8)
def test_a_task_that_is_assigned_anew_with_less_has_no_more_once_what_was_set_aside_is_over(session: Session) -> None:
    task = {"task_id": "T-1", "description": "Write", "budget": {"max_skill_calls": 10}}
    session.append({"type": "task.assigned", "data": task})
    reservation = session.reserve("writer", 10)
    session.append({"type": "task.assigned", "data": task | {"budget": {"max_skill_calls": 2}}})
    reservation.settle(calls=3)
    task_budget = session.budget().level("task")
    assert task_budget is not None
    assert (task_budget.max_skill_calls, task_budget.calls_used, task_budget.calls_over) == (2, 2, 1)


@pytest.mark.promise(8)
def test_what_was_over_has_the_room_first_that_is_given_back(session: Session) -> None:
    session.set_budget(max_skill_calls=10)
    reservation = session.reserve("writer", 10)
    session.use("writer", 4)
    reservation.release()
    assert calls(session, "session") == (4, 0, 6, 0)
    assert session.state().calls_remaining == 6
    with pytest.raises(BudgetExceeded):
        session.reserve("writer", 7)


@pytest.mark.parametrize("level", ["campaign", "session"])
def test_a_limit_is_set_also_where_the_clock_went_back(session: Session, level: Any) -> None:
    session.set_budget(level, max_skill_calls=9)
    with transaction(session._holdfast.service._engine) as connection:
        log.cursor(connection).execute("UPDATE budgets SET limited_at = limited_at + interval '1 hour'")
    session.set_budget(level, max_skill_calls=2)
    with pytest.raises(BudgetExceeded):
        session.reserve("writer", 3)


def test_an_id_reserves_once_and_settles_once(session: Session) -> None:
    reservation = session.reserve("writer", 2)
    session.settle(reservation.id, calls=1, tokens=7)
    with pytest.raises(ReservationSettled):
        reservation.settle()
    with pytest.raises(ReservationSettled):
        reservation.release()
    with pytest.raises(ReservationNotFound):
        session.settle("r-9", calls=1)
    with pytest.raises(ReservationNotFound):
        session.release("r-9")
    assert calls(session, "session") == (1, 0, None, 0)


def test_a_block_ends_its_reservation(session: Session) -> None:
    with session.reserve("writer", 2, 10):
        pass
    assert session.state().compute.invocation_log[-1].result == "success"
    with pytest.raises(KeyError), session.reserve("writer", 2):
        raise KeyError
    with session.reserve("writer", 2) as given_back:
        given_back.release("not needed")
    with pytest.raises(ZeroDivisionError), session.reserve("writer", 2) as told:
        told.settle(calls=1 // int(told.settle(calls=1, result="failure").duplicate))
    assert calls(session, "session") == (3, 0, None, 0)


def test_a_reservation_runs_out_by_the_databases_clock_and_may_be_settled_even_so(
    hf: Holdfast, session: Session
) -> None:
    session.set_budget(max_skill_calls=2)
    dead, slow = session.reserve("writer", seconds=1), session.reserve("writer", seconds=1)
    with pytest.raises(BudgetExceeded):
        session.reserve("writer")
    wait_until(lambda: release_due(hf, session) > 0 or not session.budget().reserved, what="the end of both")
    wait_until(lambda: release_due(hf, session) == 0 and not session.budget().reserved, what="the end of the other")
    slow.settle()
    assert calls(session, "session") == (1, 0, 1, 0)
    with pytest.raises(ReservationSettled):
        dead.release()
    assert [event.type for event in session.events()].count("compute.released") == 2


def test_a_stale_writer_neither_reserves_nor_settles(hf: Holdfast, session: Session) -> None:
    with suppress(StaleWriter), session.lease("bot"):
        reservation = session.reserve("writer")
        hf.service.take_lease(session.id, "other", exclusive=True, takeover=True)
        for attempt in (reservation.settle, reservation.release, lambda: session.reserve("writer")):
            with pytest.raises(StaleWriter, match="carries fence 1"):
                attempt()
    with pytest.raises(StaleWriter, match="carries no fence"):
        session.set_budget(max_skill_calls=1)
    assert calls(session, "session") == (0, 1, None, 0)


def test_a_commit_that_nobody_heard_of_is_not_made_twice(
    session: Session, monkeypatch: pytest.MonkeyPatch, hf: Holdfast
) -> None:
    heard: list[str] = []

    def deaf(*given: Any, **more: Any) -> Any:
        return Deaf(transaction(*given, **more), heard)

    monkeypatch.setattr(service_of_budgets, "transaction", deaf)
    monkeypatch.setattr(service_of_budgets, "RETRY_SECONDS", 0.0)
    reservation = session.reserve("writer", 2)
    assert len(heard) == 1
    heard.clear()
    assert reservation.settle().duplicate
    monkeypatch.undo()
    assert calls(session, "session") == (2, 0, None, 0)
    assert hf.service.verify(session.id) == 5


class Deaf:
    """A transaction whose first commit is made, and not heard of."""

    def __init__(self, inner: Any, heard: list[str]) -> None:
        self._inner, self._heard = inner, heard

    def __enter__(self) -> Any:
        return self._inner.__enter__()

    def __exit__(self, *raised: object) -> Any:
        done = self._inner.__exit__(*raised)
        if raised[0] is None and not self._heard:
            self._heard.append("lost")
            raise StoreUnavailable("the connection broke")
        return done


def test_a_storm_of_blocked_requests_is_told_once(session: Session) -> None:
    session.set_budget(max_skill_calls=2)

    def blocked() -> str | None:
        with pytest.raises(BudgetExceeded) as caught:
            session.reserve("writer", 5, escalate_to="@ann")
        return caught.value.decision_id

    asked = {blocked() for _ in range(20)}
    assert len(asked) == len(session.state().blocked_requests) == len(session.state().pending_decisions) == 1
    with session.reserve("writer"):
        pass
    assert blocked() not in asked
    with pytest.raises(BudgetExceeded):
        hf_other(session).reserve("writer", 5)
    assert len(session.state().blocked_requests) == 3


def hf_other(session: Session) -> Session:
    return session._holdfast.session(session.id, agent="other")


def test_a_limit_below_what_is_taken_is_refused_by_name(session: Session) -> None:
    session.reserve("writer", 2, 10)
    session.use("writer", 3, 5)
    with pytest.raises(InvalidInput, match=r"max_skill_calls: must be at least 5\b"):
        session.set_budget(max_skill_calls=4)
    with pytest.raises(InvalidInput, match=r"max_tokens: must be at least 15\b"):
        session.set_budget("campaign", max_tokens=14)
    with pytest.raises(InvalidInput, match="owner"):
        session.set_budget("task", "T-9", max_skill_calls=4)
    session.set_budget(max_skill_calls=5, max_tokens=15)
    assert calls(session, "session") == (3, 2, 0, 0)


def test_a_task_that_is_assigned_anew_begins_anew_and_a_completed_one_counts_no_more(session: Session) -> None:
    session.set_budget("task", max_skill_calls=3)
    open_still = session.reserve("writer", 2)
    session.use("writer")
    session.append(
        {
            "type": "task.assigned",
            "data": {"task_id": "T-1", "description": "Again", "budget": {"max_skill_calls": 4}},
        }
    )
    assert calls(session, "task") == (0, 2, 2, 0)
    open_still.settle()
    session.append({"type": "task.completed", "data": {"outcome": "success"}})
    session.use("writer", 50)
    found = at(session, "task", "T-1")
    assert (found.calls_used, found.open) == (2, False)
    assert calls(session, "session") == (53, 0, None, 0)
    session.append({"type": "task.progressed", "data": {"task_id": "T-1"}})
    session.use("writer", 6)
    assert calls(session, "task") == (6, 0, None, 0)


@pytest.mark.promise(8)
def test_a_campaign_is_one_budget_for_all_its_sessions(hf: Holdfast, session: Session) -> None:
    other = hf.start("v", agent="bot")
    other.append({"type": "campaign.updated", "data": {"gtm_id": "YIELD-1"}})
    other.set_budget("campaign", max_skill_calls=5)
    session.use("writer", 2)
    other.reserve("writer", 2)
    with pytest.raises(BudgetExceeded) as caught:
        session.reserve("writer", 2)
    assert (caught.value.level, caught.value.owner, caught.value.remaining) == ("campaign", "YIELD-1", 1)
    found = hf.budget("YIELD-1")
    assert (found.figures.calls_used, found.figures.calls_reserved, found.figures.calls_left) == (2, 2, 1)
    assert {each: figures.calls_used for each, figures in found.sessions.items()} == {session.id: 2, other.id: 0}
    assert hf.budget("NOBODY").figures.calls_left is None
    with pytest.raises(InvalidInput, match="campaign_id"):
        hf.budget("")


def test_what_is_used_counts_for_the_campaign_that_was_served_then(
    hf: Holdfast, session: Session, ingest: Ingest
) -> None:
    session.publish(
        {"type": "compute.settled", "data": {"calls": 1}},
        {"type": "compute.reserved", "data": {"reservation_id": "r", "calls": 4}},
        {"type": "campaign.updated", "data": {"gtm_id": "YIELD-2"}},
        {"type": "compute.settled", "data": {"calls": 2}},
        {"type": "compute.settled", "data": {"reservation_id": "r", "calls": 4}},
    )
    drain(ingest)
    assert [hf.budget(each).figures.calls_used for each in ("YIELD-1", "YIELD-2")] == [5, 2]
    assert session.budget().adds_up


@pytest.mark.promise(8)
def test_a_session_that_ends_gives_back_what_it_had_set_aside(hf: Holdfast, session: Session) -> None:
    session.reserve("writer", 3)
    reservation = session.reserve("writer", 4)
    session.append({"type": "session.closed"})
    assert hf.budget("YIELD-1").figures.calls_reserved == 0
    assert not session.budget().reserved
    assert session.budget().adds_up
    with pytest.raises(SessionClosed):
        reservation.settle()


def test_a_fork_counts_for_itself_and_not_for_the_campaign_again(hf: Holdfast, session: Session) -> None:
    session.use("writer", 2)
    reservation = session.reserve("writer", 3, agent="liaison")
    session.reserve("writer", 9)
    session.settle(reservation.id, calls=3)
    fork = hf.fork(session.id)
    assert calls(fork, "session") == (5, 0, None, 0)
    assert calls(fork, "agent", "liaison") == (3, 0, None, 0)
    assert fork.state().compute.calls_reserved == 0
    assert calls(session, "campaign") == (5, 9, None, 0)
    with fork.reserve("writer"):
        assert calls(fork, "campaign") == (5, 10, None, 0)
    assert calls(session, "session") == (5, 9, None, 0)


def test_figures_of_any_size_are_taken(session: Session) -> None:
    most = 2**53 - 1
    session.append(
        *[{"type": "compute.settled", "data": {"calls": most, "tokens": most}}] * 600,
        *[
            {"type": "compute.reserved", "data": {"reservation_id": f"r-{number}", "calls": most, "tokens": most}}
            for number in range(300)
        ],
    )
    session.set_budget(max_skill_calls=None, max_tokens=None)
    session.append({"type": "budget.set", "data": {"level": "session", "max_skill_calls": most}})
    with pytest.raises(BudgetExceeded):
        session.reserve("writer", most)
    session.append({"type": "session.closed"})
    row = session.budget().level("session")
    assert row is not None
    assert row.calls_reserved == 0


@pytest.mark.parametrize("odd", ["a" * 3000, "nul\0", " ", "'; DROP", "проводник" * 50])
def test_ids_of_any_kind_are_kept_apart(session: Session, odd: str) -> None:
    session.append({"type": "task.assigned", "data": {"task_id": odd, "description": "x"}})
    session.append({"type": "compute.reserved", "data": {"reservation_id": odd, "calls": 2, "agent": odd}})
    assert calls(session, "agent", odd) == (0, 2, None, 0)
    session.append({"type": "compute.settled", "data": {"reservation_id": odd, "calls": 3}})
    assert calls(session, "agent", odd) == (3, 0, None, 0)
    assert calls(session, "task", odd) == (3, 0, None, 0)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"calls": -1}, "calls"),
        ({"calls": 2**53}, "calls"),
        ({"tokens": 1.5}, "tokens"),
        ({"skill": ""}, "skill"),
        ({"seconds": 0}, "seconds"),
        ({"agent": "\n"}, "agent"),
        ({"escalate_to": ""}, "escalate_to"),
        ({"task_id": 7}, "task_id"),
    ],
)
def test_what_cannot_be_reserved_is_named(session: Session, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        session.reserve(**({"skill": "writer"} | wrong))
    assert caught.value.field.endswith(field)


def test_other_tenants_have_budgets_of_their_own(hf: Holdfast, session: Session, engine: Engine) -> None:
    session.use("writer", 4)
    service = hf.service.budgets
    other = Budgets(engine, service._settle, tenant="other", rules=service._rules, seconds=1)
    assert other.campaign("YIELD-1").figures.calls_used == 0


@pytest.fixture
def second(settings: Settings, tmp_path: Path) -> Iterator[Holdfast]:
    """An empty installation."""
    with another(settings, tmp_path / "second") as fresh, Holdfast(fresh) as holdfast:
        yield holdfast


def moved(session: Session, second: Holdfast) -> Session:
    """The session, put back in another installation."""
    service = session._holdfast.service
    with transaction(service._engine) as connection:
        found = log.lines(log.cursor(connection), service.find(session.id).key, after=0, upto=10_000)
        lines = [Line(*fields) for *fields, _ in found]
    rules = second.service._rules
    assert put_whole(second.service._engine, second.service.tenant, session.id, lines, rules=rules)
    return second.session(session.id)


@pytest.mark.promise(8)
def test_a_session_that_is_put_back_has_its_budgets_again(hf: Holdfast, session: Session, second: Holdfast) -> None:
    session.set_budget("campaign", max_skill_calls=20)
    session.set_budget(max_skill_calls=9, max_tokens=1000)
    session.use("writer", 2, 50)
    kept = session.reserve("writer", 4, 100)
    session.reserve("writer", 1, seconds=1)
    wait_until(lambda: release_due(hf, session) == 1, what="the end of one")
    back = moved(session, second)
    assert back.budget()._replace(reserved=[]) == session.budget()._replace(reserved=[])
    assert [each.id for each in back.budget().reserved] == [kept.id]
    with pytest.raises(BudgetExceeded, match=r"\(4 > 3\)"):
        back.reserve("writer", 4)
    back.settle(kept.id, calls=4, tokens=80)
    assert calls(back, "session") == (6, 0, 3, 0)


def test_a_fork_that_is_put_back_charges_the_campaign_with_its_own_only(
    hf: Holdfast, session: Session, second: Holdfast
) -> None:
    session.set_budget("campaign", max_skill_calls=10)
    session.use("writer", 4)
    session.reserve("writer", 2)
    fork = hf.fork(session.id)
    fork.use("writer", 1)
    session.set_budget("campaign", max_skill_calls=12)
    for each in (session, fork):
        moved(each, second)
    ours, theirs = hf.budget("YIELD-1").figures, second.budget("YIELD-1").figures
    assert (ours.calls_used, ours.calls_reserved, ours.max_skill_calls) == (5, 2, 12)
    assert theirs == ours


def test_sessions_that_went_from_one_campaign_to_the_other_do_not_wait_for_each_other(settings: Settings) -> None:
    """Each has something set aside in both, and ends it in an order of its own."""

    def work(first: str, second: str) -> None:
        with Holdfast(settings) as holdfast:
            for number in range(8):
                session = holdfast.start("u", agent="bot")
                session.append({"type": "campaign.updated", "data": {"gtm_id": first}})
                aside = session.reserve("writer", 3)
                session.append({"type": "campaign.updated", "data": {"gtm_id": second}})
                session.reserve("writer", 2)
                if number % 2:
                    settled = {"type": "compute.settled", "data": {"calls": 1}}
                    session.append(settled, settled | {"data": {"reservation_id": aside.id, "calls": 1}})
                session.append({"type": "session.closed"})

    with ThreadPoolExecutor() as threads:
        list(threads.map(work, *zip(*[("A", "B"), ("B", "A")] * 4, strict=True)))
    with psycopg.connect(settings.database_url or "") as connection:
        row = connection.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").fetchone()
    assert row == (0,)
    with Holdfast(settings) as holdfast:
        for campaign in ("A", "B"):
            figures = holdfast.budget(campaign).figures
            assert (figures.calls_used, figures.calls_reserved) == (32, 0)
