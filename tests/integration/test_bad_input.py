"""Bad input at the client: an error that names the field and the limit, before anything is sent."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from holdfast.client import Holdfast, Session, connect
from holdfast.config import Settings
from holdfast.errors import EventTooLarge, InvalidEvent, InvalidInput, UnknownEventType
from holdfast.testing import drain
from writing import said, stream_of

BAD_EVENTS: list[tuple[Any, type[InvalidInput], str, str]] = [
    ("{", InvalidEvent, "event", "is not valid JSON"),
    (b"\xff", InvalidEvent, "event", "is not valid JSON"),
    ("\ud800", InvalidEvent, "event", "half a character"),
    ("[]", InvalidEvent, "event", "must be a typed event, or an object"),
    (7, InvalidEvent, "event", "must be a typed event, or an object"),
    ({}, InvalidEvent, "type", "is required"),
    ({"type": 5}, InvalidEvent, "type", "must be text"),
    ({"type": "message.aded"}, UnknownEventType, "type", "did you mean 'message.added'"),
    ({"type": "mine.own"}, UnknownEventType, "type", "types of your own begin with 'custom.'"),
    ({"type": "custom.\0"}, InvalidEvent, "type", "1 to 128 printable characters"),
    ({"type": "message.added"}, InvalidEvent, "data.role", "is required"),
    ({"type": "message.added", "data": {"role": "user", "content": 7}}, InvalidEvent, "data.content", "must be text"),
    ({"type": "message.added", "data": [], "version": 1}, InvalidEvent, "data", "must be an object"),
    ({**said("x"), "version": 2}, UnknownEventType, "version", "newer than this release knows"),
    ({**said("x"), "version": "1"}, InvalidEvent, "version", "whole number"),
    ({**said("x"), "text": "x"}, InvalidEvent, "text", "is no field of an event"),
    ({**said("x"), "id": "one"}, InvalidEvent, "id", "must be a UUID"),
    (
        {**said("x"), "occurred_at": "1969-12-31T23:59:59Z"},
        InvalidEvent,
        "occurred_at",
        "from 1970-01-01 to before 2200",
    ),
    ({**said("x"), "occurred_at": datetime(2200, 1, 1, tzinfo=UTC)}, InvalidEvent, "occurred_at", "before 2200-01-01"),
    ({**said("x"), "occurred_at": "yesterday"}, InvalidEvent, "occurred_at", "must be a time"),
    ({**said("x"), "fence": -1}, InvalidEvent, "fence", "from 0 to 2**63 - 1"),
    ({**said("x"), "fence": 2**63}, InvalidEvent, "fence", "from 0 to 2**63 - 1"),
    ({**said("x"), "conversation": "a b"}, InvalidEvent, "conversation", "1 to 128 printable characters"),
    ({**said("x"), "conversation": "c" * 500}, InvalidEvent, "conversation", "1 to 128 printable characters"),
    ({**said("x"), "actor": " a"}, InvalidEvent, "actor", "spaces only between words"),
    ({**said("x"), "session_id": "another"}, InvalidEvent, "session_id", "the event was given to"),
    ({"type": "custom.x", "data": {"a": float("nan")}}, InvalidEvent, "data.a", "must be a finite number"),
    ({"type": "custom.x", "data": {"a": [1, "\udfff"]}}, InvalidEvent, "data.a.1", "half a character"),
    ('{"type": "custom.x", "data": {"a": "\\ud800"}}', InvalidEvent, "event", "surrogate"),
    ({"type": "custom.x", "data": {"a": 2**64}}, InvalidEvent, "data.a", "at most 64 bits"),
    ({"type": "custom.x", "data": {"a": object()}}, InvalidEvent, "data.a", "must be a JSON value"),
    ({"type": "custom.x", "data": {5: 1}}, InvalidEvent, "data", "a key that is not text"),
    (said("x" * 300_000), EventTooLarge, "event", "the limit is 262,144"),
]


@pytest.mark.parametrize("verb", ["publish", "append"])
@pytest.mark.parametrize(("event", "error", "field", "problem"), BAD_EVENTS, ids=lambda value: str(value)[:40])
def test_a_bad_event_is_refused_before_anything_is_sent(
    client: Holdfast, verb: str, event: object, error: type[InvalidInput], field: str, problem: str
) -> None:
    session = Session(client, "there", "agent")
    with pytest.raises(InvalidInput) as caught:
        getattr(session, verb)(said("good"), event, said("good"))
    assert (type(caught.value), caught.value.field) == (error, field)
    assert problem in caught.value.problem
    assert client.publisher.redis.xlen(stream_of(client, session)) == 0, "not even the good one in front of it"


@pytest.fixture(scope="module")
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One for all: none of its events may arrive anywhere."""
    server = request.getfixturevalue("redis_server")
    with Holdfast(Settings.load(redis_url=server.url, prefix=f"{tmp_path_factory.mktemp('bad').name}:")) as holdfast:
        yield holdfast


