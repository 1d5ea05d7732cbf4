"""The user's record: what is known of how they want things, and their sessions in short."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from holdfast.events import MemoryRecalled, Recalled
from holdfast.remembering.memory import Memory, Source
from holdfast.remembering.memory.canonical import canonical

__all__ = ["APPLIED", "LISTS", "UserRecord", "Wish", "defaults_of", "recalled", "recalls_of", "user_record"]

Purpose = Literal["campaign", "search"]

LISTS = frozenset({"avoids", "excluded_channels", "likes", "preferred_channels"})
"""Keys whose value is a list of things, each remembered by itself."""

APPLIED = 0.3
"""The confidence from which a preference is taken for granted: said once, or chosen in two sessions."""

ROOM = 120_000
"""Bytes of an event for what is given back, well below what an event may have."""

VALUE_BYTES = 10_000
"""Of a value that is given back: what is longer is told by the text alone."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A preference, and how sure one may be of it."""

    value: Any
    """Of one of `LISTS` a list."""
    confidence: float
    """Of the memory that is least sure."""
    source: Source
    last_seen: datetime
    memories: tuple[Memory, ...]


@dataclass(frozen=True, slots=True)
class UserRecord:
    """What the session protocol calls `mpa_user_preferences`. It is computed when it is asked for, and kept nowhere."""

    user_id: str
    last_session_id: str | None
    session_count: int
    preferences: dict[str, Wish]
    """By key, the surest first. Of a key that is contested the likeliest."""
    contested: tuple[str, ...]
    """Keys of which the evidence says different things; they are not taken for granted."""

    @property
    def excluded_channels(self) -> list[Any]:
        """The channels that the user does not want."""
        wish = self.preferences.get("excluded_channels")
        return [] if wish is None else list(wish.value)

    def as_mapping(self) -> dict[str, Any]:
        """For JSON: the protocol's fields, and behind them each preference with its confidence and its memories."""
        style, vertical = (self.preferences.get(key) for key in ("communication_style", "default_vertical"))
        return {
            "user_id": self.user_id,
            "last_session_id": self.last_session_id,
            "session_count": self.session_count,
            "communication_style": style.value if style else None,
            "default_vertical": vertical.value if vertical else None,
            "excluded_channels": self.excluded_channels,
            "preferences": {
                key: {
                    "value": wish.value,
                    "confidence": round(wish.confidence, 3),
                    "source": wish.source,
                    "last_seen": wish.last_seen,
                    "memories": [each.id for each in wish.memories],
                }
                for key, wish in self.preferences.items()
            },
            "contested": list(self.contested),
        }


def user_record(
    user_id: str, last_session_id: str | None, session_count: int, memories: Iterable[Memory]
) -> UserRecord:
    """The record, from the user's preferences as they are remembered; replaced ones are passed over."""
    by_key: dict[str, list[Memory]] = {}
    for memory in memories:
        if memory.kind == "preference" and memory.status in {"current", "contested"}:
            by_key.setdefault(memory.key, []).append(memory)
    wishes = {key: _wish(key, found) for key, found in by_key.items()}
    contested = {key for key, found in by_key.items() if any(each.status == "contested" for each in found)}
    surest = sorted(wishes.items(), key=lambda item: (-item[1].confidence, item[0]))
    return UserRecord(user_id, last_session_id, session_count, dict(surest), tuple(sorted(contested)))


def _wish(key: str, found: list[Memory]) -> Wish:
    if key in LISTS:
        found = sorted(found, key=lambda each: str(each.value))
        value: Any = [each.value for each in found]
    else:
        found = sorted(found, key=lambda each: (each.confidence, each.last_seen, each.id))[-1:]
        value = found[0].value
    surest = max(found, key=lambda each: each.confidence)
    return Wish(
        value,
        min(each.confidence for each in found),
        surest.source,
        max(each.last_seen for each in found),
        tuple(found),
    )


def defaults_of(record: UserRecord) -> MemoryRecalled | None:
    """What a new session takes for granted of its user: the event that says so. None where there is nothing.

    Of a list only what is sure enough by itself; of more than an event holds the surest, and no value that is long.
    """
    granted: dict[str, Any] = {}
    told: list[Recalled] = []
    room = ROOM
    for key, wish in record.preferences.items():
        sure = [memory for memory in wish.memories if memory.confidence >= APPLIED]
        value = [memory.value for memory in sure] if key in LISTS else wish.value
        some = [recalled(memory) for memory in sure]
        size = len(canonical(value)) + sum(map(_size, some))
        if some and key not in record.contested and len(canonical(value)) <= VALUE_BYTES and size <= room:
            granted[key] = value
            told += some
            room -= size
    return MemoryRecalled(memories=told, purpose="defaults", defaults=granted) if granted else None


def recalls_of(memories: Iterable[Memory], purpose: Purpose, query: str | None = None) -> list[MemoryRecalled]:
    """What the log says of memories that were given back. As many events as it takes."""
    parts: list[list[Recalled]] = []
    room = 0
    for each in map(recalled, memories):
        size = _size(each)
        if size > room:
            parts.append([])
            room = ROOM
        parts[-1].append(each)
        room -= size
    return [MemoryRecalled(memories=part, purpose=purpose, query=query) for part in parts]


def _size(each: Recalled) -> int:
    return len(each.model_dump_json().encode())


def recalled(memory: Memory) -> Recalled:
    """A memory as the log says that it was given back."""
    return Recalled(
        id=memory.id,
        kind=memory.kind,
        key=memory.key,
        value=memory.value if len(canonical(memory.value)) <= VALUE_BYTES else None,
        text=memory.text,
        confidence=round(memory.confidence, 3),
    )
