"""The knowledge family: what was learned, what the user said and wants, and the campaign that it is for."""

from typing import Literal

from holdfast.events.payload import Confidence, Json, Payload, Text

__all__ = ["CampaignUpdated", "InformationProvided", "KnowledgeLearned", "PreferenceStated"]


class KnowledgeLearned(Payload):
    """Something was found out. An object's keys are set one by one in the area; a list's items are added to it."""

    TYPE = "knowledge.learned"

    area: Text
    """As `product`, `protocol`, `audience`, `brand_decisions`, `past_learnings`."""
    facts: dict[str, Json] | list[Json]
    source: str | None = None
    confidence: Confidence | None = None


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


class CampaignUpdated(Payload):
    """The campaign that the session serves changed. What is not given stays; further fields are kept."""

    TYPE = "campaign.updated"

    gtm_id: str | None = None
    title: str | None = None
    tier: int | None = None
    campaign_owner: str | None = None
    status: Literal["kickoff", "in_progress", "review", "published", "closed"] | None = None
