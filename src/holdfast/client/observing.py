"""Looking at the world where the agent is, and telling the session's log what was seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from holdfast.errors import InvalidInput
from holdfast.recovering.observation import Observation
from holdfast.recovering.probe import Probe
from holdfast.world import observe

if TYPE_CHECKING:
    from holdfast.client.session.log import Log

__all__ = ["observed"]


def observed(session: Log, probes: Sequence[Probe]) -> Observation:
    """What the probes see now, committed to the session's log."""
    if not probes:
        raise InvalidInput("probes", "must be at least one")
    observation = observe(probes)
    session.append(observation.event())
    return observation
