"""Expiry: the timers of sessions that rest or have ended, and rows whose time is over."""

from holdfast.remembering.expiry import NEVER, Expiry
from holdfast.store.log import Cursor

__all__ = ["arm", "expire_dead_letters", "expire_marks", "expire_tokens"]


def arm(cursor: Cursor, expiry: Expiry, *, after: int, limit: int) -> tuple[int, int]:
    """Set the timers that sessions lack which rest or have ended, of the next `limit` whose key is above `after`.

    Returns the last key that was looked at, 0 at the end, and how many timers were set. What is overdue is due at once.
    """
    kinds = [(kind, _or_none(expire), _or_none(archive)) for kind, (expire, archive) in expiry.kinds.items()]
    cursor.execute(
        """
        WITH ending AS (
            SELECT s.*, CASE WHEN s.status IN ('closed', 'expired') THEN 'archive' ELSE 'expire' END AS needs
            FROM (
                SELECT key, kind, status, expires_at, expires_after, last_activity_at, closed_at, archived_at, seq
                FROM sessions WHERE key > %(after)s ORDER BY key LIMIT %(limit)s
            ) s
        ), lacking AS (
            SELECT e.*, k.kind IS NOT NULL AS own, k.expire, k.archive FROM ending e
            LEFT JOIN unnest(%(kinds)s::text[], %(expires)s::float8[], %(archives)s::float8[])
                AS k (kind, expire, archive) ON k.kind = e.kind
            WHERE e.seq > 0 AND e.archived_at IS NULL AND e.status <> 'active'
              AND NOT EXISTS (SELECT FROM timers t WHERE t.session_key = e.key AND t.kind = e.needs)
        ), due AS (
            SELECT key, needs, CASE WHEN needs = 'archive'
                THEN coalesce(closed_at, last_activity_at)
                     + CASE WHEN own THEN archive ELSE %(archive)s::float8 END * interval '1 second'
                ELSE least(expires_at, last_activity_at
                     + coalesce(expires_after, CASE WHEN own THEN expire ELSE %(expire)s::float8 END)
                     * interval '1 second')
            END AS due_at FROM lacking
        ), armed AS (
            INSERT INTO timers (session_key, kind, due_at)
            SELECT key, needs, greatest(due_at, now()) FROM due WHERE due_at IS NOT NULL ORDER BY key
            ON CONFLICT DO NOTHING RETURNING 1
        )
        SELECT coalesce((SELECT max(key) FROM ending), 0), (SELECT count(*) FROM armed)
        """,
        {
            "after": after,
            "limit": limit,
            "kinds": [kind for kind, _, _ in kinds],
            "expires": [expire for _, expire, _ in kinds],
            "archives": [archive for _, _, archive in kinds],
            "expire": _or_none(expiry.expire_after),
            "archive": _or_none(expiry.archive_after),
        },
    )
    looked, armed = cursor.fetchall()[0]
    return int(looked), int(armed)


def expire_dead_letters(cursor: Cursor, seconds: float, limit: int) -> int:
    """Delete dead letters that are older than that, at most `limit`; returns how many."""
    cursor.execute(
        """
        DELETE FROM dead_letters WHERE key IN (
            SELECT key FROM dead_letters WHERE created_at < now() - %s * interval '1 second'
            ORDER BY created_at LIMIT %s FOR UPDATE SKIP LOCKED
        )
        """,
        (seconds, limit),
    )
    return cursor.rowcount


def expire_tokens(cursor: Cursor, seconds: float, limit: int) -> int:
    """Delete tokens that have opened nothing for so long, at most `limit`; returns how many."""
    cursor.execute(
        """
        DELETE FROM tokens WHERE hash IN (
            SELECT hash FROM tokens WHERE least(expires_at, revoked_at) < now() - %s * interval '1 second'
            ORDER BY least(expires_at, revoked_at) LIMIT %s FOR UPDATE SKIP LOCKED
        )
        """,
        (seconds, limit),
    )
    return cursor.rowcount


def expire_marks(cursor: Cursor, seconds: float, limit: int) -> int:
    """Delete marks for inspection that were seen to so long ago, at most `limit`; returns how many."""
    cursor.execute(
        """
        DELETE FROM inspections WHERE ctid IN (
            SELECT ctid FROM inspections WHERE done_at < now() - %s * interval '1 second'
            ORDER BY done_at LIMIT %s FOR UPDATE SKIP LOCKED
        )
        """,
        (seconds, limit),
    )
    return cursor.rowcount


def _or_none(seconds: float) -> float | None:
    return None if seconds == NEVER else seconds
