"""Events on their way in: what a user may give, and what the stream may carry."""

from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import EventTooLarge, InvalidEvent, UnknownEventType
from holdfast.events import (
    MAX_EVENT_BYTES,
    Custom,
    Draft,
    MessageAdded,
    TaskAssigned,
    draft,
    identifier,
    name,
    parse,
)
from strategies import drafts, json_objects, patient

AT = datetime(2026, 1, 29, 10, tzinfo=UTC)
ID = UUID("018f6e5c-1111-7222-8333-444455556666")
HELLO = {"type": "message.added", "data": {"role": "user", "content": "hi"}}


def made(item: Any, **envelope: Any) -> Draft:
    given: dict[str, Any] = {"session_id": "s1", "actor": "agent", "now": lambda: AT}
    return draft(item, **given | envelope)


def fields(**changed: str | None) -> dict[str, str]:
    entry = {"id": str(ID), "session": "s1", "type": "message.added", "version": "1", "actor": "agent"}
    entry |= {"at": "2026-01-29T10:00:00Z"}
    return {key: value for key, value in (entry | changed).items() if value is not None}


def test_a_mapping_a_typed_event_and_json_text_say_the_same() -> None:
    text = '{"type": "message.added", "data": {"role": "user", "content": "hi"}}'
    for item in (HELLO, MessageAdded(role="user", content="hi"), text, text.encode(), OrderedDict(HELLO)):
        event = made(item)
        assert event == Draft(event.id, "s1", "message.added", 1, "agent", AT, b'{"role":"user","content":"hi"}')
        assert event.payload == MessageAdded(role="user", content="hi")


def test_ids_are_made_in_order_and_of_the_standard_type() -> None:
    ids = [made(HELLO).id for _ in range(50)]
    assert all(type(each) is UUID and each.version == 7 for each in ids)
    assert ids == sorted(set(ids))


def test_the_envelope_goes_before_the_arguments() -> None:
    cause = UUID(int=7)
    event = made(
        HELLO
        | {"id": str(ID), "actor": "Bot Manager", "occurred_at": "2026-01-29T12:00:00+01:00", "fence": 0, "version": 1}
        | {"conversation": "guide", "causation_id": cause, "session_id": "s1"},
        conversation="other",
        causation_id=ID,
        fence=9,
    )
    assert (event.id, event.actor, event.conversation) == (ID, "Bot Manager", "guide")
    assert (event.causation_id, event.fence) == (cause, 0)
    assert event.occurred_at == datetime(2026, 1, 29, 11, tzinfo=UTC)
    event = made(HELLO, conversation="other", causation_id=ID, fence=9)
    assert (event.conversation, event.causation_id, event.fence) == ("other", ID, 9)


def test_null_says_no_more_than_an_absent_field() -> None:
    nothing = dict.fromkeys(["id", "session_id", "version", "actor", "occurred_at", "conversation", "fence"])
    event = made(HELLO | nothing, conversation="guide")
    assert event.conversation == "guide"
    assert made({"type": "session.resumed", "data": None}).data == b"{}"
    assert made({"type": "session.resumed"}).data == b"{}"


def test_a_draft_stays_as_it_is() -> None:
    event = made(HELLO)
    assert made(event, conversation="other") is event
    with pytest.raises(InvalidEvent, match="session_id: is 's1'; the event was given to 's2'"):
        made(event, session_id="s2")


def test_times_in_data_become_rfc_3339() -> None:
    there = timezone(timedelta(hours=2))
    event = made(
        {
            "type": "custom.x",
            "data": {
                "naive": AT.replace(tzinfo=None),
                "there": AT.astimezone(there),
                "day": AT.date(),
                "id": ID,
                "t": (1,),
            },
        }
    )
    assert orjson.loads(event.data) == {
        "naive": "2026-01-29T10:00:00+00:00",
        "there": "2026-01-29T10:00:00+00:00",
        "day": "2026-01-29",
        "id": str(ID),
        "t": [1],
    }
    typed = made(TaskAssigned(description="x", budget={"deadline": AT.replace(tzinfo=None)}))  # type: ignore[arg-type]
    assert orjson.loads(typed.data) == {"description": "x", "budget": {"deadline": "2026-01-29T10:00:00+00:00"}}


def test_typed_events_of_ones_own_derive_from_custom() -> None:
    class Ordered(Custom):
        TYPE = "custom.ordered"
        VERSION = 4
        item: str

    event = made(Ordered(item="tea"))
    assert (event.type, event.version, event.data) == ("custom.ordered", 4, b'{"item":"tea"}')
    with pytest.raises(InvalidEvent, match="type: a plain Custom has none"):
        made(Custom())


def circular() -> dict[str, Any]:
    value: dict[str, Any] = {}
    value["again"] = [value]
    return value


def endless() -> list[Any]:
    value: list[Any] = []
    for _ in range(60):
        value = [value, value]
    return value


