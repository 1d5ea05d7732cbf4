"""A snapshot, as its row describes it, and the digests by which rows that were altered are found."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

import orjson

from holdfast.saving.tiers import Tier

__all__ = ["Snapshot", "SnapshotRow", "fold_digest", "row_digest"]


class Snapshot(NamedTuple):
    """A saved fold of a session's log up to `seq`. Its id is a recovery point."""

    id: str
    tier: Tier
    seq: int
    reason: str
    """What it was taken for: `interval`, a trigger such as `task-completion`, or `user-request`."""
    created_at: datetime
    pinned: bool
    backed_up_at: datetime | None
    """When its copy in the second location was complete. Only full snapshots are copied."""


class SnapshotRow(NamedTuple):
    """A snapshot's row, but for its digest."""

    tier: Tier
    seq: int
    id: str
    reason: str
    log_digest: bytes
    fold_seq: int
    cover: int | None
    address: bytes | None
    """Of the body, which only full snapshots have."""
    created_at: datetime


def row_digest(tenant: str, session_id: str, row: SnapshotRow) -> bytes:
    """What the row of a snapshot carries in `digest`."""
    values = [
        tenant,
        session_id,
        *(value.hex() if isinstance(value, bytes) else value for value in row[:-1]),
        row.created_at.astimezone(UTC),
    ]
    return sha256(orjson.dumps(values)).digest()


def fold_digest(tenant: str, session_id: str, seq: int, recipe: int, body: bytes) -> bytes:
    """What the row of a fold carries in `digest`."""
    return sha256(orjson.dumps([tenant, session_id, seq, recipe]) + b"\n" + body).digest()
