"""Forks: how far a session is saved that begins with the log of another."""

from collections.abc import Sequence

from holdfast.store.log import Cursor
from holdfast.store.savings import Covering, Fold

__all__ = ["begin", "pass_over"]


def begin(cursor: Cursor, key: int, fold: Fold, cover: Sequence[Covering]) -> None:
    """Give a session that was never saved its first fold and cover. Their blobs must have been confirmed before."""
    cursor.execute(
        "INSERT INTO folds (session_key, seq, recipe, body, digest) VALUES (%s, %s, %s, %s, %s)",
        (key, fold.seq, fold.recipe, fold.body, fold.digest),
    )
    cursor.executemany(
        "INSERT INTO segments (session_key, first, last, added, bytes, blob) VALUES (%s, %s, %s, 1, %s, %s)",
        [(key, each.piece.first, each.piece.last, each.piece.bytes, each.blob) for each in cover],
    )
    cursor.execute(
        "INSERT INTO savings (session_key, fold_seq, fold_bytes, covered, cover) VALUES (%s, %s, %s, %s, %s)",
        (key, fold.seq, fold.size, cover[-1].piece.last if cover else 0, 1 if cover else 0),
    )


def pass_over(cursor: Cursor, key: int, upto: int) -> None:
    """Let nobody learn from the events up to there: what the parent said is learned from the parent."""
    cursor.execute("UPDATE sessions SET learned = %s WHERE key = %s", (upto, key))