BAD_IDS = ["", " ", "a b", "x" * 129, "x" * 500, "a\0b", "a\nb", "\u202eabc", "\ud800", "a\u2028b", None, 7, b"bytes"]
GOOD_IDS = ["x" * 128, "会" * 128, "🙂", "ünï/çødé?&#'\"\\;--", "%s", "../..", "{}"]


@pytest.mark.parametrize("bad", BAD_IDS, ids=repr)
def test_an_id_that_cannot_be_one_is_refused_wherever_it_goes(hf: Holdfast, bad: Any) -> None:
    for call in (hf.session, hf.start):
        with pytest.raises(InvalidInput, match="must be 1 to 128 printable characters without whitespace"):
            call(bad)
    if bad is not None:
        with pytest.raises(InvalidInput, match="session_id"):
            hf.start("u", session_id=bad)
    assert hf.sessions().items == []


@pytest.mark.parametrize("odd", GOOD_IDS, ids=lambda odd: repr(odd)[:20])
def test_an_odd_id_goes_all_the_way(hf: Holdfast, odd: str) -> None:
    session = hf.start(odd, session_id=odd)
    session.publish(said("hello", conversation=odd))
    session.append(said("again", conversation=odd))
    assert [message.conversation for message in hf.session(odd).messages(conversation=odd)] == [odd, odd]
    assert hf.sessions(user_id=odd).items[0].id == odd
    session.append({"type": "session.closed"})
    with pytest.raises(Exception, match="closed"):
        session.append(said("too late"))
    session.publish(said("too late"))
    drain(hf.settings)
    assert hf.service.dead_letters(session_id=odd)[0].session_id == odd, "its dead letters are found by its id"


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda hf: hf.start("u", kind=" "), "kind"),
        (lambda hf: hf.start("u", agent=""), "agent"),
        (lambda hf: hf.start("u", title=5), "data.title"),
        (lambda hf: hf.start("u", continues="a b"), "data.continues"),
        (lambda hf: hf.sessions(user_id="a\0b"), "user_id"),
        (lambda hf: hf.sessions(user_id="\ud800"), "user_id"),
        (lambda hf: hf.sessions(status="actve"), "status"),
        (lambda hf: hf.sessions(text="a\0b"), "text"),
        (lambda hf: hf.sessions(text="\ud800"), "text"),
        (lambda hf: hf.sessions(since="yesterday"), "since"),
        (lambda hf: hf.sessions(until=5), "until"),
        (lambda hf: hf.sessions(limit=0), "limit"),
        (lambda hf: hf.sessions(limit=10_001), "limit"),
        (lambda hf: hf.sessions(limit="5"), "limit"),
        (lambda hf: hf.service.dead_letters(limit=0), "limit"),
        (lambda hf: hf.service.dead_letter(2**70), "key"),
        (lambda hf: Session(hf, "s", "a").events(after=-1), "after"),
        (lambda hf: Session(hf, "s", "a").events(limit=0), "limit"),
        (lambda hf: Session(hf, "s", "a").messages(limit=-5), "limit"),
        (lambda hf: hf.start("u").messages(conversation="a\0b"), "conversation"),
    ],
)
def test_what_is_asked_wrongly_names_the_field(hf: Holdfast, call: Callable[[Holdfast], object], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        call(hf)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"tenant": "a b"}, "tenant"),
        ({"tenant": ""}, "tenant"),
        ({"tenant": "t" * 129}, "tenant"),
        ({"tenant": "a\0"}, "tenant"),
        ({"redis_url": "nonsense"}, "redis_url"),
        ({"database_url": "nonsense"}, "database_url"),
        ({"database_url": "mysql://host/db"}, "database_url"),
        ({"shards": 0}, "shards"),
        ({"timeout": 0}, "timeout"),
        ({"no_such_setting": 1}, "no_such_setting"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_when_connecting(given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        connect(**given)
    assert caught.value.field == field
