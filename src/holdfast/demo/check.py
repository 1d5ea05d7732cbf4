"""The log against what was acknowledged, and the outside against the log."""

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from holdfast.client import Session
from holdfast.demo.handed import Handed, Seen, handed, merged
from holdfast.demo.outside import Outside
from holdfast.errors import LogDamaged
from holdfast.events import Event
from holdfast.session import State

__all__ = ["Compared", "Published", "Verdict", "check", "compare", "fences"]

OWN = frozenset(
    {
        *("lease.taken", "lease.released", "session.recovered", "effect.intended", "effect.settled"),
        *("handoff.offered", "handoff.accepted", "handoff.completed", "request.allowed", "request.blocked"),
        *("compute.reserved", "compute.settled", "budget.set", "decision.escalated", "decision.answered"),
    }
)
"""Types of events that nobody publishes: calls of the client commit them."""


@dataclass(frozen=True, slots=True)
class Published:
    """The ids that Redis acknowledged, in the order in which they were published."""

    ids: Sequence[UUID]
    late: Collection[UUID] = ()
    """Those of them that were published under a lease that had been taken over. These the log may refuse."""
    refused: Collection[UUID] = ()
    """What lies among the dead letters because its lease was lost."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The events by their ids."""

    acknowledged: int
    refused: int
    """Acknowledged too late, and kept among the dead letters."""
    missing: int
    """Acknowledged, and neither in the log nor refused as too late."""
    repeated: int
    """In the log more than once."""
    unknown: int
    """In the log, and acknowledged to nobody."""
    ordered: bool
    """Numbered without a gap, and each event where its publisher's order puts it."""
    own: Mapping[str, int] = field(default_factory=dict)
    """Events that calls of the client committed themselves, by type."""

    @property
    def ok(self) -> bool:
        """Whether every event is where it belongs."""
        return not (self.missing or self.repeated or self.unknown) and self.ordered


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found."""

    events: Compared
    length: int
    """Events in the log."""
    verified: int | None
    """Events that the hash chain proves unchanged; None where it does not verify."""
    fences: Sequence[int] | None
    """The fences, in the order in which they were given out; None where one did not grow, or an event had another's."""
    itinerary: bool
    """Whether the itinerary on disk is the one that the log tells of."""
    bookings: int
    mails: int
    open_effects: int
    decided_twice: int
    handed: Handed

    @property
    def ok(self) -> bool:
        """Whether nothing at all is wrong."""
        return self.events.ok and self.proved and self.fences is not None and self.once and self.handed.ok

    @property
    def proved(self) -> bool:
        """Whether what the log says of itself, and of the itinerary, is so."""
        return self.verified == self.length and self.itinerary

    @property
    def once(self) -> bool:
        """Whether everything was done, and nothing twice."""
        return (self.bookings, self.mails, self.open_effects, self.decided_twice) == (1, 1, 0, 0)


def check(session: Session, published: Published, outside: Outside, seen: Seen) -> tuple[Verdict, list[Event], State]:
    """Read all of the session's log and judge it; also returns what was read."""
    events, state = session.events(limit=None), session.state()
    try:
        verified = session.verify()
    except LogDamaged:
        verified = None
    made = state.artifacts.get(outside.itinerary.name)
    decided = [decision.id for decision in state.decisions_made]
    verdict = Verdict(
        events=compare(published, events),
        length=len(events),
        verified=verified,
        fences=fences(events),
        itinerary=made is not None and made.digest == hashlib.sha256(outside.itinerary.read_bytes()).hexdigest(),
        bookings=len(outside.bookings.entries()),
        mails=len(outside.mails.entries()),
        open_effects=len(state.unsettled_effects),
        decided_twice=len(decided) - len(set(decided)),
        handed=handed(session, events, state, seen, outside.itinerary.parent),
    )
    return verdict, events, state


def compare(published: Published, events: Sequence[Event]) -> Compared:
    """The events by their ids. The first of a log is the start of its session, whose id nobody was told."""
    result = merged(events)
    own = Counter(event.type for event in events[1:] if event.type in OWN and event.id not in result)
    logged = [event.id for event in events[1:] if event.type not in OWN and event.id not in result]
    there, known = set(logged), set(published.ids)
    refused = (set(published.late) & set(published.refused)) - there
    return Compared(
        acknowledged=len(published.ids),
        refused=len(refused),
        missing=len(known - there - refused),
        repeated=len(logged) - len(there),
        unknown=len(there - known),
        ordered=[event.seq for event in events] == list(range(1, len(events) + 1))
        and logged == [each for each in published.ids if each not in refused],
        own=own | ({"of a result": len(result)} if result else {}),
    )


def fences(events: Sequence[Event]) -> list[int] | None:
    """The fences that were given out. None where one is not above those before, or an event does not have its lease's.

    A lease lasts from its taking to its release, or to the next taking; outside one an event has no fence. Nor has an
    answer: who decides holds no lease, and is kept out by none.
    """
    given: list[int] = []
    now: int | None = None
    for event in events:
        if event.type == "lease.taken":
            now = event.data["fence"]
            if given and now <= given[-1]:
                return None
            given.append(now)
        elif event.type == "lease.released":
            if event.data["fence"] != now:
                return None
            now = None
        elif event.fence != (None if event.type == "decision.answered" else now):
            return None
    return given
