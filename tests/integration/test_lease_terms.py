"""How long a lease lasts, who may take it from whom, and what becomes of those who come too late."""

import threading
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from holdfast import bootstrap
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.embedded import EmbeddedPostgres, EmbeddedRedis
from holdfast.errors import InvalidInput, LeaseHeld, StaleWriter
from holdfast.events import LeaseReleased, LeaseTaken, draft
from holdfast.pipeline.ingest import Ingest
from holdfast.pipeline.lease import Lease, lapse
from holdfast.pipeline.rules import Rules
from holdfast.pipeline.tick import tick
from holdfast.store.transaction import transaction
from holdfast.testing import wait_until
from strategies import patient
from writing import contents, drain, said

RULES = Rules(3600.0, bootstrap.policy(Settings()))


def run_out(engine: Engine, session: Session) -> None:
    """The session's lease was to be renewed a second ago, and was not."""
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE sessions SET held_until = now() - interval '1 second' WHERE id = :id"), {"id": session.id}
        )
        connection.execute(text("UPDATE timers SET due_at = now() - interval '1 second' WHERE kind = 'lease'"))


def ended(engine: Engine, session: Session) -> bool:
    with transaction(engine) as connection:
        return lapse(connection, "default", session.id, rules=RULES)


def leases(session: Session) -> list[tuple[str, str, int]]:
    """What the log says of leases: taken, released or ran out, by whom, under which fence."""
    found = []
    for event in session.events(limit=None):
        said = event.payload
        if isinstance(said, LeaseTaken):
            found.append(("taken", said.owner, said.fence))
        elif isinstance(said, LeaseReleased):
            found.append(("ran out" if said.expired else "released", said.owner, said.fence))
    return found


@pytest.mark.promise(4)
def test_somebody_elses_lease_is_respected_until_it_is_taken_over_on_purpose(hf: Holdfast) -> None:
    first = hf.start("u", agent="first")
    second = hf.session(first.id, agent="second")
    with pytest.raises(StaleWriter, match="was taken over"), first.lease("first"):  # noqa: PT012  # the block is what is tested
        with pytest.raises(LeaseHeld, match=r"leased exclusively by 'first' until .*takeover=True") as held:
            second._holdfast.service.take_lease(first.id, "second", exclusive=True)
        assert (held.value.owner, held.value.session_id) == ("first", first.id)
        assert held.value.until == hf.service.find(first.id).held_until
        with pytest.raises(LeaseHeld), second.lease("second", exclusive=False):
            pass
        with second.lease("second", takeover=True):
            second.append(said("mine now"))
    taken = [event.payload for event in first.events() if event.type == "lease.taken"]
    assert [(each.owner, each.taken_from) for each in taken if isinstance(each, LeaseTaken)] == [
        ("first", None),
        ("second", "first"),
    ]


@pytest.mark.promise(4)
def test_the_same_owner_takes_its_lease_again_at_once_under_a_higher_fence(hf: Holdfast) -> None:
    """As after a crash: nobody gave the lease back."""
    session = hf.start("u")
    before = hf.service.take_lease(session.id, "planner", exclusive=True)
    with session.lease("planner") as after:
        assert (before.fence, after.fence) == (1, 2)
        with pytest.raises(StaleWriter):
            session.append(said("of the one that died", fence=before.fence))
        session.append(said("and on"))
    assert contents(session) == ["and on"]


@pytest.mark.promise(4)
def test_a_lease_that_ran_out_is_over_for_its_holder_before_anybody_has_noticed(hf: Holdfast, engine: Engine) -> None:
    session = hf.start("u", agent="planner")
    lease = hf.service.take_lease(session.id, "planner", exclusive=True)
    run_out(engine, session)
    with pytest.raises(StaleWriter, match=r"at fence 1 ran out at .* without being renewed; take it again"):
        session.append(said("too late", fence=lease.fence))
    session.append(said("open to all again"))
    with pytest.raises(StaleWriter, match="fence 1 is not the one of now"):
        session.append(said("still too late", fence=lease.fence))
    assert contents(session) == ["open to all again"]
    assert leases(session) == [("taken", "planner", 1), ("ran out", "planner", 1)]
    found = hf.service.find(session.id)
    assert (found.holder, found.held_until, found.fence) == (None, None, 2)
    assert session.state().fence == 2
    assert session.verify() == found.events


@pytest.mark.promise(4)
def test_whoever_waits_may_take_a_lease_that_ran_out(hf: Holdfast, engine: Engine) -> None:
    session = hf.start("u")
    old = hf.service.take_lease(session.id, "old", exclusive=True)
    run_out(engine, session)
    with session.lease("new") as lease:
        assert lease.fence == 3, "the old fence was barred, so that the next is two higher"
        with pytest.raises(StaleWriter):
            session.append(said("of the old", fence=old.fence))
        assert hf.service.renew_lease(session.id, old, 30.0) is None
    assert leases(session) == [("taken", "old", 1), ("ran out", "old", 1), ("taken", "new", 3), ("released", "new", 3)]


