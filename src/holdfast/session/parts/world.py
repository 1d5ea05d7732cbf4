"""What lies outside, and what went wrong."""

from datetime import datetime
from typing import Any

from pydantic import Field

from holdfast.session.parts.base import Mutable

__all__ = ["Fault", "File", "Look", "World"]


class File(Mutable):
    """What is known of a file: as the session left it, or as it was last seen."""

    digest: str | None = None
    change: str | None = None
    """What the session did to it; None when it was only seen."""
    modified_at: datetime | None = None
    modified_by: str | None = None
    modified_seq: int | None = None
    """The event by which the session last changed it. Clocks do not tell whether that was before someone looked."""
    observed_at: datetime | None = None
    observed_seq: int | None = None
    former_paths: list[str] = Field(default_factory=list)
    """What the session renamed it from, the oldest first."""


class Look(Mutable):
    """What a probe saw, and why it could not look when it was last asked, if so."""

    seen: Any = None
    seen_at: datetime | None = None
    """None when it never saw anything."""
    seen_seq: int | None = None
    failed: str | None = None
    """None when the last look was a good one."""


class World(Mutable):
    """What is known of the outside."""

    working_branch: str | None = None
    pending_changes: bool | None = None
    build_status: str | None = None
    working_directory: str | None = None
    active_files: list[str] = Field(default_factory=list)
    files: dict[str, File] = Field(default_factory=dict)
    current_phase: str | None = None
    active_tasks: list[str] = Field(default_factory=list)
    recent_completions: list[str] = Field(default_factory=list)
    project_health: str | None = None
    critical_issues: list[str] = Field(default_factory=list)
    facts: dict[str, Any] = Field(default_factory=dict)
    probes: dict[str, Look] = Field(default_factory=dict)
    """By the name of the probe."""
    observed_at: datetime | None = None


class Fault(Mutable):
    """An error that was reported."""

    message: str
    error_type: str | None
    severity: str
    recoverable: bool | None
    source: str
    raised_at: datetime
    event_id: str
