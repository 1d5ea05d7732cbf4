"""The cover: which segments hold a session's log, and when small ones become larger ones.

    1───────────────128 129──────────────256 257─────270 271──280        a cover of 280 events
    └──── sealed ─────┘ └───── sealed ─────┘ └────── the tail ──┘

New events become a piece of their own at the tail, so that saving costs what is new. When the tail has grown to a
full piece's size, or to many pieces, it is written anew as a whole; and eight sealed neighbours of one size become one,
where that is a small part of the log. So an event is written a few times in its life, however long the log gets, its
stored form compresses well, and a cover stays short: some hundred pieces at most for the first million events.

A full snapshot that is kept holds on to the pieces of its time. So that it shares them with those that come later, the
tail is sealed when one is taken, unless it is too short to compress well by itself.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

__all__ = ["Piece", "cut", "merge", "rewrite_from"]

FULL_EVENTS = 128
FULL_BYTES = 256 * 1024
"""What a tail is sealed at. gzip looks back 32 KiB; what is much larger compresses hardly better."""

SEALED_EVENTS = 32
SEALED_BYTES = 64 * 1024
"""A piece of this size or more is sealed: it is not written again with the tail."""

MAX_TAIL = 8
"""Pieces of a tail."""

FAN = 8
"""Sealed pieces that become one."""

MAX_BYTES = 4 * 1024 * 1024
"""The size of a piece beyond which nothing is merged: it has to fit into a worker's memory, many times."""

SHARE = 16
"""A merged piece is at most this part of its log: snapshots that are kept hold on to what it replaces."""


class Piece(NamedTuple):
    """A range of events, both ends included, and the bytes of their data."""

    first: int
    last: int
    bytes: int

    @property
    def events(self) -> int:
        """How many."""
        return self.last - self.first + 1


def rewrite_from(cover: Sequence[Piece], new: Piece, *, seal: bool = False) -> int:
    """Where writing has to begin so that the cover includes `new`: at its start, or at that of the tail.

    `seal`: a full snapshot is being taken.
    """
    tail: list[Piece] = []
    for piece in reversed(cover):
        if _level(piece) >= 0:
            break
        tail.append(piece)
    together = Piece(tail[-1].first if tail else new.first, new.last, sum(piece.bytes for piece in tail) + new.bytes)
    full = together.events >= FULL_EVENTS or together.bytes >= FULL_BYTES or len(tail) >= MAX_TAIL
    # A small piece between sealed ones would keep them apart for ever: what is sealed takes the tail in.
    sealed = _level(together) >= 0 and (seal or _level(new) >= 0)
    return together.first if full or sealed else new.first


def cut(first: int, sizes: Sequence[int], upto: int) -> list[Piece]:
    """Pieces for events with these sizes, the first of which is `first`, in a log of `upto` events."""
    pieces = []
    start = 0
    while start < len(sizes):
        limit = _block(len(sizes) - start, upto)
        end, weight = start, 0
        while end < len(sizes) and end - start < limit and weight < FULL_BYTES * limit // FULL_EVENTS:
            weight += sizes[end]
            end += 1
        pieces.append(Piece(first + start, first + end - 1, weight))
        start = end
    return pieces


def merge(cover: Sequence[Piece], upto: int) -> Piece | None:
    """The piece that should take the place of several sealed neighbours; None where there are no such."""
    for level, run in groupby(cover, _level):
        pieces = list(run)[:FAN]
        merged = Piece(pieces[0].first, pieces[-1].last, sum(piece.bytes for piece in pieces))
        if level >= 0 and len(pieces) == FAN and merged.bytes <= MAX_BYTES and merged.events * SHARE <= upto:
            return merged
    return None


def _level(piece: Piece) -> int:
    """-1 for a piece of the tail; 0, 1, 2 … for sealed ones, each level of pieces `FAN` times as large."""
    weight = max(piece.events // SEALED_EVENTS, piece.bytes // SEALED_BYTES)
    level = -1
    while weight:
        weight //= FAN
        level += 1
    return level


def _block(waiting: int, upto: int) -> int:
    """How many events a new piece may have: what merging would make of them anyway is made at once."""
    block = FULL_EVENTS
    while block * FAN <= waiting and block * FAN * SHARE <= upto:
        block *= FAN
    return block
