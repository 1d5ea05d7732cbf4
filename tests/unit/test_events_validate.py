"""The one check of both ends: what JSON is accepted, and what each type of event asks for."""

import json
import math
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from holdfast.errors import EventTooLarge, InvalidEvent, UnknownEventType
from holdfast.events import KNOWN, MAX_DEPTH, MAX_EVENT_BYTES, Custom, MessageAdded, Payload, ToolCall, validate
from strategies import custom_types, event_data, json_objects, patient

MINIMAL: dict[str, dict[str, Any]] = {
    "session.started": {"user_id": "ann"},
    "session.resumed": {},
    "session.paused": {},
    "session.recovered": {"mode": "quick", "status": "partial"},
    "session.forked": {"from_session": "SESSION-260129-001", "at_seq": 12},
    "session.closed": {},
    "session.expired": {},
    "session.failed": {"reason": "out of credit"},
    "message.added": {"role": "user"},
    "conversation.context_updated": {},
    "workflow.tracked": {"orchestrator_name": "ContentAnalysisOrchestrator", "workflow_id": "workflow_123"},
    "service.used": {"service": "FileParser"},
    "delegation.recorded": {"chain": ["ContentAnalysisOrchestrator", "FileParser"]},
    "agent.consulted": {"agent": "product-oracle"},
    "task.assigned": {"description": "Generate Tier 2 content"},
    "task.progressed": {},
    "task.completed": {},
    "state.set": {"key": "budget", "value": None},
    "state.expired": {"key": "budget"},
    "artifact.produced": {"path": "drafts/x_post.md"},
    "validation.reported": {"validator": "brand_validator", "status": "pass"},
    "knowledge.learned": {"area": "product", "facts": {"chains_supported": 28}},
    "information.provided": {"key": "budget", "value": 500000},
    "preference.stated": {"key": "communication_style", "value": "concise"},
    "preference.refused": {"key": "communication_style"},
    "memory.recalled": {"memories": []},
    "campaign.updated": {},
    "slice.declared": {"agent": "content-worker"},
    "history.noted": {"action": "session_started"},
    "context.imported": {},
    "decision.made": {"decision": "both"},
    "decision.escalated": {"question": "Can we mention APY?"},
    "decision.answered": {"decision_id": "decision-001", "decision": "no"},
    "decision.lapsed": {"decision_id": "decision-001"},
    "decision.withdrawn": {"decision_id": "decision-001"},
    "budget.set": {"level": "session"},
    "compute.reserved": {"reservation_id": "r1"},
    "compute.settled": {},
    "compute.released": {"reservation_id": "r1"},
    "request.allowed": {"request": "a post"},
    "request.blocked": {"request": "a video", "reason": "out of scope"},
    "lease.taken": {"owner": "agent", "fence": 1},
    "lease.released": {"owner": "agent", "fence": 1},
    "handoff.offered": {"to": "optimizer"},
    "handoff.accepted": {"handoff_id": "h1"},
    "handoff.refused": {"handoff_id": "h1"},
    "handoff.completed": {"handoff_id": "h1"},
    "handoff.expired": {"handoff_id": "h1"},
    "effect.intended": {"action": "send_mail"},
    "effect.settled": {"effect_id": "e1", "outcome": "done"},
    "file.modified": {"path": "a.py"},
    "world.observed": {},
    "error.raised": {"message": "boom"},
    "save.requested": {},
}


def check(event_type: str, data: object) -> Payload:
    return validate(event_type, 1, orjson.dumps(data))


def test_these_are_all_the_types() -> None:
    assert set(MINIMAL) == set(KNOWN.types)
    assert all(event_type == payload.TYPE for event_type, payload in KNOWN.types.items())


@pytest.mark.parametrize("event_type", MINIMAL)
def test_what_is_required_is_enough(event_type: str) -> None:
    payload = check(event_type, MINIMAL[event_type])
    assert type(payload) is KNOWN.types[event_type]


@pytest.mark.parametrize("event_type", MINIMAL)
def test_each_required_field_is_missed_by_name(event_type: str) -> None:
    for field in MINIMAL[event_type]:
        data = {name: value for name, value in MINIMAL[event_type].items() if name != field}
        with pytest.raises(InvalidEvent) as raised:
            check(event_type, data)
        if event_type != "decision.made":
            assert (raised.value.field, raised.value.problem) == (f"data.{field}", "is required")


