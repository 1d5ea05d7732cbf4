"""How many events a second reach the log: our way, as one Celery task each, and as plain bulk inserts."""

import time
import uuid
from collections.abc import Sequence
from typing import LiteralString

import psycopg

from publishers import Publisher
from ways import Share

__all__ = ["committed", "raw_insert", "task_per_event"]

PATIENCE_SECONDS = 300.0
LOOK_SECONDS = 0.01

Database = psycopg.Connection[tuple[int]]
Size = tuple[int, int, int]
"""A publisher's sessions, the events of each, the events of one publishing."""


def committed(database: Database, senders: Sequence[Publisher], size: Size) -> float:
    """Events a second, from the first publish to the last commit."""
    return _rate(database, senders, "holdfast", size, "SELECT coalesce(sum(seq), 0)::bigint FROM sessions")


def task_per_event(database: Database, senders: Sequence[Publisher], size: Size) -> float:
    """The same, with a task for each event."""
    return _rate(database, senders, "rival", size, "SELECT coalesce(sum(seq), 0)::bigint FROM rival_sessions")


def raw_insert(senders: Sequence[Publisher], size: Size) -> float:
    """Rows a second where each sender inserts its own over one connection."""
    total = _prepare(senders, "raw", size)
    for sender in senders:
        sender.begin()
    times = [sender.finish() for sender in senders]
    return total / (max(ended for _, ended in times) - min(began for began, _ in times))


def _rate(database: Database, senders: Sequence[Publisher], way: str, size: Size, query: LiteralString) -> float:
    total = _prepare(senders, way, size)
    expected = _number(database, query) + total
    for sender in senders:
        sender.begin()
    until = time.monotonic() + PATIENCE_SECONDS
    while (missing := expected - _number(database, query)) > 0:
        if time.monotonic() > until:
            raise RuntimeError(f"{missing} of {total} events did not arrive within {PATIENCE_SECONDS:g} s")
        time.sleep(LOOK_SECONDS)
    ended = time.monotonic()
    return total / (ended - min(began for began, _ in [sender.finish() for sender in senders]))


def _prepare(senders: Sequence[Publisher], way: str, size: Size) -> int:
    """Returns the number of events to come."""
    sessions, events, batch = size
    for sender in senders:
        sender.prepare(way, Share(tuple(str(uuid.uuid4()) for _ in range(sessions)), events, batch))
    return len(senders) * sessions * events


def _number(database: Database, query: LiteralString) -> int:
    row = database.execute(query).fetchone()
    return row[0] if row else 0
