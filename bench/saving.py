"""Saving: how many sessions are saved a second, and what one save costs as sessions grow, in time and in bytes."""

import time
from collections.abc import Sequence
from statistics import median

import psycopg
from rich.progress import Progress
from sqlalchemy import Engine, event

import holdfast
import weight
from holdfast import Session, bootstrap
from holdfast.config import Settings
from holdfast.pipeline.tick import tick
from holdfast.saving.tiers import Tier
from holdfast.store.transaction import transaction
from load import event as said
from load import messages
from report import Aim
from stack import Servers, servers, worker

__all__ = ["AIMS", "run"]

AIMS = [
    Aim("captures", "captures_per_s", "aim_captures_per_s", least=1.0),
    Aim("tick_1m_to_1k", "tick_1m_sessions_ms", "tick_1k_sessions_ms", most=1.5),
    Aim("capture_long_to_short", "capture_long_ms", "capture_short_ms", most=1.5),
    Aim("stored_to_gzip_1k", "bytes_per_message_1k", "gzip_bytes_per_message", most=1.5),
    Aim("stored_to_gzip_100k", "bytes_per_message_100k", "gzip_bytes_per_message_100k", most=1.5),
]

WANTED = 3300.0
"""Saves of the context a second: 100,000 active sessions, each saved every 30 s."""

SESSIONS = 3000
EVENTS = 50
MORE = 10
ROUNDS = 3

DIRTY = 1000
MILLION = 1_000_000
TICKS = 15
QUIET_TICKS = 200
SLICES = 10

SHORT = 100
LONG = 100_000
PAIRS = 25


def run() -> dict[str, float]:
    with (
        servers() as stack,
        psycopg.connect(stack.database_url, autocommit=True) as database,
        Progress(transient=True) as progress,
    ):
        steps = progress.add_task("saving", total=5)
        figures: dict[str, float] = {"aim_captures_per_s": WANTED}
        for part in (_captures, _lengths, _ticks, _weights):
            figures |= part(stack, database)
            progress.advance(steps)
    return figures


def _captures(stack: Servers, database: psycopg.Connection[tuple[int, ...]]) -> dict[str, float]:
    """From one tick that finds them due to the last commit, with real workers: first saves, and later ones."""
    first: list[float] = []
    again: list[float] = []
    arguments = ("--queues", "autosave,upkeep", "--concurrency", "2")
    with stack.client() as hf, worker(stack, "holdfast.worker.app", *arguments):
        app = bootstrap.sending_app(hf.settings)
        for number in range(ROUNDS):
            sessions = [hf.start("bench", kind="bench") for _ in range(SESSIONS)]
            for rates, events in ((first, EVENTS - 1), (again, MORE)):
                _grow(hf, sessions, events, seed=number)
                _only_context(database)
                began = time.perf_counter()
                app.send_task("holdfast.tick", queue="upkeep")
                _await_saved(database)
                rates.append(SESSIONS / (time.perf_counter() - began))
                time.sleep(1)  # a session is saved once a second at most
    return {"captures_per_s": median(first), "captures_of_10_new_events_per_s": median(again)}


def _grow(hf: holdfast.Holdfast, sessions: Sequence[Session], events: int, seed: int) -> None:
    batch = [said(message) for message in messages(events, seed)]
    for session in sessions:
        session.publish(*batch)
    hf.service.drain(seconds=120)


def _only_context(database: psycopg.Connection[tuple[int, ...]]) -> None:
    database.execute("DELETE FROM timers WHERE kind <> 'context'")
    database.execute("UPDATE timers SET due_at = now(), reason = NULL")


def _await_saved(database: psycopg.Connection[tuple[int, ...]]) -> None:
    until = time.monotonic() + 120
    while (database.execute("SELECT count(*) FROM timers").fetchone() or (0,))[0]:
        if time.monotonic() > until:
            raise TimeoutError("not every session was saved")
        time.sleep(0.01)


def _lengths(stack: Servers, _: psycopg.Connection[tuple[int, ...]]) -> dict[str, float]:
    """`session.save()`, everything and verified, of ten new events on a short log and on a long one, in turns."""
    figures: dict[str, float] = {}
    with stack.client(autosave=False) as hf:
        long = hf.start("bench", kind="bench")
        _lengthen(hf, long, LONG)
        shorts = [hf.start("bench", kind="bench") for _ in range(PAIRS)]
        for session in shorts:
            _lengthen(hf, session, SHORT)
        for session in (long, *shorts):
            session.save()
        tiers: tuple[Tier, ...] = ("full", "context")
        for tier in tiers:
            found: dict[str, list[float]] = {"short": [], "long": []}
            for number, short in enumerate(shorts):
                for name, session in (("short", short), ("long", long)):
                    session.append(*[said(message) for message in messages(MORE, seed=number)])
                    began = time.perf_counter()
                    session.save(tier)
                    found[name].append((time.perf_counter() - began) * 1000)
            prefix = "" if tier == "full" else "context_"
            figures |= {f"{prefix}capture_{name}_ms": median(values) for name, values in found.items()}
        began = time.perf_counter()
        long.state()
        figures["state_of_100000_ms"] = (time.perf_counter() - began) * 1000
    return figures