@pytest.mark.parametrize("event_type", MINIMAL)
@settings(patient, max_examples=40)
@given(data=st.data())
def test_whatever_the_models_allow_is_accepted_and_kept(event_type: str, data: st.DataObject) -> None:
    given_data = data.draw(event_data(event_type))
    payload = check(event_type, given_data)
    assert payload.model_fields_set | set(payload.__pydantic_extra__ or {}) == set(given_data)


@pytest.mark.parametrize(
    ("event_type", "data", "field", "problem"),
    [
        ("message.added", {"role": "bot"}, "data.role", "must be 'system', 'user', 'assistant' or 'tool', not 'bot'"),
        ("message.added", {"role": "user", "content": 5}, "data.content", "must be text or a list, not 5"),
        ("message.added", {"role": "user", "content": ["hi"]}, "data.content.0", "must be an object, not 'hi'"),
        (
            "message.added",
            {"role": "user", "tool_calls": [{"id": "c", "name": 1}]},
            "data.tool_calls.0.name",
            "must be text, not 1",
        ),
        ("message.added", {"role": "user", "tool_calls": [{"id": "c"}]}, "data.tool_calls.0.name", "is required"),
        (
            "message.added",
            {"role": "user", "timestamp": 5},
            "data.timestamp",
            "must be a time such as 2026-01-29T10:00:00Z, not 5",
        ),
        (
            "message.added",
            {"role": "user", "timestamp": "2300-01-01"},
            "data.timestamp",
            "must be from 1970-01-01 to before 2200-01-01, not '2300-01-01'",
        ),
        ("message.added", [], "data", "must be an object, not a list"),
        ("message.added", "x" * 50, "data", f"must be an object, not '{'x' * 40}'… (50 characters)"),
        ("custom.mood", None, "data", "must be an object, not null"),
        ("compute.settled", {"calls": "5"}, "data.calls", "must be a whole number, not '5'"),
        ("compute.settled", {"calls": 5.0}, "data.calls", "must be a whole number, not 5.0"),
        ("compute.settled", {"calls": True}, "data.calls", "must be a whole number, not true"),
        ("compute.settled", {"tokens": -1}, "data.tokens", "must be at least 0, not -1"),
        ("compute.settled", {"tokens": 2**53}, "data.tokens", f"must be less than {2**53}, not {2**53}"),
        (
            "decision.made",
            {"decision": "x", "confidence": "high"},
            "data.confidence",
            "must be 'HIGH', 'MEDIUM' or 'LOW' or a number, not 'high'",
        ),
        (
            "decision.made",
            {"decision": "x", "confidence": 1.5},
            "data.confidence",
            "must be 'HIGH', 'MEDIUM' or 'LOW' or at most 1, not 1.5",
        ),
        ("decision.made", {}, "data", "needs a `decision`, or a `value`"),
        (
            "task.progressed",
            {"progress": "most"},
            "data.progress",
            "must be a percentage, such as 85 or \"85%\", not 'most'",
        ),
        ("task.progressed", {"progress": "101%"}, "data.progress", "must be at most 100, not 101.0"),
        (
            "task.assigned",
            {"description": "x", "scope": {"objectives": "all"}},
            "data.scope.objectives",
            "must be a list, not 'all'",
        ),
        ("delegation.recorded", {"chain": []}, "data.chain", "must be a list of at least 1 item, not a list"),
        (
            "session.started",
            {"user_id": "a b"},
            "data.user_id",
            "must be 1 to 128 printable characters without whitespace, not 'a b'",
        ),
        ("session.failed", {"reason": ""}, "data.reason", "must be text of at least 1 character, not ''"),
        ("lease.taken", {"owner": "a", "fence": 1, "exclusive": 1}, "data.exclusive", "must be true or false, not 1"),
        (
            "session.started",
            {"user_id": "a", "autosave": 5},
            "data.autosave",
            "must be an object or true or false, not 5",
        ),
        (
            "session.started",
            {"user_id": "a", "autosave": {"interval": 0}},
            "data.autosave.interval",
            "must be from 0.1 seconds to 366 days, not 0",
        ),
        (
            "session.started",
            {"user_id": "a", "autosave": {"intervals": {"projectState": "now and then"}}},
            "data.autosave.intervals.projectState",
            'must be seconds, or text such as "30s" or "5 minutes", not \'now and then\'',
        ),
        (
            "session.started",
            {"user_id": "a", "autosave": {"triggers": ["full-moon"]}},
            "data.autosave.triggers.0",
            (
                "must be 'task-completion', 'major-decision', 'file-modification', 'error-occurrence', 'user-request', "
                "'session-end' or 'tail-size', not 'full-moon'"
            ),
        ),
        (
            "session.started",
            {"user_id": "a", "autosave": {"backup_count": 0}},
            "data.autosave.backup_count",
            "must be at least 1, not 0",
        ),
    ],
)
def test_what_is_wrong_is_named_with_what_is_expected(event_type: str, data: object, field: str, problem: str) -> None:
    with pytest.raises(InvalidEvent) as raised:
        check(event_type, data)
    assert (raised.value.field, raised.value.problem) == (field, problem)


