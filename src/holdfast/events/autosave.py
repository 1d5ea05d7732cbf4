"""What a session may say of how it wants to be saved, and what of that differs from the installation's way."""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BeforeValidator, Field

from holdfast.errors import InvalidInput
from holdfast.events.payload import Count, Part
from holdfast.events.values import shown

__all__ = ["LONGEST", "SHORTEST", "Autosave", "Intervals", "Persistence", "TriggerName", "autosave_of", "seconds"]

SHORTEST, LONGEST = 0.1, 366 * 86_400.0
"""The seconds that may lie between two saves."""

_UNITS = {
    **dict.fromkeys(["ms", "millisecond", "milliseconds"], 0.001),
    **dict.fromkeys(["", "s", "sec", "secs", "second", "seconds"], 1.0),
    **dict.fromkeys(["m", "min", "mins", "minute", "minutes"], 60.0),
    **dict.fromkeys(["h", "hour", "hours"], 3600.0),
    **dict.fromkeys(["d", "day", "days"], 86_400.0),
}


def seconds(field: str, value: object) -> float:
    """An interval in seconds: a number, or text as "30s", "5 minutes", "1 h". `InvalidInput` otherwise."""
    given = _read(value) if isinstance(value, str) else value
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise InvalidInput(field, f'must be seconds, or text such as "30s" or "5 minutes", not {shown(value)}')
    if not SHORTEST <= given <= LONGEST:  # which NaN is not either
        raise InvalidInput(field, f"must be from {SHORTEST} seconds to {LONGEST / 86_400:.0f} days, not {shown(value)}")
    return float(given)


def _read(text: str) -> float | None:
    match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,6})?) ?([a-z]*)", text)
    unit = _UNITS.get(match[2]) if match else None
    return float(match[1]) * unit if match and unit else None


Seconds = Annotated[float, Field(ge=SHORTEST, le=LONGEST), BeforeValidator(lambda value: seconds("value", value))]

TriggerName = Literal[
    "task-completion",
    "major-decision",
    "file-modification",
    "error-occurrence",
    "user-request",
    "session-end",
    "tail-size",
]


class Intervals(Part):
    """Seconds between two saves of each tier, or text as "5 minutes"."""

    context: Seconds | None = None
    conversation: Seconds | None = None
    project_state: Seconds | None = Field(None, validation_alias=AliasChoices("project_state", "projectState"))
    full: Seconds | None = Field(None, validation_alias=AliasChoices("full", "fullSnapshot"))


class Autosave(Part):
    """How a session wants to be saved. What is absent is as the installation has it."""

    enabled: bool | None = None
    interval: Seconds | None = None
    """Seconds between two saves of the context, or text as "30s". No other tier is saved more often than that."""
    intervals: Intervals | None = None
    """The same for each tier by itself."""
    triggers: list[TriggerName] | None = None
    """What makes a save come early."""
    backup_count: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        None, validation_alias=AliasChoices("backup_count", "backupCount")
    )
    """How many saves of each tier are kept."""


class Persistence(Part):
    """How a session wants to be saved, in the words of the guide's session entry. `Autosave` says it better."""

    auto_save: bool | None = Field(None, validation_alias=AliasChoices("auto_save", "autoSave"))
    save_interval: str | int | None = Field(None, validation_alias=AliasChoices("save_interval", "saveInterval"))
    """Seconds, or text as "30s"."""
    backup_count: Count | None = Field(None, validation_alias=AliasChoices("backup_count", "backupCount"))


def autosave_of(started: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the data of a `session.started` overrides, in the fields of `Autosave` and plain seconds; None for nothing.

    Where `autosave` and `persistence` speak of the same field, `autosave` counts.
    """
    return _of_persistence(started.get("persistence") or {}) | _of_autosave(started.get("autosave")) or None


def _of_autosave(said: bool | Mapping[str, Any] | None) -> dict[str, Any]:  # noqa: FBT001  # a value of the data
    if said is None or isinstance(said, bool):
        return {} if said is None else {"enabled": said}
    asked = Autosave.model_validate(said)
    found = {name: getattr(asked, name) for name in Autosave.model_fields if getattr(asked, name) is not None}
    if asked.intervals is not None:
        tiers = {tier: getattr(asked.intervals, tier) for tier in Intervals.model_fields}
        found["intervals"] = {tier: each for tier, each in tiers.items() if each is not None}
    return found


def _of_persistence(said: Mapping[str, Any]) -> dict[str, Any]:
    """What cannot be followed is passed over: nobody checked these fields when older logs were written."""
    asked = Persistence.model_validate(said)
    found: dict[str, Any] = {}
    if asked.auto_save is not None:
        found["enabled"] = asked.auto_save
    with suppress(InvalidInput):
        found["interval"] = seconds("save_interval", asked.save_interval)
    if 1 <= (asked.backup_count or 0) <= 1000:
        found["backup_count"] = asked.backup_count
    return found
