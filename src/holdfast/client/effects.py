"""An effect while it happens: announced before, settled after, and uncertain where that did not come about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["Effect", "Outcome", "effect_id"]

Outcome = Literal["done", "failed", "abandoned"]


@dataclass
class Effect:
    """Something that is being done to the outside. At the end of its block it is settled as done, unless told else."""

    id: str
    kind: str
    key: str
    """What the other side is to know it by, so that it can tell a repeat, and can be asked."""
    outcome: Outcome | None = None
    result: Any = None
    error: str | None = None

    def settle(self, result: Any = None) -> None:
        """It was done; `result` is kept (any JSON)."""
        self.outcome, self.result = "done", result

    def fail(self, error: str) -> None:
        """It is known that it was not done, and why: then it may be tried again."""
        self.outcome, self.error = "failed", error

    def abandon(self, reason: str) -> None:
        """It was not done, and is not to be."""
        self.outcome, self.error = "abandoned", reason


def effect_id(kind: str, key: str) -> str:
    """How an effect is named in its session: one key of a kind is one effect, `send_mail/trip-17`."""
    # A slash in the kind would make one effect of two: `a/b` with the key `c`, and `a` with `b/c`.
    return f"{kind.replace('%', '%25').replace('/', '%2F')}/{key}"
