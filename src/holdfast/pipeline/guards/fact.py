"""A fact: an event that moves a guard, as the guards read it."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from holdfast.store.log import Head

__all__ = ["LONGEST", "Fact", "guarded"]

LONGEST = 256
"""Characters of an id that a guard's row can have; indexes hold no more of some alphabets."""


class Fact(NamedTuple):
    """An event that is in the log, within the transaction that put it there."""

    head: Head
    seq: int
    event_id: UUID
    type: str
    actor: str
    conversation: str | None
    recorded_at: datetime
    data: dict[str, Any]
    strict: bool
    """Whether its guard may refuse it."""
    copied: bool
    """Whether it came with a fork."""
    campaign: str | None
    """The campaign that its session served then. What is `copied` counts there for the session that it comes from."""


def guarded(name: object) -> str | None:
    """An id, where a guard can keep it; None for one that no row can hold: nothing is guarded under it."""
    return name if isinstance(name, str) and 0 < len(name) <= LONGEST and "\0" not in name else None
