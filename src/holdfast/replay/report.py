"""What a replay found."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

__all__ = ["Difference", "Kind", "Report"]

Kind = Literal["missing", "extra", "altered", "out_of_order", "damaged"]

SHOWN = 1000
"""As many differences are kept; all are counted."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something in which the log is not the recording."""

    kind: Kind
    session_id: str
    place: str
    """`file:line` of the conversation."""
    message: int | None = None
    """Which message of the recording, counted from 1."""
    seq: int | None = None
    """Which event of the log."""
    detail: str = ""


@dataclass(slots=True)
class Report:
    """The log against the recording. Counts of what was recorded, of what was found, and of the differences."""

    files: list[str]
    recorded_sessions: int = 0
    recorded_messages: int = 0
    recorded_tool_calls: int = 0
    sessions: int = 0
    messages: int = 0
    tool_calls: int = 0
    verified: int = 0
    """Sessions whose hash chain was followed to its end."""
    missing: int = 0
    extra: int = 0
    altered: int = 0
    out_of_order: int = 0
    damaged: int = 0
    resumed: int = 0
    """Sessions that a replay before this one had begun."""
    published_seconds: float | None = None
    committed_seconds: float | None = None
    differences: list[Difference] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether the log holds the recording, whole and in order, and nothing besides."""
        return not (self.missing or self.extra or self.altered or self.out_of_order or self.damaged)

    def add(self, difference: Difference) -> None:
        """Count a difference, and keep it if there is room."""
        setattr(self, difference.kind, getattr(self, difference.kind) + 1)
        if len(self.differences) < SHOWN:
            self.differences.append(difference)

    def as_json(self) -> dict[str, Any]:
        """The report as one JSON object."""
        return {"ok": self.ok, **asdict(self)}
