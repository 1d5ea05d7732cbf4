"""Bad entries in the stream, where any program may write anything: the dead letters have them, with the reason."""

from typing import Any
from uuid import uuid4

import orjson
import pytest
from sqlalchemy import Engine, text

from holdfast.client import Holdfast, Session
from holdfast.pipeline.ingest import Ingest
from writing import contents, drained, raw, said, shard_of, stream_of

GOOD = {"role": "user", "content": "x"}
DEEP = b'{"a":' * 101 + b"1" + b"}" * 101

# What differs from a good entry (None: the field is missing), the reason, and what the detail says.
BAD: list[tuple[str, dict[Any, Any], str, str]] = [
    ("no data", {"data": None}, "invalid_event", "data: is missing"),
    ("no id", {"id": None}, "invalid_event", "id: is required"),
    ("no session", {"session": None}, "invalid_event", "session: is required"),
    ("no type", {"type": None}, "invalid_event", "type: is required"),
    ("no version", {"version": None}, "invalid_event", "version: is required"),
    ("no actor", {"actor": None}, "invalid_event", "actor: is required"),
    ("no time", {"at": None}, "invalid_event", "at: is required"),
    ("no tenant", {"tenant": None}, "invalid_input", "tenant: must be 1 to 128 printable characters"),
    ("a tenant with a space", {"tenant": "a b"}, "invalid_input", "tenant: must be"),
    ("a tenant with NUL", {"tenant": "default\0"}, "invalid_input", "tenant: must be"),
    ("a field that is not UTF-8", {"actor": b"\xff\xfe"}, "invalid_event", "actor: is not UTF-8 text"),
    ("a name that is not UTF-8", {b"\xff": "x"}, "invalid_event", r"\xff: is not UTF-8 text"),
    ("data that is not UTF-8", {"data": b'{"role":"user","content":"\xff"}'}, "invalid_event", "not valid JSON"),
    ("half of the JSON", {"data": b'{"role":"us'}, "invalid_event", "data: is not valid JSON"),
    ("empty data", {"data": b""}, "invalid_event", "data: is not valid JSON"),
    ("a list", {"data": b"[]"}, "invalid_event", "data: must be an object"),
    ("a custom list", {"type": "custom.x", "data": b"[]"}, "invalid_event", "data: must be an object"),
    ("NaN", {"data": b'{"role":"user","n":NaN}'}, "invalid_event", "not valid JSON"),
    ("infinity", {"type": "custom.x", "data": b'{"n":1e999}'}, "invalid_event", "data"),
    ("a long number", {"type": "custom.x", "data": b'{"n":18446744073709551616}'}, "invalid_event", "64 bits"),
    ("half a character", {"data": rb'{"role":"user","content":"\ud800"}'}, "invalid_event", "surrogate"),
    ("300 KB", {"data": orjson.dumps({**GOOD, "content": "x" * 300_000})}, "event_too_large", "limit is 262,144"),
    ("5 MB", {"data": b" " * 5_000_000}, "event_too_large", "the limit is 262,144"),
    ("5 MB elsewhere", {"type": "custom." + "x" * 5_000_000}, "invalid_event", "type: must be 1 to 128"),
    ("101 levels", {"type": "custom.x", "data": DEEP}, "invalid_event", "nested more than 100 levels"),
    ("a bracket too many", {"type": "custom.x", "data": b"[" * 100_000}, "invalid_event", "not valid JSON"),
    ("no such type", {"type": "message.aded"}, "unknown_event_type", "did you mean 'message.added'"),
    ("an unprintable type", {"type": "custom.\0"}, "invalid_event", "type: must be 1 to 128 printable characters"),
    ("a version of tomorrow", {"version": "2"}, "unknown_event_type", "newer than this release knows"),
    ("version 0", {"version": "0"}, "invalid_event", "version: must be a whole number from 1"),
    ("version one", {"version": "one"}, "invalid_event", "version: must be a whole number"),
    ("a version with a sign", {"version": "+1"}, "invalid_event", "version: must be a whole number"),
    ("an Arabic digit", {"version": "\u0661"}, "invalid_event", "version: must be a whole number"),
    ("no UUID", {"id": "one"}, "invalid_event", "id: must be a UUID"),
    ("no causation", {"causation": ""}, "invalid_event", "causation_id: must be a UUID"),
    ("before the first day", {"at": "1969-12-31T23:59:59.999999Z"}, "invalid_event", "occurred_at: must be from 1970"),
    ("after the last day", {"at": "2200-01-01T00:00:00Z"}, "invalid_event", "occurred_at: must be from 1970"),
    ("the year 1", {"at": "0001-01-01T00:00:00+14:00"}, "invalid_event", "occurred_at"),
    ("no time at all", {"at": "now"}, "invalid_event", "occurred_at: must be a time"),
    ("a session with a space", {"session": "a b"}, "invalid_event", "session_id: must be 1 to 128"),
    ("500 characters", {"session": "s" * 500}, "invalid_event", "session_id: must be 1 to 128"),
    ("a session with NUL", {"session": "a\0b"}, "invalid_event", "session_id: must be 1 to 128"),
    ("right to left override", {"session": "\u202eabc"}, "invalid_event", "session_id: must be 1 to 128"),
    ("an unknown session", {"session": "🙂"}, "session_not_found", "there is no session '🙂'; start it first"),
    ("a tenant that has no such session", {"tenant": "other"}, "session_not_found", "there is no session"),
    ("a closed session", {"session": "closed"}, "session_closed", "session 'closed' is closed"),
    ("a second start", {"type": "session.started", "data": b'{"user_id":"u"}'}, "session_exists", "was started before"),
    ("a negative fence", {"fence": "-1"}, "invalid_event", "fence: must be a whole number"),
    ("a huge fence", {"fence": "9223372036854775808"}, "invalid_event", "fence: must be a whole number from 0"),
    ("a longer fence", {"fence": "9" * 5000}, "invalid_event", "fence: must be a whole number"),
    ("a fence of nobody", {"fence": "7"}, "stale_writer", "fence 7 is not the one of now"),
    ("a conversation with NUL", {"conversation": "a\0"}, "invalid_event", "conversation: must be 1 to 128"),
    ("a wrong payload", {"data": b'{"role":"cook"}'}, "invalid_event", "data.role: must be"),
    (
        "a guard's event",
        {"type": "lease.taken", "data": b'{"owner":"a","fence":1}'},
        "invalid_event",
        "use the session's lease",
    ),
    (
        "a fork",
        {"type": "session.forked", "data": b'{"from_session":"closed","at_seq":1}'},
        "invalid_event",
        "session.forked is written by Holdfast alone; fork the session",
    ),
]


