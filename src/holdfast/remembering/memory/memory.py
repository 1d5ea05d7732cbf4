"""A memory, as those who recall it see it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import JsonValue

from holdfast.remembering.memory.finding import Evidence, Kind, OwnerKind, Source

__all__ = ["Memory", "MemoryStatus"]

MemoryStatus = Literal["current", "contested", "replaced", "outweighed", "expired"]
"""`contested`: another value is as likely, and both are shown. `replaced`: the owner changed their mind since, or took
it back. `outweighed`: surer sources said otherwise before. `expired`: its time is over, and it is about to go."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Something that is remembered of a user or a campaign. It is derived from its evidence, and from nothing else."""

    id: str
    """The same whenever the same is learned of the same owner: a UUID of owner, kind, key and value."""
    owner_kind: OwnerKind
    owner: str
    kind: Kind
    key: str
    value: JsonValue
    text: str
    confidence: float
    """From 0 to 1, as of the time at which it was read: see `confidence`."""
    source: Source
    """The best class of source among the evidence for it."""
    status: MemoryStatus
    temporary: bool
    """Whether all that agrees is about one piece of work alone."""
    first_seen: datetime
    last_seen: datetime
    expires_at: datetime
    replaces: tuple[str, ...]
    """Ids of memories of the same key that this one took the place of."""
    contradicts: tuple[str, ...]
    """Ids of memories of the same key that say otherwise, whatever their status."""
    evidence: tuple[Evidence, ...] = ()
    """The oldest first. Empty in listings, which name only the memories."""
