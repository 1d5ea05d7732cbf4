"""What the tests of damage share: a session with snapshots of every kind, and ways to alter all that is stored."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import Connection, Engine, text

from capturing import capture, make_small, saver_of
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.errors import BlobDamaged, HoldfastError, SnapshotDamaged, SnapshotNotFound, WrongKey
from holdfast.events import Event
from holdfast.saving.snapshot import Snapshot
from holdfast.session import State, fold
from writing import said

__all__ = [
    "FOUND",
    "VERSIONS",
    "WITHOUT_CONTENT",
    "Saved",
    "alterations",
    "altered",
    "changed",
    "needed",
    "saved_sessions",
    "spoiled",
]

FOUND = (SnapshotDamaged, BlobDamaged, WrongKey)

WITHOUT_CONTENT = {
    ("segments", "bytes"): "says how large a segment is, for the next save to decide whether it is written again",
    ("blobs", "size"): "is shown",
    ("blobs", "key_id"): "says which blobs a rotation has yet to do; reading tries every key",
    ("blobs", "loose_since"): "makes a blob a candidate for collection, which looks whether anything refers to it",
    ("blobs", "doomed"): "as before, and lets saves wait until it is collected",
    ("blobs", "written_for"): "says with whom a blob is forgotten, which looks who else refers to it",
    ("blobs", "writing_since"): "lets a forgetting wait for whoever writes, for a minute and a half",
    ("blobs", "backed_up_at"): "says that a copy need not be made; whoever checks the second location looks there",
}
"""Columns of which nothing is read back, and what an altered one does."""

VERSIONS = {("segments", "added"), ("segments", "removed")}
"""Where none of the versions that kept snapshots name comes or goes, they say nothing either."""


class Saved(NamedTuple):
    """A session, how it was after each event, and its snapshots."""

    hf: Holdfast
    session: Session
    states: list[State]
    snapshots: list[Snapshot]
    blobs: list[Path]
    events: list[Event]
    root: Path

    def damaged(self) -> dict[str, HoldfastError]:
        """The recovery points that are listed and do not verify, or are listed no more, with what is said of them."""
        found: dict[str, HoldfastError] = {}
        listed = {each.id for each in self.session.snapshots()}
        for point in listed | {each.id for each in self.snapshots}:
            try:
                self.hf.service.saves.verify(self.session.id, point)
            except (*FOUND, SnapshotNotFound) as error:
                found[point] = error
        return found

    def check_states(self) -> None:
        """Whatever is damaged, no state is told that never was."""
        assert self.session.state() == self.states[-1]
        for seq, state in enumerate(self.states[1:], 1):
            assert self.session.state(at=seq) == state
        for each in self.snapshots:
            try:
                found = self.session.state(at=each.id)
            except (SnapshotDamaged, SnapshotNotFound):
                continue
            assert found == self.states[each.seq]
        for each in self.snapshots:
            if each.tier == "full":
                self.check_alone(each)

    def check_alone(self, snapshot: Snapshot) -> None:
        try:
            alone = self.hf.service.saves.restored(self.session.id, snapshot.id)
            events = list(alone.events())
        except (*FOUND, SnapshotNotFound):
            return
        assert fold(events) == alone.state() == self.states[snapshot.seq]


@contextmanager
def saved_sessions(settings: Settings, engine: Engine) -> Iterator[Saved]:
    """Snapshots of every tier, light and heavy, over several segments, some of which were replaced meanwhile."""
    with pytest.MonkeyPatch.context() as patch, Holdfast(settings) as hf:
        make_small(patch)
        session, saver = hf.start("u"), saver_of(settings, engine)
        for number in range(6):
            session.append(*[said(f"{number} {each}") for each in range(3)])
            if number > 2:
                session.append({"type": "state.set", "data": {"key": f"k{number}", "value": "x" * 90}})
            capture(saver, session, tiers=[("context", "conversation", "project_state", "full")[number % 4], "full"])
        events = session.events()
        blobs = sorted((settings.data_dir / "blobs").rglob("*.gz"))
        states = [fold(events[:seq]) for seq in range(len(events) + 1)]
        yield Saved(hf, session, states, session.snapshots(), blobs, events, settings.data_dir / "blobs")


@contextmanager
def altered(path: Path, content: bytes | None) -> Iterator[None]:
    """The file with another content, or gone, as long as the block runs."""
    before = path.read_bytes()
    try:
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)
        yield
    finally:
        path.write_bytes(before)


def spoiled(content: bytes, where: int, bits: int) -> bytes:
    """With some bits of one byte flipped; with none, the byte is missing."""
    other = bytearray(content)
    where %= len(other)
    if bits:
        other[where] ^= bits
    else:
        del other[where]
    return bytes(other)


def needed(engine: Engine, snapshot: Snapshot) -> set[str]:
    """The blobs that a snapshot is made of, by their names."""
    query = """
        SELECT b.name FROM snapshots n JOIN blobs b ON b.key = n.body WHERE n.id = :id
        UNION SELECT b.name FROM snapshots n
        JOIN segments g ON g.session_key = n.session_key AND g.first <= n.seq
        JOIN blobs b ON b.key = g.blob
        WHERE n.id = :id AND (n.tier IN ('full', 'conversation') OR n.fold_seq < n.seq)
          AND CASE WHEN n.cover IS NULL THEN g.removed IS NULL
                   ELSE g.added <= n.cover AND coalesce(g.removed > n.cover, true) END
    """
    with engine.connect() as connection:
        return set(connection.execute(text(query), {"id": snapshot.id}).scalars())


def alterations(engine: Engine, table: str) -> Iterator[tuple[str, str, str]]:
    """Some rows that are needed, by where they lie, their columns, and other values as SQL."""
    with engine.connect() as connection:
        columns = connection.execute(
            text("SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_name = :name"),
            {"name": table},
        ).all()
        rows = connection.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2, 3")).mappings().all()
        keys = {
            "snapshots": ("session_key", "tier", "seq"),
            "folds": ("session_key", "seq"),
            "segments": ("session_key", "first", "last", "added"),
            "blobs": ("key",),
        }[table]
    needed = [row for row in rows if row.get("loose_since") is None]
    for row in needed[:: max(1, len(needed) // 3)]:
        where = " AND ".join(f"{key} = '{row[key]}'" for key in keys)
        for name, kind, nullable in columns:
            if (table, name) == ("blobs", "key"):
                continue  # an identity, which Postgres does not let anyone alter
            others = {
                "bigint": ["{} + 1", "{} - 1"],
                "smallint": ["{} + 1"],
                "text": ["{} || 'x'", "reverse({})", "''"],
                "bytea": ["{} || '\\x00'", "set_byte({0}, 0, get_byte({0}, 0) # 1)", "substr({}, 2)"],
                "timestamp with time zone": ["{} + interval '1 microsecond'"],
                "boolean": ["NOT {}"],
            }[kind]
            if row[name] is None:
                others = {"bigint": ["1"], "timestamp with time zone": ["now()"], "text": ["'x'"]}[kind]
            elif nullable == "YES":
                others = [*others, "NULL"]
            for other in others:
                yield where, name, other.format(name)


@contextmanager
def changed(engine: Engine, table: str, where: str, column: str, value: str) -> Iterator[None]:
    """A row with another value in one column, whatever the constraints say, as long as the block runs."""
    with engine.begin() as connection:
        unguarded(connection, table)
        connection.execute(text(f"CREATE TABLE kept AS SELECT * FROM {table}"))
        connection.execute(text(f"UPDATE {table} SET {column} = {value} WHERE {where}"))
    try:
        yield
    finally:
        with engine.begin() as connection:
            unguarded(connection, table)
            connection.execute(text(f"DELETE FROM {table}"))
            connection.execute(text(f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM kept"))
            connection.execute(text("DROP TABLE kept"))


def unguarded(connection: Connection, table: str) -> None:
    """As a disk alters rows: no trigger, no check, no key that another row refers to."""
    connection.execute(text("SET LOCAL session_replication_role = replica"))
    if table == "snapshots":
        connection.execute(text("ALTER TABLE snapshots DROP CONSTRAINT IF EXISTS snapshots_tier_check"))
