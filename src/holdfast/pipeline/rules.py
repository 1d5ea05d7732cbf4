"""The rules of an installation that the way into the log needs: when a session falls idle, and when it is saved."""

from typing import NamedTuple

from holdfast.saving.policy import Policy

__all__ = ["Rules"]


class Rules(NamedTuple):
    """The same for all sessions of an installation; a session's own ones for saving are applied over these."""

    idle_after: float
    """Seconds without an event after which a session is paused."""
    autosave: Policy
