"""What of full snapshots is not in the second location yet."""

from typing import NamedTuple

from holdfast.store import timers
from holdfast.store.log import Cursor
from holdfast.store.snapshots import BlobAt

__all__ = ["Behind", "Missing", "arm", "behind", "missing", "settle"]


class Missing(NamedTuple):
    """A blob that the second location lacks."""

    key: int
    blob: BlobAt


class Behind(NamedTuple):
    """How far the second location is behind."""

    waiting: int
    """Sessions with a full snapshot that is not copied yet."""
    seconds: float
    """Since when the one has been waiting that waits longest."""
    never: int
    """Sessions that no full snapshot was ever copied of, those without one included."""


def missing(cursor: Cursor, key: int) -> list[Missing]:
    """The blobs of the session's full snapshots that were not copied: the newest first, of each its own blob last."""
    cursor.execute(
        """
        WITH fulls AS (
            SELECT session_key, seq, cover, body FROM snapshots WHERE session_key = %s AND tier = 'full'
        ), needed AS (
            SELECT g.blob AS key, n.seq, g.first AS place FROM fulls n
            JOIN segments g ON g.session_key = n.session_key AND g.added <= n.cover
                           AND (g.removed IS NULL OR g.removed > n.cover)
            UNION ALL
            SELECT body, seq, 9223372036854775807 FROM fulls
        ), once AS (
            SELECT key, max(seq) AS seq, min(place) AS place FROM needed GROUP BY key
        )
        SELECT b.key, b.name, b.address, b.key_id FROM once JOIN blobs b USING (key)
        WHERE b.backed_up_at IS NULL ORDER BY once.seq DESC, once.place
        """,
        (key,),
        binary=True,
    )
    return [Missing(blob, BlobAt(*rest)) for blob, *rest in cursor]


def settle(cursor: Cursor, key: int) -> None:
    """Take the session's timer away, unless there is something left to copy by now."""
    if not missing(cursor, key):
        timers.clear(cursor, [key], timers.BACKUP)


def arm(cursor: Cursor) -> int:
    """Let every session be copied whose newest full snapshot was not; returns how many there are."""
    cursor.execute(
        """
        INSERT INTO timers (session_key, kind, due_at)
        SELECT newest.session_key, 'backup', now() FROM (
            SELECT DISTINCT ON (session_key) session_key, body FROM snapshots
            WHERE tier = 'full' ORDER BY session_key, seq DESC
        ) AS newest JOIN blobs b ON b.key = newest.body AND b.backed_up_at IS NULL
        ON CONFLICT DO NOTHING
        """
    )
    return cursor.rowcount


def behind(cursor: Cursor) -> Behind:
    """How far the second location is behind the full snapshots."""
    cursor.execute(
        """
        WITH waiting AS (
            SELECT n.session_key, min(n.created_at) AS since
            FROM timers t JOIN snapshots n ON n.session_key = t.session_key AND n.tier = 'full'
            JOIN blobs b ON b.key = n.body AND b.backed_up_at IS NULL
            WHERE t.kind = 'backup' GROUP BY n.session_key
        )
        SELECT count(*), coalesce(extract(epoch FROM now() - min(since)), 0),
               (SELECT count(*) FROM sessions s WHERE NOT EXISTS (
                    SELECT FROM snapshots n JOIN blobs b ON b.key = n.body
                    WHERE n.session_key = s.key AND b.backed_up_at IS NOT NULL))
        FROM waiting
        """
    )
    waiting, seconds, never = cursor.fetchall()[0]
    return Behind(waiting, float(seconds), never)
