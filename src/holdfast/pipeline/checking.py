"""Checking: is a snapshot what was saved? From its row to its last blob, and its events up to the log's own digest."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from holdfast.blobs.vault import Vault
from holdfast.errors import SnapshotDamaged
from holdfast.events.values import shown
from holdfast.pipeline.making import WITH_SEGMENTS
from holdfast.pipeline.rebuild import check_fold
from holdfast.pipeline.restored import chained, event, restored
from holdfast.saving.body import Part
from holdfast.saving.cover import Piece
from holdfast.saving.names import body_name, segment_name
from holdfast.saving.snapshot import SnapshotRow, row_digest
from holdfast.session import State
from holdfast.session.fold import RECIPE, advance
from holdfast.store import log, snapshots
from holdfast.store.snapshots import BlobAt, Kept, KeptFold

__all__ = ["Found", "check", "check_row", "found"]


@dataclass(frozen=True)
class Found:
    """What the database says of a snapshot."""

    tenant: str
    session_id: str
    kept: Kept
    fold: KeptFold | None
    segments: list[tuple[Piece, int, BlobAt]]
    log_digest: bytes | None
    """Of the log itself, at the snapshot's event; None where the log lacks it."""


def found(connection: Connection, tenant: str, key: int, session_id: str, kept: Kept) -> Found:
    """Read what there is to check."""
    cursor, row = log.cursor(connection), kept.row
    fold = next(snapshots.folds(cursor, key, upto=row.fold_seq), None)
    needed = row.tier in WITH_SEGMENTS or row.fold_seq < row.seq
    segments = snapshots.segments(cursor, key, row.cover, upto=row.seq) if needed else []
    return Found(tenant, session_id, kept, fold, segments, snapshots.digest_at(cursor, key, row.seq))


def check(found: Found, open_vault: Callable[[], Vault], *, fresh: bool = False) -> int:
    """Check a snapshot; returns how many parts were looked at. `fresh`: only those that this very save has added.

    Raises `SnapshotDamaged`, `BlobDamaged`, `BlobMissing` or `WrongKey`, naming the part.
    """
    row = found.kept.row
    check_row(found.tenant, found.session_id, found.kept)
    if found.log_digest != row.log_digest:
        raise SnapshotDamaged(row.id, f"does not fit the log at event {row.seq}: one of the two was altered")
    if found.fold is None or found.fold.seq != row.fold_seq:
        raise SnapshotDamaged(row.id, f"the fold at event {row.fold_seq} is missing")
    for _, _, blob in found.segments:
        _check_name(row, blob, segment_name(found.tenant, blob.address))
    state = check_fold(found.tenant, found.session_id, found.fold)
    newest = max((added for _, added, _ in found.segments), default=0)
    parts = [each for each in found.segments if not fresh or each[1] == newest]
    if parts or found.kept.body:
        vault = open_vault()
        if fresh:
            for _, _, blob in parts:
                vault.get(blob.name, blob.address, key_id=blob.key_id)
        elif parts:
            _check_events(found, state, vault)
        _check_body(found, vault)
    return 2 + len(parts) + (found.kept.body is not None)


def check_row(tenant: str, session_id: str, kept: Kept) -> SnapshotRow:
    """The row of a snapshot. Raises `SnapshotDamaged` where it, or where its body lies, is not what was saved."""
    row = kept.row
    if row_digest(tenant, session_id, row) != kept.digest:
        raise SnapshotDamaged(row.id, "its row was altered after it was saved")
    if kept.body is not None:
        _check_name(row, kept.body, body_name(tenant, session_id, row.seq, kept.body.address))
    return row


def _check_name(row: SnapshotRow, blob: BlobAt, name: str) -> None:
    if blob.name != name:
        raise SnapshotDamaged(row.id, f"its blob {name} has another name in the registry: {shown(blob.name)}")


def _check_events(found: Found, fold: bytes, vault: Vault) -> None:
    row = found.kept.row
    key_ids = {blob.address: blob.key_id for _, _, blob in found.segments}
    lines = chained(
        found.tenant,
        found.session_id,
        row.id,
        [Part(piece.first, piece.last, blob.address) for piece, _, blob in found.segments],
        row.seq,
        row.log_digest,
        lambda name, address: vault.get(name, address, key_id=key_ids[address]),
    )
    known = found.fold is not None and found.fold.recipe == RECIPE
    state, saved = State(), State.model_validate_json(fold) if known else None
    for line, digest in lines:
        advance(state, [event(found.session_id, line, digest)])
        if line.seq == row.fold_seq and saved is not None and state != saved:
            raise SnapshotDamaged(row.id, f"its fold at event {row.fold_seq} is not that of its events")


def _check_body(found: Found, vault: Vault) -> None:
    row, blob = found.kept.row, found.kept.body
    if blob is None:
        return
    body = restored(blob.name, vault.get(blob.name, blob.address, key_id=blob.key_id), vault.get).body
    said = (body.tenant, body.session_id, body.id, body.seq, body.log_digest)
    if said != (found.tenant, found.session_id, row.id, row.seq, row.log_digest):
        raise SnapshotDamaged(blob.name, f"is not the body of {row.id}")
    segments = [Part(piece.first, piece.last, segment.address) for piece, _, segment in found.segments]
    if list(body.segments) != segments:
        raise SnapshotDamaged(row.id, "its body and the database disagree on its segments")