def written(hf: Holdfast, session: Session, changed: dict[Any, Any]) -> None:
    fields = {**raw(session, said("bad")), **changed}
    hf.publisher.redis.xadd(stream_of(hf, session), {key: value for key, value in fields.items() if value is not None})


@pytest.fixture
def session(hf: Holdfast) -> Session:
    """Beside one that is closed."""
    hf.start("u", session_id="closed").append({"type": "session.closed"})
    return hf.start("u", session_id="open")


@pytest.mark.parametrize(("changed", "reason", "detail"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_a_bad_entry_goes_to_the_dead_letters_and_those_around_it_go_on(
    hf: Holdfast, engine: Engine, ingest: Ingest, session: Session, changed: dict[Any, Any], reason: str, detail: str
) -> None:
    session.publish(said("before"))
    written(hf, session, changed)
    session.publish(said("behind"))
    assert drained(hf, ingest, session) == ["before", "behind"]
    assert hf.publisher.redis.xlen(stream_of(hf, session)) == 0
    with engine.connect() as connection:  # for some name a tenant that is not ours
        letter = connection.execute(text("SELECT reason, detail, entry FROM dead_letters")).one()
    assert letter.reason == reason
    assert detail in letter.detail
    entry = dict(zip(letter.entry[::2], letter.entry[1::2], strict=True))
    assert all(entry[_bytes(key)] == _bytes(value) for key, value in changed.items() if value is not None)


def test_all_of_them_at_once_keep_nobody_up(hf: Holdfast, ingest: Ingest, session: Session) -> None:
    for number, (_, changed, _, _) in enumerate(BAD):
        session.publish(said(str(number)))
        written(hf, session, changed)
    assert drained(hf, ingest, session) == [*map(str, range(len(BAD)))]
    assert len(hf.service.dead_letters(limit=500)) == len(BAD) - 3, "three name a tenant that is not ours"
    assert session.verify() == len(BAD) + 1


def test_what_looks_odd_and_is_not_bad_is_committed(hf: Holdfast, ingest: Ingest, session: Session) -> None:
    odd: list[dict[str, Any]] = [
        {"data": b' \n{"role" : "user", "content":"spaces"}\t'},
        {"data": b'{"role":"tool","content":"last key counts","role":"user"}'},
        {"data": rb'{"role":"user","content":"escaped \u0000 \ud83d\ude42"}'},
        {"something": "else", "another": "field", "data": b'{"role":"user","content":"extra fields"}'},
        {"id": f"{{{uuid4()}}}".upper(), "data": b'{"role":"user","content":"UUID in braces"}'},
        {"at": "2026-01-29", "data": b'{"role":"user","content":"a day"}'},
        {"conversation": "", "data": b'{"role":"user","content":"x"}'},
    ]
    for changed in odd:
        written(hf, session, changed)
    said_so = ["spaces", "last key counts", "escaped \0 🙂", "extra fields", "UUID in braces", "a day"]
    assert drained(hf, ingest, session) == said_so
    assert [letter.detail[:13] for letter in hf.service.dead_letters()] == ["conversation:"]
    assert session.messages()[1].role == "user"
    assert session.verify() == 7


@pytest.mark.parametrize(
    "title",
    ["a\0b", "\0", "word " * 40_000, "é" * 100_000, "-".join(map(str, range(30_000)))],
    ids=lambda title: title[:9],
)
def test_a_session_whose_title_a_table_cannot_hold_is_started_all_the_same(
    hf: Holdfast, ingest: Ingest, title: str
) -> None:
    direct = hf.start("u", title=title)
    streamed = Session(hf, "streamed", "agent")
    streamed.publish({"type": "session.started", "data": {"user_id": "u", "title": title}}, said("hello"))
    assert drained(hf, ingest, streamed) == ["hello"]
    assert direct.state().title == streamed.state().title == title
    assert all(len(listed.title or "") <= 120 for listed in hf.sessions().items)
    assert hf.service.dead_letters() == []


def test_nul_in_a_message_survives_end_to_end(hf: Holdfast, ingest: Ingest) -> None:
    session = hf.start("u")
    message = "\0 before, in the \0 middle and behind \0"
    session.publish(said(message), {"type": "custom.x", "data": {"\0key": ["\0"]}})
    assert drained(hf, ingest, session) == [message]
    assert session.events()[2].data == {"\0key": ["\0"]}
    assert session.verify() == 3
    assert hf.sessions(text="middle").items[0].title == "before, in the middle and behind"


@pytest.mark.promise(1)
def test_an_entry_whose_id_is_the_last_of_its_millisecond_is_taken_out(
    hf: Holdfast, ingest: Ingest, session: Session
) -> None:
    redis, stream = hf.publisher.redis, stream_of(hf, session)
    redis.delete(stream)
    redis.xadd(stream, raw(session, said("last")), id=f"5-{2**64 - 1}")
    assert drained(hf, ingest, session) == ["last"]
    assert redis.xlen(stream) == 0


@pytest.mark.promise(1)
def test_a_new_entry_under_the_id_of_a_dead_letter_is_not_taken_for_it(
    hf: Holdfast, ingest: Ingest, session: Session
) -> None:
    """A stream that begins anew gives ids again."""
    redis, stream = hf.publisher.redis, stream_of(hf, session)
    redis.delete(stream)
    redis.xadd(stream, {"garbage": "x"}, id="5-1")
    drained(hf, ingest, session)
    redis.delete(stream)
    redis.xadd(stream, raw(session, said("new")), id="5-1")
    assert drained(hf, ingest, session) == ["new"]


@pytest.mark.promise(1)
def test_a_session_whose_head_is_damaged_holds_up_no_other(
    hf: Holdfast, engine: Engine, ingest: Ingest, session: Session
) -> None:
    other = next(each for each in (hf.start("u") for _ in range(100)) if shard_of(hf, each) == shard_of(hf, session))
    session.append(said("before"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE sessions SET seq = 1 WHERE id = 'open'"))
    session.publish(said("cannot be numbered"))
    other.publish(said("goes on"))
    drained(hf, ingest, session)
    assert contents(other) == ["goes on"]
    assert hf.service.dead_letters()[0].session_id == "open"


def _bytes(value: object) -> object:
    return value.encode() if isinstance(value, str) else value
