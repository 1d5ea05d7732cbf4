"""The knowledge family: what was learned, what the user said and wants, and the campaign that it is for."""

from typing import Literal

from holdfast.events.payload import Confidence, Count, Json, Part, Payload, Text

__all__ = [
    "CampaignStatus",
    "CampaignUpdated",
    "InformationProvided",
    "KnowledgeLearned",
    "MemoryRecalled",
    "PreferenceRefused",
    "PreferenceStated",
    "Recalled",
]

CampaignStatus = Literal["kickoff", "in_progress", "review", "published", "closed"]
"""A campaign's life, in the words of the context protocol."""


class KnowledgeLearned(Payload):
    """Something was found out. An object's keys are set one by one, at every depth; a list's items are added.

    A value that another source said otherwise is a conflict unless `base` shows that it was known: both are kept.
    """

    TYPE = "knowledge.learned"

    area: Text
    """As `product`, `protocol`, `audience`, `brand_decisions`, `past_learnings`."""
    facts: dict[str, Json] | list[Json]
    source: str | None = None
    confidence: Confidence | None = None
    base: Count | None = None
    """The last event that whoever says this had seen: what was said up to there is replaced knowingly."""
    recalled: bool = False
    """It came from memory, and nobody found it out now: it is never learned again."""
    details: str | None = None


class InformationProvided(Payload):
    """The user told something that must not be asked again."""

    TYPE = "information.provided"

    key: Text
    value: Json
    provided_by: str | None = None
    note: str | None = None


class PreferenceStated(Payload):
    """The user said how things should be, for this session and those to come."""

    TYPE = "preference.stated"

    key: Text
    """As `communication_style`."""
    value: Json
    confidence: Confidence | None = None
    note: str | None = None


class PreferenceRefused(Payload):
    """The user did not want what was taken for a preference of theirs, as a default that was shown."""

    TYPE = "preference.refused"

    key: Text
    value: Json = None
    """What was refused, of a list one thing; null: whatever it was."""
    reason: str | None = None


class Recalled(Part):
    """A memory, as it was given back."""

    id: Text
    kind: str | None = None
    key: str | None = None
    value: Json = None
    text: str | None = None
    confidence: float | None = None


class MemoryRecalled(Payload):
    """Something was given back from memory. What it says was learned before, and is never learned from here."""

    TYPE = "memory.recalled"

    memories: list[Recalled]
    purpose: Literal["defaults", "campaign", "search"] = "search"
    defaults: dict[str, Json] = {}
    """Preferences, by key, that hold in this session unless the user says otherwise; they rest on the memories."""
    query: str | None = None


class CampaignUpdated(Payload):
    """The campaign that the session serves changed. What is not given stays; further fields are kept."""

    TYPE = "campaign.updated"

    gtm_id: str | None = None
    title: str | None = None
    tier: int | None = None
    campaign_owner: str | None = None
    status: CampaignStatus | None = None
    details: str | None = None
