"""The check of a replay: every way in which a log can differ from its recording is found, and named for what it is."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.clock import now
from holdfast.events import Event
from holdfast.replay.compare import _longest_rise, compare
from holdfast.replay.recording import Conversation, _conversation


def conversation(*contents: str, **more: Any) -> Conversation:
    messages = [{"role": "user", "content": content, **more} for content in contents]
    record = {"session_id": "s", "user_id": "u", "messages": messages}
    return _conversation("f:1", orjson.dumps(record), "")


def in_the_log(recorded: Conversation) -> list[Event]:
    return [
        Event("s", seq, draft.id, draft.type, 1, draft.actor, draft.occurred_at, now(), orjson.loads(draft.data), b"")
        for seq, draft in enumerate(recorded.messages, 2)
    ]


def kinds(recorded: Conversation, logged: Sequence[Event]) -> list[tuple[str, int | None, int | None]]:
    return [(found.kind, found.message, found.seq) for found in compare(recorded, logged)]


def test_the_same_is_the_same() -> None:
    recorded = conversation("one", "two", "one", "one", timestamp="2025-08-01T16:20:44")
    assert kinds(recorded, in_the_log(recorded)) == []


def test_the_session_of_another_publisher_can_be_the_same() -> None:
    recorded = conversation("one", "two", "one", name=None)
    told = [replace(event, id=event.id.__class__(int=seq)) for seq, event in enumerate(in_the_log(recorded))]
    for event in told:
        event.data.pop("name")
        event.data["tool_calls"] = []
    assert kinds(recorded, told) == []


def test_a_message_that_the_log_lacks_is_missing() -> None:
    recorded = conversation("one", "yes", "two", "yes")
    logged = in_the_log(recorded)
    assert kinds(recorded, logged[:1] + logged[2:]) == [("missing", 2, None)]
    assert kinds(recorded, []) == [("missing", number, None) for number in (1, 2, 3, 4)]


def test_a_message_that_the_recording_lacks_is_extra() -> None:
    logged = in_the_log(conversation("one", "two", "three"))
    assert kinds(conversation("one", "three"), logged) == [("extra", None, 3)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("role", "assistant"),
        ("content", "else"),
        ("content", None),
        ("tool_calls", [{"id": "c1", "name": "weather", "arguments": {"city": "Rome"}}]),
        ("tool_calls", [{"id": "c2", "name": "weather", "arguments": {"city": "Paris"}}]),
        ("tool_calls", [{"id": "c1", "name": "map", "arguments": {"city": "Paris"}}]),
        ("tool_call_id", "c9"),
        ("name", "somebody"),
        ("more", 1),
    ],
)
def test_a_message_with_another_content_is_altered(field: str, value: object) -> None:
    calls = [{"id": "c1", "name": "weather", "arguments": {"city": "Paris"}}]
    recorded = conversation("one", "two", tool_calls=calls, tool_call_id="c1", name="agent", more=0)
    logged = in_the_log(recorded)
    logged[1].data[field] = value
    (found,) = compare(recorded, logged)
    assert (found.kind, found.message, found.seq) == ("altered", 2, 3)
    assert found.detail == f"differs in {field}"


def test_a_message_at_another_time_is_altered() -> None:
    recorded = conversation("one", timestamp="2025-08-01T16:20:44")
    (event,) = in_the_log(recorded)
    for other in (
        replace(event, occurred_at=event.occurred_at + timedelta(milliseconds=1)),
        replace(event, data={**event.data, "timestamp": "2025-08-01T16:20:45"}),
        replace(event, data={**event.data, "timestamp": "noon"}),
    ):
        assert [found.detail for found in compare(recorded, [other])] == ["differs in timestamp"]
    assert kinds(recorded, [replace(event, data={**event.data, "timestamp": "2025-08-01T18:20:44+02:00"})]) == []


def test_messages_that_changed_places_are_out_of_order_in_either() -> None:
    recorded = conversation("one", "two", "three", "four")
    logged = in_the_log(recorded)
    moved = [logged[0], logged[2], logged[1], logged[3]]
    assert [found[0] for found in kinds(recorded, moved)] == ["out_of_order"]
    assert [found[0] for found in kinds(conversation("one", "three", "two", "four"), logged)] == ["out_of_order"]


def test_what_is_found_has_an_excerpt() -> None:
    calls = [{"id": "c1", "name": "weather", "arguments": {}}]
    (missing,) = compare(conversation("", tool_calls=calls), [])
    assert missing.detail == "user: calls weather"
    (missing,) = compare(conversation("word " * 100), [])
    assert missing.detail.endswith("…")
    assert len(missing.detail) < 80


@given(st.lists(st.integers(0, 20), unique=True))
def test_a_longest_rise_rises_and_none_is_longer(numbers: list[int]) -> None:
    kept = [numbers[index] for index in sorted(_longest_rise(numbers))]
    assert kept == sorted(kept)
    best: list[int] = []
    for number in numbers:
        best.append(
            1 + max((length for length, before in zip(best, numbers, strict=False) if before < number), default=0)
        )
    assert len(kept) == max(best, default=0)


@given(st.lists(st.sampled_from(["yes", "no", "one"]), max_size=12), st.randoms(use_true_random=False))
def test_a_log_is_the_same_only_in_its_own_order(contents: list[str], chance: Random) -> None:
    recorded = conversation(*contents)
    logged = in_the_log(recorded)
    chance.shuffle(logged)
    assert (kinds(recorded, logged) == []) == ([event.seq for event in logged] == sorted(event.seq for event in logged))
