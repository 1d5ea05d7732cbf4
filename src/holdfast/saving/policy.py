"""When a session is saved, and how many saves are kept: the installation's way, and what a session has of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple, cast

import orjson

from holdfast.errors import InvalidInput
from holdfast.events import seconds, whole
from holdfast.events.values import shown
from holdfast.saving.tiers import TIERS, Tier

__all__ = ["MAX_KEPT", "REASONS", "TAIL", "TIMED", "TRIGGERS", "Policy", "Trigger", "policy_of"]

MAX_KEPT = 1000
"""The most saves of a tier that can be asked for."""


class Trigger(NamedTuple):
    """What an event asks for: a save of this tier, for this reason. `tier` None: of the tier that the event names."""

    reason: str
    tier: Tier | None


_END = Trigger("session-end", "full")

TRIGGERS: Mapping[str, Trigger] = {
    "task.completed": Trigger("task-completion", "full"),
    "decision.made": Trigger("major-decision", "context"),
    "decision.answered": Trigger("major-decision", "context"),
    "file.modified": Trigger("file-modification", "project_state"),
    "error.raised": Trigger("error-occurrence", "full"),
    "session.paused": _END,
    "session.closed": _END,
    "session.expired": _END,
    "session.failed": _END,
    "save.requested": Trigger("user-request", None),
}
"""By type of event."""

TAIL = Trigger("tail-size", "context")
"""When more events have come since the last save than `Policy.tail`."""

TIMED = "interval"
"""The reason of a save that was due by its tier's interval."""

REASONS: tuple[str, ...] = tuple(dict.fromkeys(each.reason for each in (*TRIGGERS.values(), TAIL)))
"""What can make a save come before its interval is over."""

_ALWAYS = frozenset({"user-request", "session-end", "tail-size"})
"""Reasons that a session's own list of triggers does not switch off: the guide's list of five does not know the last
two, which bound what a recovery costs, and who asks is to be answered."""

_TIERS: Mapping[str, Tier] = {
    **{tier: tier for tier in TIERS},
    "projectState": "project_state",
    "fullSnapshot": "full",
}
"""The tiers, by our names and by those of the guide."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How a session is saved."""

    enabled: bool
    intervals: Mapping[Tier, float] = field(hash=False)
    """Seconds from the first event that is not saved to the save, for every tier."""
    keep: int
    """How many saves of each tier are kept."""
    triggers: frozenset[str]
    """The reasons, of `REASONS`, that make a save come early."""
    tail: int
    """Events that may come before a save is due whatever the interval."""

    def __post_init__(self) -> None:
        _checked(self.triggers)
        whole("keep", self.keep, 1, MAX_KEPT)
        whole("tail", self.tail, 1)
        # As floats whatever was given: policies that are equal stand for each other where they are remembered.
        given = {tier: float(seconds(f"intervals.{tier}", self.intervals.get(tier))) for tier in TIERS}
        object.__setattr__(self, "intervals", given)

    def trigger(self, event_type: str) -> Trigger | None:
        """What an event of this type asks for. None where saving is off, but for what somebody asks for expressly."""
        found = TRIGGERS.get(event_type)
        if found is None or found.tier is None:
            return found
        return found if self.enabled and found.reason in self.triggers else None

    def overridden(self, given: Mapping[str, Any]) -> "Policy":
        """This policy, but for what a session says of itself, in the fields of `events.Autosave`.

        `interval` is the context's; no other tier is then saved more often than that, unless `intervals` says so.
        Raises `InvalidInput`, which names the field.
        """
        policy = self
        if given.get("enabled") is not None:
            policy = replace(policy, enabled=_truth("enabled", given["enabled"]))
        if given.get("interval") is not None or given.get("intervals") is not None:
            policy = replace(
                policy, intervals=_intervals(self.intervals, given.get("interval"), given.get("intervals"))
            )
        if given.get("triggers") is not None:
            policy = replace(policy, triggers=_checked(given["triggers"]) | (self.triggers & _ALWAYS))
        if given.get("backup_count") is not None:
            policy = replace(policy, keep=whole("backup_count", given["backup_count"], 1, MAX_KEPT))
        return policy


@lru_cache(maxsize=1024)
def policy_of(defaults: Policy, autosave: str | None) -> Policy:
    """The policy of a session that has this text in the column `autosave`: what `events.autosave_of` found, as JSON."""
    return defaults if autosave is None else defaults.overridden(orjson.loads(autosave))


def _intervals(before: Mapping[Tier, float], interval: object, intervals: object) -> dict[Tier, float]:
    found = dict(before)
    if interval is not None:
        least = seconds("interval", interval)
        found = {tier: max(each, least) for tier, each in found.items()}
        found["context"] = least
    if intervals is not None and not isinstance(intervals, Mapping):
        raise InvalidInput("intervals", f"must be an object, with an interval for each tier, not {shown(intervals)}")
    for name, value in cast("Mapping[str, object]", intervals or {}).items():
        if name not in _TIERS:
            raise InvalidInput("intervals", f"{shown(name)} is no tier; they are {', '.join(TIERS)}")
        if value is not None:
            found[_TIERS[name]] = seconds(f"intervals.{name}", value)
    return found


def _checked(triggers: object) -> frozenset[str]:
    if not isinstance(triggers, list | tuple | set | frozenset):
        raise InvalidInput("triggers", f"must be a list, not {shown(triggers)}")
    for each in triggers:
        if each not in REASONS:
            raise InvalidInput("triggers", f"{shown(each)} is none; they are {', '.join(REASONS)}")
    return frozenset(triggers)


def _truth(name: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise InvalidInput(name, f"must be true or false, not {shown(value)}")
