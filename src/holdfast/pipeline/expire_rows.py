"""Rows whose time is over go: dead letters, tokens, memories, and marks for inspection that were seen to.

They belong to no session that a timer could be of; so once a minute it is looked which there are. A few thousand of
each go in one run, a transaction for each batch; where there are more, the rest goes in the next runs.
"""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, Engine

from holdfast.logs import get_logger
from holdfast.pipeline.forget_due import expire_memories
from holdfast.store import expiry, log
from holdfast.store.transaction import transaction

__all__ = ["KEPT_SECONDS", "expire_rows"]

logger = get_logger(__name__)

KEPT_SECONDS = 30 * 86_400.0
"""For so long it can still be seen that there was a token, or a mark, which is over."""

BATCH = 1000
BATCHES = 10


def expire_rows(engine: Engine, dead_letter_seconds: float) -> dict[str, int]:
    """Delete what is over; returns how many of each kind there were, but for kinds of which there were none."""
    kinds: Mapping[str, Callable[[Connection], int]] = {
        "dead_letters": lambda connection: expiry.expire_dead_letters(
            log.cursor(connection), dead_letter_seconds, BATCH
        ),
        "tokens": lambda connection: expiry.expire_tokens(log.cursor(connection), KEPT_SECONDS, BATCH),
        "marks": lambda connection: expiry.expire_marks(log.cursor(connection), KEPT_SECONDS, BATCH),
        "memories": lambda connection: expire_memories(connection, BATCH),
    }
    found = {kind: count for kind, batch in kinds.items() if (count := _all(engine, batch))}
    if found:
        logger.info("rows.expired", **found)
    return found


def _all(engine: Engine, batch: Callable[[Connection], int]) -> int:
    total = 0
    for _ in range(BATCHES):
        with transaction(engine) as connection:
            count = batch(connection)
        total += count
        if count < BATCH:
            break
    return total
