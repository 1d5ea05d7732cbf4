"""Forks: a session that has another's log up to an event, shares what is saved of it, and goes its own way."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from holdfast.blobs.directory import Directory
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.errors import (
    InvalidEvent,
    InvalidInput,
    LogDamaged,
    SessionExists,
    SessionNotFound,
    SnapshotNotFound,
)
from holdfast.events import Event
from holdfast.pipeline.collect import collect
from holdfast.pipeline.ingest import Ingest
from holdfast.store import blobs
from twice import everything, listing, timers
from writing import contents, said


@pytest.fixture
def session(hf: Holdfast) -> Session:
    session = hf.start("u", kind="trip", agent="planner", title="Paris")
    session.append(*(said(f"message {number}") for number in range(1, 10)))
    return session


def place_of(settings: Settings) -> Directory:
    return Directory(settings.data_dir / "blobs")


def files(settings: Settings) -> set[str]:
    return set(place_of(settings).names(""))


def alike(events: list[Event]) -> list[tuple[Any, ...]]:
    """What of events a fork has in common with its parent: all but whose they are."""
    return [(each.seq, each.id, each.type, each.data, each.recorded_at, each.fence) for each in events]


def swept(engine: Engine, settings: Settings) -> int:
    return collect(engine, [place_of(settings)], grace=0.0)


def test_a_fork_has_the_log_up_to_there_and_goes_its_own_way(hf: Holdfast, session: Session) -> None:
    before = everything(session)
    fork = hf.fork(session.id, at=5, reason="another idea")
    assert fork.id != session.id
    assert fork.agent == "planner"
    *copied, forked = fork.events()
    assert alike(copied) == alike(session.events()[:5])
    assert (forked.seq, forked.type, forked.actor) == (6, "session.forked", "planner")
    assert forked.data == {"from_session": session.id, "at_seq": 5, "reason": "another idea"}
    state = fork.state()
    assert state.session_id == fork.id
    assert state.forked_from is not None
    assert (state.forked_from.session_id, state.forked_from.seq) == (session.id, 5)
    fork.append(said("its own"))
    session.append(said("not the fork's"))
    assert contents(fork) == [f"message {number}" for number in range(1, 5)] + ["its own"]
    assert fork.verify() == 7
    assert everything(session)[0][:-1] == before[0]
    assert listing(hf, fork.id)["title"] == "Paris"
    assert timers(hf, fork.id)[1] == 15


def test_a_place_is_told_by_number_time_or_recovery_point(hf: Holdfast, session: Session, ingest: Ingest) -> None:
    point = session.save().id
    session.append(said("later"))
    tenth = session.events()[9].recorded_at
    for at in (10, tenth, tenth + timedelta(microseconds=1), tenth.isoformat(), point):
        fork = hf.fork(session.id, at=at)
        assert len(fork.events()) == 11
        forked = fork.state().forked_from
        assert forked is not None
        assert forked.recovery_point == (point if at == point else None)
    session.publish(said("published"))
    whole = hf.fork(session.id)
    assert contents(whole)[-2:] == ["later", "published"]
    assert len(hf.fork(session.id, at=1).events()) == 2
    assert ingest is not None


def test_what_cannot_be_forked_is_refused_and_leaves_nothing(hf: Holdfast, session: Session) -> None:
    taken = hf.start("v", session_id="taken").events()
    wrong: list[tuple[type[Exception], str, dict[str, Any]]] = [
        (SessionNotFound, "nobody", {}),
        (InvalidInput, session.id, {"at": 0}),
        (InvalidInput, session.id, {"at": 11}),
        (InvalidInput, session.id, {"at": "yesterday"}),
        (InvalidInput, session.id, {"at": "2000-01-01"}),
        (SnapshotNotFound, session.id, {"at": "RECOVERY-1-2"}),
        (SessionExists, session.id, {"new_id": "taken"}),
        (SessionExists, session.id, {"new_id": session.id}),
        (InvalidInput, session.id, {"new_id": "a b"}),
        (InvalidInput, session.id, {"agent": ""}),
        (InvalidEvent, session.id, {"reason": 5}),
    ]
    for error, session_id, arguments in wrong:
        with pytest.raises(error):
            hf.fork(session_id, **arguments)
    assert {each.id for each in hf.sessions().items} == {session.id, "taken"}
    assert hf.session("taken").events() == taken


def test_a_log_that_was_altered_is_not_made_whole_by_a_fork(hf: Holdfast, session: Session, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text('UPDATE events SET data = \'{"role":"user","content":"other"}\' WHERE seq = 4'))
    with pytest.raises(LogDamaged, match="event 4"):
        hf.fork(session.id)
    assert hf.fork(session.id, at=3).verify() == 4


def test_a_closed_session_can_be_forked_at_its_end(hf: Holdfast, session: Session) -> None:
    session.append({"type": "session.closed"})
    fork = hf.fork(session.id, new_id="reopened", agent="other")
    shown = listing(hf, "reopened")
    assert (shown["status"], shown["closed_at"], shown["agent"]) == ("active", None, "planner")
    assert fork.append(said("on"))[0].seq == 13
    assert fork.events()[-1].actor == "other"
    assert fork.state().status == "active"
    assert "idle" in [kind for kind, _ in timers(hf, "reopened")[0]]
    assert listing(hf, session.id)["status"] == "closed"


def test_nobody_holds_the_fork_and_its_fence_goes_on(hf: Holdfast, session: Session) -> None:
    for _ in range(3):
        hf.service.take_lease(session.id, "one", exclusive=True)
    fork = hf.fork(session.id)
    shown = listing(hf, fork.id)
    assert (shown["holder"], shown["fence"]) == (None, 3)
    assert fork.state().fence == 3
    assert fork.state().lease is None
    fork.append(said("shared"))
    with fork.lease("two") as lease:
        assert lease.fence == 4
    assert listing(hf, session.id)["holder"] == "one"


def test_a_fork_of_a_fork(hf: Holdfast, session: Session) -> None:
    first = hf.fork(session.id, at=5)
    first.append(said("first"))
    second = hf.fork(first.id)
    second.append(said("second"))
    again = hf.fork(second.id, at=5)
    assert contents(second)[-2:] == ["first", "second"]
    assert contents(again) == contents(session)[:4]
    for each in (first, second, again):
        each.verify()
        assert hf.session(each.id).save().seq == len(each.events())
    assert [event.data["from_session"] for event in second.events() if event.type == "session.forked"] == [
        session.id,
        first.id,
    ]


def test_segments_are_shared_and_saving_the_fork_costs_what_is_new(
    hf: Holdfast, session: Session, settings: Settings, engine: Engine
) -> None:
    for _ in range(3):
        session.append(*(said("x" * 500) for _ in range(200)))
        session.save()
    before = files(settings)
    fork = hf.fork(session.id)
    assert files(settings) == before
    with engine.connect() as connection:
        shared = (
            connection.execute(text("SELECT count(*) FROM segments WHERE removed IS NULL GROUP BY blob"))
            .scalars()
            .all()
        )
        covered = connection.execute(text("SELECT session_key, covered FROM savings ORDER BY 1")).all()
    assert set(shared) == {2}
    assert covered[1][1] == 610
    fork.append(said("its own"))
    saved = fork.save()
    fresh = files(settings) - before
    assert len(fresh) == 2  # its tail, and the snapshot itself
    restored = hf.service.saves.restored(fork.id, saved.id)
    assert list(restored.events()) == fork.events(limit=None)
    assert restored.state() == fork.state()
    assert hf.service.saves.verify(fork.id, saved.id)


def test_a_place_inside_a_segment_shares_those_before_it(hf: Holdfast, session: Session, engine: Engine) -> None:
    for _ in range(3):
        session.append(*(said("x" * 500) for _ in range(128)))
        session.save()
    fork = hf.fork(session.id, at=300)
    with engine.connect() as connection:
        covered = connection.execute(text("SELECT covered FROM savings ORDER BY session_key DESC")).scalars().first()
    assert 0 < (covered or 0) <= 300
    saved = fork.save()
    assert list(hf.service.saves.restored(fork.id, saved.id).events()) == fork.events(limit=None)


@pytest.mark.promise(5)
def test_what_becomes_of_the_parent_does_not_touch_the_fork(
    hf: Holdfast, session: Session, settings: Settings, engine: Engine
) -> None:
    session.append(*(said("x" * 500) for _ in range(250)))
    session.save()
    fork = hf.fork(session.id, at=200)
    saved = fork.save()
    before = everything(fork)
    for number in range(8):  # the parent's cover is written anew, and its early snapshots are pruned
        session.append(*(said(f"{number} {'y' * 300}") for _ in range(150)))
        session.save()
        swept(engine, settings)
    with engine.begin() as connection:  # and in the end all that is saved of it goes
        key = hf.service.find(session.id).key
        for table in ("snapshots", "segments"):
            connection.execute(text(f"DELETE FROM {table} WHERE session_key = {key}"))
        connection.execute(text("UPDATE blobs SET loose_since = now()"))
    assert swept(engine, settings) > 0
    assert everything(fork) == before
    hf.service.saves.verify(fork.id, saved.id)
    assert list(hf.service.saves.restored(fork.id, saved.id).events()) == before[0]


@pytest.mark.promise(5)
def test_nor_does_the_fork_take_from_its_parent(
    hf: Holdfast, session: Session, settings: Settings, engine: Engine
) -> None:
    session.append(*(said("x" * 500) for _ in range(250)))
    saved = session.save()
    fork = hf.fork(session.id)
    for _ in range(7):
        fork.append(*(said("z" * 300) for _ in range(150)))
        fork.save()
    swept(engine, settings)
    hf.service.saves.verify(session.id, saved.id)
    assert list(hf.service.saves.restored(session.id, saved.id).events()) == session.events(limit=None)


@pytest.mark.promise(5)
def test_forking_saving_and_collecting_beside_each_other(
    hf: Holdfast, session: Session, settings: Settings, engine: Engine
) -> None:
    session.append(*(said("x" * 300) for _ in range(140)))
    session.save()

    def go_on(number: int) -> None:
        session.append(*(said(f"{number}") for _ in range(40)))
        session.save()

    def fork(_: int) -> Session:
        made = hf.fork(session.id, at=140)
        made.append(said("mine"))
        return made

    with ThreadPoolExecutor(3) as pool:
        going = [pool.submit(go_on, number) for number in range(10)]
        collecting = [pool.submit(swept, engine, settings) for _ in range(10)]
        forks = list(pool.map(fork, range(6)))
        for task in going:
            task.result()
        for sweep in collecting:
            sweep.result()
    swept(engine, settings)
    for each in (session, *forks):
        saved = each.save()
        assert hf.service.saves.verify(each.id, saved.id)
        assert len(list(hf.service.saves.restored(each.id, saved.id).events())) == each.verify()


def test_a_segment_that_is_going_is_not_shared(
    hf: Holdfast, session: Session, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.append(*(said("x" * 500) for _ in range(250)))
    session.save()
    confirm = blobs.confirm
    monkeypatch.setattr(blobs, "confirm", lambda cursor, keys: confirm(cursor, keys) and False)
    with engine.begin() as connection:
        connection.execute(text("UPDATE blobs SET loose_since = now()"))
    fork = hf.fork(session.id)
    with engine.connect() as connection:
        loose = connection.execute(text("SELECT count(*) FROM blobs WHERE loose_since IS NULL")).scalar_one()
    assert loose == 0, "what is not shared is not held on to either"
    monkeypatch.undo()
    saved = fork.save()
    assert list(hf.service.saves.restored(fork.id, saved.id).events()) == fork.events(limit=None)


def test_what_is_shared_is_held_on_to_and_what_is_being_deleted_is_not_shared(
    hf: Holdfast, session: Session, engine: Engine
) -> None:
    session.append(*(said("x" * 500) for _ in range(250)))
    session.save()
    shared = "SELECT count(*) > 0 FROM segments g JOIN sessions s ON s.key = g.session_key WHERE s.id = :id"
    held = "SELECT bool_and(loose_since IS NULL) FROM blobs WHERE key IN (SELECT blob FROM segments)"
    for change, session_id, shares in (("loose_since = now()", "a", True), ("doomed = true", "b", False)):
        with engine.begin() as connection:
            connection.execute(text(f"UPDATE blobs SET {change}"))
        hf.fork(session.id, new_id=session_id)
        with engine.connect() as connection:
            assert connection.execute(text(shared), {"id": session_id}).scalar_one() == shares
            assert connection.execute(text(held)).scalar_one()


def test_a_fork_needs_no_blobs(settings: Settings, tmp_path: Path) -> None:
    with Holdfast(settings.model_copy(update={"blob_url": str(tmp_path / "a file")})) as hf:
        (tmp_path / "a file").write_text("")
        session = hf.start("u")
        assert hf.fork(session.id).verify() == 2


def test_the_state_of_a_fork_is_there_at_once(hf: Holdfast, session: Session, engine: Engine) -> None:
    session.append(
        *({"type": "decision.made", "data": {"question": f"q{n}", "decision": "x" * 400}} for n in range(99))
    )
    session.save("context")
    fork = hf.fork(session.id, at=60)
    with engine.connect() as connection:
        folds = connection.execute(text("SELECT seq FROM folds ORDER BY session_key DESC")).scalars().all()
    assert folds[0] == 60
    assert fork.state(at=60).session_id == fork.id
    assert len(fork.state().decisions_made) == 50
    saved = fork.save()
    hf.service.saves.verify(fork.id, saved.id)


def test_forks_at_once_get_ids_of_their_own(hf: Holdfast, session: Session) -> None:
    with ThreadPoolExecutor(4) as pool:
        forks = list(pool.map(lambda _: hf.fork(session.id).id, range(8)))
    assert len(set(forks)) == 8
