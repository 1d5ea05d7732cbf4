"""What is known, what the user said, and the campaign that it is for."""

from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from holdfast.events import Confidence
from holdfast.session.parts.base import Mutable

__all__ = ["Area", "Campaign", "Information", "Preference"]


class Area(Mutable):
    """An area of knowledge: facts by key, and items in the order in which they were learned."""

    facts: dict[str, Any] = Field(default_factory=dict)
    items: list[Any] = Field(default_factory=list)
    learned_from: str | None = None
    confidence: Confidence | None = None
    updated_at: datetime | None = None


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


class Campaign(Mutable):
    """The campaign that the session serves, with whatever further fields were given."""

    model_config = ConfigDict(extra="allow")

    gtm_id: str | None = None
    title: str | None = None
    tier: int | None = None
    campaign_owner: str | None = None
    status: str | None = None
