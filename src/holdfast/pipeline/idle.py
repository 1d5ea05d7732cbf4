"""Idle: pause a session that has been quiet for long enough, or look again when it will have been.

An event does not move its session's timer; that would cost every append a write. The timer fires at its time, and here
it is seen whether anything happened since.
"""

from sqlalchemy import Connection

from holdfast.errors import HoldfastError
from holdfast.events import SessionPaused, draft
from holdfast.logs import get_logger
from holdfast.pipeline.apply import Item, apply
from holdfast.pipeline.lapse import ACTOR
from holdfast.pipeline.rules import Rules
from holdfast.store import log, timers

__all__ = ["pause_if_idle"]

logger = get_logger(__name__)


def pause_if_idle(connection: Connection, tenant: str, session_id: str, *, rules: Rules) -> bool:
    """Pause the session if nothing was committed for as long as the rules say. True where it was paused now."""
    cursor = log.cursor(connection)
    head = log.lock(cursor, [(tenant, session_id)]).get((tenant, session_id))
    if head is None:
        return False
    if head.status != "active":
        timers.clear(cursor, [head.key], timers.IDLE)
        return False
    quiet = (head.now - head.active_at).total_seconds()
    if quiet < rules.idle_after:
        timers.clear(cursor, [head.key], timers.IDLE)
        timers.set_after(cursor, [head.key], timers.IDLE, rules.idle_after - quiet)
        return False
    paused = draft(SessionPaused(reason="idle"), session_id=session_id, actor=ACTOR)
    (outcome,) = apply(connection, [Item(tenant, paused, system=True)], rules=rules)
    if isinstance(outcome, HoldfastError):
        return False
    logger.info("session.paused", session_id=session_id, quiet_seconds=round(quiet, 1))
    return True
