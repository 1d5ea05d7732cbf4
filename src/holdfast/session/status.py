"""Where an event leaves a session's status. The fold and the sessions table both ask here, so they agree."""

from typing import Literal

__all__ = ["ENDED", "OF_TIMERS", "Status", "status_after"]

Status = Literal["active", "paused", "closed", "expired", "failed"]

ENDED: frozenset[str] = frozenset({"closed", "expired"})
"""Nothing can be appended to such a session. One that failed can still be recovered."""

OF_TIMERS = frozenset(
    {
        "session.paused",
        "session.expired",
        "decision.lapsed",
        "lease.released",
        "compute.released",
        "handoff.expired",
        "state.expired",
    }
)
"""What a timer may cause: no sign that anyone is at work."""

_SAID: dict[str, Status] = {
    "session.started": "active",
    "session.resumed": "active",
    "session.recovered": "active",
    "session.forked": "active",
    "session.paused": "paused",
    "session.closed": "closed",
    "session.expired": "expired",
    "session.failed": "failed",
}

_QUIET = frozenset(
    {"lease.taken", "lease.released", "compute.released", "handoff.expired", "state.expired", "decision.lapsed"}
)
"""Bookkeeping. Anything else that happens in a paused session means that work goes on."""


def status_after(status: str, event_type: str, *, in_vain: bool = False) -> Status:
    """The status of a session that had `status`, after an event of this type; `in_vain` for a recovery that failed."""
    if in_vain:
        return status  # type: ignore[return-value]  # was one
    said = _SAID.get(event_type)
    if said is not None:
        return said
    return "active" if status == "paused" and event_type not in _QUIET else status  # type: ignore[return-value]  # was one