def test_fields_become_what_their_types_say() -> None:
    message = validate(
        "message.added",
        1,
        b'{"role": "assistant", "content": null, "timestamp": "2026-01-29T10:00:00", "later": [1],'
        b' "tool_calls": [{"id": "c", "name": "f", "arguments": {"x": 1}},'
        b' {"id": "d", "name": "g", "arguments": "{"}]}',
    )
    assert isinstance(message, MessageAdded)
    assert message.tool_calls == [
        ToolCall(id="c", name="f", arguments={"x": 1}),
        ToolCall(id="d", name="g", arguments="{"),
    ]
    assert message.timestamp is not None
    assert message.timestamp.isoformat() == "2026-01-29T10:00:00+00:00"
    assert message.model_extra == {"later": [1]}
    progress = validate("task.progressed", 1, b'{"progress": "85%"}')
    assert progress.model_dump(exclude_unset=True) == {"progress": 85.0}


@pytest.mark.parametrize(
    "value",
    [
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "-1e400",
        '"\\ud800"',
        '"\\udc00\\ud800"',
        '"\\ud800x"',
        "1" * 400,
        "1" * 5000,
        "01",
        "1.",
        ".5",
        "+1",
        "'a'",
        "[1,]",
        "{1: 2}",
        '"\t"',
        "tru",
        "",
        "{}{}",
        "// a",
    ],
)
def test_what_is_not_strictly_json_is_refused(value: str) -> None:
    with pytest.raises(InvalidEvent, match="data: is not valid JSON") as raised:
        validate("custom.x", 1, b'{"a": %s}' % value.encode())
    assert raised.value.field == "data"


@pytest.mark.parametrize("data", [b"\xff", b'{"a": "\xff"}', b'{"a": "\xed\xa0\x80"}', b"\xef\xbb\xbf{}", b"", b"\x00"])
def test_bytes_that_are_not_utf8_json_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidEvent, match="is not valid JSON"):
        validate("message.added", 1, data)


@pytest.mark.parametrize(
    ("number", "fits"),
    [(2**64 - 1, True), (-(2**63), True), (2**64, False), (-(2**63) - 1, False), (10**300, False)],
)
def test_whole_numbers_have_at_most_64_bits(number: int, fits: bool) -> None:  # noqa: FBT001
    data = b'{"a": [{"b": %d}], "c": "%s"}' % (number, b"1" * 40)
    if fits:
        assert validate("custom.x", 1, data).model_extra == {"a": [{"b": number}], "c": "1" * 40}
    else:
        with pytest.raises(InvalidEvent, match=r"data\.a\.0\.b: must be a whole number of at most 64 bits"):
            validate("custom.x", 1, data)


def test_long_fractions_are_numbers_like_any_other() -> None:
    assert validate("custom.x", 1, b'{"a": 0.12345678901234567890123}').model_extra == {"a": 0.12345678901234568}


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_levels_are_limited(opening: bytes, closing: bytes) -> None:
    def nested(levels: int) -> bytes:
        return b'{"a":' + opening * (levels - 1) + b"1" + closing * (levels - 1) + b"}"

    validate("custom.x", 1, nested(MAX_DEPTH))
    for levels in (MAX_DEPTH + 1, 500, 1024):
        with pytest.raises(InvalidEvent, match=f"nested more than {MAX_DEPTH} levels deep"):
            validate("custom.x", 1, nested(levels))
    with pytest.raises(InvalidEvent):
        validate("custom.x", 1, nested(40_000))
    wide = orjson.dumps({"a": [[] for _ in range(1000)]})
    validate("custom.x", 1, wide)


