"""Rotate: encrypt again, with the newest key, every blob that is not encrypted with it, while the system runs.

What nothing refers to is left alone: it is about to be deleted, and a blob that is written again after that would stay
for ever. It goes within the collector's grace, which is when an old key can be thrown away.
"""

from collections.abc import Callable

from sqlalchemy import Engine

from holdfast.blobs.place import Place
from holdfast.blobs.vault import Vault
from holdfast.store import blobs, log
from holdfast.store.blobs import Sealed
from holdfast.store.transaction import transaction

__all__ = ["rotate"]

BATCH = 100


def rotate(
    engine: Engine, vault: Vault, backup: Place | None, *, progress: Callable[[int], None] = lambda _: None
) -> int:
    """Encrypt blobs anew, here and in the second location; returns how many. Killed anywhere, it is done again.

    Raises `WrongKey` for a blob that none of the keys opens, `BlobDamaged`, `BlobsUnavailable`; what was done stays.
    """
    done, after = 0, 0
    while True:
        with transaction(engine) as connection:
            found = blobs.sealed_otherwise(log.cursor(connection), vault.cipher.key_id, after=after, limit=BATCH)
        for each in found:
            _reseal(engine, vault, backup, each)
            after, done = each.key, done + 1
            progress(done)
        if len(found) < BATCH:
            return done


def _reseal(engine: Engine, vault: Vault, backup: Place | None, sealed: Sealed) -> None:
    """In both locations. Where the blob was copied while it was encrypted anew, the copy may be the old one."""
    for backed_up in (sealed.backed_up, True):
        also = [backup] if backup is not None and backed_up else []
        with transaction(engine) as connection:
            if not blobs.writing(log.cursor(connection), sealed.key):
                return
        vault.reseal(sealed.blob.name, sealed.blob.address, also, key_id=sealed.blob.key_id)
        with transaction(engine) as connection:
            if blobs.resealed(log.cursor(connection), sealed.key, vault.cipher.key_id, backed_up=backed_up):
                return
