"""Proof: events along the hash chain. What does not link is never passed on."""

from collections.abc import Iterable, Iterator
from typing import Any

from holdfast.errors import LogDamaged
from holdfast.saving.segment import Line
from holdfast.store.chain import link

__all__ = ["proven"]


def proven(
    session_id: str, rows: Iterable[tuple[Any, ...]], *, after: int, digest: bytes, upto: int, head: bytes
) -> Iterator[tuple[Line, bytes]]:
    """The rows as events, each with its digest, as long as they link: from the one behind `digest` to `head` at `upto`.

    Raises `LogDamaged` naming the first that is altered or missing; all before it were passed on, and are good.
    """
    expected = after + 1
    for row in rows:
        line = Line._make(row[:-1])
        if line.seq != expected:
            break
        digest = link(digest, line[:-1], line.data)
        if digest != row[-1]:
            raise LogDamaged(session_id, line.seq, "was altered after it was committed, or one before it was")
        yield line, digest
        expected += 1
    if expected <= upto:
        raise LogDamaged(session_id, expected, "is missing")
    if digest != head:
        raise LogDamaged(session_id, upto, "does not match the session's head: the head or the log was altered")
