"""The world family: what lies outside the session and changes behind its back, and what went wrong there."""

from typing import Literal

from holdfast.events.payload import Count, Json, Payload, Text

__all__ = ["ErrorRaised", "FileModified", "SaveRequested", "WorldObserved"]


class FileModified(Payload):
    """The session's work changed a file."""

    TYPE = "file.modified"

    path: Text
    change: Literal["created", "modified", "deleted", "renamed"] = "modified"
    renamed_from: str | None = None
    digest: str | None = None
    size: Count | None = None


class WorldObserved(Payload):
    """Someone looked at what is outside. What is given replaces what was known; the rest stays."""

    TYPE = "world.observed"

    working_branch: str | None = None
    pending_changes: bool | None = None
    build_status: str | None = None
    working_directory: str | None = None
    active_files: list[str] | None = None
    files: dict[str, str | None] | None = None
    """Paths and digests, null for a file that is not there. They are set one by one."""
    current_phase: str | None = None
    active_tasks: list[str] | None = None
    recent_completions: list[str] | None = None
    project_health: str | None = None
    critical_issues: list[str] | None = None
    facts: dict[str, Json] | None = None
    """Anything else, set key by key."""
    probes: dict[str, Json] | None = None
    """What each probe saw, set probe by probe: `{"seen": …}`, or `{"failed": "why"}`, which leaves what was seen."""


class ErrorRaised(Payload):
    """Something went wrong."""

    TYPE = "error.raised"

    message: Text
    error_type: str | None = None
    severity: Literal["warning", "error", "critical"] = "error"
    recoverable: bool | None = None
    source: str | None = None
    details: Json = None


class SaveRequested(Payload):
    """Someone asked for the session to be saved now."""

    TYPE = "save.requested"

    tier: Literal["context", "conversation", "project_state", "full"] = "full"
    trigger: str | None = None
    """As `task-completion`, `major-decision`, `file-modification`, `error-occurrence`, `user-request`."""
    name: str | None = None
    """What the continuation point is to be called, as `ADMIN-INTERFACE`."""
