"""The usual way: every event is a Celery task, which writes one row and commits.

Written as well as that way can be: one connection and one producer a process, statements that psycopg prepares, no
validation, no hash chain, results ignored, no events for monitors, and messages fetched ahead. Like ours, tasks are
acknowledged late, since an acknowledged event must not be lost; and a session's numbers have no gaps.
"""

import os
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import orjson
import psycopg
from celery import Celery

__all__ = ["TABLES", "app", "envelope", "save"]

TABLES = """
    CREATE TABLE rival_sessions (id text PRIMARY KEY, key bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
                                 seq bigint NOT NULL DEFAULT 0) WITH (fillfactor = 70);
    CREATE TABLE rival_events (LIKE events INCLUDING ALL,
                               FOREIGN KEY (session_key) REFERENCES rival_sessions (key))
"""
DIGEST = bytes(32)

app = Celery("rival", broker=os.environ.get("HOLDFAST_REDIS_URL"))
app.conf.update(
    broker_transport_options={"global_keyprefix": "rival:", "visibility_timeout": 600},
    broker_connection_retry_on_startup=True,
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    task_acks_late=True,
    worker_prefetch_multiplier=16,
)


@cache
def connection() -> psycopg.Connection[Any]:
    """This process's own."""
    return psycopg.connect(os.environ["HOLDFAST_DATABASE_URL"], autocommit=True)


def envelope(session_id: str, event: dict[str, Any]) -> dict[str, Any]:
    """The arguments of the task: what an entry of our stream carries, too."""
    return {
        "id": str(uuid4()),
        "session_id": session_id,
        "type": event["type"],
        "actor": "agent",
        "conversation": event.get("conversation"),
        "occurred_at": datetime.now(UTC).isoformat(),
        "data": event["data"],
    }


@app.task(name="rival.save")  # type: ignore[untyped-decorator]  # Celery ships no types
def save(event: dict[str, Any]) -> None:
    """One event, one transaction."""
    database = connection()
    with database.transaction(), database.cursor() as cursor:
        cursor.execute(
            "UPDATE rival_sessions SET seq = seq + 1 WHERE id = %s RETURNING key, seq", (event["session_id"],)
        )
        key, seq = cursor.fetchone() or (None, None)
        cursor.execute(
            """
            INSERT INTO rival_events (session_key, seq, event_id, type, version, actor, conversation,
                                      occurred_at, recorded_at, data, digest)
            VALUES (%s, %s, %s, %s, 1, %s, %s, %s, now(), %s, %s)
            """,
            (
                key,
                seq,
                UUID(event["id"]),
                event["type"],
                event["actor"],
                event["conversation"],
                event["occurred_at"],
                orjson.dumps(event["data"]).decode(),
                DIGEST,
            ),
        )
