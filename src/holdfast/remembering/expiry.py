"""Expiry: when a session that nobody works in ends, and when its rows are released; by kind of session."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from holdfast.errors import InvalidInput

__all__ = ["NEVER", "Expiry", "expiry_of"]

NEVER = float("inf")

LONGEST = 100 * 31_557_600.0

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0, "y": 31_557_600.0}
_ENTRY = re.compile(r"(?P<kind>[^=]+?)\s*=\s*(?P<expire>[^/\s]+)(?:\s*/\s*(?P<archive>\S+))?")
_LENGTH = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)([smhdwy]?)")


@dataclass(frozen=True, slots=True)
class Expiry:
    """Seconds of quiet until a paused session expires, and from its end until it is archived."""

    expire_after: float
    archive_after: float
    kinds: Mapping[str, tuple[float, float]] = field(default_factory=dict, hash=False)
    """By kind of session, both."""

    def expires_after(self, kind: str) -> float:
        """`NEVER` is infinity."""
        return self.kinds.get(kind, (self.expire_after, self.archive_after))[0]

    def archived_after(self, kind: str) -> float:
        """`NEVER` is infinity."""
        return self.kinds.get(kind, (self.expire_after, self.archive_after))[1]


def expiry_of(expire_after: float, archive_after: float, kinds: str) -> Expiry:
    """The times of all kinds, and what differs by kind: `chat=7d/30d, audit=never, scratch=90m`.

    A kind has the quiet until it expires, and the time from then until it is archived (not given: as all have it).
    Lengths are numbers with s, m, h, d, w or y (seconds without), at most a hundred years, or `never`.

    Raises `InvalidInput`, naming the setting `expire_kinds`.
    """
    found: dict[str, tuple[float, float]] = {}
    for entry in filter(None, map(str.strip, kinds.split(","))):
        match = _ENTRY.fullmatch(entry)
        if match is None:
            raise InvalidInput("expire_kinds", f"{entry!r} is not of the form kind=7d/30d, or kind=never")
        archive = match["archive"]
        found[match["kind"].strip()] = (_seconds(match["expire"]), _seconds(archive) if archive else archive_after)
    return Expiry(expire_after, archive_after, found)


def _seconds(text: str) -> float:
    if text == "never":
        return NEVER
    match = _LENGTH.fullmatch(text)
    seconds = float(match[1]) * _UNITS[match[2] or "s"] if match else 0
    if not 0 < seconds <= LONGEST:
        raise InvalidInput("expire_kinds", f"{text!r} is no length of time such as 30m, 7d or never")
    return seconds
