"""The registry of blobs: what lies in the location of the blobs, what refers to it, and what may go.

A blob is announced before it is written, and confirmed in the transaction that refers to it. What was announced and
never confirmed, and what the last reference to was deleted, is loose; after a while it is doomed, deleted, forgotten.
So whatever is killed where, every blob has a row until it is gone, and nothing that is referred to is ever deleted.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from holdfast.store.log import Cursor
from holdfast.store.snapshots import BlobAt

__all__ = [
    "Announced",
    "Blob",
    "Installation",
    "Sealed",
    "announce",
    "backed_up",
    "by_key",
    "confirm",
    "doom",
    "forget",
    "give_up",
    "installation",
    "loosen",
    "resealed",
    "sealed_otherwise",
    "writing",
]


class Blob(NamedTuple):
    """A blob that is to be written."""

    name: str
    address: bytes
    size: int
    key_id: str | None
    session_key: int


class Announced(NamedTuple):
    """A blob that may be written. `there`: it was written before, and something refers to it."""

    key: int
    there: bool
    writing_since: datetime | None


class Sealed(NamedTuple):
    """A blob that is to be encrypted with another key, and whether it lies in the second location too."""

    key: int
    backed_up: bool
    blob: BlobAt


class Installation(NamedTuple):
    """The id that the locations of the blobs carry too, and whether it has blobs in either."""

    id: UUID
    used: bool
    backed_up: bool


def announce(cursor: Cursor, blobs: Sequence[Blob]) -> dict[str, Announced]:
    """Say that blobs are about to be written, by name.

    One that is being deleted at this moment is not among them, nor is one of a session that is being forgotten.
    """
    # Whoever forgets a session holds its row: it waits for this, or this sees that it came first.
    cursor.execute(
        "SELECT key FROM sessions WHERE key = ANY(%s) AND seq > 0 ORDER BY key FOR KEY SHARE",
        ([blob.session_key for blob in blobs],),
    )
    there = {key for (key,) in cursor}
    blobs = [blob for blob in blobs if blob.session_key in there]
    if not blobs:
        return {}
    cursor.execute(
        """
        INSERT INTO blobs AS b (name, address, size, key_id, written_for, writing_since)
        SELECT *, now()
        FROM unnest(%s::text[], %s::bytea[], %s::bigint[], %s::text[], %s::bigint[])
            AS n (name, address, size, key_id, written_for)
        ORDER BY name
        ON CONFLICT (name) DO UPDATE
        SET loose_since = CASE WHEN b.loose_since IS NOT NULL THEN now() END,
            key_id = CASE WHEN b.loose_since IS NOT NULL THEN EXCLUDED.key_id ELSE b.key_id END,
            writing_since = CASE WHEN b.loose_since IS NOT NULL THEN now() ELSE b.writing_since END
        WHERE NOT b.doomed
        RETURNING b.name, b.key, b.loose_since IS NULL, b.writing_since
        """,
        [list(column) for column in zip(*blobs, strict=True)],
    )
    return {name: Announced(*rest) for name, *rest in cursor}


def give_up(cursor: Cursor, announced: Iterable[Announced]) -> None:
    """Say that these were written or will not be, and that nothing refers to them: who announced them came too late."""
    mine = [(each.key, each.writing_since) for each in announced if not each.there]
    if mine:
        cursor.executemany("UPDATE blobs SET writing_since = NULL WHERE key = %s AND writing_since = %s", sorted(mine))


def confirm(cursor: Cursor, keys: Iterable[int]) -> bool:
    """Say that something refers to these blobs, in the transaction that makes it so. False where one is going."""
    wanted = sorted(set(keys))
    cursor.execute(
        """
        WITH mine AS (SELECT key FROM blobs WHERE key = ANY(%s) AND NOT doomed ORDER BY key FOR UPDATE)
        UPDATE blobs b SET loose_since = NULL, writing_since = NULL FROM mine WHERE b.key = mine.key
        """,
        (wanted,),
    )
    return cursor.rowcount == len(wanted)


def loosen(cursor: Cursor, keys: Iterable[int]) -> None:
    """Say that a reference to these blobs was deleted. Others may be left; whoever collects them looks."""
    cursor.execute("UPDATE blobs SET loose_since = now() WHERE key = ANY(%s) AND loose_since IS NULL", (list(keys),))


def doom(cursor: Cursor, *, seconds: float, limit: int) -> list[tuple[int, str]]:
    """Choose blobs that have been loose for so long, and to which nothing refers, for deletion: keys and names.

    Those that were chosen before and are still there come again. What something refers to is loose no longer.
    """
    cursor.execute(
        """
        WITH old AS (
            SELECT key FROM blobs
            WHERE loose_since < now() - %s * interval '1 second' ORDER BY loose_since LIMIT %s FOR UPDATE SKIP LOCKED
        )
        UPDATE blobs b
        SET doomed = NOT used.so, loose_since = CASE WHEN NOT used.so THEN b.loose_since END
        FROM old, LATERAL (
            SELECT EXISTS (SELECT FROM segments WHERE blob = old.key)
                OR EXISTS (SELECT FROM snapshots WHERE body = old.key) AS so
        ) AS used
        WHERE b.key = old.key
        RETURNING b.key, b.name, b.doomed
        """,
        (seconds, limit),
    )
    return [(key, name) for key, name, doomed in cursor if doomed]


def forget(cursor: Cursor, keys: Sequence[int]) -> list[int]:
    """Take blobs that were doomed and are deleted off the registry; returns which were on it."""
    cursor.execute("DELETE FROM blobs WHERE key = ANY(%s) AND doomed RETURNING key", (list(keys),))
    return [key for (key,) in cursor]


def writing(cursor: Cursor, key: int) -> bool:
    """Say that a blob which something refers to is about to be written once more. False where it is gone, or going."""
    cursor.execute("UPDATE blobs SET writing_since = now() WHERE key = %s AND NOT doomed", (key,))
    return cursor.rowcount == 1


def backed_up(cursor: Cursor, key: int, key_id: str | None) -> bool:
    """Say that a blob, encrypted with this key, lies in the second location too. False: it is by now with another."""
    cursor.execute(
        "UPDATE blobs SET backed_up_at = now(), writing_since = NULL WHERE key = %s AND key_id IS NOT DISTINCT FROM %s",
        (key, key_id),
    )
    return cursor.rowcount == 1


def sealed_otherwise(cursor: Cursor, key_id: str | None, *, after: int, limit: int) -> list[Sealed]:
    """Blobs that something refers to and that are encrypted with another key than this, or not at all."""
    cursor.execute(
        """
        SELECT key, backed_up_at IS NOT NULL, name, address, key_id FROM blobs
        WHERE key > %s AND loose_since IS NULL AND key_id IS DISTINCT FROM %s ORDER BY key LIMIT %s
        """,
        (after, key_id, limit),
        binary=True,
    )
    return [Sealed(key, backed_up, BlobAt(*rest)) for key, backed_up, *rest in cursor]


def resealed(cursor: Cursor, key: int, key_id: str | None, *, backed_up: bool) -> bool:
    """Say that a blob is encrypted with this key now. False where it was copied to the second location meanwhile."""
    cursor.execute(
        "UPDATE blobs SET key_id = %s, writing_since = NULL WHERE key = %s AND (backed_up_at IS NOT NULL) = %s",
        (key_id, key, backed_up),
    )
    return cursor.rowcount == 1


def by_key(cursor: Cursor) -> list[tuple[str | None, int, int]]:
    """How many blobs are encrypted with which key, and how many bytes, before encryption."""
    cursor.execute("SELECT key_id, count(*), sum(size)::bigint FROM blobs GROUP BY key_id ORDER BY count(*) DESC")
    return [(key_id, number, size) for key_id, number, size in cursor]


def installation(cursor: Cursor) -> Installation:
    """Which installation the database belongs to."""
    cursor.execute(
        """
        SELECT id, EXISTS (SELECT FROM blobs WHERE loose_since IS NULL),
               EXISTS (SELECT FROM blobs WHERE backed_up_at IS NOT NULL)
        FROM installation
        """
    )
    return Installation(*cursor.fetchall()[0])  # the migration made the row