@pytest.mark.parametrize(
    ("value", "field", "problem"),
    [
        ({"a": [1, {2}]}, "data.x.a.1", "must be a JSON value (or a time), not a set"),
        (b"bytes", "data.x", "must be a JSON value (or a time), not a bytes"),
        (float("nan"), "data.x", "must be a finite number, not nan"),
        ([float("-inf")], "data.x.0", "must be a finite number, not -inf"),
        (2**64, "data.x", "must be a whole number of at most 64 bits, not 18446744073709551616; write it as text"),
        (
            {"n": -(2**63) - 1},
            "data.x.n",
            "must be a whole number of at most 64 bits, not -9223372036854775809; write it as text",
        ),
        (10**4000, "data.x", "must be a whole number of at most 64 bits, not a number of 13288 bits; write it as text"),
        ("a\ud800b", "data.x", "has half a character (the lone surrogate U+D800 at 1)"),
        ({"k\udfff": 1}, "data.x", "has half a character (the lone surrogate U+DFFF at 1)"),
        ({1: 2}, "data.x", "has a key that is not text: 1"),
        ({None: 2}, "data.x", "has a key that is not text: null"),
    ],
)
def test_what_json_does_not_have_is_refused_by_name(value: object, field: str, problem: str) -> None:
    with pytest.raises(InvalidEvent) as raised:
        made({"type": "custom.x", "data": {"x": value}})
    assert (raised.value.field, raised.value.problem) == (field, problem)
    with pytest.raises(InvalidEvent) as raised:
        made(MessageAdded.model_construct(role="user", x=value))
    assert raised.value.field == field


def test_what_contains_itself_is_refused() -> None:
    for item in (
        {"type": "custom.x", "data": {"x": circular()}},
        MessageAdded.model_construct(role="user", x=circular()),
    ):
        with pytest.raises(InvalidEvent, match="contains itself"):
            made(item)
    calling = MessageAdded.model_construct(role="user", content=[circular()])
    with pytest.raises(InvalidEvent, match="contains itself"):
        made(calling)
    with pytest.raises(EventTooLarge):
        made({"type": "custom.x", "data": {"x": endless()}})


def test_a_time_of_a_zone_that_cannot_be_told_is_refused() -> None:
    class Nowhere(tzinfo):
        def utcoffset(self, at: datetime | None) -> timedelta:
            raise RuntimeError(f"nobody has told in {at and at.year}")

        tzname = dst = utcoffset  # type: ignore[assignment]

    with pytest.raises(InvalidEvent, match="data: cannot be written as JSON: nobody has told in 2026"):
        made({"type": "custom.x", "data": {"x": AT.replace(tzinfo=Nowhere())}})


@pytest.mark.parametrize(
    ("item", "field", "problem"),
    [
        ({"data": {}}, "type", "is required"),
        ({"type": 5}, "type", "must be text, not 5"),
        ({"type": "message.added", "data": {}}, "data.role", "is required"),
        (HELLO | {"data": "hi"}, "data", "must be an object, not 'hi'"),
        (HELLO | {"data": [1]}, "data", "must be an object, not a list"),
        (HELLO | {"id": "7"}, "id", "must be a UUID, not '7'"),
        (HELLO | {"id": 7}, "id", "must be a UUID, not 7"),
        (HELLO | {"causation_id": "x"}, "causation_id", "must be a UUID, not 'x'"),
        (HELLO | {"version": "1"}, "version", "must be a whole number, not '1'"),
        (HELLO | {"version": True}, "version", "must be a whole number, not true"),
        (HELLO | {"version": 1.0}, "version", "must be a whole number, not 1.0"),
        (
            HELLO | {"actor": " x"},
            "actor",
            "must be 1 to 128 printable characters, spaces only between words, not ' x'",
        ),
        (
            HELLO | {"conversation": "a b"},
            "conversation",
            "must be 1 to 128 printable characters without whitespace, not 'a b'",
        ),
        (HELLO | {"occurred_at": "soon"}, "occurred_at", "must be a time such as 2026-01-29T10:00:00Z, not 'soon'"),
        (
            HELLO | {"occurred_at": "1969-12-31T23:59:59Z"},
            "occurred_at",
            "must be from 1970-01-01 to before 2200-01-01, not '1969-12-31T23:59:59Z'",
        ),
        (HELLO | {"fence": -1}, "fence", "must be a whole number from 0 to 2**63 - 1, not -1"),
        (HELLO | {"fence": 2**63}, "fence", f"must be a whole number from 0 to 2**63 - 1, not {2**63}"),
        (HELLO | {"fence": True}, "fence", "must be a whole number from 0 to 2**63 - 1, not true"),
        (HELLO | {"session_id": "s2"}, "session_id", "is 's2'; the event was given to 's1'"),
        (5, "event", "must be a typed event, or an object with `type` and `data`, not 5"),
        ([HELLO], "event", "must be a typed event, or an object with `type` and `data`, not a list"),
        ("[]", "event", "must be a typed event, or an object with `type` and `data`, not a list"),
        ("\ud800", "event", "has half a character (a lone surrogate) at 0"),
    ],
)
def test_a_bad_envelope_is_refused_by_name(item: object, field: str, problem: str) -> None:
    with pytest.raises(InvalidEvent) as raised:
        made(item)
    assert type(raised.value) is InvalidEvent
    assert (raised.value.field, raised.value.problem) == (field, problem)


