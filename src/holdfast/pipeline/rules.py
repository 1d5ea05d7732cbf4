"""The rules of an installation that the way into the log needs: what comes due, and when."""

from typing import NamedTuple

from holdfast.remembering.expiry import Expiry
from holdfast.saving.policy import Policy

__all__ = ["Rules"]


class Rules(NamedTuple):
    """The same for all sessions of an installation; a session's own ones for saving are applied over these."""

    idle_after: float
    """Seconds without an event after which a session is paused."""
    autosave: Policy
    expiry: Expiry = Expiry(7_776_000.0, 31_536_000.0)
    summary_messages: int = 50
    """New messages after which a session is summarised."""
    summary_seconds: float = 3600.0
    """Seconds from a new message to the summary, where no more come."""
    learn: bool = True
    """Whether memories are extracted when a session rests."""
    model: bool = False
    """Whether a model is to write better summaries than the built-in ones."""
