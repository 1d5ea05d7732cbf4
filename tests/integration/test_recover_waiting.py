"""An emergency recovery of what waits in Redis: all of it, and nothing that the log will not take."""

import pytest

from holdfast.client import Holdfast, Session
from holdfast.errors import BlobsUnavailable, SessionNotFound, SnapshotDamaged
from holdfast.events import LeaseTaken, SessionForked, SessionStarted, draft
from holdfast.pipeline.ingest import Ingest
from writing import drain, raw, said, stream_of


def saved(hf: Holdfast) -> Session:
    session = hf.start("ada", agent="planner")
    session.append(said("first"))
    with session.lease("planner"):
        pass
    session.save()
    return session


@pytest.mark.promise(6)
def test_all_that_waits_is_taken_into_account_however_much_it_is(hf: Holdfast) -> None:
    session, other = saved(hf), hf.start("u")
    while stream_of(hf, other) != stream_of(hf, session):
        other = hf.start("u")
    for number in range(12):
        other.publish(*[said("of somebody else")] * 100)
        session.publish(*[said(f"{number} {each}") for each in range(100)])
    report = session.recover("emergency", record=False)
    assert report.pending == 1200
    assert report.messages()[-1]["content"] == "11 99"
    assert "Last from the user: 11 99" in report.context_summary


@pytest.mark.promise(6)
def test_what_the_log_will_refuse_is_no_part_of_the_state_and_is_said(hf: Holdfast, ingest: Ingest) -> None:
    session = saved(hf)
    redis = hf.publisher.redis
    redis.xadd(stream_of(hf, session), {"of": "a stranger"})
    redis.xadd(stream_of(hf, session), raw(session, said("x"), type="message.of_tomorrow"))
    for event in (
        LeaseTaken(owner="thief", fence=9),
        SessionStarted(user_id="thief"),
        SessionForked(from_session="thief", at_seq=1),
        said("under an old fence", fence=0),
    ):
        hf.publisher.publish("default", [draft(event, session_id=session.id, actor="thief")])
    once = draft(said("published twice"), session_id=session.id, actor="planner")
    for _ in range(2):
        hf.publisher.publish("default", [once])
    session.publish({"type": "session.closed"}, said("too late"))
    report = session.recover("emergency", record=False)
    drain(ingest)
    expected, found = session.state(), report.state
    assert (found.user_id, found.forked_from, found.lease) == ("ada", None, None)
    assert [each["content"] for each in report.messages()] == ["first", "published twice"]
    assert found.history.by_type == expected.history.by_type
    assert found.status == expected.status == "closed"
    assert report.pending == 2
    assert any(each.startswith("1 event in Redis cannot be read, and is not taken") for each in report.warnings)
    assert "5 events in Redis are not taken into account: the log will refuse them" in report.warnings


@pytest.mark.promise(6)
def test_what_was_committed_and_still_lies_in_the_stream_counts_once(hf: Holdfast, ingest: Ingest) -> None:
    """As when Redis comes back from a copy of before."""
    session = saved(hf)
    drafts = [draft(said(f"{number}"), session_id=session.id, actor="planner") for number in range(6)]
    for each in drafts:
        hf.publisher.publish("default", [each])
        drain(ingest)
        session.save()
    hf.publisher.publish("default", drafts)
    report = session.recover("emergency", record=False)
    assert report.pending == 0
    assert report.state == session.state()


@pytest.mark.promise(6)
def test_only_what_the_log_would_refuse_is_no_session(hf: Holdfast) -> None:
    nowhere = Session(hf, "nowhere", "agent")
    hf.publisher.publish("default", [draft(LeaseTaken(owner="a", fence=1), session_id="nowhere", actor="a")])
    report = nowhere.recover("emergency")
    assert (report.status, report.pending) == ("failed", 0)


@pytest.mark.promise(6)
def test_blobs_that_cannot_be_read_do_not_make_a_session_unknown(hf: Holdfast) -> None:
    session = saved(hf)
    settings = hf.settings.model_copy(update={"database_url": None})
    root = settings.data_dir / "blobs"
    with Holdfast(settings) as alone:
        away = root.rename(root.with_name("away"))
        unmounted = alone.session(session.id).recover("emergency")
        away.rename(root)
        for path in root.rglob("*.json.gz"):
            path.write_bytes(b"altered")
        damaged = alone.session(session.id).recover("emergency")
        nowhere = alone.session("nowhere").recover("emergency")
    for report, error, told in ((unmounted, BlobsUnavailable, "is it mounted?"), (damaged, SnapshotDamaged, "gz")):
        assert (report.status, type(report.problem)) == ("failed", error)
        assert told in report.warnings[0]
    assert (nowhere.status, type(nowhere.problem)) == ("failed", SessionNotFound)
