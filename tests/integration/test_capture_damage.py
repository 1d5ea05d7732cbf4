"""Damage: whatever byte of a snapshot is flipped, cut or gone, it is found, named, and never believed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from capturing import capture, counts, make_small, saver_of
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.errors import BlobDamaged, HoldfastError, SnapshotDamaged, SnapshotNotFound, WrongKey
from holdfast.saving.snapshot import Snapshot
from holdfast.session import State, fold
from strategies import patient
from writing import said

laws = settings(
    patient, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
FOUND = (SnapshotDamaged, BlobDamaged, WrongKey)

WITHOUT_CONTENT = {
    ("segments", "bytes"): "says how large a segment is, for the next save to decide whether it is written again",
    ("blobs", "size"): "is shown",
    ("blobs", "key_id"): "says which blobs a rotation has yet to do; reading tries every key",
    ("blobs", "loose_since"): "makes a blob a candidate for collection, which looks whether anything refers to it",
    ("blobs", "doomed"): "as before, and lets saves wait until it is collected",
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


@pytest.fixture(params=["plain", "encrypted"])
def saved(
    request: pytest.FixtureRequest, settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Saved]:
    """Snapshots of every tier, light and heavy, over several segments, some of which were replaced meanwhile."""
    make_small(monkeypatch)
    if request.param == "encrypted":
        settings = settings.model_copy(update={"blob_keys": Fernet.generate_key().decode()})
    with Holdfast(settings) as hf:
        session, saver = hf.start("u"), saver_of(settings, engine)
        for number in range(6):
            session.append(*[said(f"{number} {each}") for each in range(3)])
            if number > 2:
                session.append({"type": "state.set", "data": {"key": f"k{number}", "value": "x" * 90}})
            capture(saver, session, tiers=[("context", "conversation", "project_state", "full")[number % 4], "full"])
        events = session.events()
        blobs = sorted((settings.data_dir / "blobs").rglob("*.gz"))
        states = [fold(events[:seq]) for seq in range(len(events) + 1)]
        yield Saved(hf, session, states, session.snapshots(), blobs)


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


@pytest.mark.promise(5)
@pytest.mark.promise(6)
def test_every_blob_that_is_gone_cut_or_altered_is_named(saved: Saved, engine: Engine) -> None:
    assert saved.damaged() == {}
    assert len(saved.blobs) > 8
    of = {each.id: needed(engine, each) for each in saved.snapshots}
    for path in saved.blobs:
        content = path.read_bytes()
        for other in (
            None,
            b"",
            content[:-1],
            content[:10],
            content + b"x",
            content[::-1],
            saved.blobs[0].read_bytes(),
        ):
            if other == content:
                continue
            with altered(path, other):
                found = saved.damaged()
                assert set(found) == {point for point, names in of.items() if any(path.name in each for each in names)}
                assert all(isinstance(error, BlobDamaged | WrongKey) for error in found.values())
                assert all(path.name in error.message for error in found.values())
        with altered(path, None):
            saved.check_states()


@pytest.mark.promise(6)
@laws
@given(which=st.integers(0, 99), where=st.integers(0, 10**6), bits=st.integers(0, 255))
def test_any_byte_of_a_blob_that_is_flipped_or_missing_is_named(
    saved: Saved, engine: Engine, which: int, where: int, bits: int
) -> None:
    path = saved.blobs[which % len(saved.blobs)]
    content = bytearray(path.read_bytes())
    where %= len(content)
    if bits:
        content[where] ^= bits
    else:
        del content[where]
    with altered(path, bytes(content)):
        found = saved.damaged()
    wanted = {each.id for each in saved.snapshots if any(path.name in name for name in needed(engine, each))}
    assert set(found) == wanted
    assert all(path.name in error.message for error in found.values())


@pytest.mark.promise(5)
@pytest.mark.promise(6)
@pytest.mark.parametrize("saved", ["plain"], indirect=True)
@pytest.mark.parametrize("table", ["snapshots", "folds", "segments", "blobs"])
def test_every_column_of_every_row_that_is_altered_is_noticed_or_says_nothing(
    saved: Saved, engine: Engine, table: str
) -> None:
    before = counts(engine)
    unnoticed: dict[str, list[str]] = {}
    for row, column, value in list(alterations(engine, table)):
        with changed(engine, table, row, column, value):
            found = saved.damaged()
            saved.check_states()
        if (table, column) in WITHOUT_CONTENT:
            assert not found, (column, value)
        elif not found and (table, column) not in VERSIONS:
            unnoticed.setdefault(column, []).append(f"{row}: {value}")
    assert unnoticed == {}
    assert counts(engine) == before
    assert saved.damaged() == {}


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
