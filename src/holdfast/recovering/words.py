"""What the words that people use for the status of a task mean."""

import re

__all__ = ["lost", "over", "undone"]

_DONE = frozenset(
    {
        "accepted", "closed", "complete", "completed", "delivered", "deployed", "done", "finished", "fixed", "merged",
        "ok", "passed", "released", "resolved", "shipped", "succeeded", "success", "successful", "verified",
    }
)  # fmt: skip

_LOST = frozenset(
    {
        "abandoned", "aborted", "archived", "canceled", "cancelled", "declined", "deleted", "discarded", "dropped",
        "duplicate", "error", "expired", "failed", "failure", "gone", "invalid", "obsolete", "rejected", "removed",
        "skipped", "superseded", "timed out", "withdrawn", "won t do", "won t fix", "wontdo", "wontfix",
    }
)  # fmt: skip

_UNDONE = frozenset(
    {
        "active", "assigned", "backlog", "blocked", "created", "deferred", "doing", "draft", "in development",
        "in progress", "in review", "new", "not started", "on hold", "ongoing", "open", "opened", "paused", "pending",
        "planned", "queued", "ready", "reopened", "review", "running", "scheduled", "started", "testing", "to do",
        "todo", "triage", "unassigned", "waiting", "wip", "working",
    }
)  # fmt: skip


def over(status: object) -> bool:
    """Nobody is to work on the task any more, whether it was done or not."""
    return lost(status) or _plain(status) in _DONE


def lost(status: object) -> bool:
    """The task ended without having been done."""
    return _plain(status) in _LOST


def undone(status: object) -> bool:
    """The task waits to be done, or is being done. A word that is not known means neither this nor that it is over."""
    return _plain(status) in _UNDONE


def _plain(status: object) -> str:
    return " ".join(re.findall(r"[^\W_]+", status.casefold())) if isinstance(status, str) else ""
