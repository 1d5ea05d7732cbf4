"""Whole: a session's log from the first event on, a page at a time, its chain followed on the way."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from holdfast.errors import LogDamaged
from holdfast.saving.segment import Line
from holdfast.store.chain import genesis, link

__all__ = ["PAGE", "Read", "whole"]

PAGE = 2000
"""Events that are in memory at once."""

Read = Callable[[int, int], Sequence[Sequence[Any]]]
"""The events after the first number, up to the second: the fields of a `Line`, and the digest."""


def whole(read: Read, tenant: str, session_id: str, upto: int) -> Iterator[tuple[Line, bytes]]:
    """The events 1 to `upto` with their digests. Raises `LogDamaged` at the first that is altered or missing."""
    digest, last = genesis(tenant, session_id), 0
    while last < upto:
        page = read(last, min(last + PAGE, upto))
        for *fields, stored in page:
            line = Line(*fields)
            if line.seq != last + 1:
                raise LogDamaged(session_id, last + 1, "is missing")
            digest, last = link(digest, line[:-1], line.data), line.seq
            if digest != stored:
                raise LogDamaged(session_id, last, "was altered after it was committed, or one before it was")
            yield line, digest
        if not page:
            raise LogDamaged(session_id, last + 1, "is missing")
