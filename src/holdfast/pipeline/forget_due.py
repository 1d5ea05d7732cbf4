"""Memories whose time is over go, with their evidence. What they were learned from stays in the log."""

from sqlalchemy import Connection

from holdfast.logs import get_logger
from holdfast.pipeline.recompute import recompute
from holdfast.store import log, memories

__all__ = ["expire_memories"]

logger = get_logger(__name__)


def expire_memories(connection: Connection, limit: int) -> int:
    """Delete up to `limit` memories whose time is over; returns how many there were.

    Their evidence goes too, or it would make them again. Nobody learns it anew: the runs that found it stay. Those of
    owners that somebody is just learning about are left for the next time.
    """
    cursor = log.cursor(connection)
    count, subjects = memories.end(cursor, limit)
    for tenant, touched in sorted(subjects.items()):
        # What they stood against stands alone now.
        recompute(cursor, tenant, touched)
    if count:
        logger.info("memories.expired", count=count)
    return count
