"""Recovering on the agent's side: look at the world, have the session recovered, and record what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from holdfast.errors import HoldfastError
from holdfast.recovering.observation import Observation
from holdfast.recovering.probe import Probe
from holdfast.recovering.record import recovered
from holdfast.recovering.report import Mode, RecoveryReport
from holdfast.world import observe

if TYPE_CHECKING:
    from holdfast.client.session.log import Item, Log
    from holdfast.service import Recoveries

__all__ = ["look_and_recover", "recorded", "recover"]


def recover(
    session: Log, recoveries: Recoveries, mode: Mode, world: Sequence[Probe], losses: Sequence[str], *, record: bool
) -> RecoveryReport:
    """As `Session.recover` says."""
    observation, report = look_and_recover(session.id, recoveries, mode, world, losses)
    return recorded(session, report, observation) if record and report.problem is None else report


def look_and_recover(
    session_id: str, recoveries: Recoveries, mode: Mode, world: Sequence[Probe], losses: Sequence[str]
) -> tuple[Observation | None, RecoveryReport]:
    """What the probes see, and the session as it was recovered but for `losses`. Nothing is recorded."""
    observation = observe(world) if world else None
    return observation, recoveries.recover(session_id, mode, observation=observation, probes=world, losses=losses)


def recorded(session: Log, report: RecoveryReport, observation: Observation | None) -> RecoveryReport:
    """The report, recorded by an event, or saying why it is not.

    What the world now is becomes what is known of it, unless somebody has to look at it first.
    """
    try:
        events: list[Item] = [recovered(report, session.agent)]
        if observation is not None and report.action is None:
            events.insert(0, observation.event())
        return replace(report, recorded=_told(session, events, report))
    except HoldfastError as error:
        return replace(report, warnings=[*report.warnings, f"The recovery is not in the log: {error.message}"])


def _told(session: Log, events: list[Item], report: RecoveryReport) -> int | UUID:
    # An append waits for Postgres, which may be what has failed; what Redis takes is committed once it is back. It has
    # not where a check alone made it an emergency.
    checked = bool(report.escalations) and all(each.code is None for each in report.escalations)
    if report.mode == "emergency" and not checked:
        return session.publish(*events)[-1]
    return session.append(*events)[-1].seq
