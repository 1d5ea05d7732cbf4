"""Capture: a snapshot and what came after it are the session, whatever was saved when."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from capturing import any_events, capture, counts, files, key_of, make_small, pass_time, saver_of, timers, write
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.errors import (
    BlobsUnavailable,
    HoldfastError,
    InvalidInput,
    LogDamaged,
    SessionNotFound,
    SnapshotNotFound,
    UnknownEventType,
)
from holdfast.pipeline.capture import Saver
from holdfast.pipeline.making import Order
from holdfast.saving.tiers import TIERS, Tier
from holdfast.session import fold
from strategies import patient
from writing import said

laws = settings(
    patient, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
def saver(settings: Settings, engine: Engine) -> Saver:
    return saver_of(settings, engine)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("events"), any_events()),
        st.tuples(st.just("a heavy event"), st.integers(100, 900)),
        st.tuples(st.just("capture"), st.sets(st.sampled_from(TIERS), min_size=1)),
        st.tuples(st.just("save"), st.sampled_from(TIERS)),
    ),
    min_size=2,
    max_size=10,
)


@pytest.mark.promise(5)
@laws
@given(steps=STEPS)
def test_a_snapshot_and_the_events_after_it_are_the_session(
    hf: Holdfast, saver: Saver, steps: list[tuple[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_small(monkeypatch)
    session = hf.start("u")
    for step, what in [*steps, ("capture", {"full"})]:
        if step == "events":
            write(hf, session, what)
        elif step == "a heavy event":
            write(hf, session, [{"type": "state.set", "data": {"key": f"k{what % 5}", "value": "x" * what}}])
        elif step == "capture":
            capture(saver, session, tiers=sorted(what))
        else:
            assert session.save(what).tier == what
    events = session.events(limit=None)
    whole = fold(events)
    assert session.state() == whole
    kept = session.snapshots()
    assert kept[0].seq == len(events)
    for snapshot in kept:
        then = session.state(at=snapshot.id)
        assert then == fold(events[: snapshot.seq])
        assert fold(events[snapshot.seq :], then) == whole
        assert hf.service.saves.verify(session.id, snapshot.id) >= 2
        if snapshot.tier == "full":
            alone = hf.service.saves.restored(session.id, snapshot.id)
            assert list(alone.events()) == events[: snapshot.seq]
            assert alone.state() == then
    for seq in {1, len(events) // 2 or 1, len(events)}:
        assert session.state(at=seq) == fold(events[:seq])


@pytest.mark.promise(7)
@laws
@given(
    parts=st.lists(any_events(), min_size=2, max_size=2),
    tiers=st.sets(st.sampled_from(TIERS), min_size=1).map(sorted),
    heavy=st.sampled_from([1, 10**6]),
)
def test_capturing_twice_stores_nothing_new(
    hf: Holdfast, settings: Settings, engine: Engine, parts: list[Any], tiers: list[Tier], heavy: int
) -> None:
    saver = saver_of(settings, engine)
    session = hf.start("u")
    with pytest.MonkeyPatch.context() as patch:
        make_small(patch, HEAVY=heavy)
        for events in parts:
            write(hf, session, events)
            capture(saver, session, tiers=tiers)
            before, lying, snapshots = counts(engine), files(settings), session.snapshots()
            assert capture(saver, session, tiers=tiers) == 0
            for tier in tiers:
                assert session.save(tier) in snapshots, "the snapshot that is there is the answer"
            assert (counts(engine), files(settings), session.snapshots()) == (before, lying, snapshots)


def test_a_range_of_events_is_stored_once(hf: Holdfast, settings: Settings) -> None:
    session = hf.start("u")
    session.append(*[said(str(number)) for number in range(20)])
    session.save("conversation")
    once = files(settings)
    assert len(once) == 1
    session.save("full")
    assert {name: content for name, content in files(settings).items() if "/segments/" in name} == once


def test_a_place_in_the_log_by_number_time_or_recovery_point(hf: Holdfast) -> None:
    session = hf.start("u")
    session.append(said("one"))
    point = session.save("context")
    session.append(said("two"))
    session.append(said("three"))
    events = session.events()
    places: list[tuple[int | datetime | str, int]] = [
        (1, 1),
        (3, 3),
        (point.id, 2),
        (events[2].recorded_at, 3),
        (events[2].recorded_at - timedelta(microseconds=1), 2),
        (events[2].recorded_at.isoformat(), 3),
        (events[-1].recorded_at + timedelta(days=1), 4),
    ]
    for at, seq in places:
        assert session.state(at=at) == fold(events[:seq]), at
    beyond: list[Any] = [0, 5, -1, True, 2**70, "soon", events[0].recorded_at - timedelta(seconds=1), "1990-01-01"]
    for outside in beyond:
        with pytest.raises(InvalidInput, match=r"^at: "):
            session.state(at=outside)
    for unknown in ("RECOVERY-nowhere", "RECOVERY-\0", "RECOVERY-\ud800", "RECOVERY-" + "x" * 10_000):
        with pytest.raises(SnapshotNotFound):
            session.state(at=unknown)


def test_what_is_not_there_is_not_found(hf: Holdfast, saver: Saver) -> None:
    nowhere, saves = Session(hf, "nowhere", "agent"), hf.service.saves
    for call in (
        nowhere.save,
        nowhere.snapshots,
        nowhere.pin,
        nowhere.unpin,
        lambda: nowhere.state(at=1),
        lambda: saves.verify("nowhere", "RECOVERY-x"),
        lambda: saves.restored("nowhere", "RECOVERY-x"),
        lambda: saves.content("nowhere", "RECOVERY-x"),
        lambda: saves.pins("nowhere"),
    ):
        with pytest.raises(SessionNotFound):
            call()
    assert saver.save([Order(10**9, {"full": None})]) == 0
    session = hf.start("u")
    with pytest.raises(InvalidInput, match=r"^tier: must be one of context, conversation, project_state, full"):
        session.save("everything")  # type: ignore[arg-type]
    point = session.save("context").id
    with pytest.raises(InvalidInput, match="only full ones stand alone"):
        saves.restored(session.id, point)


@pytest.mark.promise(9)
def test_no_tenant_sees_anothers_saves(hf: Holdfast, settings: Settings) -> None:
    session = hf.start("u", session_id="s")
    point = session.save().id
    with Holdfast(settings.model_copy(update={"tenant": "other"})) as other:
        for call in (
            lambda: other.service.saves.snapshots("s"),
            lambda: other.service.saves.state("s", point),
            lambda: other.service.saves.restored("s", point),
            lambda: other.service.saves.verify("s", point),
            lambda: other.service.saves.pin("s", None),
        ):
            with pytest.raises(SessionNotFound):
                call()
        theirs = other.start("u", session_id="s")
        theirs.save()
        assert theirs.snapshots()[0].id == point or theirs.snapshots()[0].seq == 1
    assert {name.split("/")[0] for name in files(settings)} == {"default", "other"}


def test_ids_tell_who_asked_and_number_the_rest(hf: Holdfast, saver: Saver) -> None:
    session = hf.start("u")
    number = session.id.removeprefix("SESSION-")
    capture(saver, session, tiers=["context"])
    session.append(said("x"))
    capture(saver, session, tiers=["context", "full"], why="task-completion")
    asked = [session.save("conversation"), session.save("project_state")]
    assert {each.id for each in session.snapshots()} - {each.id for each in asked} == {
        f"RECOVERY-{number}-AUTO-SAVE-{each}" for each in (1, 2, 3)
    }
    for each in asked:
        assert each.id.startswith(f"RECOVERY-{number}-")
        assert each.reason == "user-request"
    assert len({each.id for each in session.snapshots()}) == 5
    assert {each.reason for each in session.snapshots()} == {"interval", "task-completion", "user-request"}


def test_a_recovery_point_that_was_pruned_is_not_given_again(settings: Settings) -> None:
    """Within one second many are asked for, and most of them pruned at once."""
    with Holdfast(settings.model_copy(update={"autosave_keep": 1})) as few:
        session = few.start("u")
        ids = []
        for number in range(12):
            session.append(said(str(number)))
            ids.append(session.save("context").id)
        assert len(set(ids)) == 12
        assert [each.id for each in session.snapshots()] == [ids[-1]]


def test_two_captures_of_one_session_at_once_do_no_harm(hf: Holdfast, saver: Saver, engine: Engine) -> None:
    session = hf.start("u")
    together = threading.Barrier(4)

    def save(tiers: list[Tier]) -> None:
        together.wait()
        capture(saver, session, tiers=tiers)

    with ThreadPoolExecutor(4) as pool:
        for number in range(12):
            session.append(*[said(f"{number} {each}") for each in range(number)])
            list(pool.map(save, [["full"], ["full", "context"], ["conversation"], ["full", "project_state"]]))
    events = session.events()
    seen = session.snapshots()
    assert {each.tier for each in seen if each.seq == len(events)} == set(TIERS)
    assert len({(each.tier, each.seq) for each in seen}) == len(seen)
    for each in seen:
        hf.service.saves.verify(session.id, each.id)
        assert session.state(at=each.id) == fold(events[: each.seq])
    assert timers(engine, session) == {}


def test_events_that_come_while_a_save_is_made_are_in_the_next(
    hf: Holdfast, saver: Saver, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = hf.start("u")
    write_blobs = Saver._write_blobs

    def late(self: Saver, makings: Any) -> Any:
        session.append(said("late"))
        return write_blobs(self, makings)

    with monkeypatch.context() as patch:
        patch.setattr(Saver, "_write_blobs", late)
        capture(saver, session, tiers=["full"])
    (snapshot,) = session.snapshots()
    assert snapshot.seq == 1
    assert set(timers(engine, session)) == set(TIERS), "it is dirty"
    capture(saver, session, tiers=TIERS)
    assert {each.seq for each in session.snapshots() if each.tier != "full"} == {2}
    assert timers(engine, session) == {}


def test_a_session_of_more_events_than_a_round_takes(hf: Holdfast, saver: Saver, engine: Engine) -> None:
    session = hf.start("u")
    for start in range(0, 12_000, 1000):
        session.append(*[said(str(number)) for number in range(start, start + 1000)])
    pass_time(engine, 3600)
    assert saver.save([Order(key_of(engine, session), {"context": None, "full": None})]) == 2
    full = next(each for each in session.snapshots() if each.tier == "full")
    assert full.seq == 12_001
    events = session.events(limit=None)
    assert list(hf.service.saves.restored(session.id, full.id).events()) == events
    assert session.state(at=full.id) == session.state() == fold(events)
    assert hf.service.saves.verify(session.id, full.id) > 10
    assert set(timers(engine, session)) == {"conversation", "project_state"}


@pytest.mark.parametrize("damage", ["altered", "missing", "of tomorrow"])
@pytest.mark.parametrize("tier", ["context", "full"])
def test_one_broken_session_does_not_keep_the_others_from_being_saved(
    hf: Holdfast, saver: Saver, engine: Engine, damage: str, tier: Tier
) -> None:
    before, broken, after = (hf.start("u") for _ in range(3))
    for session in (before, broken, after):
        session.append(said("one"), said("two"))
    statement = {
        "altered": "UPDATE events SET digest = 'another' WHERE session_key = :key AND seq = 3",
        "missing": "DELETE FROM events WHERE session_key = :key AND seq = 2",
        "of tomorrow": "UPDATE events SET type = 'dream.dreamt' WHERE session_key = :key AND seq = 2",
    }[damage]
    with engine.begin() as connection:
        connection.execute(text(statement), {"key": key_of(engine, broken)})
    assert capture(saver, before, broken, after, tiers=[tier]) == 2
    assert broken.snapshots() == []
    assert tier not in timers(engine, before)
    assert timers(engine, broken)[tier][0] > 60, "it is not tried again and again"
    for session in (before, after):
        (snapshot,) = session.snapshots()
        hf.service.saves.verify(session.id, snapshot.id)
    with pytest.raises(UnknownEventType if damage == "of tomorrow" else LogDamaged) as told:
        broken.save(tier)
    assert isinstance(told.value, HoldfastError)


def test_without_its_blobs_what_needs_none_is_saved_and_the_rest_waits(
    hf: Holdfast, settings: Settings, engine: Engine
) -> None:
    session, other = hf.start("u"), hf.start("u")
    root = settings.data_dir / "blobs"
    root.parent.mkdir(parents=True, exist_ok=True)
    root.write_text("no directory")
    saver = saver_of(settings, engine)
    with pytest.raises(BlobsUnavailable):
        capture(saver, session, other, tiers=["context", "full"], why="error-occurrence")
    for each in (session, other):
        (snapshot,) = each.snapshots()
        assert (snapshot.tier, snapshot.reason) == ("context", "error-occurrence")
        assert set(timers(engine, each)) == {"conversation", "full", "project_state"}
        seconds, reason = timers(engine, each)["full"]
        assert 0 < seconds <= 60
        assert reason == "error-occurrence"
    with pytest.raises(BlobsUnavailable):
        session.save()
    root.unlink()
    assert capture(saver, session, other, tiers=["full"]) == 2


def test_a_large_session_without_its_blobs_is_not_tried_again_and_again(
    hf: Holdfast, settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_small(monkeypatch)
    session = hf.start("u")
    session.append(*[said(str(number)) for number in range(50)])
    tries = []

    def out_of_reach() -> Any:
        tries.append(1)
        raise BlobsUnavailable("the cable is cut")

    saver = Saver(engine, out_of_reach, saver_of(settings, engine).policy)
    with pytest.raises(BlobsUnavailable, match="the cable is cut"):
        capture(saver, session, tiers=["full"])
    assert len(tries) == 1
    assert session.snapshots() == []
