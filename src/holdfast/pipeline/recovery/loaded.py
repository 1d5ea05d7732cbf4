"""What the second step, context loading, comes back with, whichever of the three recoveries it was."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from holdfast.errors import HoldfastError
from holdfast.recovering.report import Missing, Mode, RefusedPoint
from holdfast.session import Message, State

__all__ = ["LAST", "Loaded", "refusal"]

LAST = 60
"""Events at the end of which the summary, and the look for interrupted calls, are made."""


@dataclass
class Loaded:
    """A session as far as it could be read."""

    mode: Mode
    session_id: str
    state: State
    last_good: int
    """The last event that is certain."""
    head: bytes = b""
    """Its digest."""
    point: str | None = None
    """The snapshot that it started from."""
    at_point: dict[str, Any] | None = None
    """The state there, as JSON."""
    refused: list[RefusedPoint] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    damage: str | None = None
    """What is not as it was saved; then the recovery is partial at best."""
    pending: int = 0
    """Events that were taken from Redis, and have no place in the log yet."""
    last: list[Message] = field(default_factory=list)
    """The newest messages, in order; proven as all the rest is."""
    history: Callable[[], Sequence[Message]] = tuple


def refusal(point: str, error: HoldfastError) -> RefusedPoint:
    """A recovery point that is not used, because of this."""
    return RefusedPoint(point, error.code, error.message)
