"""Tick: claim the timers that are due and say what is to be done about each."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import Connection

from holdfast.logs import get_logger
from holdfast.saving.tiers import TIERS
from holdfast.store import log, timers
from holdfast.store.timers import Due

__all__ = ["FollowUp", "tick"]

logger = get_logger(__name__)

BATCH = 10_000
"""Timers of one tick: more than workers on a few processors can handle in the second until the next."""

CLAIM_SECONDS = 60.0
"""How long a claimed timer stays put off. A follow-up that is lost costs its session this delay."""

SAVES = 100
"""Sessions that one task saves: enough to share its transactions, few enough to spread over the workers."""

TOGETHER = {
    timers.IDLE: ("holdfast.pause_idle", 500),
    timers.SUMMARY: ("holdfast.summarise", 50),
    timers.LEARN: ("holdfast.learn", 50),
    timers.EXPIRE: ("holdfast.expire", 500),
    timers.ARCHIVE: ("holdfast.archive", 20),
}
"""The task that handles so many sessions at once, by the kind of their timers. Archiving one reads all of its log."""

TASKS = {
    timers.LEASE: "holdfast.end_lease",
    timers.BACKUP: "holdfast.back_up",
    timers.RESERVATIONS: "holdfast.release_reservations",
    timers.DECISIONS: "holdfast.lapse_decisions",
    timers.HANDOFFS: "holdfast.expire_handoffs",
    timers.VALUES: "holdfast.expire_values",
    timers.MODEL: "holdfast.ask_model",
}
"""The task that handles each kind of timer, one session at a time. Those of the saves go together, too."""


class FollowUp(NamedTuple):
    """A task to send once the transaction is committed. Sending it is a hint: what is due stays visible in Postgres."""

    task: str
    arguments: dict[str, Any]


def tick(connection: Connection) -> list[FollowUp]:
    """Claim up to `BATCH` timers that are due. Two ticks at once never claim the same one."""
    log.by_index(log.cursor(connection))
    due = timers.claim(connection, BATCH, CLAIM_SECONDS)
    follow_ups = [
        FollowUp(TASKS[timer.kind], {"tenant": timer.tenant, "session_id": timer.session_id})
        for timer in due
        if timer.kind in TASKS
    ]
    saves = _saves(timer for timer in due if timer.kind in TIERS)
    follow_ups += [
        FollowUp("holdfast.capture", {"saves": saves[place : place + SAVES]}) for place in range(0, len(saves), SAVES)
    ]
    for kind, (task, size) in TOGETHER.items():
        keys = [timer.key for timer in due if timer.kind == kind]
        follow_ups += [FollowUp(task, {"keys": keys[place : place + size]}) for place in range(0, len(keys), size)]
    for timer in due:
        if timer.kind not in TASKS and timer.kind not in TOGETHER and timer.kind not in TIERS:
            logger.warning("timer.unknown", kind=timer.kind, session_id=timer.session_id)
    return follow_ups


def _saves(due: Iterable[Due]) -> list[tuple[int, dict[str, str | None]]]:
    """Of each session its tiers that are due, with the reason: they are saved at one moment."""
    saves: dict[int, dict[str, str | None]] = {}
    for timer in due:
        saves.setdefault(timer.key, {})[timer.kind] = timer.reason
    return list(saves.items())