@pytest.mark.promise(1)
@pytest.mark.promise(4)
def test_what_was_queued_in_time_is_committed_however_late_the_drain_is(
    hf: Holdfast, engine: Engine, ingest: Ingest
) -> None:
    session = hf.start("u")
    lease = hf.service.take_lease(session.id, "planner", exclusive=True)
    session.publish(said("in time", fence=lease.fence))
    run_out(engine, session)
    session.publish(said("of somebody else, who found it run out"), said("too late", fence=lease.fence))
    drain(ingest)
    assert contents(session) == ["in time", "of somebody else, who found it run out"]
    assert [(each.reason, each.session_id) for each in hf.service.refused(session.id, 1)] == [
        ("stale_writer", session.id)
    ]
    assert leases(session) == [("taken", "planner", 1), ("ran out", "planner", 1)]


def test_a_timer_ends_the_lease_of_a_holder_that_died_and_leaves_a_living_one_alone(
    hf: Holdfast, engine: Engine
) -> None:
    session = hf.start("u")
    lease = hf.service.take_lease(session.id, "planner", exclusive=True, seconds=60)
    assert not ended(engine, session), "it has its time yet"
    run_out(engine, session)
    with transaction(engine) as connection:
        due = [each.arguments for each in tick(connection) if each.task == "holdfast.end_lease"]
    assert due == [{"tenant": "default", "session_id": session.id}]
    assert ended(engine, session)
    assert not ended(engine, session)
    with pytest.raises(StaleWriter):
        session.append(said("of the dead", fence=lease.fence))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM timers WHERE kind = 'lease'")).scalar() == 0


def test_a_lease_is_renewed_while_it_is_held(hf: Holdfast, engine: Engine) -> None:
    session = hf.start("u")
    with session.lease("planner", seconds=3.0) as lease:
        first = lease.until
        assert first is not None
        wait_until(lambda: lease.until is not None and lease.until > first + timedelta(seconds=3.5), seconds=20)
        assert hf.service.find(session.id).held_until == lease.until
        assert not ended(engine, session)
        session.append(said("a life later"))
    threads = [each.name for each in threading.enumerate()]
    wait_until(lambda: "holdfast-leases" not in [each.name for each in threading.enumerate()], what=f"{threads}")
    assert leases(session) == [("taken", "planner", 1), ("released", "planner", 1)]


@pytest.mark.promise(4)
def test_a_lease_that_ran_out_cannot_be_renewed_even_before_anybody_has_noticed(hf: Holdfast, engine: Engine) -> None:
    session = hf.start("u")
    lease = hf.service.take_lease(session.id, "planner", exclusive=True)
    assert hf.service.renew_lease(session.id, lease, 30.0) is not None
    run_out(engine, session)
    assert hf.service.renew_lease(session.id, lease, 30.0) is None


@pytest.mark.promise(4)
def test_a_renewal_that_finds_the_lease_taken_over_says_so_long_before_it_would_have_run_out(hf: Holdfast) -> None:
    session = hf.start("u")
    with pytest.raises(StaleWriter), session.lease("old") as lease:  # noqa: PT012  # as above
        hf.service.take_lease(session.id, "new", exclusive=True, takeover=True)
        assert not lease.lost
        lease.renew()
        assert lease.lost


@pytest.mark.promise(4)
def test_without_postgres_a_holder_stops_believing_in_its_lease_when_its_time_is_over(
    settings: Settings, postgres_server: EmbeddedPostgres
) -> None:
    with Holdfast(settings) as hf:
        session = hf.start("u")
        with pytest.raises(StaleWriter, match="is lost"), session.lease("planner", seconds=4.0) as lease:  # noqa: PT012  # as above
            postgres_server.stop()
            try:
                session.publish(said("in time"))
                wait_until(lambda: lease.lost, seconds=10)
                session.publish(said("too late, and not sent"))
            finally:
                postgres_server.start()
        hf.service.drain(seconds=20)
        assert contents(session) == ["in time"]


@pytest.mark.promise(4)
def test_a_holder_knows_by_itself_that_its_lease_is_lost(hf: Holdfast, ingest: Ingest) -> None:
    """What was published before it knew is refused by the log, and its lease reports it."""
    session = hf.start("u")
    with pytest.raises(StaleWriter), session.lease("old", seconds=0.6) as lease:  # noqa: PT012  # as above
        hf.service.take_lease(session.id, "new", exclusive=True, takeover=True)
        hf.publisher.publish("default", [draft(said("x"), session_id=session.id, actor="old", fence=lease.fence)])
        drain(ingest)
        (letter,) = lease.refused()
        assert (letter.reason, letter.entry[b"fence"]) == ("stale_writer", b"1")
        wait_until(lambda: lease.lost, seconds=10)
        with pytest.raises(StaleWriter, match="is lost: it was taken over, or ran out"):
            session.publish(said("not even sent"))
        drain(ingest)
        assert len(lease.refused()) == 1
    assert contents(session) == []


