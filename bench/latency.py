"""How long a single call takes, in milliseconds."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count, cycle
from statistics import median, quantiles
from typing import Any

import orjson
import psycopg
from uuid_utils.compat import uuid7

import holdfast
import load
import rival
from stack import Servers
from ways import AGENT

__all__ = ["committing", "measure"]

BLOCKS = 6
CALLS = 300
"""Calls in a block. What is compared runs in turns, block by block."""

WARM_UP = 100

BARE = """
    INSERT INTO raw_events (session_key, seq, event_id, type, version, actor, conversation, occurred_at, recorded_at,
                            data, digest)
    VALUES (%s, %s, %s, %s, 1, %s, %s, %s, now(), %s, %s)
"""

Call = Callable[[dict[str, Any]], object]


def measure(servers: Servers, hf: holdfast.Holdfast) -> dict[str, float]:
    """One event a call: published, sent as a task, appended; and one row, one commit."""
    events = cycle([load.event(message) for message in load.messages(2000, seed=99)])
    session = hf.start("bench", kind="bench", agent=AGENT)
    with psycopg.connect(servers.database_url, autocommit=True) as database:
        publish, send = _in_turns(events, session.publish, _sending(servers, database))
        session.append(next(events))  # what was published is committed before it
        append, bare = _in_turns(events, session.append, committing(database))
    return {
        "publish_p50_ms": median(publish),
        "celery_send_p50_ms": median(send),
        "append_p50_ms": median(append),
        "append_p99_ms": quantiles(append, n=100)[98],
        "bare_commit_p50_ms": median(bare),
        "bare_commit_p99_ms": quantiles(bare, n=100)[98],
    }


def _in_turns(events: Any, ours: Call, theirs: Call) -> tuple[list[float], list[float]]:
    for call in (ours, theirs):
        _time(call, events, WARM_UP)
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(BLOCKS):
        times[0].extend(_time(ours, events, CALLS))
        times[1].extend(_time(theirs, events, CALLS))
    return times


def _time(call: Call, events: Any, calls: int) -> list[float]:
    times = []
    for _ in range(calls):
        event = next(events)
        began = time.perf_counter()
        call(event)
        times.append((time.perf_counter() - began) * 1000)
    return times


def _sending(servers: Servers, database: psycopg.Connection[Any]) -> Call:
    """The rival's send: one event, one task, over a producer that is kept."""
    rival.app.conf.broker_url = servers.redis_url
    producer = rival.app.producer_pool.acquire()
    database.execute("INSERT INTO rival_sessions (id) VALUES ('latency') ON CONFLICT DO NOTHING")
    return lambda event: rival.app.send_task("rival.save", (rival.envelope("latency", event),), producer=producer)


def committing(database: psycopg.Connection[Any]) -> Call:
    """A row of an equal table, in a transaction of its own."""
    row = database.execute("INSERT INTO raw_sessions (id) VALUES (gen_random_uuid()) RETURNING key").fetchone()
    numbers = count(1)

    def insert(event: dict[str, Any]) -> None:
        data = orjson.dumps(event["data"]).decode()
        with database.transaction():
            database.execute(
                BARE,
                (row and row[0], next(numbers), uuid7(), event["type"], AGENT, event["conversation"],
                 datetime.now(UTC), data, rival.DIGEST),
            )  # fmt: skip

    return insert
