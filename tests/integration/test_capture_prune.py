"""Pruning: what is kept is whole, whatever is saved, pruned, pinned and collected beside it."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from capturing import capture, counts, files, make_small, saver_of
from holdfast import bootstrap
from holdfast.blobs.vault import Vault
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.errors import InvalidInput, NotCommittedYet, SnapshotNotFound
from holdfast.pipeline.capture import Saver
from holdfast.pipeline.collect import collect
from holdfast.saving.tiers import TIERS, Tier
from holdfast.session import fold
from holdfast.store import savings
from strategies import patient
from writing import said

KEEP = 2
laws = settings(
    patient, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
def few(settings: Settings) -> Settings:
    return settings.model_copy(update={"autosave_keep": KEEP})


@pytest.fixture
def hf(few: Settings) -> Iterator[Holdfast]:
    with Holdfast(few) as holdfast:
        yield holdfast


@pytest.fixture
def saver(few: Settings, engine: Engine) -> Saver:
    return saver_of(few, engine)


@pytest.fixture
def vault(few: Settings, engine: Engine) -> Vault:
    return bootstrap.vault(few, engine)


def check_whole(hf: Holdfast, *sessions: Session) -> None:
    """Every snapshot that is kept verifies, tells the state of its time, and alone gives back the events."""
    for session in sessions:
        events = session.events(limit=None)
        for each in session.snapshots():
            hf.service.saves.verify(session.id, each.id)
            assert session.state(at=each.id) == fold(events[: each.seq])
            if each.tier == "full":
                assert list(hf.service.saves.restored(session.id, each.id).events()) == events[: each.seq]


def check_nothing_left(few: Settings, engine: Engine, vault: Vault) -> None:
    """What the registry has is what lies there, and after a collection nothing lies there that is not needed."""
    collect(engine, [vault.place], grace=-1)
    with engine.connect() as connection:
        names = set(connection.execute(text("SELECT name FROM blobs")).scalars())
        loose = connection.execute(text("SELECT count(*) FROM blobs WHERE loose_since IS NOT NULL")).scalar_one()
        unneeded = """
            SELECT count(*) FROM blobs b WHERE NOT EXISTS (SELECT FROM segments WHERE blob = b.key)
            AND NOT EXISTS (SELECT FROM snapshots WHERE body = b.key)
        """
        assert connection.execute(text(unneeded)).scalar_one() == 0
    assert loose == 0
    assert set(files(few)) == names


def test_so_many_of_each_tier_the_newest_and_what_is_pinned(hf: Holdfast, saver: Saver) -> None:
    session = hf.start("u")
    for number in range(KEEP + 3):
        session.append(said(str(number)))
        capture(saver, session, tiers=TIERS)
        if number == 0:
            first = session.snapshots()[0]
            session.pin(first.id, note="the beginning")
    kept = session.snapshots()
    last = len(session.events())
    for tier in TIERS:
        seqs = [each.seq for each in kept if each.tier == tier]
        assert seqs == [last, last - 1] + ([first.seq] if tier == first.tier else [])
    assert [each.id for each in kept if each.pinned] == [first.id]
    check_whole(hf, session)
    session.unpin(first.id)
    session.append(said("more"))
    capture(saver, session, tiers=TIERS)
    assert first.id not in {each.id for each in session.snapshots()}
    assert len(session.snapshots()) == KEEP * len(TIERS)


def test_a_session_that_is_held_is_not_pruned(hf: Holdfast, saver: Saver) -> None:
    held, other = hf.start("u"), hf.start("u")
    held.pin(note="legal hold, case 17")
    for number in range(KEEP + 4):
        for session in (held, other):
            session.append(said(str(number)))
        capture(saver, held, other, tiers=["full", "context"])
    assert len(held.snapshots()) == 2 * (KEEP + 4)
    assert all(each.pinned for each in held.snapshots())
    assert len(other.snapshots()) == 2 * KEEP
    check_whole(hf, held, other)
    held.unpin()
    held.append(said("let go"))
    capture(saver, held, tiers=["full"])
    tiers = [each.tier for each in held.snapshots()]
    assert (tiers.count("full"), tiers.count("context")) == (KEEP, KEEP + 4), "each tier with its next save"


def test_a_session_says_itself_how_many_are_kept(hf: Holdfast, saver: Saver) -> None:
    one = hf.start("u", autosave={"backup_count": 1})
    many = hf.start("u", autosave={"backup_count": 6})
    for number in range(8):
        for session in (one, many):
            session.append(said(str(number)))
        capture(saver, one, many, tiers=["context"])
    assert [len(session.snapshots()) for session in (one, many)] == [1, 6]


def test_what_cannot_be_pinned_is_told(hf: Holdfast) -> None:
    session = hf.start("u")
    with pytest.raises(SnapshotNotFound, match="has no recovery point 'RECOVERY-x'"):
        session.pin("RECOVERY-x")
    for call in (session.unpin, lambda: session.unpin(session.save("context").id)):
        with pytest.raises(InvalidInput, match="is not pinned"):
            call()  # type: ignore[no-untyped-call]  # which of the two it is does not matter
    with pytest.raises(InvalidInput, match="note"):
        session.pin(note="\0")


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("grow"), st.integers(0, 2), st.integers(1, 12)),
        st.tuples(st.just("capture"), st.integers(0, 2), st.sets(st.sampled_from(TIERS), min_size=1)),
        st.tuples(st.sampled_from(["pin", "unpin", "hold", "let go", "fork"]), st.integers(0, 2), st.integers(0, 99)),
        st.tuples(st.just("collect"), st.integers(0, 2), st.none()),
    ),
    min_size=4,
    max_size=24,
)


@pytest.mark.promise(5)
@laws
@given(steps=STEPS)
def test_whatever_is_saved_pruned_pinned_forked_and_collected_what_is_kept_is_whole(
    hf: Holdfast, saver: Saver, vault: Vault, few: Settings, engine: Engine, steps: list[tuple[str, int, Any]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        make_small(patch)
        sessions = [hf.start("u") for _ in range(3)]
        pinned: dict[str, set[str]] = {session.id: set() for session in sessions}
        for step, which, how in [*steps, *[("capture", each, {"full"}) for each in range(3)]]:
            session = sessions[which]
            if step == "grow":
                session.append(*[said("x" * 30) for _ in range(how)])
            elif step == "capture":
                capture(saver, session, tiers=sorted(how))
            elif step == "collect":
                collect(engine, [vault.place], grace=-1)
            elif step == "fork":
                sessions[which] = hf.fork(session.id, at=how % len(session.events()) + 1)
                sessions.append(session)
                pinned[sessions[which].id] = set()
            else:
                pin_something(session, step, how, pinned[session.id])
        for session in sessions:
            kept = {each.id for each in session.snapshots()}
            assert pinned[session.id] <= kept
        check_whole(hf, *sessions)
        check_nothing_left(few, engine, vault)
        check_whole(hf, *sessions)


def pin_something(session: Session, step: str, which: int, pinned: set[str]) -> None:
    points = [each.id for each in session.snapshots()]
    if step == "pin" and points:
        session.pin(points[which % len(points)])
        pinned.add(points[which % len(points)])
    elif step == "unpin" and pinned:
        session.unpin(pinned.pop())
    elif step == "hold":
        session.pin()
    elif step == "let go" and any(each.point is None for each in session._holdfast.service.saves.pins(session.id)):
        session.unpin()


@pytest.mark.promise(5)
def test_at_once_they_leave_every_kept_snapshot_whole(
    hf: Holdfast, few: Settings, vault: Vault, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two that save, one that pins and one that collects, each as fast as it can."""
    make_small(monkeypatch)
    monkeypatch.setattr("holdfast.pipeline.capture.APART_SECONDS", 0.0)
    monkeypatch.setattr("holdfast.pipeline.capture.AWAY_SECONDS", 0.0)
    sessions = [hf.start("u") for _ in range(3)]
    over = threading.Event()
    with ThreadPoolExecutor(4) as pool:
        savers = [pool.submit(save_often, few, engine, sessions, tiers) for tiers in (TIERS, ("full", "conversation"))]
        pinning = pool.submit(pin_until, over, sessions[:2])
        collecting = pool.submit(collect_until, over, engine, vault)
        try:
            for each in savers:
                each.result(120)
        finally:
            over.set()
        collecting.result(30)
        pinned = pinning.result(30)
    assert pinned
    assert pinned <= {(session.id, each.id) for session in sessions for each in session.snapshots()}
    check_whole(hf, *sessions)
    for session in sessions:
        session.append(said("and on"))
    capture(saver_of(few, engine), *sessions, tiers=TIERS)
    collect(engine, [vault.place], grace=-1)
    check_whole(hf, *sessions)


