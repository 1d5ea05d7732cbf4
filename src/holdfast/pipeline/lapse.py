"""Lapse: what is written down, and said, of a lease whose time is over."""

from holdfast.errors import StaleWriter
from holdfast.events import Draft, LeaseReleased, draft
from holdfast.store.log import Head

__all__ = ["ACTOR", "lapsed", "ran_out"]

ACTOR = "holdfast"
"""The actor of events that no agent caused."""


def lapsed(head: Head) -> Draft:
    """The event that ends the lease of now."""
    released = LeaseReleased(owner=head.holder or "", fence=head.fence, reason="ran out", expired=True)
    return draft(released, session_id=head.id, actor=ACTOR)


def ran_out(head: Head) -> StaleWriter:
    """What its holder is told."""
    at = f" at {head.until:%H:%M:%S} UTC" if head.until else ""
    return StaleWriter(
        head.id,
        f"the lease of {head.holder!r} on session {head.id!r} at fence {head.fence} ran out{at} without being renewed; "
        "take it again before writing",
    )
