"""Recovery points: is a snapshot what was saved, as far as it is going to be believed?"""

from collections.abc import Callable

from holdfast.blobs.vault import Vault
from holdfast.errors import BlobsUnavailable, InvalidInput, NotConfigured, SnapshotDamaged, WrongKey
from holdfast.pipeline.checking import check_row
from holdfast.pipeline.rebuild import check_fold
from holdfast.pipeline.restored import restored
from holdfast.saving.body import Body
from holdfast.session import State
from holdfast.session.fold import RECIPE
from holdfast.store import snapshots
from holdfast.store.log import Cursor
from holdfast.store.snapshots import Kept

__all__ = ["body_of", "checked", "folded", "unread"]


def checked(cursor: Cursor, tenant: str, key: int, session_id: str, kept: Kept) -> None:
    """Raises `SnapshotDamaged` where the snapshot's row was altered, or the log does not say what it says."""
    row = check_row(tenant, session_id, kept)
    if snapshots.digest_at(cursor, key, row.seq) != row.log_digest:
        raise SnapshotDamaged(row.id, f"does not fit the log at event {row.seq}: one of the two was altered")


def folded(cursor: Cursor, tenant: str, key: int, session_id: str, kept: Kept) -> State | None:
    """The state that it starts from, at its `fold_seq`; None where an earlier release folded it in another way.

    Raises `SnapshotDamaged`.
    """
    fold = next(snapshots.folds(cursor, key, upto=kept.row.fold_seq), None)
    if fold is None or fold.seq != kept.row.fold_seq:
        raise SnapshotDamaged(kept.row.id, f"the fold at event {kept.row.fold_seq} is missing")
    content = check_fold(tenant, session_id, fold)
    return State.model_validate_json(content) if fold.recipe == RECIPE else None


def body_of(kept: Kept, vault: Vault) -> Body:
    """What the blob of a full one says. Raises `SnapshotDamaged`, `BlobDamaged`, `WrongKey`, `BlobsUnavailable`."""
    blob = kept.body
    if blob is None:
        raise InvalidInput("point", f"{kept.row.id} is a snapshot of tier {kept.row.tier}; only full ones have a blob")
    said = restored(blob.name, vault.get(blob.name, blob.address, key_id=blob.key_id), vault.get).body
    if (said.id, said.seq, said.log_digest) != (kept.row.id, kept.row.seq, kept.row.log_digest):
        raise SnapshotDamaged(blob.name, f"is not the body of {kept.row.id}")
    return said


def unread(kept: Kept, open_vault: Callable[[], Vault]) -> str | None:
    """Why the blob of a full snapshot could not be looked at; None where it was, and is good, or there is none.

    Raises `SnapshotDamaged` or `BlobDamaged` where it was, and is not what was saved.
    """
    if kept.body is None:
        return None
    try:
        body_of(kept, open_vault())
    except (BlobsUnavailable, WrongKey, InvalidInput, NotConfigured) as error:
        return error.message
    return None
