"""Pruning: which snapshots go, and what goes with them."""

from collections.abc import Sequence

from holdfast.saving.tiers import Tier
from holdfast.store.log import Cursor

__all__ = ["prune", "sweep"]


def prune(cursor: Cursor, tiers: Sequence[tuple[int, Tier, int]]) -> list[int]:
    """Delete the snapshots beyond the newest so many of each session's tier, and what only they needed.

    Pinned snapshots stay, and all of a pinned session; and the newest that lies in the second location, until a newer
    one does: there must be one at any time. Returns the keys of the blobs that lost a reference. The rows of the
    sessions in `savings` must be locked.
    """
    cursor.execute(
        """
        DELETE FROM snapshots n
        USING (
            SELECT s.session_key, s.tier, s.seq
            FROM unnest(%b::bigint[], %b::text[], %b::bigint[]) AS saved (key, tier, keep),
                 LATERAL (
                    SELECT session_key, tier, seq, id, body FROM snapshots
                    WHERE session_key = saved.key AND tier = saved.tier ORDER BY seq DESC OFFSET saved.keep
                 ) AS s
            WHERE NOT EXISTS (
                SELECT FROM pins p WHERE p.session_key = s.session_key AND p.snapshot_id IN (s.id, '')
            ) AND NOT (
                EXISTS (SELECT FROM blobs b WHERE b.key = s.body AND b.backed_up_at IS NOT NULL)
                AND NOT EXISTS (
                    SELECT FROM snapshots m JOIN blobs b ON b.key = m.body
                    WHERE m.session_key = s.session_key AND m.tier = s.tier AND m.seq > s.seq
                      AND b.backed_up_at IS NOT NULL
                )
            )
        ) AS old
        WHERE n.session_key = old.session_key AND n.tier = old.tier AND n.seq = old.seq
        RETURNING n.session_key, n.body
        """,
        [list(column) for column in zip(*tiers, strict=True)],
    )
    pruned = cursor.fetchall()
    if not pruned:
        return []
    return [body for _, body in pruned if body is not None] + sweep(cursor, sorted({key for key, _ in pruned}))


def sweep(cursor: Cursor, keys: Sequence[int]) -> list[int]:
    """Delete folds and segments of these sessions that no snapshot needs; returns the keys of the segments' blobs."""
    cursor.execute(
        """
        DELETE FROM folds f USING savings v
        WHERE f.session_key = ANY(%s) AND v.session_key = f.session_key AND f.seq <> v.fold_seq
          AND NOT EXISTS (SELECT FROM snapshots n WHERE n.session_key = f.session_key AND n.fold_seq = f.seq)
        """,
        (list(keys),),
    )
    cursor.execute(
        """
        DELETE FROM segments g
        WHERE g.session_key = ANY(%s) AND g.removed IS NOT NULL AND NOT EXISTS (
            SELECT FROM snapshots n
            WHERE n.session_key = g.session_key AND n.cover >= g.added AND n.cover < g.removed
        )
        RETURNING g.blob
        """,
        (list(keys),),
    )
    return [blob for (blob,) in cursor]