def test_the_end_of_a_session_is_the_end_of_its_lease(hf: Holdfast) -> None:
    session = hf.start("u")
    with session.lease("planner"):
        session.append({"type": "session.closed"})
    assert hf.service.find(session.id).holder is None


def test_a_shared_session_says_so_and_cannot_be_leased_exclusively(hf: Holdfast) -> None:
    session = hf.start("u", shared=True)
    other = hf.session(session.id, agent="other")
    with pytest.raises(InvalidInput, match=r"exclusive: cannot be: session .* that many write to"), session.lease("a"):
        pass
    session.append(said("one"))
    other.append(said("another"))
    with session.lease("a", exclusive=False):
        other.append(said("still"))
    assert contents(session) == ["one", "another", "still"]
    assert hf.service.find(session.id).shared
    assert session.state().shared
    assert not hf.service.find(hf.start("u").id).shared


@pytest.mark.parametrize("seconds", [0, -1, 86_401, float("nan"), "30", True])
def test_a_lease_lasts_for_a_number_of_seconds(hf: Holdfast, seconds: float) -> None:
    session = hf.start("u")
    with pytest.raises(InvalidInput, match="seconds"), session.lease("a", seconds=seconds):
        pass


def one_step(hf: Holdfast, engine: Engine, session: Session, step: str, owner: str, held: dict[str, int]) -> None:
    if step.startswith("take"):
        lease = hf.service.take_lease(session.id, owner, exclusive=True, takeover=step == "take over")
        held[owner] = lease.fence
    elif step == "append":
        session.append(said(f"of {owner}", fence=held.get(owner)))
    elif step == "publish":
        session.publish(said(f"of {owner}", fence=held.get(owner)))
    elif step == "run out":
        run_out(engine, session)
    else:
        ended(engine, session)


def follow(session: Session) -> None:
    """The law: between a taking and the end of its lease nothing is committed but under its fence."""
    holder, fence = None, 0
    for event in session.events(limit=None):
        told = event.payload
        if isinstance(told, LeaseTaken):
            assert told.fence > fence
            holder, fence = told.owner, told.fence
        elif isinstance(told, LeaseReleased):
            assert (holder, fence) == (told.owner, told.fence)
            holder, fence = None, told.fence + told.expired
        elif holder is not None or event.fence is not None:
            assert event.fence == fence


STEPS = st.tuples(st.sampled_from(["take", "take over", "append", "publish", "run out", "end"]), st.sampled_from("ab"))


@pytest.mark.promise(4)
@given(st.lists(STEPS, max_size=12))
@settings(patient, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_happens_only_one_line_of_history_is_written(
    hf: Holdfast, engine: Engine, ingest: Ingest, steps: list[tuple[str, str]]
) -> None:
    session = hf.start("u")
    held: dict[str, int] = {}
    for step, owner in steps:
        with suppress(StaleWriter, LeaseHeld):
            one_step(hf, engine, session, step, owner, held)
    drain(ingest)
    follow(session)
    assert session.verify() == session.state().history.total


def test_whatever_happens_to_one_renewal_the_others_go_on(hf: Holdfast, monkeypatch: pytest.MonkeyPatch) -> None:
    renew = hf.service.renew_lease
    broken, session = hf.start("u"), hf.start("u")

    def renewed(session_id: str, held: Lease, seconds: float) -> datetime | None:
        if session_id == broken.id:
            raise RuntimeError("a fault of ours")
        return renew(session_id, held, seconds)

    monkeypatch.setattr(hf.service, "renew_lease", renewed)
    with suppress(StaleWriter), broken.lease("planner", seconds=3.0), session.lease("planner", seconds=3.0) as lease:
        first = lease.until
        assert first is not None
        wait_until(lambda: lease.until is not None and lease.until > first + timedelta(seconds=3.5), seconds=20)
        session.append(said("three lives later"))
    assert contents(session) == ["three lives later"]


@pytest.mark.promise(4)
def test_what_the_spool_holds_is_sent_before_the_lease_is_given_back(
    hf: Holdfast, redis_server: EmbeddedRedis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdfast.stream.spool.RETRY_SECONDS", 3600)
    spooling = hf.settings.model_copy(update={"timeout": 0.3, "spool": tmp_path / "spool"})
    with Holdfast(spooling) as spooled:
        session = spooled.start("u")
        with session.lease("first"):
            redis_server.stop()
            try:
                session.publish(said("kept in the spool"))
            finally:
                redis_server.start()
        hf.service.take_lease(session.id, "second", exclusive=True)
        assert spooled.flush()
        spooled.service.drain(seconds=20)
        assert contents(session) == ["kept in the spool"]
        assert spooled.service.dead_letters() == []
