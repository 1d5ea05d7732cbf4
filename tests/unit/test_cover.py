"""The cover of a log by segments: whole after any growth, short, and written few times."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.saving.cover import (
    MAX_BYTES,
    MAX_TAIL,
    SEALED_BYTES,
    SEALED_EVENTS,
    SHARE,
    Piece,
    cut,
    merge,
    rewrite_from,
)
from strategies import patient

KIB = 1024

MAX_WRITTEN = 12
"""How often an event is written, in logs as long as those here: in the tail, sealed, and once for each merger."""


class Growing:
    """A log that grows, and its cover, as a save brings it up to date."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.cover: list[Piece] = []
        self.written: Counter[int] = Counter()
        self.merged: list[tuple[Piece, int]] = []

    def grow(self, sizes: list[int], *, full: bool = False) -> None:
        first = len(self.sizes) + 1
        self.sizes += sizes
        upto = len(self.sizes)
        begin = rewrite_from(self.cover, Piece(first, upto, sum(sizes)), seal=full)
        assert begin == first or begin in {piece.first for piece in self.cover}
        fresh = cut(begin, self.sizes[begin - 1 :], upto)
        self.cover = [piece for piece in self.cover if piece.first < begin] + fresh
        merged = merge(self.cover, upto)
        if merged:
            inside = [piece for piece in self.cover if merged.first <= piece.first <= merged.last]
            assert (inside[0].first, inside[-1].last) == merged[:2]
            self.cover = sorted([*(piece for piece in self.cover if piece not in inside), merged])
            self.merged.append((merged, upto))
        written = [*(piece for piece in fresh if piece in self.cover), *([merged] if merged else [])]
        for piece in written:
            self.written.update(range(piece.first, piece.last + 1))

    def check(self) -> None:
        assert self.cover[0].first == 1
        assert self.cover[-1].last == len(self.sizes)
        for before, after in pairwise(self.cover):
            assert after.first == before.last + 1
        for piece in self.cover:
            assert piece.first <= piece.last
            assert piece.bytes == sum(self.sizes[piece.first - 1 : piece.last])


sizes = st.one_of(
    st.lists(st.integers(1, 500), min_size=1, max_size=40),
    st.lists(st.integers(1, 256 * KIB), min_size=1, max_size=12),
    # So many that larger pieces are cut at once, of the same size and of sizes that fill a piece with few events.
    st.builds(lambda size, number: [size] * number, st.sampled_from([2, 200, 64 * KIB]), st.integers(1, 3000)),
)


@settings(patient, max_examples=150)
@given(st.lists(st.tuples(sizes, st.booleans()), min_size=1, max_size=30))
def test_after_any_growth_the_cover_is_whole(growths: list[tuple[list[int], bool]]) -> None:
    log = Growing()
    for growth, full in growths:
        log.grow(growth, full=full)
        log.check()
    for piece, upto in log.merged:
        assert piece.events * SHARE <= upto, "what replaces kept pieces is a small part of the log"
        assert piece.bytes <= MAX_BYTES
    small = [piece for piece in log.cover if piece.events < SEALED_EVENTS and piece.bytes < SEALED_BYTES]
    assert log.cover[len(log.cover) - len(small) :] == small, "what is not sealed is at the tail"
    assert len(small) <= MAX_TAIL
    assert max(log.written.values()) <= MAX_WRITTEN


@pytest.mark.parametrize("full", [False, True])
def test_a_long_log_saved_often_has_a_short_cover_and_is_written_a_few_times(*, full: bool) -> None:
    log = Growing()
    for _ in range(8000):
        log.grow([300] * 5, full=full)
    log.check()
    assert len(log.cover) <= 200
    assert max(log.written.values()) <= MAX_WRITTEN
    assert log.written.total() / len(log.sizes) <= 8


@pytest.mark.parametrize("growth", [1, 50, 5000])
def test_what_a_save_writes_follows_what_is_new(growth: int) -> None:
    log = Growing()
    for _ in range(60_000 // max(growth, 20)):
        log.grow([200] * growth)
    before = log.written.total()
    rounds = 64
    for _ in range(rounds):
        log.grow([200] * growth)
    assert (log.written.total() - before) / (rounds * growth) <= 10


def test_merging_in_the_middle_of_what_is_new() -> None:
    """Large events first fill large pieces, which are too heavy to merge, and then small ones that are not."""
    log = Growing()
    log.grow([10] * 20_000)
    log.grow([64 * KIB] * 1200)
    log.check()
    assert log.merged
