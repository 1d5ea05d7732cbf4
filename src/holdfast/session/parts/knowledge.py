"""What is known and who says so, what the user said, and the campaign that it is for."""

from collections.abc import Hashable
from datetime import datetime
from functools import cached_property
from typing import Any

from pydantic import ConfigDict, Field

from holdfast.events import Confidence
from holdfast.session.parts.base import Mutable

__all__ = ["Area", "Campaign", "Claim", "Default", "Information", "Preference", "Source", "marked"]


def marked(value: Any) -> Hashable:
    """Equal for values of JSON that say the same, and for no others: numbers as numbers; true is not 1."""
    if isinstance(value, dict):
        return "object", frozenset((key, marked(each)) for key, each in value.items())
    if isinstance(value, list):
        return "list", tuple(marked(each) for each in value)
    return (value, "") if isinstance(value, bool) else value


class Source(Mutable):
    """An event that said something which is still so."""

    who: str
    at: datetime
    """By the clock of whoever said it."""
    event_id: str
    confidence: Confidence | None = None
    uses: int = 0
    """How many facts and items rest on it; with the last of them it goes."""


class Claim(Mutable):
    """What one source says of a fact on which others say otherwise."""

    value: Any
    who: str
    at: datetime
    seq: int
    event_id: str
    confidence: Confidence | None = None


class Area(Mutable):
    """An area of knowledge: facts by key, and items in the order in which they were learned."""

    facts: dict[str, Any] = Field(default_factory=dict)
    items: list[Any] = Field(default_factory=list)
    origins: dict[str, list[int]] = Field(default_factory=dict)
    """By the path of each fact that is no object: the events that say it, by sequence number."""
    item_origins: list[int] = Field(default_factory=list)
    """Of each item the event that first said it."""
    told: dict[int, Source] = Field(default_factory=dict)
    """Those events, once each: a fact's own entry must be small."""
    conflicts: dict[str, list[Claim]] = Field(default_factory=dict)
    """By path: what is claimed where sources differ, in the log's order. The newest is among the facts."""
    learned_from: str | None = None
    confidence: Confidence | None = None
    updated_at: datetime | None = None

    @cached_property
    def marks(self) -> set[Hashable]:
        """What tells the items apart, so that one more costs the same however many there are. Not part of the state."""
        return {marked(item) for item in self.items}

    def sources(self, path: str) -> list[Source]:
        """Who says what the fact at that path says."""
        return [self.told[seq] for seq in self.origins.get(path, ())]


class Information(Mutable):
    """Something that the user told, and must not be asked again."""

    value: Any
    provided_by: str
    provided_at: datetime
    note: str | None
    event_id: str


class Preference(Mutable):
    """How the user wants things to be."""

    value: Any
    confidence: Confidence | None
    note: str | None
    stated_at: datetime
    event_id: str


class Default(Mutable):
    """A preference that is taken for granted because it was remembered. It holds until the user says otherwise."""

    value: Any
    confidence: float | None
    """Of the memory that is least sure."""
    memories: list[str]
    """Ids of the memories that it rests on."""
    event_id: str
    refused: bool = False


class Campaign(Mutable):
    """The campaign that the session serves, with whatever further fields were given."""

    model_config = ConfigDict(extra="allow")

    gtm_id: str | None = None
    title: str | None = None
    tier: int | None = None
    campaign_owner: str | None = None
    status: str | None = None
