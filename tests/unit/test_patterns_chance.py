"""What chance explains: the figures behind every pattern."""

from itertools import product
from math import comb, prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.remembering.patterns.chance import Guess, at_least, standing, surely
from holdfast.remembering.patterns.pattern import Pattern
from strategies import patient

chances = st.lists(st.floats(0, 1), max_size=8)


def guess(shown: int, of: int, chance: float) -> Guess:
    return Guess(Pattern("timing", "x", "x", shown, of, surely(shown, of), None, ()), (chance,) * of)


@patient
@given(chances, st.integers(0, 9))
def test_the_chance_of_so_many_is_the_sum_over_all_ways(each: list[float], shown: int) -> None:
    ways = (
        prod(chance if happens else 1 - chance for chance, happens in zip(each, way, strict=True))
        for way in product([True, False], repeat=len(each))
        if sum(way) >= shown
    )
    assert at_least(shown, each) == pytest.approx(sum(ways), abs=1e-12)


def test_of_equal_chances_it_is_the_binomial() -> None:
    expected = sum(comb(40, k) * 0.3**k * 0.7 ** (40 - k) for k in range(20, 41))
    assert at_least(20, [0.3] * 40) == pytest.approx(expected)


@patient
@given(st.integers(0, 500), st.integers(0, 500))
def test_confidence_is_below_the_share_and_grows_with_what_was_seen(shown: int, more: int) -> None:
    of = shown + more
    sure = surely(shown, of)
    assert 0 <= sure <= (shown / of if of else 0)
    assert sure <= surely(shown + 1, of + 1)
    assert surely(shown, of + 1) <= sure or not of
    assert surely(2 * shown, 2 * of) >= sure


def test_confidence_is_what_the_docstring_says() -> None:
    assert surely(4, 4) == pytest.approx(4 / (4 + 1.6449**2))
    assert surely(9, 10) == pytest.approx(0.6526, abs=1e-3)


def test_a_guess_that_cannot_stand_costs_the_others_nothing() -> None:
    good, hopeless = guess(8, 8, 0.4), guess(4, 4, 0.5)
    assert list(standing([good])) == [good]
    assert list(standing([good, *[hopeless] * 50])) == [good]
    assert list(standing([good, *[guess(1, 8, 0.4)] * 50])) == []


def test_nothing_stands_on_three_sessions_or_on_less_than_half() -> None:
    assert list(standing([guess(3, 3, 0.001)])) == []
    assert list(standing([guess(4, 4, 0.001)])) != []
    assert list(standing([guess(12, 24, 0.001)])) == []
    assert list(standing([])) == []
