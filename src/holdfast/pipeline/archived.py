"""Archived: reading a session whose rows were released, out of its last full snapshot."""

from collections.abc import Callable, Iterator

from sqlalchemy import Connection

from holdfast.blobs.vault import Vault
from holdfast.errors import BlobDamaged, SnapshotDamaged
from holdfast.pipeline.checking import check_row
from holdfast.pipeline.restored import Restored, restored
from holdfast.store import log, snapshots
from holdfast.store.snapshots import Kept

__all__ = ["last_fulls", "read"]


def last_fulls(connection: Connection, key: int, seq: int) -> list[Kept]:
    """The session's full snapshots at its very end; one, as a rule."""
    return [
        kept for kept in snapshots.kept(log.cursor(connection), key) if kept.body is not None and kept.row.seq == seq
    ]


def read(tenant: str, session_id: str, fulls: list[Kept], digest: bytes, open_vault: Callable[[], Vault]) -> Restored:
    """The session as the first good one of these has it, whose log ends in that digest.

    Its segments are read when they are asked for. Raises `SnapshotDamaged`, `BlobDamaged` or `WrongKey` for what is not
    as it was saved, and `BlobsUnavailable`.
    """
    problem: SnapshotDamaged | BlobDamaged | None = None
    for kept, vault in _with(fulls, open_vault):
        try:
            return _whole(tenant, session_id, kept, digest, vault)
        except (SnapshotDamaged, BlobDamaged) as error:
            problem = problem or error
    raise problem or SnapshotDamaged(session_id, "is archived, and the full snapshot of its end is not there")


def _with(fulls: list[Kept], open_vault: Callable[[], Vault]) -> Iterator[tuple[Kept, Vault]]:
    for kept in fulls:
        yield kept, open_vault()


def _whole(tenant: str, session_id: str, kept: Kept, digest: bytes, vault: Vault) -> Restored:
    row, blob = check_row(tenant, session_id, kept), kept.body
    if blob is None:
        raise SnapshotDamaged(row.id, "has no blob")
    found = restored(blob.name, vault.get(blob.name, blob.address, key_id=blob.key_id), vault.get)
    said = found.body
    if (said.tenant, said.session_id, said.seq, said.log_digest) != (tenant, session_id, row.seq, digest):
        raise SnapshotDamaged(blob.name, "is not where it belongs: it says that it is of another session, or event")
    return found