def save_often(few: Settings, engine: Engine, sessions: Sequence[Session], tiers: Sequence[Tier]) -> None:
    saver = saver_of(few, engine)
    for number in range(25):
        for session in sessions:
            session.append(*[said(f"{number} {each}") for each in range(number % 5)])
        capture(saver, *sessions, tiers=tiers)


def pin_until(over: threading.Event, sessions: Sequence[Session]) -> set[tuple[str, str]]:
    """Pin what is there, and may be pruned at this very moment; returns what could be pinned."""
    pinned: set[tuple[str, str]] = set()
    while not over.wait(0.05):
        for session in sessions:
            points = [each.id for each in session.snapshots()]
            for point in points[:1]:
                with suppress(SnapshotNotFound):
                    session.pin(point)
                    pinned.add((session.id, point))
    return pinned


def collect_until(over: threading.Event, engine: Engine, vault: Vault) -> None:
    """With so little grace that some blobs go between their writing and the commit that would refer to them."""
    while not over.wait(0.01):
        collect(engine, [vault.place], grace=0.01)


@pytest.mark.promise(5)
def test_a_blob_that_is_collected_while_a_save_refers_to_it_is_written_again(
    hf: Holdfast, vault: Vault, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The save has announced and written its blobs; before it commits, everything that is loose is deleted."""
    session = hf.start("u")
    session.append(said("x"))
    commit, collections = Saver._commit, iter([1, 2])

    def collected_first(self: Saver, makings: Any, keys: Any) -> Any:
        if next(collections, None):
            assert collect(engine, [vault.place], grace=-1) == 2
        return commit(self, makings, keys)

    monkeypatch.setattr(Saver, "_commit", collected_first)
    snapshot = session.save("full")
    assert snapshot.seq == 2
    check_whole(hf, session)


def test_a_collector_that_died_lets_saves_wait_and_not_fail_for_ever(
    hf: Holdfast, vault: Vault, few: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The blob is doomed, and nobody deletes it: who asks is told, and after the next collection it is saved."""
    monkeypatch.setattr("holdfast.pipeline.capture.ROUNDS", 3)
    session = hf.start("u")
    session.append(said("x"))
    session.save("conversation")
    (segment,) = files(few)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM segments"))
        connection.execute(text("DELETE FROM snapshots"))
        connection.execute(text("DELETE FROM savings"))
        connection.execute(text("UPDATE blobs SET doomed = true, loose_since = now()"))
    with pytest.raises(NotCommittedYet):
        session.save("conversation")
    assert collect(engine, [vault.place], grace=-1) == 1
    session.save("conversation")
    assert list(files(few)) == [segment]
    check_whole(hf, session)


def test_a_snapshot_that_is_pinned_while_it_is_pruned_stays_or_was_gone(
    hf: Holdfast, saver: Saver, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = hf.start("u")
    for number in range(KEEP):
        session.append(said(str(number)))
        capture(saver, session, tiers=["context"])
    oldest = session.snapshots()[-1]
    with ThreadPoolExecutor(1) as pool:
        settle = savings.settle
        pins: list[Future[None]] = []

        def settled_late(*given: Any) -> None:
            """The save has pruned, and is not committed."""
            pins.append(pool.submit(session.pin, oldest.id))
            assert not wait(pins, timeout=0.3).done, "whoever pins waits for the save that prunes"
            settle(*given)

        monkeypatch.setattr(savings, "settle", settled_late)
        session.append(said("one more"))
        capture(saver, session, tiers=["context"])
        with pytest.raises(SnapshotNotFound):
            pins[0].result(10)
    assert oldest.id not in {each.id for each in session.snapshots()}
    assert hf.service.saves.pins(session.id) == []


@pytest.mark.promise(7)
def test_however_often_a_session_is_saved_its_rows_are_few(hf: Holdfast, saver: Saver, engine: Engine) -> None:
    session = hf.start("u")
    for number in range(40):
        session.append(said(str(number)))
        capture(saver, session, tiers=TIERS)
    after = counts(engine)
    assert after["snapshots"] == KEEP * len(TIERS)
    assert after["folds"] == KEEP
    assert after["segments"] <= 20
