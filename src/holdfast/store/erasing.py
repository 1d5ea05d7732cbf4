"""Erasing: the blobs of sessions that are being forgotten, chosen one by one, whoever else refers to them."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from holdfast.store.log import Cursor

__all__ = ["Doomed", "choose", "copied", "is_written", "loosen", "release"]


class Doomed(NamedTuple):
    """A blob that is to be deleted now."""

    key: int
    name: str
    address: bytes
    backed_up: bool


def loosen(cursor: Cursor, key: int, blobs: Sequence[int]) -> None:
    """Say of blobs that a session that is being forgotten referred to them, and no longer does."""
    cursor.execute(
        "UPDATE blobs SET loose_since = coalesce(loose_since, now()), written_for = %s WHERE key = ANY(%s)",
        (key, sorted(set(blobs))),
    )


def release(cursor: Cursor, keys: Sequence[int]) -> int:
    """Leave to others what they refer to, too; returns how many blobs that are."""
    cursor.execute(
        """
        WITH mine AS (
            SELECT key FROM blobs WHERE written_for = ANY(%(keys)s) ORDER BY key FOR UPDATE
        ), used AS (
            SELECT blob AS key, session_key AS by FROM segments
            UNION ALL SELECT body, session_key FROM snapshots
        )
        UPDATE blobs b SET written_for = others.by, loose_since = NULL, doomed = false
        FROM mine, LATERAL (
            SELECT used.by FROM used WHERE used.key = mine.key AND used.by <> ALL(%(keys)s) LIMIT 1
        ) AS others
        WHERE b.key = mine.key
        """,
        {"keys": list(keys)},
    )
    return cursor.rowcount


def is_written(cursor: Cursor, keys: Sequence[int], seconds: float) -> bool:
    """Whether somebody set out less than so long ago to write a blob of these sessions, and may not be done."""
    cursor.execute(
        "SELECT EXISTS (SELECT FROM blobs WHERE written_for = ANY(%s) "
        "AND writing_since > now() - %s * interval '1 second')",
        (list(keys), seconds),
    )
    (some,) = cursor.fetchone() or (False,)
    return bool(some)


def choose(cursor: Cursor, forgetting: UUID, keys: Sequence[int], *, limit: int) -> list[Doomed]:
    """Doom blobs of these sessions, and write their addresses down. Those that were doomed before come again."""
    cursor.execute(
        """
        WITH mine AS (
            SELECT key FROM blobs WHERE written_for = ANY(%s) ORDER BY key LIMIT %s FOR UPDATE
        )
        UPDATE blobs b SET doomed = true, loose_since = coalesce(b.loose_since, now())
        FROM mine WHERE b.key = mine.key
        RETURNING b.key, b.name, b.address, b.backed_up_at IS NOT NULL
        """,
        (list(keys), limit),
        binary=True,
    )
    chosen = [Doomed(*row) for row in cursor]
    cursor.execute(
        """
        UPDATE forgettings SET blobs = blobs || ARRAY(
            SELECT DISTINCT address FROM unnest(%s::bytea[]) AS address WHERE address <> ALL(blobs)
        ) WHERE id = %s
        """,
        ([each.address for each in chosen], forgetting),
    )
    return chosen


def copied(cursor: Cursor, keys: Sequence[int]) -> int:
    """How many blobs of these sessions lie in the second location, too."""
    cursor.execute(
        """
        SELECT count(*) FROM blobs b WHERE b.backed_up_at IS NOT NULL AND (
            b.written_for = ANY(%(keys)s)
            OR EXISTS (SELECT FROM segments g WHERE g.blob = b.key AND g.session_key = ANY(%(keys)s))
            OR EXISTS (SELECT FROM snapshots n WHERE n.body = b.key AND n.session_key = ANY(%(keys)s))
        )
        """,
        {"keys": list(keys)},
    )
    (count,) = cursor.fetchone() or (0,)
    return int(count)
