"""Expiry: a session that is quiet ends, one that is at work never does, and whoever wants it can prolong it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as properties
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from capturing import key_of, pass_time
from holdfast import bootstrap
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.errors import InvalidInput, SessionClosed
from holdfast.pipeline.batches import batched
from holdfast.pipeline.catch_up import catch_up
from holdfast.pipeline.expire_rows import KEPT_SECONDS, expire_rows
from holdfast.pipeline.ingest import Ingest
from resting import Timers, due_in, set_columns
from strategies import patient
from writing import contents, drain, said

DAY = 86_400.0
IDLE = 3600.0
"""As the fixture `settings` has it."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """An installation that saves nothing by itself, in which kinds differ."""
    kinds = "chat=7d/30d, audit=never, scratch=90m/1d"
    return settings.model_copy(update={"autosave": False, "expire_kinds": kinds})


@pytest.fixture
def timers(settings: Settings, engine: Engine, ingest: Ingest) -> Timers:
    """Beat and a worker."""
    return Timers(settings, engine, ingest)


def last(session: Session) -> tuple[str, str, dict[str, Any]]:
    event = session.events(limit=None)[-1]
    return event.type, event.actor, event.data


def test_a_session_that_is_quiet_is_paused_and_then_expires(hf: Holdfast, engine: Engine, timers: Timers) -> None:
    session = hf.start("u")
    session.append(said("one"))
    assert timers.passes(IDLE + 1) == {"paused": 1}
    assert due_in(engine, session)["expire"] == pytest.approx(90 * DAY - IDLE, abs=60)
    assert timers.passes(89 * DAY) == {}
    assert timers.passes(DAY) == {"expired": 1}
    assert last(session) == ("session.expired", "holdfast", {"reason": "quiet"})
    assert hf.service.find(session.id).status == session.state().status == "expired"
    assert due_in(engine, session) == {"archive": pytest.approx(365 * DAY, abs=60)}
    assert timers.run() == {}
    with pytest.raises(SessionClosed, match="is expired; start a new one"):
        session.append(said("two"))


def test_each_kind_of_session_has_its_own_time(hf: Holdfast, timers: Timers) -> None:
    of = {kind: hf.start("u", kind=kind) for kind in ("chat", "audit", "scratch", "general")}

    def expired() -> set[str]:
        return {kind for kind, session in of.items() if hf.service.find(session.id).status == "expired"}

    timers.passes(IDLE + 1)
    timers.passes(1800)
    assert expired() == {"scratch"}
    timers.passes(7 * DAY)
    assert expired() == {"scratch", "chat"}
    timers.passes(100 * DAY)
    timers.passes(1000 * DAY)
    assert expired() == {"scratch", "chat", "general"}


def test_a_session_has_its_own_time_shorter_than_that_of_idleness(hf: Holdfast, timers: Timers) -> None:
    session = hf.start("u", expires_after=60)
    timers.passes(50)
    session.append(said("one"))
    assert timers.passes(50) == {}, "work puts it off"
    assert timers.passes(11) == {"paused": 1}
    assert timers.run() == {"expired": 1}


def test_one_that_a_kind_would_never_end_may_have_an_end(hf: Holdfast, timers: Timers) -> None:
    session = hf.start("u", kind="audit", expires_after=2 * DAY)
    timers.passes(IDLE + 1)
    assert timers.passes(2 * DAY) == {"expired": 1}
    assert last(session)[0] == "session.expired"


def test_a_fixed_end_that_comes_during_work_waits_until_it_rests(hf: Holdfast, engine: Engine, timers: Timers) -> None:
    session = hf.start("u", expires_at=datetime.now(UTC) + timedelta(seconds=7200))
    set_columns(engine, session, expires_at="now() - interval '1 second'")
    session.append(said("at work"))
    assert timers.run() == {}
    assert timers.passes(IDLE - 60) == {}
    session.append(said("still"))
    assert timers.passes(IDLE - 60) == {}
    assert hf.service.find(session.id).status == "active"
    assert timers.passes(120) == {"paused": 1}
    assert timers.run() == {"expired": 1}
    assert last(session) == ("session.expired", "holdfast", {"reason": "its end came"})
    assert contents(session) == ["at work", "still"]


@pytest.mark.parametrize("wake", [{"type": "session.resumed"}, said("back again")])
def test_a_session_that_goes_on_is_not_expired_by_a_timer_of_before(
    hf: Holdfast, engine: Engine, timers: Timers, wake: dict[str, Any]
) -> None:
    session = hf.start("u")
    timers.passes(IDLE + 1)
    pass_time(engine, 95 * DAY)
    session.append(wake)
    assert timers.run() == {}
    assert "expire" not in due_in(engine, session)
    assert timers.passes(IDLE + 1) == {"paused": 1}
    assert due_in(engine, session)["expire"] == pytest.approx(90 * DAY, abs=2 * IDLE)


def test_whoever_resumes_a_session_past_its_fixed_end_prolongs_it(hf: Holdfast, engine: Engine, timers: Timers) -> None:
    session = hf.start("u", expires_at=datetime.now(UTC) + timedelta(days=1))
    timers.passes(IDLE + 1)
    set_columns(engine, session, expires_at="now() - interval '1 second'")
    session.append({"type": "session.resumed", "data": {"reason": "not done yet"}})
    assert timers.passes(IDLE + 1) == {"paused": 1}
    assert timers.run() == {}
    assert due_in(engine, session)["expire"] == pytest.approx(90 * DAY, abs=2 * IDLE)


@pytest.mark.promise(10)
def test_what_was_published_before_counts_though_nobody_has_drained_it(
    hf: Holdfast, engine: Engine, timers: Timers
) -> None:
    session = hf.start("u")
    timers.passes(IDLE + 1)
    pass_time(engine, 95 * DAY)
    session.publish(said("just in time"))
    assert timers.run() == {}
    assert contents(session) == ["just in time"]
    assert hf.service.find(session.id).status == "active"


@pytest.mark.promise(10)
def test_what_is_published_at_the_very_moment_lets_the_session_go_on(
    hf: Holdfast, ingest: Ingest, timers: Timers
) -> None:
    session = hf.start("u")
    timers.passes(IDLE + 1)
    assert timers.passes(95 * DAY) == {"expired": 1}
    session.publish(said("a little late"), {"type": "task.assigned", "data": {"description": "t"}})
    drain(ingest)
    assert contents(session) == ["a little late"]
    types = [event.type for event in session.events()]
    assert types[-4:] == ["session.expired", "session.resumed", "message.added", "task.assigned"]
    assert hf.service.find(session.id).closed_at is None
    assert hf.service.dead_letters() == []
    assert session.verify() == len(types)


def test_what_comes_long_after_the_end_is_refused(hf: Holdfast, engine: Engine, ingest: Ingest, timers: Timers) -> None:
    session = hf.start("u")
    timers.passes(IDLE + 1)
    assert timers.passes(95 * DAY) == {"expired": 1}
    set_columns(engine, session, closed_at="closed_at - interval '2 minutes'")
    session.publish(said("too late"))
    drain(ingest)
    assert contents(session) == []
    assert [letter.reason for letter in hf.service.dead_letters()] == ["session_closed"]


def test_what_is_late_for_a_fixed_end_does_not_lift_it(
    hf: Holdfast, engine: Engine, ingest: Ingest, timers: Timers
) -> None:
    session = hf.start("u", expires_at=datetime.now(UTC) + timedelta(days=1))
    timers.passes(IDLE + 1)
    set_columns(engine, session, expires_at="now() - interval '1 second'")
    assert timers.passes(2 * DAY) == {"expired": 1}
    session.publish(said("a little late"))
    drain(ingest)
    assert timers.passes(IDLE + 1) == {"paused": 1}
    assert timers.run() == {"expired": 1}
    assert contents(session) == ["a little late"]


def test_whoever_holds_the_lease_is_at_work(hf: Holdfast, engine: Engine, timers: Timers) -> None:
    session = hf.start("u")
    with session.lease("planner", seconds=300):
        timers.passes(IDLE + 1)
        assert timers.passes(95 * DAY) == {}
        assert hf.service.find(session.id).status == "paused"
        assert 0 < due_in(engine, session)["expire"] <= 300
    assert timers.passes(301) == {"expired": 1}


def test_one_that_is_locked_is_passed_over_and_comes_again(hf: Holdfast, engine: Engine, timers: Timers) -> None:
    sessions = [hf.start("u") for _ in range(3)]
    timers.passes(IDLE + 1)
    pass_time(engine, 95 * DAY)
    with engine.begin() as connection:
        connection.execute(text("SELECT FROM sessions WHERE id = :id FOR NO KEY UPDATE"), {"id": sessions[1].id})
        assert timers.run() == {"expired": 2}
    assert timers.run() == {}
    assert timers.passes(61) == {"expired": 1}


def test_one_that_is_broken_does_not_keep_the_others(hf: Holdfast, engine: Engine) -> None:
    sessions = [hf.start("u") for _ in range(7)]
    keys = [key_of(engine, session) for session in sessions]

    def work(_: object, some: Any) -> int:
        if keys[3] in some:
            raise LookupError("broken")
        return len(some)

    assert batched(engine, keys, "idle", work) == 6
    assert due_in(engine, sessions[3])["idle"] == pytest.approx(3600, abs=5)


def test_its_questions_and_offers_end_with_it_and_what_was_set_aside_comes_back(hf: Holdfast, timers: Timers) -> None:
    some = [hf.start("u") for _ in range(3)]
    for number, session in enumerate(some):
        session.append({"type": "campaign.updated", "data": {"gtm_id": "c", "name": "C"}})
        session.append({"type": "compute.reserved", "data": {"reservation_id": "r", "calls": number + 1}})
        session.escalate("Which?", to="ada", decision_id="d")
        session.append({"type": "handoff.offered", "data": {"handoff_id": "h", "to": "writer"}})
    assert hf.budget("c").figures.calls_reserved == 6
    timers.passes(IDLE + 1)
    assert timers.passes(95 * DAY) == {"expired": 3}
    assert hf.budget("c").figures.calls_reserved == 0
    assert hf.decisions("ada").items == []
    assert hf.handoffs("writer").items == []
    revived = hf.revive(some[0].id)
    assert hf.budget("c").figures.calls_reserved == 0, "others may have used it"
    assert [each.session_id for each in hf.decisions("ada").items] == [revived.id]
    assert [each.session_id for each in hf.handoffs("writer").items] == [revived.id]
    revived.answer("d", "this one")


def test_sessions_of_the_release_before_are_caught_up_with(hf: Holdfast, settings: Settings, engine: Engine) -> None:
    ends = {
        "active": None, "paused": {"type": "session.paused"}, "closed": {"type": "session.closed"},
        "failed": {"type": "session.failed", "data": {"reason": "x"}},
    }  # fmt: skip
    of: dict[str, Session] = {}
    for status, end in ends.items():
        of[status] = hf.start("u", kind="chat")
        if end:
            of[status].append(end)
    of["never"] = hf.start("u", kind="audit")
    of["fixed"] = hf.start("u", kind="audit", expires_at=datetime.now(UTC) + timedelta(days=3))
    for name in ("never", "fixed"):
        of[name].append({"type": "session.paused"})
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM timers WHERE kind IN ('expire', 'archive')"))
        connection.execute(
            text("UPDATE sessions SET last_activity_at = now() - interval '8 days' WHERE status = 'failed'")
        )
    set_columns(engine, of["failed"], last_activity_at="now() - interval '8 days'")
    rules = bootstrap.rules(settings)
    assert catch_up(engine, rules, backup=False) == 4
    assert catch_up(engine, rules, backup=False) == 0
    found = {name: due_in(engine, session) for name, session in of.items()}
    assert found["active"].keys() == {"idle"}
    assert found["never"] == {}
    assert found["paused"]["expire"] == pytest.approx(7 * DAY, abs=60)
    assert found["failed"]["expire"] == pytest.approx(0, abs=60)
    assert found["closed"]["archive"] == pytest.approx(30 * DAY, abs=60)
    assert found["fixed"]["expire"] == pytest.approx(3 * DAY, abs=60)


def test_rows_whose_time_is_over_go(hf: Holdfast, engine: Engine, ingest: Ingest) -> None:
    session = hf.start("u")
    session.publish({"type": "session.closed"}, said("too late"))
    drain(ingest)
    ids = [hf.service.tokens.issue(session.id, seconds=60).token.id for _ in range(3)]
    session.revoke_token(ids[0])
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO inspections (tenant, session_id, code, problem, details, done_at) VALUES "
                "('default', 's', 'c', 'open', '{}', NULL), ('default', 's', 'c', 'done', '{}', now())"
            )
        )
    assert expire_rows(engine, 30 * DAY) == {}

    def passes(table: str, *columns: str, which: str = "true") -> None:
        moved = ", ".join(f"{column} = {column} - {KEPT_SECONDS + 61} * interval '1 second'" for column in columns)
        with engine.begin() as connection:
            connection.execute(text(f"UPDATE {table} SET {moved} WHERE {which}"))

    passes("dead_letters", "created_at")
    passes("inspections", "done_at", which="done_at IS NOT NULL")
    passes("tokens", "revoked_at", which=f"id = '{ids[0]}'")
    passes("tokens", "expires_at", which=f"id = '{ids[1]}'")
    assert expire_rows(engine, 30 * DAY) == {"dead_letters": 1, "tokens": 2, "marks": 1}
    assert [each.id for each in session.tokens()] == [ids[2]]
    assert len(hf.service.inspections.listed()) == 1
    assert expire_rows(engine, 30 * DAY) == {}


class Model:
    """When something last happened, and what must be."""

    def __init__(self) -> None:
        self.now = 0.0
        self.active_at = 0.0


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("work"), st.sampled_from(["append", "publish", "resume"])),
        st.tuples(st.just("time"), st.floats(1, 400)),
        st.tuples(st.just("run"), st.just(0)),
    ),
    min_size=1,
    max_size=14,
)


@pytest.mark.promise(10)
@given(moves=MOVES, after=st.sampled_from([40.0, 120.0, 300.0]))
@properties(patient, max_examples=30, suppress_health_check=list(HealthCheck))
def test_no_session_expires_that_is_newer_than_its_time(
    moves: list[tuple[str, Any]], after: float, hf: Holdfast, engine: Engine, ingest: Ingest, timers: Timers
) -> None:
    timers.rules = timers.rules._replace(idle_after=100.0)
    session = hf.start("u", expires_after=after)
    model, sent, over = Model(), 0, False
    for what, how in moves:
        if what == "time":
            pass_time(engine, how)
            model.now += how
        elif what == "run":
            over |= "expired" in timers.run()
        else:
            message = said(f"m{sent}")
            try:
                if how == "append":
                    session.append(message)
                elif how == "publish":
                    session.publish(message)
                else:
                    session.append({"type": "session.resumed"})
            except SessionClosed:
                assert over
                continue
            sent += how != "resume"
            model.active_at = model.now
        if over:
            quiet = model.now - model.active_at
            assert quiet >= after, "it was newer than its time"
            break
    drain(ingest)
    if not over:
        assert len(contents(session)) == sent
        assert hf.service.find(session.id).status != "expired"
        timers.passes(after + 101)
        timers.passes(1)
        timers.run()
        assert hf.service.find(session.id).status == "expired", "and it does end"


def test_dead_letters_are_kept_for_at_most_a_time_that_can_be_reckoned_with(engine: Engine) -> None:
    longest = Settings.load(dead_letter_seconds=3_155_760_000.0).dead_letter_seconds
    assert expire_rows(engine, longest) == {}
    with pytest.raises(InvalidInput, match="dead_letter_seconds"):
        Settings.load(dead_letter_seconds=1e15)
