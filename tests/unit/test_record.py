"""The user's record: what is taken for granted, what is contested, and what a refusal leaves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from documents import folded
from holdfast.remembering.memory import Memory
from holdfast.remembering.record import APPLIED, defaults_of, user_record

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)


def memory(key: str, value: Any, confidence: float = 0.9, **fields: Any) -> Memory:
    made = Memory(
        id=str(uuid4()),
        owner_kind="user",
        owner="ann",
        kind="preference",
        key=key,
        value=value,
        text=f"Prefers {value} as {key}.",
        confidence=confidence,
        source="user",
        status="current",
        temporary=False,
        first_seen=AT,
        last_seen=AT,
        expires_at=AT + timedelta(days=365),
        replaces=(),
        contradicts=(),
    )
    return replace(made, **fields)


def test_the_record_has_the_fields_of_the_protocol() -> None:
    memories = [
        memory("communication_style", "concise", 0.9),
        memory("default_vertical", "Retail", 0.8),
        memory("excluded_channels", "tv", 0.7),
        memory("excluded_channels", "radio", 0.6),
        memory("seat", "window", 0.9, status="replaced"),
        memory("team", "five people", kind="fact"),
    ]
    record = user_record("ann", "SESSION-260301-001", 4, memories)
    told = record.as_mapping()
    assert {key: told[key] for key in ("user_id", "last_session_id", "session_count")} == {
        "user_id": "ann",
        "last_session_id": "SESSION-260301-001",
        "session_count": 4,
    }
    assert told["communication_style"] == "concise"
    assert told["default_vertical"] == "Retail"
    assert told["excluded_channels"] == record.excluded_channels == ["radio", "tv"]
    assert list(record.preferences) == ["communication_style", "default_vertical", "excluded_channels"]
    assert record.preferences["excluded_channels"].confidence == pytest.approx(0.6)
    assert told["preferences"]["excluded_channels"]["memories"] == [memories[3].id, memories[2].id]


def test_nothing_is_taken_for_granted_of_a_user_who_is_not_known() -> None:
    record = user_record("ann", None, 0, [])
    assert defaults_of(record) is None
    assert record.excluded_channels == []


def test_what_is_contested_or_unsure_is_shown_and_not_taken_for_granted() -> None:
    record = user_record(
        "ann",
        None,
        1,
        [
            memory("seat", "window", 0.7, status="contested"),
            memory("seat", "aisle", 0.75, status="contested"),
            memory("tone", "formal", APPLIED - 0.01),
            memory("language", "German", APPLIED),
        ],
    )
    assert record.contested == ("seat",)
    assert record.preferences["seat"].value == "aisle"
    granted = defaults_of(record)
    assert granted is not None
    assert granted.defaults == {"language": "German"}
    assert [each.key for each in granted.memories] == ["language"]


def test_a_default_holds_until_the_user_says_otherwise() -> None:
    record = user_record("ann", None, 1, [memory("communication_style", "concise"), memory("excluded_channels", "tv")])
    granted = defaults_of(record)
    assert granted is not None
    begun = [
        {"type": "session.started", "data": {"user_id": "ann"}},
        {"type": "memory.recalled", "data": granted.model_dump(mode="json")},
    ]
    state = folded(begun)
    assert state.wishes == {"communication_style": "concise", "excluded_channels": ["tv"]}
    told = {"Prefers concise as communication_style.", "Prefers tv as excluded_channels."}
    assert set(state.recalled.values()) == told
    assert state.preferences == {}, "nobody stated it here"
    later = [
        {"type": "preference.refused", "data": {"key": "excluded_channels", "value": "tv"}},
        {"type": "preference.stated", "data": {"key": "communication_style", "value": "detailed"}},
    ]
    assert folded(begun + later).wishes == {"communication_style": "detailed", "excluded_channels": []}
    refused = [{"type": "preference.refused", "data": {"key": "excluded_channels"}}]
    assert folded(begun + refused).wishes == {"communication_style": "concise"}
