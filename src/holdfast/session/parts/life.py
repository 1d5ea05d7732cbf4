"""The session itself: who works in it, how it is saved, how it was recovered."""

from datetime import datetime
from typing import Any

from pydantic import Field

from holdfast.session.parts.base import Mutable

__all__ = ["Agent", "Fork", "History", "Recovery", "Saving"]


class Agent(Mutable):
    """The agent that works in the session, and how well it knows its ground."""

    type: str | None = None
    capabilities: list[str] = Field(default_factory=list)
    specialization: str | None = None
    knowledge_level: str | None = None
    learning_progress: dict[str, Any] = Field(default_factory=dict)


class Saving(Mutable):
    """How the session wants to be saved (None: as the installation has it), and when somebody last asked for it."""

    auto_save: bool | None = None
    save_interval: float | None = None
    """Seconds between two saves of the context."""
    intervals: dict[str, float] = Field(default_factory=dict)
    """Seconds between two saves, of tiers that the session names."""
    triggers: list[str] | None = None
    backup_count: int | None = None
    saves_requested: int = 0
    last_requested: datetime | None = None


class Fork(Mutable):
    """The session whose log this one has, up to there."""

    session_id: str
    seq: int
    recovery_point: str | None


class Recovery(Mutable):
    """How the last recovery went."""

    mode: str
    status: str
    recovery_point: str | None
    context_summary: str | None
    warnings: list[str]
    uncertain: list[str]
    recovered_at: datetime


class History(Mutable):
    """How many events were folded, and up to which. The events themselves are the log."""

    total: int = 0
    last_seq: int = 0
    by_type: dict[str, int] = Field(default_factory=dict)