def test_malformed_json_text_is_refused() -> None:
    for text in ('{"type": "message.added"', '{"type": NaN}', b"\xff"):
        with pytest.raises(InvalidEvent, match="event: is not valid JSON"):
            made(text)


def test_a_field_that_is_none_of_the_envelopes_is_refused() -> None:
    with pytest.raises(InvalidEvent, match=r"role: is no field of an event .* goes into `data`"):
        made({"type": "message.added", "role": "user"})
    with pytest.raises(InvalidEvent, match="seq: is no field"):
        made(HELLO | {"seq": 1})


def test_bad_arguments_are_refused_like_a_bad_envelope() -> None:
    for bad in ({"session_id": "a b"}, {"actor": ""}, {"conversation": "x" * 500}, {"fence": -1}):
        with pytest.raises(InvalidEvent) as raised:
            made(HELLO, **bad)
        assert raised.value.field == next(iter(bad))
    with pytest.raises(InvalidEvent, match="occurred_at: must be from 1970"):
        made(HELLO, now=lambda: datetime(1969, 1, 1, tzinfo=UTC))


def test_an_unknown_type_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(UnknownEventType, match=r"did you mean 'message\.added'"):
        made({"type": "message.aded", "data": {}})


def test_the_limit_counts_data_and_envelope() -> None:
    envelope = sum(len(key) + len(text) for key, text in made(HELLO).fields().items())
    room = MAX_EVENT_BYTES - envelope - len(b'{"role":"user","content":""}')

    def long(size: int, **arguments: str) -> Draft:
        return made({"type": "message.added", "data": {"role": "user", "content": "x" * size}}, **arguments)

    assert len(long(room).data) == MAX_EVENT_BYTES - envelope
    with pytest.raises(EventTooLarge, match="event: has 262,145 bytes; the limit is 262,144"):
        long(room + 1)
    with pytest.raises(EventTooLarge):
        long(room, conversation="c")
    with pytest.raises(EventTooLarge):
        parse(made(HELLO).fields(), long(room).data + b" ")


@patient
@given(drafts())
def test_what_is_written_to_the_stream_is_read_back_alike(event: Draft) -> None:
    assert parse(event.fields(), event.data) == event


@patient
@given(json_objects)
def test_data_is_kept_as_it_is(data: dict[str, Any]) -> None:
    assert orjson.loads(made({"type": "custom.x", "data": data}).data) == data


_TEXT = st.text(max_size=140) | st.sampled_from(
    ["1", "s1", str(ID), "2026-01-29T10:00:00Z", "message.added", "custom.x"]
)


@patient
@given(
    st.dictionaries(
        st.sampled_from(["id", "session", "type", "version", "actor", "at", "conversation", "causation", "fence", "x"]),
        _TEXT,
    ),
    st.binary(max_size=20) | st.just(b'{"role": "user"}'),
)
def test_an_entry_is_a_draft_that_keeps_the_rules_or_is_refused(changed: Mapping[str, str], data: bytes) -> None:
    try:
        event = parse(fields(**changed), data)
    except InvalidEvent as error:
        str(error).encode()  # it can be written to a terminal, whatever the entry held
        return
    assert parse(event.fields(), event.data) == event
    identifier("session_id", event.session_id)
    name("actor", event.actor)
    assert event.occurred_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"id": "x"}, "id"),
        ({"session": "a b"}, "session_id"),
        ({"type": "nope"}, "type"),
        ({"type": "\n"}, "type"),
        ({"version": "1.0"}, "version"),
        ({"version": "٣"}, "version"),
        ({"version": "9"}, "version"),
        ({"version": "9" * 5000}, "version"),
        ({"actor": ""}, "actor"),
        ({"at": "now"}, "occurred_at"),
        ({"at": "2200-01-01T00:00:00Z"}, "occurred_at"),
        ({"conversation": ""}, "conversation"),
        ({"causation": ""}, "causation_id"),
        ({"fence": "-1"}, "fence"),
        ({"fence": str(2**63)}, "fence"),
        ({"id": None}, "id"),
        ({"session": None}, "session"),
        ({"type": None}, "type"),
        ({"version": None}, "version"),
        ({"actor": None}, "actor"),
        ({"at": None}, "at"),
    ],
)
def test_a_bad_entry_is_refused_by_name(changed: dict[str, str | None], field: str) -> None:
    assert parse(fields(), b'{"role": "user"}').type == "message.added"
    with pytest.raises(InvalidEvent) as raised:
        parse(fields(**changed), b'{"role": "user"}')
    assert raised.value.field == field