def test_of_a_key_that_comes_twice_the_last_counts() -> None:
    message = validate("message.added", 1, b'{"role": "bot", "role": "user", "content": "a", "content": "b"}')
    assert message.model_dump(exclude_unset=True) == {"role": "user", "content": "b"}


def test_nul_characters_are_kept() -> None:
    message = validate("message.added", 1, b'{"role": "user", "content": "a\\u0000b"}')
    assert message.model_dump(exclude_unset=True)["content"] == "a\x00b"


def test_size_is_limited() -> None:
    room = MAX_EVENT_BYTES - len(b'{"a": ""}')
    validate("custom.x", 1, b'{"a": "%s"}' % (b"x" * room))
    with pytest.raises(EventTooLarge, match="event: has 262,145 bytes; the limit is 262,144"):
        validate("custom.x", 1, b'{"a": "%s"}' % (b"x" * (room + 1)))


@pytest.mark.parametrize(
    ("event_type", "hint"),
    [
        ("mesage.added", "did you mean 'message.added'?"),
        ("session.start", "did you mean 'session.started'?"),
        ("something", "begin with 'custom.'"),
        ("custom.", "begin with 'custom.'"),
        ("custom", "begin with 'custom.'"),
    ],
)
def test_an_unknown_type_is_refused_with_the_nearest(event_type: str, hint: str) -> None:
    with pytest.raises(UnknownEventType) as raised:
        check(event_type, {})
    assert raised.value.field == "type"
    assert hint in raised.value.problem


@pytest.mark.parametrize(
    "event_type", ["custom.a b", "custom.\n", "custom." + "x" * 122, "", "x" * 10_000, "custom.\ud800"]
)
def test_a_type_that_cannot_be_a_name_is_refused(event_type: str) -> None:
    with pytest.raises(InvalidEvent, match="type: must be 1 to 128 printable characters without whitespace"):
        check(event_type, {})


@patient
@given(custom_types, json_objects)
def test_types_of_ones_own_hold_any_object(event_type: str, data: dict[str, Any]) -> None:
    payload = check(event_type, data)
    assert type(payload) is Custom
    assert payload.model_extra == data


def strictly(text: bytes) -> Any:
    """The value of JSON by the book. `ValueError` for what the book does not have."""

    def refuse(name: str) -> None:
        raise ValueError(name)

    return json.loads(text.decode(), parse_constant=refuse)


def numbers(value: object) -> list[float]:
    if isinstance(value, dict | list):
        return [each for part in (value.values() if isinstance(value, dict) else value) for each in numbers(part)]
    return [value] if isinstance(value, int | float) else []


_TOKENS = b'{ } [ ] " \\ \\u \\ud800 \\udc00 \\u0000 : , NaN Infinity -Infinity 1e999 - 0 .5 "a" {"a": null'.split()


@st.composite
def nearly_json(draw: st.DrawFn) -> bytes:
    """An object's text with something put in, or put in place of something, that may or may not fit there."""
    text = draw(
        st.sampled_from([b'{"a":1,"b":[1,"x"]}', b'{"a":"x"}', b'{"a":{"a":-1.5}}']) | json_objects.map(orjson.dumps)
    )
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 3)))
    extra = draw(st.sampled_from([*_TOKENS, b" ", b"\xff", b"\x00", b"9" * 19, b"\xc3\xa9"]) | st.binary(max_size=3))
    return text[:start] + extra + text[end:]


@settings(patient, max_examples=500)
@given(nearly_json())
@example(b'{"a":"\\ud800"}')
@example(b'{"a":1e999}')
def test_whatever_is_accepted_is_json_for_everybody(text: bytes) -> None:
    """What is accepted, Postgres' `json` takes too: it is an object by the standard, of finite numbers, in UTF-8."""
    try:
        payload = validate("custom.x", 1, text)
    except InvalidEvent:
        return
    value = strictly(text)
    assert isinstance(value, dict)
    assert payload.model_extra == value
    assert all(math.isfinite(number) for number in numbers(value))
    assert all(-(2**63) <= number < 2**64 for number in numbers(value) if isinstance(number, int))
    json.dumps(value, ensure_ascii=False).encode()  # no lone surrogates


@patient
@given(json_objects)
def test_json_written_by_others_is_accepted(data: dict[str, Any]) -> None:
    for text in (json.dumps(data), json.dumps(data, ensure_ascii=False, indent=1)):
        assert validate("custom.x", 1, text.encode()).model_extra == data
