"""Collect: delete blobs that nothing refers to any more.

Which they are the registry says; the location of the blobs is never searched. A blob is doomed in one transaction,
deleted here and in the second location, and forgotten in another: killed in between, it is simply deleted again.
"""

from collections.abc import Sequence

from sqlalchemy import Engine

from holdfast.blobs.place import Place
from holdfast.logs import get_logger
from holdfast.store import blobs, log
from holdfast.store.transaction import transaction

__all__ = ["collect", "tidy"]

logger = get_logger(__name__)

BATCH = 500


UNFINISHED_SECONDS = 3600.0
"""A file that was not finished for so long never will be."""


def tidy(places: Sequence[Place]) -> int:
    """Remove what killed writers left beside the blobs; returns how many files. Looks through all of the places."""
    return sum(place.tidy(seconds=UNFINISHED_SECONDS) for place in places)


def collect(engine: Engine, places: Sequence[Place], *, grace: float) -> int:
    """Delete what has been loose for `grace` seconds; returns how many blobs. Raises `BlobsUnavailable`.

    The grace spares work, and guards nothing: a save that finds one of its blobs gone is made again.
    """
    collected = 0
    while True:
        with transaction(engine) as connection:
            doomed = blobs.doom(log.cursor(connection), seconds=grace, limit=BATCH)
        for place in places:
            place.delete([name for _, name in doomed])
        with transaction(engine) as connection:
            blobs.forget(log.cursor(connection), [key for key, _ in doomed])
        collected += len(doomed)
        if len(doomed) < BATCH:
            break
    if collected:
        logger.info("blobs.collected", blobs=collected)
    return collected
