"""A finding: what one event says that is worth keeping. Evidence: a finding with the place that it came from."""

from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from pydantic import JsonValue

__all__ = ["KINDS", "SOURCES", "Evidence", "Finding", "Kind", "OwnerKind", "Source", "Stance"]

OwnerKind = Literal["user", "campaign"]

Kind = Literal["preference", "fact", "decision", "learning"]
KINDS: tuple[Kind, ...] = ("preference", "fact", "decision", "learning")

Source = Literal["user", "agent", "tool", "inferred"]
"""Who bears it: the user said it, an agent did, a tool's result has it, or it follows from what somebody did."""
SOURCES: tuple[Source, ...] = ("user", "agent", "tool", "inferred")
"""From the one that bears most."""

Stance = Literal["for", "against"]
"""`against`: it is said that the value does not hold (any more), as by a default that is refused."""


class Finding(NamedTuple):
    """What one event says. The same event always says the same: a repeat is the same finding."""

    owner_kind: OwnerKind
    """The user whose session it is, or the campaign that the session serves."""
    kind: Kind
    key: str
    """What it is about, as `communication_style`: findings of one owner, kind and key speak of the same."""
    value: JsonValue
    text: str
    """A sentence that a person can read, of at most `TEXT_CHARACTERS`."""
    source: Source
    event_id: UUID
    seq: int
    said_at: datetime
    strength: float = 1.0
    """How plainly the event says it: 1 for a typed event that says just this, less for words that must be read."""
    stance: Stance = "for"
    single: bool = True
    """Whether only one value can hold at a time, so that another one contradicts it; false for lists of things."""
    temporary: bool = False
    """Whether it is about this piece of work alone, and ends soon."""


class Evidence(NamedTuple):
    """A finding in the store: which session it came from, and which run of the extraction found it."""

    finding: Finding
    session_id: str
    run_id: str


TEXT_CHARACTERS = 300
