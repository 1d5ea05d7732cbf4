"""A client without a way to Postgres: it publishes, and appends by waiting for a notice."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.errors import NotCommittedYet, NotConfigured, SessionClosed, SessionExists, SessionNotFound
from holdfast.pipeline.ingest import Ingest
from holdfast.stream.reader import Reader
from writing import contents, drained, draining, raw, said


@pytest.fixture
def away(settings: Settings) -> Iterator[Holdfast]:
    """A client of the same installation that knows no Postgres."""
    with Holdfast(settings.model_copy(update={"database_url": None, "append_timeout": 10.0})) as holdfast:
        yield holdfast


def test_a_session_is_started_and_written_to_by_notice(away: Holdfast, hf: Holdfast, ingest: Ingest) -> None:
    event = said("hello", id=str(uuid4()))
    with draining(ingest):
        session = away.start("u", kind="trip", agent="planner", session_id="given", title="Paris")
        receipts = session.append(event, said("again"))
        (repeat,) = away.session("given").append(event)
    assert [(receipt.seq, receipt.duplicate) for receipt in receipts] == [(2, False), (3, False)]
    assert repeat == (UUID(event["id"]), 2, True)
    found = hf.service.find("given")
    assert (found.user_id, found.kind, found.agent, found.title) == ("u", "trip", "planner", "Paris")
    assert contents(hf.session("given")) == ["hello", "again"]


def test_a_refusal_comes_by_notice(away: Holdfast, hf: Holdfast, ingest: Ingest) -> None:
    over = hf.start("u", session_id="over")
    over.append({"type": "session.closed"})
    with draining(ingest):
        with pytest.raises(SessionExists, match="'over' was started before"):
            away.start("u", session_id="over")
        with pytest.raises(SessionClosed, match="'over' is closed; start a new one") as closed:
            away.session("over").append(said("too late"))
        with pytest.raises(SessionNotFound, match="'nowhere'"):
            away.session("nowhere").append(said("to nobody"))
    assert closed.value.session_id == "over"
    assert len(hf.service.dead_letters()) == 3


def test_an_event_given_twice_has_one_receipt(away: Holdfast, hf: Holdfast, ingest: Ingest) -> None:
    session, event = hf.start("u"), said("once", id=str(uuid4()))
    with draining(ingest):
        first, second = away.session(session.id).append(event, event)
    assert first == second == (UUID(event["id"]), 2, False)


def test_an_id_must_be_given_where_none_can_be_made(away: Holdfast) -> None:
    with pytest.raises(NotConfigured, match="pass session_id=…, such as a UUID"):
        away.start("u")


@pytest.mark.parametrize(
    "read",
    [Session.events, Session.messages, Session.state, Session.verify, lambda session: session.lease("a").__enter__()],
)
def test_what_needs_postgres_says_how_to_name_one(away: Holdfast, read: Callable[[Session], Any]) -> None:
    with pytest.raises(NotConfigured, match="set HOLDFAST_DATABASE_URL"):
        read(away.session("any"))
    with pytest.raises(NotConfigured, match="HOLDFAST_DATABASE_URL"):
        away.sessions(user_id="u")


@pytest.mark.promise(1)
def test_a_notice_that_is_lost_is_asked_for_again(
    away: Holdfast, hf: Holdfast, ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The drain dies between its commit and its notice."""
    session = hf.start("u")
    lost: list[str] = []
    notify = Reader.notify

    def lose_the_first(reader: Reader, shard: int, token: str, outcome: bytes) -> None:
        if lost:
            notify(reader, shard, token, outcome)
        lost.append(token)

    monkeypatch.setattr(Reader, "notify", lose_the_first)
    monkeypatch.setattr("holdfast.stream.notice.REPEAT_SECONDS", 0.1)
    with draining(ingest):
        (receipt,) = away.session(session.id).append(said("once"))
    assert len(lost) > 1
    assert (receipt.seq, receipt.duplicate) == (2, True)
    assert contents(session) == ["once"]


@pytest.mark.promise(1)
def test_what_nobody_drains_is_not_committed_yet_and_will_be(settings: Settings, hf: Holdfast, ingest: Ingest) -> None:
    session = hf.start("u")
    with (
        Holdfast(settings.model_copy(update={"database_url": None, "append_timeout": 0.2})) as away,
        pytest.raises(NotCommittedYet, match="they are in Redis and will be, once a worker drains them"),
    ):
        away.session(session.id).append(said("waits"))
    assert drained(hf, ingest, session) == ["waits"]


def test_waiting_outlasts_a_short_limit_on_calls_to_redis(settings: Settings, hf: Holdfast, ingest: Ingest) -> None:
    """A call that waits for a notice must end before the connection gives up on it."""
    session = hf.start("u")
    with Holdfast(settings.model_copy(update={"database_url": None, "append_timeout": 0.7, "timeout": 0.6})) as away:
        with pytest.raises(NotCommittedYet):
            away.session(session.id).append(said("nobody drains"))
        with draining(ingest):
            away.session(session.id).append(said("hello"))
    assert contents(session) == ["nobody drains", "hello"]


@pytest.mark.promise(1)
def test_a_notice_that_cannot_be_left_holds_nobody_up(hf: Holdfast, ingest: Ingest) -> None:
    """Something else lies under the waiter's key: whoever is behind it in the stream must not wait."""
    session = hf.start("u")
    redis, keys = hf.publisher.redis, hf.publisher.keys
    redis.set(keys.notice("taken"), "not a list")
    stream = keys.stream(keys.shard(session.id))
    redis.xadd(stream, raw(session, said("first"), reply="taken"))
    assert drained(hf, ingest, session) == ["first"]
    assert redis.xlen(stream) == 0
