"""The log against what was acknowledged."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from holdfast.client import Session
from holdfast.errors import LogDamaged
from holdfast.events import Event
from holdfast.session import State

__all__ = ["Verdict", "check", "compare"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Counts of what was found."""

    acknowledged: int
    missing: int
    """Acknowledged, and not in the log."""
    repeated: int
    """In the log more than once."""
    unknown: int
    """In the log, and acknowledged to nobody."""
    ordered: bool
    """Numbered without a gap, and each event where its publisher's order puts it."""
    verified: int | None = None
    """Events that the hash chain proves unchanged; None where it does not verify."""
    artifact: bool = False
    """Whether the itinerary on disk is the one that the log tells of."""

    @property
    def ok(self) -> bool:
        """Whether nothing at all is wrong."""
        return not (self.missing or self.repeated or self.unknown) and self.ordered and self.proved

    @property
    def proved(self) -> bool:
        """Whether what the log says of itself, and of the itinerary, is so."""
        return self.verified == self.acknowledged + 1 and self.artifact


def check(session: Session, acknowledged: Sequence[UUID], itinerary: Path) -> tuple[Verdict, list[Event], State]:
    """Read all of the session's log and judge it; also returns what was read."""
    events, state = session.events(limit=None), session.state()
    counted = compare(acknowledged, events)
    try:
        verified = session.verify()
    except LogDamaged:
        verified = None
    made = state.artifacts.get(itinerary.name)
    same = made is not None and made.digest == hashlib.sha256(itinerary.read_bytes()).hexdigest()
    verdict = Verdict(
        counted.acknowledged, counted.missing, counted.repeated, counted.unknown, counted.ordered, verified, same
    )
    return verdict, events, state


def compare(acknowledged: Sequence[UUID], events: Sequence[Event]) -> Verdict:
    """The events by their ids. The first of a log is the start of its session, whose id nobody was told."""
    logged = [event.id for event in events[1:]]
    known = set(acknowledged)
    return Verdict(
        acknowledged=len(acknowledged),
        missing=len(known - set(logged)),
        repeated=len(logged) - len(set(logged)),
        unknown=len(set(logged) - known),
        ordered=[event.seq for event in events] == list(range(1, len(events) + 1)) and logged == list(acknowledged),
    )
