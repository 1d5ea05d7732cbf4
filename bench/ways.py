"""The three ways of a session's events to the database: ours, a Celery task for each, and plain bulk inserts.

Each is a generator that stops once, when all is ready but the sending.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import psycopg
from uuid_utils.compat import uuid7

import holdfast
import load
import rival
from stack import Servers

__all__ = ["AGENT", "RAW_TABLES", "Share", "Ways"]

AGENT = "agent"
POOL = 4000
"""Different messages that a publisher has; it begins anew where they end."""

RAW_TABLES = """
    CREATE TABLE raw_sessions (id uuid PRIMARY KEY, key bigint GENERATED ALWAYS AS IDENTITY UNIQUE);
    CREATE TABLE raw_events (LIKE events INCLUDING ALL, FOREIGN KEY (session_key) REFERENCES raw_sessions (key))
"""
RAW_TRANSACTION = 1000
"""Rows in one COPY and one commit: as many as a round of ours takes."""

RAW_COPY = """
    COPY raw_events (session_key, seq, event_id, type, version, actor, conversation, causation_id, fence,
                     occurred_at, recorded_at, data, digest)
    FROM STDIN (FORMAT BINARY)
"""
RAW_TYPES = (
    *("int8", "int8", "uuid", "text", "int2", "text", "text", "uuid", "int8", "timestamptz", "timestamptz"),
    *("bytea", "bytea"),
)

Row = tuple[int, int, UUID, str, int, str, str, None, None, datetime, datetime, bytes, bytes]


@dataclass(frozen=True)
class Share:
    """What one publisher is to send: `events` events to each of these new sessions, `batch` at a time, in turns."""

    sessions: tuple[str, ...]
    events: int
    batch: int

    def batches(self, pool: list[dict[str, Any]]) -> Iterator[tuple[str, int, list[dict[str, Any]]]]:
        """Session, place in the session of the batch's first event, and the batch."""
        for first in range(0, self.events, self.batch):
            for number, session_id in enumerate(self.sessions):
                start = number * self.events + first
                count = min(self.batch, self.events - first)
                yield session_id, first, [pool[(start + offset) % len(pool)] for offset in range(count)]


class Ways:
    """One process's connections, and what it sends."""

    def __init__(self, servers: Servers, seed: int) -> None:
        self._holdfast = holdfast.connect(redis_url=servers.redis_url, database_url=None)
        self._database = psycopg.connect(servers.database_url, autocommit=True)
        self._pool = [load.event(message) for message in load.messages(POOL, seed)]
        rival.app.conf.broker_url = servers.redis_url
        self._producer = rival.app.producer_pool.acquire()

    def start(self, way: str, share: Share) -> Iterator[None]:
        """`way` is "holdfast", "rival" or "raw"."""
        ways = {"holdfast": self._publish, "rival": self._send_tasks, "raw": self._copy}
        return ways[way](share)

    def _publish(self, share: Share) -> Iterator[None]:
        sessions = {session_id: self._holdfast.session(session_id, agent=AGENT) for session_id in share.sessions}
        started = {"type": "session.started", "data": {"user_id": "bench", "kind": "bench", "agent": AGENT}}
        yield
        for session_id, first, batch in share.batches(self._pool):
            sessions[session_id].publish(*(batch if first else [started, *batch[1:]]))

    def _send_tasks(self, share: Share) -> Iterator[None]:
        with self._database.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO rival_sessions (id) VALUES (%s)", [(session_id,) for session_id in share.sessions]
            )
        yield
        for session_id, _, batch in share.batches(self._pool):
            for event in batch:
                rival.app.send_task("rival.save", (rival.envelope(session_id, event),), producer=self._producer)

    def _copy(self, share: Share) -> Iterator[None]:
        with self._database.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO raw_sessions (id) VALUES (%s)", [(session_id,) for session_id in share.sessions]
            )
            cursor.execute("SELECT id::text, key FROM raw_sessions WHERE id::text = ANY(%s)", (list(share.sessions),))
            rows = list(_rows(dict(cursor), share, self._pool))
        yield
        for start in range(0, len(rows), RAW_TRANSACTION):
            with self._database.transaction(), self._database.cursor() as cursor, cursor.copy(RAW_COPY) as copy:
                copy.set_types(RAW_TYPES)
                for row in rows[start : start + RAW_TRANSACTION]:
                    copy.write_row(row)


def _rows(keys: dict[str, int], share: Share, pool: list[dict[str, Any]]) -> Iterator[Row]:
    now = datetime.now(UTC)
    for session_id, first, batch in share.batches(pool):
        for place, event in enumerate(batch, first + 1):
            data = orjson.dumps(event["data"])
            fixed = (event["type"], 1, AGENT, event["conversation"], None, None, now, now)
            yield (keys[session_id], place, uuid7(), *fixed, data, rival.DIGEST)
