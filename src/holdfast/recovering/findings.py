"""What a check found, while it is being made, and the check that comes of it."""

from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

__all__ = ["LISTED", "NEVER_OBSERVED", "ON_FAILURE", "Check", "Findings", "Outcome", "many"]

ON_FAILURE: Final = {"action": "request-manual-verification", "fallback": "emergency-recovery-mode"}
"""What the guide to persistence asks for when a critical check fails."""

NEVER_OBSERVED = "nothing outside the session was ever observed"

LISTED = 20
"""Lines of evidence of one sort that a check has; how many more there are is the last line."""

Outcome = Literal["passed", "failed", "not_checked"]

_GUIDE: Final = {
    "project-state-consistency": ("Verify project state matches saved context", True),
    "file-modification-check": ("Check if files were modified since last session", False),
    "task-status-verification": ("Confirm task statuses are current", True),
    "dependency-validation": ("Verify task dependencies are still valid", True),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One of the four checks of the guide to persistence."""

    name: str
    critical: bool
    outcome: Outcome
    """`not_checked` is not `passed`: the evidence says why nothing could be compared."""
    description: str
    """The guide's own."""
    evidence: list[str]
    """What was compared and what was found, in sentences: what is wrong comes first."""

    def as_json(self) -> dict[str, Any]:
        """The check as a value of JSON."""
        return asdict(self)


@dataclass(slots=True)
class Findings:
    """What was found wrong; what should have been compared and could not be; what is right; what is good to know."""

    wrong: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    right: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Nothing was found at all."""
        return not (self.wrong or self.unknown or self.right or self.notes)

    def check(self, name: str, nothing: str) -> Check:
        """The check of that name; where nothing was found, `nothing` says why."""
        description, critical = _GUIDE[name]
        evidence = [line for lines in (self.wrong, self.unknown, self.right, self.notes) for line in _cut(lines)]
        return Check(name, critical, self._outcome(), description, evidence or [nothing])

    def _outcome(self) -> Outcome:
        if self.wrong:
            return "failed"
        return "passed" if self.right and not self.unknown else "not_checked"


def many(number: int, what: str) -> str:
    """So many of these, as `1 file`, `1,200 files`."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _cut(lines: list[str]) -> list[str]:
    each_once = list(dict.fromkeys(lines))
    more = len(each_once) - LISTED
    return [*each_once[:LISTED], f"and {more:,} more"] if more > 0 else each_once
