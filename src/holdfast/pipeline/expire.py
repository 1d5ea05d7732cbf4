"""Expire: end sessions that have been quiet for as long as they may be, or look again when they will have been.

    idle ──pause_idle──> paused ──expire──> expired ──archive──> archived        expired, archived ──revive──> active

Only a session that rests expires: one that is active falls idle first. What was published to it before is committed
before it is looked at, and what reaches the log right after its end lets it go on (`apply.WENT_ON`), so that an expiry
never takes what is new.
"""

import time
from collections.abc import Sequence

from sqlalchemy import Connection, Engine

from holdfast.events import Draft, SessionExpired, draft
from holdfast.logs import get_logger
from holdfast.outcome import Receipt
from holdfast.pipeline.apply import Item, apply
from holdfast.pipeline.ingest import Ingest
from holdfast.pipeline.lapse import ACTOR
from holdfast.pipeline.resting import expires_in
from holdfast.pipeline.rules import Rules
from holdfast.session.status import ENDED
from holdfast.store import log, sessions, timers
from holdfast.store.log import Head
from holdfast.store.transaction import transaction

__all__ = ["committed", "expire"]

logger = get_logger(__name__)


def committed(engine: Engine, ingest: Ingest, keys: Sequence[int], *, seconds: float) -> list[int]:
    """Commit what waits in Redis for these sessions; returns those of which that was done within the time."""
    until = time.monotonic() + seconds
    with transaction(engine) as connection:
        found = sessions.named(log.cursor(connection), keys)
    shards = {key: ingest.reader.keys.shard(session_id) for key, session_id in found}
    settled = {shard for shard in set(shards.values()) if ingest.settle(shard, seconds=until - time.monotonic())}
    return [key for key, shard in shards.items() if shard in settled]


def expire(connection: Connection, keys: Sequence[int], *, rules: Rules) -> int:
    """End those of these sessions whose time is over; returns how many.

    One that went on meanwhile is left alone; it is looked at again when it rests. One that has some time left is looked
    at when that is over. One that somebody is at work on, this moment, is passed over: its timer comes again.
    """
    cursor = log.cursor(connection)
    log.by_index(cursor)
    heads = log.lock_free(cursor, keys)
    if not heads:
        return 0
    left = {head.key: _left(head, rules) for head in heads}
    timers.clear(cursor, list(left), timers.EXPIRE)
    later = [(key, timers.EXPIRE, seconds) for key, seconds in left.items() if seconds is not None and seconds > 0]
    if later:
        timers.set_all(cursor, later)
    over = [Item(head.tenant, _expired(head), system=True) for head in heads if left[head.key] == 0]
    if not over:
        return 0
    ended = sum(isinstance(outcome, Receipt) for outcome in apply(connection, over, rules=rules))
    logger.info("sessions.expired", sessions=ended)
    return ended


def _left(head: Head, rules: Rules) -> float | None:
    """Seconds until it expires if it stays quiet; None: nothing of the kind is due."""
    if head.seq == 0 or head.status == "active" or head.status in ENDED:
        return None
    left = expires_in(head, head.active_at, rules)
    if left is not None and head.holder is not None and not head.has_run_out and head.until is not None:
        # Whoever holds the lease renews it: that is work, of which the log tells nothing.
        return max(left, (head.until - head.now).total_seconds())
    return left


def _expired(head: Head) -> Draft:
    fixed = head.expires_at is not None and head.expires_at <= head.now
    return draft(SessionExpired(reason="its end came" if fixed else "quiet"), session_id=head.id, actor=ACTOR)
