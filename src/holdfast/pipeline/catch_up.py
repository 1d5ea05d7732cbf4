"""Catch up: see to it that what was never saved, or never copied to the second location, will be.

Events set the timers of saves. A session that got its last event from a release that knew no saves, or before the
second location was configured, would wait for an event that may never come. A worker that starts looks for those.
"""

from sqlalchemy import Engine

from holdfast.saving.policy import Policy
from holdfast.store import backups, log, savings
from holdfast.store.transaction import transaction

__all__ = ["catch_up"]

BATCH = 1000


def catch_up(engine: Engine, policy: Policy, *, backup: bool) -> int:
    """Set the timers that are missing, if any; returns how many."""
    found = 0
    while policy.enabled:
        with transaction(engine) as connection:
            batch = savings.arm(log.cursor(connection), within=policy.intervals["full"], limit=BATCH)
        found += batch
        if batch < BATCH:
            break
    if backup:
        with transaction(engine) as connection:
            found += backups.arm(log.cursor(connection))
    return found
