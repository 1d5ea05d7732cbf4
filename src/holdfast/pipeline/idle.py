"""Idle: pause sessions that have been quiet for long enough, or look again when they will have been.

An event does not move its session's timer; that would cost every append a write. The timer fires at its time, and here
it is seen whether anything happened since.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from holdfast.events import SessionPaused, draft
from holdfast.logs import get_logger
from holdfast.outcome import Receipt
from holdfast.pipeline.apply import Item, apply
from holdfast.pipeline.lapse import ACTOR
from holdfast.pipeline.resting import idle_after
from holdfast.pipeline.rules import Rules
from holdfast.store import log, timers
from holdfast.store.log import Head

__all__ = ["pause_idle", "pause_if_idle"]

logger = get_logger(__name__)


def pause_idle(connection: Connection, keys: Sequence[int], *, rules: Rules) -> int:
    """Pause those of these sessions in which nothing was committed for as long as the rules say; returns how many.

    One that somebody is at work on is passed over: its timer comes again.
    """
    cursor = log.cursor(connection)
    log.by_index(cursor)
    return _pause(connection, log.lock_free(cursor, keys), rules)


def pause_if_idle(connection: Connection, tenant: str, session_id: str, *, rules: Rules) -> bool:
    """The same for a single one, as messages of the release before this one ask for it."""
    return bool(_pause(connection, list(log.lock(log.cursor(connection), [(tenant, session_id)]).values()), rules))


def _pause(connection: Connection, heads: Sequence[Head], rules: Rules) -> int:
    if not heads:
        return 0
    left = {head.key: _left(head, rules) for head in heads}
    cursor = log.cursor(connection)
    timers.clear(cursor, list(left), timers.IDLE)
    later = [(key, timers.IDLE, seconds) for key, seconds in left.items() if seconds is not None and seconds > 0]
    if later:
        timers.set_all(cursor, later)
    quiet = [head for head in heads if left[head.key] == 0]
    if not quiet:
        return 0
    items = [
        Item(head.tenant, draft(SessionPaused(reason="idle"), session_id=head.id, actor=ACTOR), system=True)
        for head in quiet
    ]
    outcomes = apply(connection, items, rules=rules)
    paused = [head.id for head, outcome in zip(quiet, outcomes, strict=True) if isinstance(outcome, Receipt)]
    for session_id in paused:
        logger.info("session.paused", session_id=session_id)
    return len(paused)


def _left(head: Head, rules: Rules) -> float | None:
    """Seconds until it will have been quiet for long enough; None: it is not active."""
    if head.status != "active" or head.seq == 0:
        return None
    return max(0.0, idle_after(head, rules) - (head.now - head.active_at).total_seconds())
