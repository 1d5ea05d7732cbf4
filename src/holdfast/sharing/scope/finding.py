"""What one line of a scope says to one part of a request."""

from dataclasses import dataclass
from typing import Literal

from holdfast.sharing.scope.lines import Line
from holdfast.sharing.scope.verdict import Evidence, Result

__all__ = ["DENIED", "KEEP", "Finding"]

DENIED = "Request denied. Create separate task if needed."
KEEP = "Request denied. Keep to the boundary, or have it changed by whoever set it."


@dataclass(frozen=True, slots=True)
class Finding:
    """What speaks for or against a part of a request."""

    result: Result
    says: str
    """In a few words, as "is not among the channels"."""
    reason: str
    asked: str
    """The part of the request, in its own words."""
    line: Line | None = None
    words: tuple[str, ...] = ()
    score: float = 1.0
    action: str = DENIED
    binding: bool = False
    """A question that a rule asks, and no model may answer with yes."""
    options: tuple[str, ...] = ()
    kind: Literal["rule", "touch", "unclear", "objective"] = "rule"

    def evidence(self) -> Evidence:
        """As it is shown."""
        line = self.line
        return Evidence(
            self.says, line.part if line else None, line.text if line else None, self.words, round(self.score, 2)
        )

    def rank(self) -> tuple[int, bool, bool, float, str, str]:
        """What decides comes first, whatever the order of the lines."""
        line = self.line.text if self.line else "~"
        return RANKS[self.result], not self.binding, self.kind != "rule", -self.score, line, self.asked


RANKS = {"BLOCKED": 0, "NEEDS_DECISION": 1, "ALLOWED": 2}
