"""The user's record: what is known of how they want things, and their sessions in short."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from holdfast.events import MemoryRecalled, Recalled
from holdfast.remembering.memory import Memory, Source

__all__ = ["APPLIED", "LISTS", "UserRecord", "Wish", "defaults_of", "recalled", "user_record"]

LISTS = frozenset({"excluded_channels", "preferred_channels"})
"""Keys whose value is a list of things, each remembered by itself."""

APPLIED = 0.3
"""The confidence from which a preference is taken for granted: said once, or chosen in two sessions."""


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
    """What a new session takes for granted of its user: the event that says so. None where there is nothing."""
    granted = {
        key: wish
        for key, wish in record.preferences.items()
        if wish.confidence >= APPLIED and key not in record.contested
    }
    if not granted:
        return None
    return MemoryRecalled(
        memories=[recalled(memory) for wish in granted.values() for memory in wish.memories],
        purpose="defaults",
        defaults={key: wish.value for key, wish in granted.items()},
    )


def recalled(memory: Memory) -> Recalled:
    """A memory as the log says that it was given back."""
    return Recalled(
        id=memory.id,
        kind=memory.kind,
        key=memory.key,
        value=memory.value,
        text=memory.text,
        confidence=round(memory.confidence, 3),
    )
