"""Leases: who may write now, and that a writer who may not any more is refused and told."""

import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from sqlalchemy import Engine, text

from holdfast.client import Holdfast
from holdfast.config import Settings
from holdfast.errors import InvalidEvent, InvalidInput, SessionClosed, SessionExists, SessionNotFound, StaleWriter
from holdfast.events import LeaseReleased, LeaseTaken, SessionForked, SessionStarted, draft
from holdfast.pipeline.ingest import Ingest
from processes import environment
from writing import contents, drain, drained, said

LEASEHOLDER = Path(__file__).with_name("leaseholder.py")


@pytest.mark.promise(4)
def test_an_event_under_an_old_fence_is_never_committed_and_its_writer_is_told(hf: Holdfast, ingest: Ingest) -> None:
    old = hf.start("u", agent="old")
    new = hf.session(old.id, agent="new")
    told = "leased exclusively by 'new' at fence 2, and this event carries fence 1"
    with pytest.raises(StaleWriter, match=told) as it, old.lease("old"):  # noqa: PT012  # the block is what is tested
        old.append(said("mine"))
        with new.lease("new", takeover=True):
            new.append(said("mine now"))
            old.publish(said("published by the old"))
            drain(ingest)
            old.append(said("appended by the old"))
    assert it.value.session_id == old.id
    assert contents(old) == ["mine", "mine now"]
    letters = hf.service.dead_letters(session_id=old.id)
    # An append that is refused tells its caller; what was queued is kept.
    assert [(letter.reason, letter.entry[b"fence"]) for letter in letters] == [("stale_writer", b"1")]


@pytest.mark.promise(4)
def test_a_takeover_is_noticed_at_the_end_of_the_block(hf: Holdfast) -> None:
    session = hf.start("u")
    with pytest.raises(StaleWriter, match="the lease of 'old' at fence 1 was taken over"), session.lease("old"):
        hf.service.take_lease(session.id, "new", exclusive=True, takeover=True)
    assert hf.service.find(session.id).holder == "new", "the old holder's end does not release the new one's lease"


def test_a_lease_is_recorded_and_its_release_opens_the_session_again(hf: Holdfast) -> None:
    session = hf.start("u", agent="planner")
    with session.lease("planner") as lease:
        assert (lease.owner, lease.fence, lease.exclusive) == ("planner", 1, True)
        found = hf.service.find(session.id)
        assert (found.holder, found.fence) == ("planner", 1)
        with pytest.raises(StaleWriter, match="carries no fence; take the lease before writing"):
            hf.session(session.id).append(said("without it"))
        assert session.append(said("with it"))[0].seq == 3
    found = hf.service.find(session.id)
    assert (found.holder, found.held_until, found.fence) == (None, None, 1)
    hf.session(session.id).append(said("open to all"))
    assert [event.type for event in session.events()][1::2] == ["lease.taken", "lease.released"]
    taken, released = session.events()[1].payload, session.events()[3].payload
    assert isinstance(taken, LeaseTaken)
    assert isinstance(released, LeaseReleased)
    assert (taken.owner, taken.fence, released.owner, released.fence) == ("planner", 1, "planner", 1)
    assert session.state().lease is None
    assert session.events()[2].fence == 1


@pytest.mark.promise(4)
def test_after_a_release_an_older_fence_stays_refused(hf: Holdfast) -> None:
    session = hf.start("u")
    for _ in range(2):
        with session.lease("a"):
            pass
    with pytest.raises(StaleWriter, match="fence 1 is not the one of now"):
        session.append(said("late", fence=1))
    with pytest.raises(StaleWriter, match="fence 3 is not the one of now"):
        session.append(said("made up", fence=3))
    session.append(said("under the last", fence=2), said("under none"))
    assert contents(session) == ["under the last", "under none"]


@pytest.mark.parametrize("failure", [RuntimeError("of the agent"), StaleWriter("another-session", "elsewhere")])
def test_whatever_ends_the_block_the_lease_is_released(hf: Holdfast, failure: Exception) -> None:
    session = hf.start("u")
    with pytest.raises(type(failure)) as caught, session.lease("a"):
        raise failure
    assert caught.value is failure
    assert hf.service.find(session.id).holder is None
    session.append(said("and on"))


def test_a_lease_that_cannot_be_released_does_not_hide_what_went_wrong(hf: Holdfast) -> None:
    session = hf.start("u")
    with pytest.raises(RuntimeError, match="of the agent") as caught, session.lease("a"):  # noqa: PT012  # as above
        hf.service.take_lease(session.id, "b", exclusive=True, takeover=True)
        raise RuntimeError("of the agent")
    (note,) = caught.value.__notes__
    assert note.startswith("and the lease could not be released: the lease of 'a' at fence 1 was taken over")


