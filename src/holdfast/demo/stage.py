"""The stage: one session, the processes that work on it, and the part of its log that was shown."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from holdfast.client import Holdfast, Session
from holdfast.demo.agent import Account, recovered
from holdfast.demo.crew import Crew, Member
from holdfast.demo.journal import acknowledged
from holdfast.demo.live import Live
from holdfast.demo.outside import Outside
from holdfast.errors import Unavailable
from holdfast.events import Event
from holdfast.stream.reader import Reader

__all__ = ["Stage", "ended", "must_be_well", "wait"]

T = TypeVar("T")

LOOK_SECONDS = 0.05
PATIENCE_SECONDS = 60.0
"""How long anything in the demo may take that is to come."""


class Stage:
    """Follows the session's log, and shows the decisions in it as they come."""

    def __init__(
        self, session: Session, holdfast: Holdfast, reader: Reader, crew: Crew, folder: Path, live: Live
    ) -> None:
        self.session = session
        self.holdfast = holdfast
        self.reader = reader
        self.crew = crew
        self.folder = folder
        self.live = live
        self.outside = Outside(folder)
        self.decisions = 0
        self._read = 0
        self._told = 0

    def follow(self, fact: Callable[[], T | None], what: str, on: Iterable[Member] = ()) -> T:
        """As `wait`, and shows meanwhile what reaches the log, and at the end what had reached it by then."""

        def shown() -> T | None:
            found = fact()
            self.show(self.session.events(after=self._read))
            return found

        return wait(shown, what, on)

    def show(self, events: Iterable[Event]) -> None:
        """Show these, which come after those that were shown before."""
        for event in events:
            self._read = event.seq
            if event.type == "decision.made":
                self.decisions += 1
                self.live.decision(event)

    def show_up_to(self, seq: int) -> None:
        """Show what the log has up to there."""
        self.show([event for event in self.session.events(after=self._read) if event.seq <= seq])

    def next(self, event_type: str | tuple[str, ...], on: Iterable[Member] = ()) -> Event:
        """The first event of such a type after the one that this returned last, when it is in the log."""
        types = (event_type,) if isinstance(event_type, str) else event_type

        def found() -> Event | None:
            events = self.session.events(after=self._told, limit=None)
            return next((each for each in events if each.type in types), None)

        event = wait(found, f"{' or '.join(types)} in the log", on)
        self._told = event.seq
        return event

    def drained(self) -> bool:
        """Whether nothing of the session waits in Redis."""
        return not self.reader.backlog(self.reader.keys.shard(self.session.id))

    def acknowledged(self, number: int) -> list[UUID]:
        """The ids that were acknowledged to that agent so far, in its order."""
        place = acknowledged(self.folder, number)
        text = place.read_text() if place.exists() else ""
        whole, _, _ = text.rpartition("\n")  # the last line may be on its way
        return [UUID(line) for line in whole.splitlines()]

    def account(self, number: int, agent: Member) -> Account:
        """What that agent has to say, when it has recovered the session."""
        place = recovered(self.folder, number)
        self.follow(place.exists, f"the recovery of {agent.name}", [agent])
        return Account.read(place)


def wait(fact: Callable[[], T | None], what: str, on: Iterable[Member] = ()) -> T:
    """What `fact()` returned when it was true. Raises `Unavailable` at the time limit, or when one of these ends."""
    watched = list(on)
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        gone = next((member for member in watched if member.status is not None), None)
        if found := fact():  # looked at last: it may be what a process did before it ended
            return found
        if gone is not None:
            raise ended(gone, f"before {what} came")
        if time.monotonic() > until:
            raise Unavailable(f"{what} did not come within {PATIENCE_SECONDS:.0f} s")
        time.sleep(LOOK_SECONDS)


def must_be_well(member: Member) -> None:
    """It runs, or it has finished its work."""
    if member.status:
        raise ended(member)


def ended(member: Member, when: str = "") -> Unavailable:
    """What is said of a process that ended and should not have."""
    how = f"{member.name} ended with status {member.status} {when}".rstrip()
    return Unavailable(f"{how}; it wrote:\n{member.last_words()}".rstrip())
