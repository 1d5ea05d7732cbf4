"""Completion: what came of pausing or closing a session, by the steps of the protocol, and what the user is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from holdfast.recovering.summary import shortened
from holdfast.remembering.memory import Memory
from holdfast.remembering.summary import Summary
from holdfast.saving.snapshot import Snapshot

__all__ = ["EXTRACT", "OFFER", "SAVED", "STORE", "SUMMARIZE", "Completion", "Remembered", "Step", "offer"]

SUMMARIZE = "SUMMARIZE SESSION"
EXTRACT = "EXTRACT LEARNINGS"
STORE = "STORE PERSISTENT MEMORY"
OFFER = "OFFER CONTINUITY"
"""The steps of the protocol, by its own names."""

SAVED = "I have saved your progress. You can say continue where we left off anytime to resume."
"""The words of the protocol."""

TOLD = 5
"""How many memories the user is told of; the surest."""


class Step(NamedTuple):
    """A step of the protocol, and what came of it."""

    name: str
    outcome: str


class Remembered(NamedTuple):
    """A memory that the session speaks for, and whether it is the first to."""

    memory: Memory
    new: bool


@dataclass(frozen=True, slots=True)
class Completion:
    """What was saved and what will be remembered, for how long, and the offer to resume."""

    session_id: str
    status: str
    events: int
    """How many events the log holds: all of them, with the pause or the end itself."""
    snapshot: Snapshot | None
    """What was saved of the session just now; None where a worker still has to, which `problems` tell."""
    summary: Summary | None
    """None where it could not be made yet; a worker makes up for it."""
    remembered: tuple[Remembered, ...]
    """What the session speaks for, the surest first. Each memory says when it ends."""
    resumable_until: datetime | None
    """When the session expires unless somebody works in it; None: it has ended, or never does."""
    offer: str
    """What to tell the user."""
    steps: tuple[Step, ...]
    problems: tuple[str, ...]
    """What could not be done at once, for those who run the agent. A worker tries again; nothing is lost by it."""


def offer(remembered: Sequence[Remembered], until: datetime | None) -> str:
    """What the user is told: that they can resume, what will be remembered, and for how long."""
    kept = [each.memory for each in remembered if each.memory.status == "current"]
    told = [f"{shortened(each.text).rstrip('.')} (until {each.expires_at:%d %B %Y})" for each in kept[:TOLD]]
    more = f", and {len(kept) - TOLD} more" if len(kept) > TOLD else ""
    words = [SAVED]
    if told:
        words.append(f"I will remember: {'; '.join(told)}{more}.")
    if until is not None:
        words.append(f"The session itself stays open until {until:%d %B %Y}.")
    return " ".join(words)
