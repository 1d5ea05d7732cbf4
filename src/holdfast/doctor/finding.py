"""What the doctor says about one thing."""

from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["Finding", "Verdict"]

Verdict = Literal["ok", "warning", "ill", "unknown"]
"""`warning`: it works, and there is something to know or to do. `unknown`: the doctor could not look."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what was found, and what to do where it is not well."""

    name: str
    verdict: Verdict
    found: str
    advice: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    """The same for programs."""
