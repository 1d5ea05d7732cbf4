"""What is answered to a request, and why."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Evidence", "Part", "Result", "Verdict"]

Result = Literal["ALLOWED", "BLOCKED", "NEEDS_DECISION"]
Part = Literal["objectives", "boundaries", "out_of_scope", "channels"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A line of the scope that has to do with the request."""

    says: str
    """What was found, as "is out of scope"."""
    part: Part | None
    """Of the scope; None for what the request itself shows."""
    line: str | None
    words: tuple[str, ...]
    """Of the request, as far as they were matched, in small letters."""
    score: float
    """From 0 to 1: how much of the line, or for an objective how much of the request, was matched."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request belongs to a task."""

    result: Result
    request: str
    reason: str
    action: str
    """What to do next."""
    task: str | None = None
    line: str | None = None
    """The line of the scope that says so, as it stands there; None where no line does."""
    part: Part | None = None
    """Where in the scope the line stands."""
    score: float = 0.0
    """Of that line: see `Evidence`."""
    evidence: tuple[Evidence, ...] = ()
    """The heaviest first."""
    question: str | None = None
    """For `NEEDS_DECISION`: what to ask, of whoever may decide it …"""
    options: tuple[str, ...] = ()
    """… what they may answer …"""
    context: str | None = None
    """… and what they should know."""
    decided_by: Literal["rules", "judge", "decision"] = "rules"
    decision_id: str | None = None
    """The question that it became, or the decision that settled it."""

    @property
    def allowed(self) -> bool:
        """Whether to go on."""
        return self.result == "ALLOWED"

    def as_seed(self) -> dict[str, str | None]:
        """The `scope_check` of the session context protocol."""
        return {
            "task": self.task,
            "request": self.request,
            "result": self.result,
            "reason": self.reason,
            "action": self.action,
        }
