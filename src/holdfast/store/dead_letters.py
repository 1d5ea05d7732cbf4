"""Dead letters: entries that the log did not accept, kept as they lay in the stream, with the reason."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, delete, func, select

from holdfast.errors import HoldfastError, InvalidInput
from holdfast.store.log import Cursor
from holdfast.store.tables import DeadLetter as Table

MAX_KEPT = 16 * 1024 * 1024
"""Bytes of one field that are kept: far more than an event may have, and far less than Postgres can hold in a row."""

__all__ = ["DeadLetter", "Refusal", "buried", "bury", "count", "drop", "get", "listed"]

IDENTITY_CHARACTERS = 200
"""As much of a tenant, session or event id as is shown, whatever a stranger wrote there."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An entry that was not accepted, and why."""

    shard: int
    entry_id: str
    fields: dict[bytes, bytes]
    error: HoldfastError


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An entry among the dead letters. `entry` is every field as it lay in the stream."""

    key: int
    tenant: str | None
    session_id: str | None
    event_id: str | None
    shard: int
    entry_id: str
    reason: str
    detail: str
    created_at: datetime
    entry: dict[bytes, bytes]


def bury(cursor: Cursor, refusals: Iterable[Refusal]) -> None:
    """Keep the entries. One that lies here already, because its stream was read twice, is not kept twice."""
    cursor.executemany(
        """
        INSERT INTO dead_letters (tenant, session_id, event_id, shard, entry_id, entry_digest, entry, reason, detail)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (shard, entry_id, entry_digest) DO NOTHING
        """,
        [_row(refusal) for refusal in refusals],
    )


def buried(cursor: Cursor, shard: int, entries: Iterable[tuple[str, Mapping[bytes, bytes]]]) -> set[str]:
    """The ids of those entries (id, fields) that lie here. A stream that began anew gives an id to another entry."""
    digests = {entry_id: _digest(fields) for entry_id, fields in entries}
    cursor.execute(
        "SELECT entry_id, entry_digest FROM dead_letters WHERE shard = %s AND entry_id = ANY(%s)",
        (shard, list(digests)),
    )
    return {entry_id for entry_id, digest in cursor if digests[entry_id] == digest}


def _row(refusal: Refusal) -> tuple[object, ...]:
    kept = {name[:MAX_KEPT]: value[:MAX_KEPT] for name, value in refusal.fields.items()}
    return (
        _shown(refusal.fields.get(b"tenant")),
        _shown(refusal.fields.get(b"session")),
        _shown(refusal.fields.get(b"id")),
        refusal.shard,
        refusal.entry_id,
        _digest(refusal.fields),
        _flat(kept),
        refusal.error.code,
        refusal.error.message.replace("\0", "\\0"),
    )


def _flat(fields: Mapping[bytes, bytes]) -> list[bytes]:
    return [part for pair in fields.items() for part in pair]


def _digest(fields: Mapping[bytes, bytes]) -> bytes:
    return sha256(b"".join(len(part).to_bytes(8) + part for part in _flat(fields))).digest()


def _shown(value: bytes | None) -> str | None:
    """What an entry claims, as text that Postgres can hold."""
    if value is None:
        return None
    return value.decode(errors="replace")[:IDENTITY_CHARACTERS].replace("\0", "\\0")


def listed(
    connection: Connection, tenant: str, *, session_id: str | None = None, after: int = 0, limit: int = 50
) -> list[DeadLetter]:
    """The tenant's dead letters, and those that name no tenant, in the order of their arrival."""
    query = select(Table).where((Table.tenant == tenant) | Table.tenant.is_(None), Table.key > after)
    if session_id is not None:
        query = query.where(Table.session_id == session_id)
    return [_read(row) for row in connection.execute(query.order_by(Table.key).limit(limit))]


def count(connection: Connection, tenant: str, session_id: str) -> int:
    """How many of the same there are of a session."""
    mine = (Table.tenant == tenant) | Table.tenant.is_(None)
    query = select(func.count()).select_from(Table).where(mine, Table.session_id == session_id)
    return connection.execute(query).scalar_one()


def get(connection: Connection, tenant: str, key: int) -> DeadLetter:
    """One dead letter, locked until the transaction ends. Raises `InvalidInput` where there is none."""
    query = select(Table).where((Table.tenant == tenant) | Table.tenant.is_(None), Table.key == key).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        raise InvalidInput("key", f"there is no dead letter {key}; `holdfast dead-letters list` shows those there are")
    return _read(row)


def drop(connection: Connection, key: int) -> None:
    """Take one off the list."""
    connection.execute(delete(Table).where(Table.key == key))


def _read(row: object) -> DeadLetter:
    values = row._mapping  # type: ignore[attr-defined]  # noqa: SLF001  # SQLAlchemy's public name for a row's columns
    entry = values["entry"]
    return DeadLetter(
        **{name: values[name] for name in DeadLetter.__dataclass_fields__ if name != "entry"},
        entry=dict(zip(entry[::2], entry[1::2], strict=True)),
    )
