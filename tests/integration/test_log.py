"""The log as it is read back: pages, text kept byte for byte, the chain and what it finds, the state."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import Connection, Engine, text

from holdfast.client import Holdfast, Session
from holdfast.errors import LogDamaged, SessionNotFound
from holdfast.pipeline.ingest import Ingest
from holdfast.session import fold
from holdfast.store import log as log_module
from strategies import json_objects, patient
from writing import contents, drained, raw, said, stream_of


@pytest.fixture
def session(hf: Holdfast) -> Session:
    """Nine messages after the start, every third in a conversation of its own."""
    session = hf.start("u")
    session.append(*[said(str(number), conversation="side" if number % 3 == 0 else None) for number in range(9)])
    return session


def test_events_are_read_in_pages(session: Session) -> None:
    everything = session.events()
    assert [event.seq for event in everything] == list(range(1, 11))
    assert session.events(limit=4) == everything[:4]
    assert session.events(after=4, limit=4) == everything[4:8]
    assert session.events(after=8, limit=None) == everything[8:]
    assert session.events(after=10) == session.events(after=2**63 - 1) == []


def test_messages_are_the_newest_of_a_window_in_order(session: Session) -> None:
    assert contents(session) == [*map(str, range(9))]
    assert [message.content for message in session.messages(limit=2)] == ["7", "8"]
    assert [message.content for message in session.messages(after=8)] == ["7", "8"]
    assert [message.content for message in session.messages("side")] == ["0", "3", "6"]
    assert [message.content for message in session.messages("side", limit=2)] == ["3", "6"]
    assert [message.content for message in session.messages("side", after=2, limit=1)] == ["6"]
    assert session.messages("elsewhere") == []


def test_messages_of_no_conversation_are_those_of_the_main_one(session: Session) -> None:
    session.append(said("named", conversation="main"))
    assert [message.content for message in session.messages("main")] == ["1", "2", "4", "5", "7", "8", "named"]
    assert [message.content for message in session.messages("main", limit=2)] == ["8", "named"]
    assert {name: each.messages for name, each in session.state().conversations.items()} == {"side": 3, "main": 7}


def test_what_is_not_there_is_not_found(hf: Holdfast) -> None:
    nowhere = Session(hf, "nowhere", "agent")
    for read in (nowhere.events, nowhere.messages, nowhere.state, nowhere.verify):
        with pytest.raises(SessionNotFound, match="there is no session 'nowhere'"):
            read()


def test_the_state_is_the_fold_of_the_events(hf: Holdfast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("holdfast.pipeline.rebuild.PAGE", 3)
    session = hf.start("u", title="Paris")
    session.append(
        {"type": "task.assigned", "data": {"task_id": "t", "description": "plan"}},
        {"type": "state.set", "data": {"key": "budget", "value": 900.5}},
        {"type": "decision.made", "data": {"decision": "by train"}},
        {"type": "task.completed", "data": {"task_id": "t"}},
        said("done"),
        {"type": "custom.x"},
    )
    state = session.state()
    assert state == fold(session.events())
    assert (state.title, state.history.total, state.values["budget"].value) == ("Paris", 7, 900.5)


TEXTS = [
    b"{}",
    b' { "b" : 1 ,\n"a":  [ ] }  ',
    rb'{"escaped":"\u00e9\ud83d\ude42\u0000\/"}',
    '{"plain":"é🙂\u202e\u2028"}'.encode(),
    b'{"twice":1,"twice":2}',
    b'{"n":[-0.0,0.1,1e-7,1E5,1.0,123456789012345678,18446744073709551615,-9223372036854775808,5e-324]}',
]


def test_data_is_stored_byte_for_byte(hf: Holdfast, engine: Engine, ingest: Ingest) -> None:
    session = hf.start("u")
    for data in TEXTS:
        hf.publisher.redis.xadd(stream_of(hf, session), {**raw(session, {"type": "custom.x"}), "data": data})
    drained(hf, ingest, session)
    with engine.connect() as connection:
        stored = connection.execute(text("SELECT data::text FROM events WHERE seq > 1 ORDER BY seq")).scalars().all()
    assert [each.encode() for each in stored] == TEXTS
    assert [event.data for event in session.events(after=1)] == [orjson.loads(data) for data in TEXTS]
    assert session.verify() == 1 + len(TEXTS)


@settings(patient, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(json_objects, json_objects)
def test_every_json_value_comes_back_as_it_was(hf: Holdfast, one: dict[str, Any], two: dict[str, Any]) -> None:
    session = Session(hf, "values", "agent")
    try:
        before = session.verify()
    except SessionNotFound:
        before = len([hf.start("u", session_id="values")])
    session.append(*[{"type": "custom.x", "data": data} for data in (one, two)])
    after = session.events(after=before)
    assert [event.data for event in after] == [one, two]
    assert [repr(event.data) for event in after] == [repr(one), repr(two)], "1.0 is not 1"
    assert session.verify() == before + 2


TAMPERING = {
    "data": ("UPDATE events SET data = replace(data::text, '4', '5')::json WHERE seq = 6", 6),
    "spaces in the data": ("UPDATE events SET data = (data::text || ' ')::json WHERE seq = 6", 6),
    "actor": ("UPDATE events SET actor = 'somebody' WHERE seq = 6", 6),
    "type": ("UPDATE events SET type = 'custom.message' WHERE seq = 6", 6),
    "version": ("UPDATE events SET version = 2 WHERE seq = 6", 6),
    "occurred": ("UPDATE events SET occurred_at = occurred_at + interval '1 microsecond' WHERE seq = 6", 6),
    "recorded": ("UPDATE events SET recorded_at = recorded_at - interval '1 day' WHERE seq = 6", 6),
    "conversation": ("UPDATE events SET conversation = 'side' WHERE seq = 6", 6),
    "causation": (f"UPDATE events SET causation_id = '{uuid4()}' WHERE seq = 6", 6),
    "fence": ("UPDATE events SET fence = 0 WHERE seq = 6", 6),
    "id": (f"UPDATE events SET event_id = '{uuid4()}' WHERE seq = 6", 6),
    "digest": ("UPDATE events SET digest = sha256('x') WHERE seq = 6", 6),
    "the last one": ("UPDATE events SET actor = 'somebody' WHERE seq = 10", 10),
    "one is gone": ("DELETE FROM events WHERE seq = 6", 6),
    "the first is gone": ("DELETE FROM events WHERE seq = 1", 1),
    "the last is gone": ("DELETE FROM events WHERE seq = 10", 10),
    "all are gone": ("DELETE FROM events", 1),
    "two are swapped": (
        "UPDATE events SET seq = -seq WHERE seq IN (5, 6); UPDATE events SET seq = 11 + seq WHERE seq < 0",
        5,
    ),
    "one was moved to the end": ("UPDATE events SET seq = 11 WHERE seq = 6", 6),
    "one was put behind": (
        """
        INSERT INTO events SELECT session_key, 11, gen_random_uuid(), type, version, actor, conversation, causation_id,
                                  fence, occurred_at, recorded_at, data, digest FROM events WHERE seq = 10
        """,
        11,
    ),
    "another session's head": ("UPDATE sessions SET digest = sha256('x')", 10),
    "an earlier head": ("UPDATE sessions SET (seq, digest) = (SELECT seq, digest FROM events WHERE seq = 8)", 9),
    "a later head": ("UPDATE sessions SET seq = 12", 11),
    "another name": ("UPDATE sessions SET id = 'renamed'", 1),
}


@pytest.mark.parametrize(("statement", "named"), TAMPERING.values(), ids=TAMPERING)
def test_the_chain_finds_what_was_changed_and_names_the_event(
    hf: Holdfast, engine: Engine, session: Session, statement: str, named: int
) -> None:
    assert session.verify() == 10
    with engine.begin() as connection:
        for each in statement.split("; "):
            connection.execute(text(each))
    renamed = Session(hf, hf.sessions().items[0].id, "agent")
    with pytest.raises(LogDamaged) as caught:
        renamed.verify()
    assert (caught.value.seq, caught.value.session_id) == (named, renamed.id)


def test_a_chain_that_grows_while_it_is_verified_is_no_damage(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = log_module.verify

    def append_first(connection: Connection, *args: Any) -> int:
        session.append(said("meanwhile"))
        return verify(connection, *args)

    monkeypatch.setattr(log_module, "verify", append_first)
    assert session.verify() == 10
    monkeypatch.undo()
    assert session.verify() == 11


@pytest.fixture(autouse=True)
def _sound(hf: Holdfast) -> Iterator[None]:
    """Nothing in this file may be refused."""
    yield
    assert hf.service.dead_letters() == []
