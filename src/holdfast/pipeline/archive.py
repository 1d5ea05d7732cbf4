"""Archive: release the rows of sessions that ended long ago. Their log stays where the blobs are, as it was saved.

    look ──> save whole, if that was not done ──> read all of it back, here and in the second location ──> release
    └── one transaction                            └─ no transaction                                      └─ a second

Killed anywhere a session is archived or it is not: its rows go in one transaction, and only once every event was read
back from the blobs, along the chain up to the head that the session has in that transaction.
"""

import time
from collections.abc import Callable, Sequence

from sqlalchemy import Engine

from holdfast.blobs.place import Place
from holdfast.blobs.vault import Vault
from holdfast.errors import BlobsUnavailable, HoldfastError, InvalidInput, NotConfigured, WrongKey
from holdfast.logs import get_logger
from holdfast.pipeline import checking
from holdfast.pipeline.backup import back_up
from holdfast.pipeline.capture import Saver
from holdfast.pipeline.checking import Found
from holdfast.pipeline.making import Order
from holdfast.pipeline.rules import Rules
from holdfast.remembering.expiry import NEVER
from holdfast.session.status import ENDED
from holdfast.store import archives, blobs, inspections, log, snapshots, timers
from holdfast.store.log import Cursor, Head
from holdfast.store.transaction import transaction

__all__ = ["Archiver"]

logger = get_logger(__name__)

REASON = "archive"

WAITS_SECONDS = 3600.0
"""Until it is looked again whether what is made of the log has been made."""

AWAY_SECONDS = 900.0
"""Until the blobs are reached for again."""

FAILED_SECONDS = 86_400.0
"""Until it is tried again with a session that is not what was saved. Somebody has to look at it."""

OUT_OF_REACH = (BlobsUnavailable, InvalidInput, NotConfigured, WrongKey)


class Archiver:
    """Archives sessions of any tenant. The locations of the blobs are opened when they are first needed."""

    def __init__(
        self,
        engine: Engine,
        saver: Saver,
        open_vault: Callable[[], Vault],
        open_backup: Callable[[], Place | None],
        rules: Rules,
    ) -> None:
        self._engine = engine
        self._saver = saver
        self._open_vault = open_vault
        self._open_backup = open_backup
        self._rules = rules

    def archive(self, keys: Sequence[int], *, seconds: float = float("inf")) -> int:
        """Archive those of these sessions that ended long enough ago; returns how many.

        One that is damaged is marked for inspection, and stays as it is. After the time is over none is begun; where
        the blobs are away, none at all. Those come again with their timers.
        """
        until, archived = time.monotonic() + seconds, 0
        due = self._due(keys)
        for number, head in enumerate(due):
            if number and time.monotonic() > until:
                break
            try:
                archived += self._archived(head)
            except OUT_OF_REACH as error:
                logger.warning("archive.waits", reason=error.message, sessions=len(due) - number)
                self._put_off([each.key for each in due[number:]], AWAY_SECONDS)
                break
            except HoldfastError as error:
                self._damaged(head, error)
        return archived

    def _due(self, keys: Sequence[int]) -> list[Head]:
        due: list[Head] = []
        with transaction(self._engine) as connection:
            cursor = log.cursor(connection)
            for head in log.lock_free(cursor, keys):
                left = self._left(head)
                if left is None or left > 0:
                    timers.clear(cursor, [head.key], timers.ARCHIVE)
                    if left is not None:
                        timers.set_after(cursor, [head.key], timers.ARCHIVE, left)
                elif archives.awaits(cursor, head.key):
                    timers.put_off(cursor, [head.key], timers.ARCHIVE, WAITS_SECONDS)
                else:
                    due.append(head)
        return due

    def _left(self, head: Head) -> float | None:
        """Seconds until it is archived; None: it is not to be."""
        after = self._rules.expiry.archived_after(head.kind)
        if head.status not in ENDED or head.archived_at is not None or head.closed_at is None or after == NEVER:
            return None
        return max(0.0, after - (head.now - head.closed_at).total_seconds())

    def _archived(self, head: Head) -> bool:
        found = self._saved(head)
        if found is None:
            self._saver.save([Order(head.key, {"full": REASON}, asked=True)])
            found = self._saved(head)
        if found is None:
            return False  # it went on, or was pruned: its timer comes again
        checking.check(found, self._open_vault)
        self._check_copy(head, found)
        return self._release(head, found)

    def _saved(self, head: Head) -> Found | None:
        """The full snapshot at the session's very end."""
        with transaction(self._engine) as connection:
            log.steady(connection)
            for kept in snapshots.kept(log.cursor(connection), head.key):
                if (kept.row.tier, kept.row.seq, kept.row.log_digest) == ("full", head.seq, head.digest):
                    return checking.found(connection, head.tenant, head.key, head.id, kept)
        return None

    def _check_copy(self, head: Head, found: Found) -> None:
        place = self._open_backup()
        if place is None:
            return
        vault = self._open_vault()
        back_up(self._engine, vault, place, self._rules.autosave, head.tenant, head.id)
        checking.check(found, lambda: Vault(place, vault.cipher))

    def _release(self, head: Head, proven: Found) -> bool:
        """False where the session, or what was saved of it, is not any more what was proven."""
        with transaction(self._engine) as connection:
            cursor = log.cursor(connection)
            now = log.lock(cursor, [(head.tenant, head.id)]).get((head.tenant, head.id))
            if now is None or (now.seq, now.digest) != (head.seq, head.digest) or self._left(now) != 0:
                return False
            snapshots.hold_still(cursor, head.key)
            if not _is_there(cursor, head.key, proven) or archives.awaits(cursor, head.key):
                return False
            loose = archives.release(cursor, head.key, proven.kept.row.id)
            if loose:
                blobs.loosen(cursor, loose)
        logger.info("session.archived", session_id=head.id, events=head.seq)
        return True

    def _damaged(self, head: Head, error: HoldfastError) -> None:
        logger.error("archive.refused", session_id=head.id, code=error.code, problem=error.message)
        with transaction(self._engine) as connection:
            cursor = log.cursor(connection)
            inspections.note(cursor, head.tenant, head.id, [(error.code, error.message, {"during": REASON})])
        self._put_off([head.key], FAILED_SECONDS)

    def _put_off(self, keys: Sequence[int], seconds: float) -> None:
        with transaction(self._engine) as connection:
            timers.put_off(log.cursor(connection), keys, timers.ARCHIVE, seconds)


def _is_there(cursor: Cursor, key: int, proven: Found) -> bool:
    kept = snapshots.kept(cursor, key, proven.kept.row.id)
    if not kept or kept[0].digest != proven.kept.digest:
        return False
    now = snapshots.segments(cursor, key, proven.kept.row.cover, upto=proven.kept.row.seq)
    return [blob.address for _, _, blob in now] == [blob.address for _, _, blob in proven.segments]
