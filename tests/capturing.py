"""What the tests of saving share: events of every type, captures without a worker, and what lies where afterwards."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from holdfast import bootstrap
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.events import KNOWN, draft
from holdfast.pipeline.apply import Item, apply
from holdfast.pipeline.capture import Saver
from holdfast.pipeline.making import Order
from holdfast.pipeline.tick import tick
from holdfast.saving.tiers import Tier
from holdfast.store.transaction import transaction
from strategies import event_data, names

__all__ = [
    "SMALL",
    "any_events",
    "capture",
    "counts",
    "files",
    "key_of",
    "make_small",
    "pass_time",
    "patched",
    "saver_of",
    "timers",
    "work",
    "write",
]

SMALL = {
    "saving.cover.FULL_EVENTS": 4,
    "saving.cover.FULL_BYTES": 400,
    "saving.cover.SEALED_EVENTS": 2,
    "saving.cover.SEALED_BYTES": 150,
    "saving.cover.FAN": 3,
    "saving.cover.MAX_TAIL": 3,
    "saving.cover.MAX_BYTES": 3000,
    "saving.cover.SHARE": 2,
    "pipeline.making.CHUNK": 11,
    "pipeline.making.HEAVY": 300,
}
"""Sizes with which a handful of events takes every way through a save."""

ENDING = {"session.started", "session.closed", "session.expired", "session.failed"}


def make_small(monkeypatch: pytest.MonkeyPatch, **other: float) -> None:
    """`SMALL`, but for those that are given by their last name."""
    for name, value in SMALL.items():
        monkeypatch.setattr(f"holdfast.{name}", other.get(name.rpartition(".")[2], value))


@contextmanager
def patched(**values: object) -> Iterator[None]:
    """Constants of `pipeline.capture`, by their names, as long as the block runs."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            patch.setattr(f"holdfast.pipeline.capture.{name}", value)
        yield


@st.composite
def any_events(draw: st.DrawFn, max_size: int = 8) -> list[dict[str, Any]]:
    """Events of any type that does not end a session, in any order."""
    types = draw(st.lists(st.sampled_from([*sorted(KNOWN.types.keys() - ENDING), "custom.x"]), max_size=max_size))
    return [
        {
            "type": each,
            "data": draw(event_data(each)),
            "actor": draw(names),
            "conversation": draw(st.sampled_from([None, "a", "b"])),
        }
        for each in types
    ]


def write(hf: Holdfast, session: Session, events: Sequence[Mapping[str, Any]]) -> None:
    """Put events into the log as Holdfast itself does: also those that nobody may publish."""
    items = [
        Item(hf.settings.tenant, draft(each, session_id=session.id, actor=session.agent), system=True)
        for each in events
    ]
    if items:
        with transaction(hf.service._engine) as connection:
            apply(connection, items, rules=hf.service._rules, look_first=True)


def saver_of(settings: Settings, engine: Engine) -> Saver:
    """What a worker saves with."""
    return bootstrap.saver(settings, engine, cache(lambda: bootstrap.vault(settings, engine)))


def key_of(engine: Engine, session: Session) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT key FROM sessions WHERE id = :id"), {"id": session.id}).scalar_one())


def capture(saver: Saver, *sessions: Session, tiers: Sequence[Tier], why: str | None = None) -> int:
    """Save these as a worker does, however short ago the last save was; returns how many snapshots were added."""
    orders = [Order(key_of(saver._engine, session), dict.fromkeys(tiers, why)) for session in sessions]
    with patched(APART_SECONDS=0.0):
        return saver.save(orders)


def work(engine: Engine, saver: Saver) -> list[dict[int, dict[str, str | None]]]:
    """Tick, and do what came of it for the saves, as beat and a worker would; returns the saves by message."""
    with transaction(engine) as connection:
        follow_ups = [each for each in tick(connection) if each.task == "holdfast.capture"]
    done = []
    for each in follow_ups:
        saver.save([Order(key, tiers) for key, tiers in each.arguments["saves"]])
        done.append(dict(each.arguments["saves"]))
    return done


def pass_time(engine: Engine, seconds: float) -> None:
    """Everything that is in the database happened, or is due, that much earlier."""
    columns = {
        "sessions": "last_activity_at", "timers": "due_at", "savings": "captured_at", "blobs": "loose_since",
    }  # fmt: skip
    with engine.begin() as connection:
        for table, column in columns.items():
            statement = f"UPDATE {table} SET {column} = {column} - :seconds * interval '1 second'"
            connection.execute(text(statement), {"seconds": seconds})


def timers(engine: Engine, session: Session) -> dict[str, tuple[float, str | None]]:
    """By kind, in how many seconds the timers of a session's saves are due, and for which reason."""
    query = """
        SELECT t.kind, extract(epoch FROM t.due_at - now()), t.reason
        FROM timers t JOIN sessions s ON s.key = t.session_key
        WHERE s.id = :id AND t.kind IN ('context', 'conversation', 'project_state', 'full', 'backup')
    """
    with engine.connect() as connection:
        found = connection.execute(text(query), {"id": session.id})
        return {kind: (float(seconds), reason) for kind, seconds, reason in found}


def counts(engine: Engine) -> dict[str, int]:
    """How many rows each table has."""
    with engine.connect() as connection:
        tables = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars().all()
        return {
            name: int(connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one())
            for name in sorted(tables)
        }


def files(settings: Settings) -> dict[str, bytes]:
    """The blobs, by name, as they lie there."""
    root = settings.data_dir / "blobs"
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(Path(root).rglob("*.gz"))}
