"""The spine: from an agent's publish to the log and back. Ours and the usual ways side by side, in one run."""

from collections.abc import Sequence
from statistics import median

import psutil
import psycopg
from rich.progress import Progress

import holdfast
import latency
import processor
import reading
import rival
import throughput
from publishers import Publisher, publishers
from report import Aim
from stack import Servers, Worker, servers, worker
from throughput import Database
from ways import RAW_TABLES

__all__ = ["AIMS", "FIGURES", "run"]

FIGURES = (
    "committed_per_s",
    "celery_task_per_event_per_s",
    "raw_insert_per_s",
    "publish_p50_ms",
    "celery_send_p50_ms",
    "append_p50_ms",
    "append_p99_ms",
    "bare_commit_p50_ms",
    "load_1000_p50_ms",
    "load_page_of_100000_p50_ms",
    "log_bytes_per_message",
    "json_bytes_per_message",
    "worker_rss_start_mb",
    "worker_rss_end_mb",
)
"""What every run reports. There are more, which explain these."""

AIMS = [
    Aim("committed_to_task", "committed_per_s", "celery_task_per_event_per_s", least=25),
    Aim("committed_to_raw", "committed_per_s", "raw_insert_per_s", least=0.5),
    Aim("publish_to_send", "publish_p50_ms", "celery_send_p50_ms", most=0.25),
    Aim("append_to_bare_commit", "append_p50_ms", "bare_commit_p50_ms", most=4),
    # The same number of events either way; a tenth is noise.
    Aim("page_to_whole", "load_page_of_100000_p50_ms", "load_1000_p50_ms", most=1.0),
    Aim("log_to_json", "log_bytes_per_message", "json_bytes_per_message", most=2.5),
    Aim("worker_rss", "worker_rss_end_mb", "worker_rss_start_mb", most=1.1),
]

PUBLISHERS = 4
BATCHES = (50, 200, 50)
TASKS = (5, 150, 50)
"""A task each takes so much longer that a round of it is smaller: the rate does not depend on it."""

FLOOD = (10, 500, 1)
ROUNDS = 5
RELAXED_ROUNDS = 3
"""With `appendfsync everysec`: a Redis that syncs its file once a second, and not, as ours does, before each answer."""

MILLION = 1_000_000
BEAT = ("--queues", "ingest,upkeep", "--beat")
CONCURRENCY = ("--concurrency", "2")
"""Processes of each worker: as many as there are processors to run on."""


def run() -> dict[str, float]:
    with (
        servers() as stack,
        psycopg.connect(stack.database_url, autocommit=True) as database,
        publishers(PUBLISHERS, stack) as senders,
        holdfast.connect(redis_url=stack.redis_url, database_url=stack.database_url) as hf,
        Progress(transient=True) as progress,
    ):
        database.execute(rival.TABLES + ";" + RAW_TABLES)
        with (
            worker(stack, "holdfast.worker.app", *BEAT, f"--schedule={stack.directory}/beat", *CONCURRENCY) as ours,
            worker(stack, "rival", *CONCURRENCY),
        ):
            figures = _run(stack, database, senders, hf, ours, progress)
    return {name: figures[name] for name in FIGURES} | figures


def _run(
    stack: Servers,
    database: Database,
    senders: Sequence[Publisher],
    hf: holdfast.Holdfast,
    ours: Worker,
    progress: Progress,
) -> dict[str, float]:
    steps = progress.add_task("ingest", total=ROUNDS + RELAXED_ROUNDS + 5)
    figures: dict[str, float] = {}
    for sync, prefix, rounds in (("everysec", "everysec_", RELAXED_ROUNDS), ("always", "", ROUNDS)):
        hf.publisher.redis.config_set("appendfsync", sync)
        found = []
        for _ in range(rounds):
            found.append(_round(database, senders))
            progress.advance(steps)
        figures |= {prefix + name: median(rates[name] for rates in found) for name in found[0]}
        figures |= {prefix + name: value for name, value in latency.measure(stack, hf).items()}
        progress.advance(steps)
    figures["raw_insert_per_s"] = max(figures["raw_insert_1_per_s"], figures["raw_insert_2_per_s"])
    figures |= _to_a_million(stack, database, senders, ours, drained=(ROUNDS + RELAXED_ROUNDS) * _total(BATCHES))
    progress.advance(steps)
    figures |= reading.sizes(database)
    progress.advance(steps)
    figures |= reading.measure(hf)
    progress.advance(steps)
    return figures


def _round(database: Database, senders: Sequence[Publisher]) -> dict[str, float]:
    return {
        "committed_per_s": throughput.committed(database, senders, BATCHES),
        "celery_task_per_event_per_s": throughput.task_per_event(database, senders, TASKS),
        "raw_insert_1_per_s": throughput.raw_insert(senders[:1], BATCHES),
        "raw_insert_2_per_s": throughput.raw_insert(senders[:2], BATCHES),
        "flood_per_s": throughput.committed(database, senders[:1], FLOOD),
    }


def _total(size: throughput.Size) -> int:
    return PUBLISHERS * size[0] * size[1]


def _to_a_million(
    stack: Servers, database: Database, senders: Sequence[Publisher], ours: Worker, drained: int
) -> dict[str, float]:
    """Resident memory of the process that drains most, warmed up and when a million events have gone by.

    And what an event costs each part of the machine meanwhile.
    """
    memory = {child.pid: child.memory_info().rss for child in ours.children()}
    seconds = processor.spent(stack, ours)
    rates: list[float] = []
    while drained + len(rates) * _total(BATCHES) < MILLION:
        rates.append(throughput.committed(database, senders, BATCHES))
    events = len(rates) * _total(BATCHES)
    cost = {part: (used - seconds[part]) / events for part, used in processor.spent(stack, ours).items()}
    busiest: psutil.Process = max(ours.children(), key=lambda child: sum(child.cpu_times()[:2]))
    return {
        "worker_rss_start_mb": memory[busiest.pid] / 2**20,
        "worker_rss_end_mb": busiest.memory_info().rss / 2**20,
        "events_drained": drained + events,
        "to_a_million_per_s": median(rates),
        **{f"{part}_us_per_event": used * 1e6 for part, used in cost.items()},
    }
