"""How long reading takes, and what the log weighs."""

import time
from collections.abc import Callable, Sequence
from statistics import median

import psycopg

import holdfast
import load
from holdfast import Session
from ways import AGENT

__all__ = ["measure", "sizes"]

SMALL = 1_000
LARGE = 100_000
PAGE = 1_000
TIMES = 40
BATCH = 500


def measure(hf: holdfast.Holdfast) -> dict[str, float]:
    """A whole session of a thousand messages, and a page of a thousand in the middle of a hundred thousand."""
    small, large = _session(hf, SMALL), _session(hf, LARGE)
    whole: list[float] = []
    page: list[float] = []
    messages: list[float] = []
    for _ in range(TIMES):
        whole.append(_time(lambda: small.events(after=1, limit=None)))
        page.append(_time(lambda: large.events(after=LARGE // 2, limit=PAGE)))
        messages.append(_time(small.messages))
    return {
        "load_1000_p50_ms": median(whole),
        "load_page_of_100000_p50_ms": median(page),
        "load_1000_messages_p50_ms": median(messages),
    }


def _session(hf: holdfast.Holdfast, length: int) -> Session:
    events = [load.event(message) for message in load.messages(length, seed=length)]
    session = hf.start("bench", kind="bench", agent=AGENT)
    for start in range(0, length, BATCH):
        session.publish(*events[start : start + BATCH])
    session.append({"type": "custom.loaded"})
    return session


def _time(call: Callable[[], Sequence[object]]) -> float:
    began = time.perf_counter()
    found = call()
    milliseconds = (time.perf_counter() - began) * 1000
    if len(found) not in {PAGE, SMALL + 1}:
        raise RuntimeError(f"read {len(found)} events")
    return milliseconds


def sizes(database: psycopg.Connection[tuple[int, ...]]) -> dict[str, float]:
    """Bytes a message of the whole log: tables, indexes and what is stored aside, and the messages' own JSON."""
    database.execute("VACUUM ANALYZE events")
    database.execute("VACUUM ANALYZE sessions")
    row = database.execute(
        """
        SELECT pg_total_relation_size('events'), pg_total_relation_size('sessions'), count(*),
               sum(octet_length(data::text))
        FROM events WHERE type = 'message.added'
        """
    ).fetchone()
    events, sessions, messages, json = row or (0, 0, 1, 0)
    return {
        "log_bytes_per_message": (events + sessions) / messages,
        "json_bytes_per_message": json / messages,
    }