def _lengthen(hf: holdfast.Holdfast, session: Session, length: int) -> None:
    events = [said(message) for message in messages(length, seed=length)]
    for start in range(0, length, 1000):
        session.publish(*events[start : start + 1000])
    hf.service.drain(seconds=120)


def _ticks(stack: Servers, database: psycopg.Connection[tuple[int, ...]]) -> dict[str, float]:
    """A tick that claims a thousand saves, among a thousand sessions and a million; and ticks with nothing due."""
    settings = Settings.load(database_url=stack.database_url, redis_url=stack.redis_url)
    engine = bootstrap.engine(settings)
    database.execute("TRUNCATE timers")
    for tables in ("savings", "pins", "snapshots", "folds", "segments", "recovery_points", "events"):
        database.execute(f"DELETE FROM {tables}")  # constants
    database.execute("DELETE FROM sessions")
    figures: dict[str, float] = {}
    quiet: dict[str, tuple[int, int]] = {}
    for name, idle in (("1k", 0), ("1m", MILLION)):
        _idle_sessions(database, idle or DIRTY, "idle" if idle else "dirty")
        quiet[name] = _quiet(engine, database)
        times = []
        for _ in range(TICKS):
            _make_due(database)
            began = time.perf_counter()
            with transaction(engine) as connection:
                tick(connection)
            times.append((time.perf_counter() - began) * 1000)
        database.execute("TRUNCATE timers")
        figures[f"tick_{name}_sessions_ms"] = median(times)
    engine.dispose()
    a_day = 86_400 / QUIET_TICKS / MILLION
    (_, (few, few_bytes)), (_, (many, many_bytes)) = quiet.items()
    return figures | {
        "idle_session_cost_per_day": max(0, many - few) * a_day,
        "idle_session_bytes_per_day": max(0, many_bytes - few_bytes) * a_day,
    }


def _idle_sessions(database: psycopg.Connection[tuple[int, ...]], count: int, name: str) -> None:
    database.execute(
        """
        INSERT INTO sessions (tenant, id, user_id, kind, agent, status, seq, digest, created_at, last_activity_at)
        SELECT 'default', %s || n, 'bench', 'bench', 'bench', 'paused', 1, '\\x00', now(), now()
        FROM generate_series(1, %s) AS n
        """,
        (f"{name}-", count),
    )
    database.execute("VACUUM ANALYZE sessions")


def _make_due(database: psycopg.Connection[tuple[int, ...]]) -> None:
    database.execute("TRUNCATE timers")
    database.execute(
        """
        INSERT INTO timers (session_key, kind, due_at)
        SELECT key, 'context', now() - interval '1 second' FROM sessions WHERE id LIKE 'dirty-%'
        """
    )
    database.execute("VACUUM ANALYZE timers")


def _quiet(engine: Engine, database: psycopg.Connection[tuple[int, ...]]) -> tuple[int, int]:
    """Transactions and bytes of write-ahead log of ticks that find nothing due.

    Postgres writes to the log for purposes of its own now and then; of several slices the one with the least counts.
    """
    statements = 0

    def count(*_: object) -> None:
        nonlocal statements
        statements += 1

    event.listen(engine, "begin", count)
    written = []
    for _ in range(SLICES):
        start = _log_position(database)
        for _ in range(QUIET_TICKS // SLICES):
            with transaction(engine) as connection:
                tick(connection)
        written.append(_log_position(database) - start)
    event.remove(engine, "begin", count)
    return statements, min(written) * SLICES


def _log_position(database: psycopg.Connection[tuple[int, ...]]) -> int:
    found = database.execute("SELECT pg_current_wal_insert_lsn() - '0/0'").fetchone()
    return int((found or (0,))[0])


def _weights(stack: Servers, database: psycopg.Connection[tuple[int, ...]]) -> dict[str, float]:
    """What is stored of a message by saving it on the seeds' schedule, besides the log; and its gzipped JSON."""
    with stack.client(autosave=False) as hf:
        thousand = weight.measure(hf, database, sessions=20, length=1000, seconds_a_message=6.0)
        hundred = weight.measure(hf, database, sessions=1, length=100_000, seconds_a_message=0.6)
    return {
        "bytes_per_message_1k": thousand.stored,
        "gzip_bytes_per_message": thousand.gzip,
        "bytes_per_message_100k": hundred.stored,
        "gzip_bytes_per_message_100k": hundred.gzip,
        "blob_bytes_per_message_1k": thousand.blobs,
        "blob_bytes_per_message_100k": hundred.blobs,
    }
