"""Catch up: see to it that what was never saved, or never copied to the second location, will be, and that all ends.

Events set the timers of saves. A session that got its last event from a release that knew no saves, or before the
second location was configured, would wait for an event that may never come; one that such a release paused or ended
would never expire, or never be archived. What waits for a model that is configured no more would wait for ever: nobody
need consume its queue. A worker that starts looks for those, and somebody each day.
"""

from sqlalchemy import Engine

from holdfast.pipeline.rules import Rules
from holdfast.store import backups, expiry, log, savings, summaries
from holdfast.store.transaction import transaction

__all__ = ["catch_up"]

BATCH = 1000


def catch_up(engine: Engine, rules: Rules, *, backup: bool) -> int:
    """Set the timers that are missing, if any; returns how many."""
    if not rules.model:
        _without_model(engine)
    found, policy = _of_ends(engine, rules), rules.autosave
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


def _without_model(engine: Engine) -> None:
    """Let nothing wait for a model, and no archiving for that."""
    found = BATCH
    while found == BATCH:
        with transaction(engine) as connection:
            found = summaries.forgo(log.cursor(connection), BATCH)


def _of_ends(engine: Engine, rules: Rules) -> int:
    """Timers that end sessions which rest, and archive those that have ended."""
    found, after = 0, 0
    while True:
        with transaction(engine) as connection:
            looked, armed = expiry.arm(log.cursor(connection), rules.expiry, after=after, limit=BATCH)
        found += armed
        if not looked:
            return found
        after = looked