def test_a_shared_lease_keeps_nobody_out_but_old_fences(hf: Holdfast) -> None:
    session = hf.start("u")
    other = hf.session(session.id, agent="other")
    with pytest.raises(StaleWriter), session.lease("many", exclusive=False) as first:  # noqa: PT012  # as above
        other.append(said("without any"))
        with other.lease("many", exclusive=False) as second:
            assert (first.fence, second.fence) == (1, 2)
            hf.session(session.id).append(said("still open"))
            session.append(said("under the first"))
    assert contents(session) == ["without any", "still open"]


@pytest.mark.promise(1)
@pytest.mark.promise(4)
def test_what_was_published_before_a_lease_is_taken_or_released_is_committed_before_it(hf: Holdfast) -> None:
    """Accepted events of a writer in good standing must not be refused because nobody drained them in time."""
    session = hf.start("u")
    session.publish(said("before the lease"))
    with session.lease("a"):
        session.publish(said("within it"))
    hf.service.take_lease(session.id, "b", exclusive=True)
    types = ["session.started", "message.added", "lease.taken", "message.added", "lease.released", "lease.taken"]
    assert [event.type for event in session.events()] == types
    assert hf.service.dead_letters() == []


@pytest.mark.promise(4)
def test_two_processes_that_take_the_lease_from_each_other_leave_an_orderly_log(
    hf: Holdfast, settings: Settings, engine: Engine, ingest: Ingest
) -> None:
    session = hf.start("u")
    running = [
        subprocess.Popen(
            [sys.executable, str(LEASEHOLDER), name, session.id, "7", "20"],
            env=environment(settings),
            stdout=subprocess.PIPE,
        )
        for name in ("left", "right")
    ]
    acknowledged = {each for one in running for each in orjson.loads(one.communicate(timeout=60)[0])}
    assert [each.returncode for each in running] == [0, 0]
    drain(ingest)
    fence, holder, ids = 0, None, set()
    for event in session.events(after=1):
        if event.type == "lease.taken":
            assert event.data["fence"] == fence + 1
            fence, holder = event.data["fence"], event.data["owner"]
        elif event.type == "lease.released":
            assert (event.data["owner"], event.data["fence"]) == (holder, fence)
            holder = None
        else:
            assert event.fence == event.data["fence"] == fence, "under the fence of now, and no older one"
            assert holder in {event.data["owner"], None}
            ids.add(str(event.id))
    assert fence == 40
    assert acknowledged <= ids
    letters = hf.service.dead_letters(session_id=session.id, limit=500)
    assert {letter.reason for letter in letters} <= {"stale_writer"}
    assert not ids & {letter.event_id for letter in letters}
    assert session.verify() == session.state().history.total
    with engine.connect() as connection:
        assert connection.execute(text("SELECT fence, holder FROM sessions")).one() == (fence, holder)


def test_there_is_no_lease_on_a_session_that_has_ended_or_never_was(hf: Holdfast) -> None:
    session = hf.start("u")
    session.append({"type": "session.closed"})
    with pytest.raises(SessionClosed), session.lease("a"):
        pass
    with pytest.raises(SessionNotFound):
        hf.service.take_lease("nowhere", "a", exclusive=True)
    with pytest.raises(InvalidInput, match="owner"), session.lease(" a"):
        pass
    assert len(session.events()) == 2


@pytest.mark.promise(4)
@pytest.mark.parametrize(
    ("event", "error"),
    [
        (LeaseTaken(owner="thief", fence=9), InvalidEvent),
        (LeaseReleased(owner="thief", fence=0), InvalidEvent),
        (SessionForked(from_session="thief", at_seq=1), InvalidEvent),
        (SessionStarted(user_id="thief"), SessionExists),
    ],
)
def test_nobody_moves_a_guard_by_writing_its_event(
    hf: Holdfast, ingest: Ingest, event: LeaseTaken, error: type[Exception]
) -> None:
    session = hf.start("u")
    with pytest.raises(error):
        session.append(event)
    if error is InvalidEvent:
        with pytest.raises(InvalidEvent, match="written by Holdfast alone"):
            session.publish(event)
        assert hf.service.dead_letters() == [], "refused before anything was sent"
    # Another writer may put anything into the stream.
    hf.publisher.publish("default", [draft(event, session_id=session.id, actor="thief")])
    session.publish(said("behind it"))
    assert drained(hf, ingest, session) == ["behind it"]
    found = hf.service.find(session.id)
    assert (found.user_id, found.holder, found.fence, found.events) == ("u", None, 0, 2)
