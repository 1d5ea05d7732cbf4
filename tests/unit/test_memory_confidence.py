"""How sure one may be: the rule that `remembering/memory/confidence.py` states, as laws."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.remembering.memory import KINDS, SOURCES, Evidence
from holdfast.remembering.memory.confidence import BEARS, CEILINGS, best_source, confidence
from holdfast.remembering.memory.lasting import HALF_LIVES, LIFETIMES, end_of, faded
from remembered import AT, evidence, piece, pieces

LITTLE = 1e-9
"""What floating point may differ by where a law says "no less"."""


@given(pieces(), pieces(), evidence())
def test_agreeing_evidence_never_lowers_it(agreeing: list[Evidence], against: list[Evidence], more: Evidence) -> None:
    assert confidence([*agreeing, more], against) >= confidence(agreeing, against) - LITTLE


@given(pieces(), pieces(), evidence())
def test_contradicting_evidence_never_raises_it(
    agreeing: list[Evidence], against: list[Evidence], more: Evidence
) -> None:
    assert confidence(agreeing, [*against, more]) <= confidence(agreeing, against) + LITTLE


@given(pieces().filter(bool), pieces())
def test_it_is_never_above_what_its_best_source_bears(agreeing: list[Evidence], against: list[Evidence]) -> None:
    sure = confidence(agreeing, against)
    assert 0 <= sure <= CEILINGS[best_source(agreeing)]


@given(pieces(), pieces(), st.randoms(use_true_random=False))
def test_neither_order_nor_repeats_count(agreeing: list[Evidence], against: list[Evidence], random: Random) -> None:
    sure = confidence(agreeing, against)
    agreeing, against = agreeing * 2, against * 3
    random.shuffle(agreeing)
    random.shuffle(against)
    assert confidence(agreeing, against) == sure


@given(st.floats(0, 1), st.sampled_from(KINDS), st.booleans(), st.integers(0, 4000), st.integers(0, 4000))
def test_time_only_lowers_it(sure: float, kind: str, temporary: bool, some: int, more: int) -> None:  # noqa: FBT001
    def after(days: int) -> float:
        return faded(sure, kind, AT, AT + timedelta(days=days), temporary=temporary)  # type: ignore[arg-type]

    assert after(0) == sure
    assert after(some + more) <= after(some) <= sure
    assert faded(sure, kind, AT, AT - timedelta(days=1)) == sure  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_half_is_left_after_a_half_life_and_it_ends_later(kind: str) -> None:
    now = AT + HALF_LIVES[kind]  # type: ignore[index]
    assert faded(0.8, kind, AT, now) == pytest.approx(0.4)  # type: ignore[arg-type]
    assert end_of(kind, AT) == AT + LIFETIMES[kind] > now  # type: ignore[arg-type, index]
    assert end_of(kind, AT, temporary=True) < end_of(kind, AT)  # type: ignore[arg-type]


def test_the_numbers_are_those_that_the_rule_tells() -> None:
    assert confidence([piece()]) == pytest.approx(0.9)
    assert confidence([piece(strength=0.6)]) == pytest.approx(0.54)
    chosen = [piece(days=day, source="inferred", strength=0.3) for day in range(20)]
    assert confidence(chosen[:1]) == pytest.approx(0.18)
    assert confidence(chosen[:5]) == pytest.approx(0.63, abs=0.005)
    assert confidence(chosen) == CEILINGS["inferred"]
    assert sorted(BEARS.values(), reverse=True) == [BEARS[source] for source in SOURCES]
    assert sorted(CEILINGS.values(), reverse=True) == [CEILINGS[source] for source in SOURCES]
    assert confidence([piece(days=day) for day in range(9)]) == CEILINGS["user"]


def test_saying_it_ten_times_in_a_row_is_hardly_more_than_twice() -> None:
    said = [piece(session_id="s", seq=seq, source="agent", strength=0.3) for seq in range(1, 11)]
    once, twice, often = (confidence(said[:count]) for count in (1, 2, 10))
    assert once < twice < often < twice + 0.1
    elsewhere = [piece(days=day, source="agent", strength=0.3) for day in range(10)]
    assert confidence(elsewhere) > often + 0.2


def test_a_word_of_the_user_is_undone_by_a_later_word_of_the_user_alone() -> None:
    stated, refused, restated = piece(days=1), piece(days=2, stance="against"), piece(days=3)
    inferred = piece(days=3, source="inferred")
    assert confidence([stated], [refused]) == pytest.approx(0.09)
    assert confidence([stated, inferred], [refused]) < 0.1
    assert confidence([stated, restated], [refused]) == CEILINGS["user"]
    assert confidence([refused], [stated]) == pytest.approx(0.9), "what was said before is no contradiction"
    weaker = piece(days=2, source="inferred", stance="against")
    assert 0.5 < confidence([stated], [weaker]) < 0.6


def test_nothing_that_agrees_is_nothing() -> None:
    assert confidence([]) == confidence([], [piece()]) == 0
