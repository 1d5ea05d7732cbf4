"""A pattern: what a user does in most of their sessions."""

from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["Pattern", "PatternKind"]

PatternKind = Literal["timing", "workflow", "preference"]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A habit, and the sessions that show it. Computed of them anew whenever it is asked for, and stored nowhere."""

    kind: PatternKind
    name: str
    """Which habit of its kind, the same from one time to the next: `starts_with`, `stable_budget`."""
    text: str
    """A sentence that a person can read."""
    support: int
    """How many sessions show it."""
    sessions: int
    """How many were looked at: those that could have shown it."""
    confidence: float
    """The least share of sessions that the figures bear: the lower end of the 90 % Wilson interval of their share."""
    value: Any
    """What it is about, as JSON: the weekday, the step, the amount."""
    evidence: tuple[tuple[str, str], ...] = field(repr=False)
    """The session and the event of each session that shows it, oldest first."""
