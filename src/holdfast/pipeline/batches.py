"""Batches: what is done for many sessions in one transaction, and must not fail for all because of one."""

from collections.abc import Callable, Sequence

import psycopg
from sqlalchemy import Connection, Engine

from holdfast.logs import get_logger
from holdfast.store import log, timers
from holdfast.store.transaction import transaction

__all__ = ["BROKEN", "FAILED_SECONDS", "batched"]

logger = get_logger(__name__)

BROKEN = (
    psycopg.DataError,
    psycopg.IntegrityError,
    ArithmeticError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""Errors that come from what lies in a session, not from a server."""

FAILED_SECONDS = 3600.0
"""Until it is tried again with a session in which something is broken."""


def batched(engine: Engine, keys: Sequence[int], kind: str, work: Callable[[Connection, Sequence[int]], int]) -> int:
    """Do the work for these sessions in one transaction; where it cannot be done, in two, and so on down to the one.

    That one is logged, and its timer of the kind put off. Returns the sum of what `work` returns.
    """
    if not keys:
        return 0
    try:
        with transaction(engine) as connection:
            return work(connection, keys)
    except BROKEN as error:
        if len(keys) > 1:
            middle = len(keys) // 2
            return sum(batched(engine, part, kind, work) for part in (keys[:middle], keys[middle:]))
        logger.exception("timer.failed", kind=kind, key=keys[0], error=str(error))
        with transaction(engine) as connection:
            timers.put_off(log.cursor(connection), keys, kind, FAILED_SECONDS)
        return 0
