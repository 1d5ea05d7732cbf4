"""Backup: copy full snapshots and their segments to the second location.

A snapshot's own blob goes last, so whatever full snapshot is found there is whole. Every copy is checked before it is
made and read back after. What was copied is written down blob by blob: killed in between, the rest follows.
"""

from sqlalchemy import Engine

from holdfast.blobs.place import Place
from holdfast.blobs.vault import Vault
from holdfast.errors import SessionNotFound
from holdfast.logs import get_logger
from holdfast.saving.policy import Policy, policy_of
from holdfast.store import backups, blobs, log, pruning, savings, sessions
from holdfast.store.transaction import transaction

__all__ = ["back_up"]

logger = get_logger(__name__)


def back_up(engine: Engine, vault: Vault, place: Place, policy: Policy, tenant: str, session_id: str) -> int:
    """Copy what the full snapshots of a session need and was not copied; returns how many blobs.

    The copy before is then no longer held back from being pruned.

    Raises `BlobsUnavailable` where one of the two locations cannot be reached, `BlobDamaged` or `WrongKey` for a blob
    that is not what it should be: it is not copied, and the copy of the snapshot before stays the newest.
    """
    with transaction(engine) as connection:
        try:
            key = sessions.find(connection, tenant, session_id)[0].key
        except SessionNotFound:
            return 0
        missing = backups.missing(log.cursor(connection), key)
    for each in missing:
        with transaction(engine) as connection:
            if not blobs.writing(log.cursor(connection), each.key):
                continue
        vault.copy_to(place, each.blob.name, each.blob.address, key_id=each.blob.key_id)
        with transaction(engine) as connection:
            # One that was encrypted anew meanwhile is still missing, and copied when the timer comes again.
            blobs.backed_up(log.cursor(connection), each.key, each.blob.key_id)
    with transaction(engine) as connection:
        cursor = log.cursor(connection)
        keep = policy_of(policy, savings.lock(cursor, key)).keep
        blobs.loosen(cursor, pruning.prune(cursor, [(key, "full", keep)]))
        backups.settle(cursor, key)
    if missing:
        logger.info("snapshot.backed_up", session_id=session_id, blobs=len(missing))
    return len(missing)
