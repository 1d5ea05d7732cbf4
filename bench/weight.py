"""What saving stores: the blobs, and the rows of saves with their indexes. The log itself is not counted."""

import gzip
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import orjson
import psycopg

import holdfast
from holdfast import bootstrap
from holdfast.pipeline import capture
from holdfast.pipeline.collect import collect
from holdfast.pipeline.making import Order
from holdfast.saving.tiers import Tier
from load import event as said
from load import messages

__all__ = ["Weight", "grow", "measure"]

EVERY: dict[Tier, float] = {"context": 30.0, "conversation": 60.0, "project_state": 300.0, "full": 900.0}
"""Seconds, as the guide to persistence has it."""

TABLES = ("folds", "snapshots", "segments", "blobs", "savings", "recovery_points")


class Weight(NamedTuple):
    """Bytes a message: stored in all, of that in blobs; and the messages' JSON, compressed a session at a time."""

    stored: float
    blobs: float
    gzip: float


def measure(
    hf: holdfast.Holdfast,
    database: psycopg.Connection[tuple[int, ...]],
    *,
    sessions: int,
    length: int,
    seconds_a_message: float,
) -> Weight:
    """Grow sessions message by message, save each tier whenever it would be due, and weigh what is left at the end."""
    engine = bootstrap.engine(hf.settings)
    vault = bootstrap.vault(hf.settings, engine)
    saver = bootstrap.saver(hf.settings, engine, cache(lambda: vault))
    collect(engine, [vault.place], grace=0.0)
    before = _stored(database)
    compressed = 0
    for number in range(sessions):
        spoken = messages(length, seed=1000 + number)
        compressed += len(gzip.compress(b"\n".join(map(orjson.dumps, spoken)), 6))
        grow(hf, saver, hf.start("bench", kind="bench"), spoken, seconds_a_message)
    collect(engine, [vault.place], grace=0.0)
    engine.dispose()
    rows, blobs = (after - then for after, then in zip(_stored(database), before, strict=True))
    total = sessions * length
    return Weight((rows + blobs) / total, blobs / total, compressed / total)


def grow(
    hf: holdfast.Holdfast,
    saver: capture.Saver,
    session: holdfast.Session,
    spoken: list[dict[str, object]],
    seconds_a_message: float,
) -> None:
    """Have all of that said in the session, and save each tier whenever it would be due."""
    capture.APART_SECONDS = 0.0  # hours go by here in a second
    key = hf.service.find(session.id).key
    for batch, tiers in _schedule(spoken, seconds_a_message):
        session.append(*map(said, batch))
        saver.save([Order(key, dict.fromkeys(tiers))])


def _schedule(
    spoken: list[dict[str, object]], seconds_a_message: float
) -> Iterator[tuple[list[dict[str, object]], list[Tier]]]:
    step = round(min(EVERY.values()) / seconds_a_message)
    for start in range(0, len(spoken), step):
        seconds = (start + step) * seconds_a_message
        yield spoken[start : start + step], [tier for tier, every in EVERY.items() if seconds % every == 0]


def _stored(database: psycopg.Connection[tuple[int, ...]]) -> tuple[int, int]:
    # Without what updates left behind, which is used again: that depends on when it was last cleaned up.
    for table in TABLES:
        database.execute(f"VACUUM FULL {table}")
    sizes = " + ".join(f"pg_total_relation_size('{table}')" for table in TABLES)
    found = database.execute(f"SELECT {sizes}, (SELECT coalesce(sum(size), 0)::bigint FROM blobs)").fetchone()
    rows, blobs = found or (0, 0)
    return rows, blobs
