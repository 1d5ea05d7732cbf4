"""What belongs to the shared document alone: its history, who sees which part, and what an import brought along."""

from datetime import datetime
from typing import Any

from pydantic import Field

from holdfast.session.parts.base import Mutable

__all__ = ["Contested", "Imported", "Note", "View"]


class Note(Mutable):
    """An entry of the document's history."""

    action: str
    timestamp: datetime
    actor: str
    details: str | None
    event_id: str


class View(Mutable):
    """Which part of the document an agent sees. None: as the role has it."""

    role: str | None
    include: list[str] | None
    exclude: list[str] | None
    redact: list[str] | None
    max_tokens: int | None
    max_bytes: int | dict[str, int] | None
    secrets: list[str] | None


class Imported(Mutable):
    """A document that became part of the session."""

    source: str | None
    digest: str | None
    extra: dict[str, Any] = Field(default_factory=dict)
    """What it held beyond the protocol, by its path."""


class Contested(Mutable):
    """An event that came too late to count: what it was about was settled before."""

    type: str
    about: str
    """The id of the decision or the handoff."""
    actor: str
    said_at: datetime
    event_id: str
