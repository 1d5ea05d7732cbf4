"""Snapshots: reading their rows, and what they consist of."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from holdfast.saving.cover import Piece
from holdfast.saving.snapshot import Snapshot, SnapshotRow
from holdfast.store.log import Cursor

__all__ = [
    "BlobAt",
    "Kept",
    "KeptFold",
    "Pin",
    "digest_at",
    "folds",
    "hold_still",
    "kept",
    "pin",
    "pins",
    "segments",
    "seq_at",
    "unpin",
]


class BlobAt(NamedTuple):
    """A blob that something refers to."""

    name: str
    address: bytes
    key_id: str | None


class Kept(NamedTuple):
    """A snapshot that is kept: its row, the digest that came with it, and where its body lies."""

    row: SnapshotRow
    digest: bytes
    body: BlobAt | None
    pinned: bool
    backed_up_at: datetime | None

    @property
    def public(self) -> Snapshot:
        """The snapshot as users see it."""
        row = self.row
        return Snapshot(row.id, row.tier, row.seq, row.reason, row.created_at, self.pinned, self.backed_up_at)


class KeptFold(NamedTuple):
    """A fold that is kept."""

    seq: int
    recipe: int
    body: bytes
    digest: bytes


class Pin(NamedTuple):
    """What is kept for ever."""

    point: str | None
    """The recovery point; None for all of the session's."""
    note: str | None
    created_at: datetime


def kept(cursor: Cursor, key: int, point: str | None = None) -> list[Kept]:
    """A session's snapshots, the newest first; with `point`, the one of that id."""
    cursor.execute(
        """
        SELECT n.tier, n.seq, n.id, n.reason, n.log_digest, n.fold_seq, n.cover, b.address, n.created_at, n.digest,
               b.name, b.key_id, b.backed_up_at,
               EXISTS (SELECT FROM pins p WHERE p.session_key = n.session_key AND p.snapshot_id IN (n.id, ''))
        FROM snapshots n LEFT JOIN blobs b ON b.key = n.body
        WHERE n.session_key = %s AND (%s::text IS NULL OR n.id = %s)
        ORDER BY n.seq DESC, n.created_at DESC, n.tier
        """,
        (key, point, point),
        binary=True,
    )
    return [
        Kept(
            SnapshotRow(*row),
            digest,
            None if name is None else BlobAt(name, row[7], key_id),
            pinned,
            backed_up_at,
        )
        for *row, digest, name, key_id, backed_up_at, pinned in cursor
    ]


def folds(cursor: Cursor, key: int, *, upto: int) -> Iterator[KeptFold]:
    """A session's folds at this event or before, the newest first, read one by one: the first is nearly always good."""
    while True:
        cursor.execute(
            """
            SELECT seq, recipe, body, digest FROM folds WHERE session_key = %s AND seq <= %s ORDER BY seq DESC LIMIT 1
            """,
            (key, upto),
            binary=True,
        )
        found = cursor.fetchone()
        if found is None:
            return
        yield KeptFold(*found)
        upto = found[0] - 1


def segments(cursor: Cursor, key: int, version: int | None, *, upto: int) -> list[tuple[Piece, int, BlobAt]]:
    """The segments with a session's events up to this one, in order: the range, since which version, and the blob.

    Of one version of its cover, or of the cover as it is now, whose last segment may go further.
    """
    cursor.execute(
        """
        SELECT g.first, g.last, g.bytes, g.added, b.name, b.address, b.key_id
        FROM segments g JOIN blobs b ON b.key = g.blob
        WHERE g.session_key = %s AND g.first <= %s
          AND CASE WHEN %s::bigint IS NULL THEN g.removed IS NULL
                   ELSE g.added <= %s AND (g.removed IS NULL OR g.removed > %s) END
        ORDER BY g.first
        """,
        (key, upto, version, version, version),
        binary=True,
    )
    return [
        (Piece(first, last, size), added, BlobAt(name, address, key_id))
        for first, last, size, added, name, address, key_id in cursor
    ]


def seq_at(cursor: Cursor, key: int, at: datetime) -> int:
    """The newest event that was recorded by then; 0 where none was."""
    cursor.execute(
        "SELECT seq FROM events WHERE session_key = %s AND recorded_at <= %s ORDER BY seq DESC LIMIT 1", (key, at)
    )
    found = cursor.fetchone()
    return 0 if found is None else int(found[0])


def digest_at(cursor: Cursor, key: int, seq: int) -> bytes | None:
    """The digest of an event; None where the log does not have it. Of an archived session the head's is known."""
    cursor.execute(
        """
        SELECT digest FROM events WHERE session_key = %(key)s AND seq = %(seq)s
        UNION ALL
        SELECT digest FROM sessions WHERE key = %(key)s AND seq = %(seq)s AND archived_at IS NOT NULL
        """,
        {"key": key, "seq": seq},
        binary=True,
    )
    found = cursor.fetchone()
    return None if found is None else bytes(found[0])


def hold_still(cursor: Cursor, key: int) -> None:
    """Let no save of the session be committed, and so nothing be pruned, until the transaction ends."""
    cursor.execute("SELECT FROM savings WHERE session_key = %s FOR UPDATE", (key,))


def pin(cursor: Cursor, key: int, point: str, note: str | None) -> None:
    """Keep a snapshot for ever, or with an empty `point` all of a session's. Once is enough; the last note counts."""
    cursor.execute(
        """
        INSERT INTO pins (session_key, snapshot_id, note) VALUES (%s, %s, %s)
        ON CONFLICT (session_key, snapshot_id) DO UPDATE SET note = EXCLUDED.note
        """,
        (key, point, note),
    )


def pins(cursor: Cursor, key: int) -> list[Pin]:
    """What is pinned of a session, the oldest first."""
    cursor.execute(
        "SELECT nullif(snapshot_id, ''), note, created_at FROM pins WHERE session_key = %s ORDER BY created_at",
        (key,),
    )
    return [Pin(*row) for row in cursor]


def unpin(cursor: Cursor, key: int, point: str) -> bool:
    """Let go of what was pinned. False where nothing was."""
    cursor.execute("DELETE FROM pins WHERE session_key = %s AND snapshot_id = %s", (key, point))
    return cursor.rowcount > 0
