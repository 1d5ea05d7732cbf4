"""What chance explains is no habit.

Each habit that is looked for is a guess that could be wrong. A guess says in which sessions the habit could have shown
itself, with what probability it would have done so by chance, and in which it did. It stands when chance alone would
show it so often with a probability of less than `ALPHA`, shared out among the three kinds of pattern and, within one,
among all the guesses that could have stood (Tarone's count: a guess that no outcome could have made stand costs the
others nothing). So of users without habits at most one in a hundred has any pattern.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from holdfast.remembering.patterns.pattern import Pattern

__all__ = ["ALPHA", "MIN_CONFIDENCE", "MIN_SUPPORT", "Guess", "at_least", "standing", "surely"]

MIN_SUPPORT = 4
"""Sessions that must show a pattern."""

MIN_CONFIDENCE = 0.5
"""What its confidence must be at least: more often than not, whatever the luck."""

ALPHA = 0.01
"""The share of users without any habit that may be said to have one."""

KINDS = 3
"""Of patterns, which share `ALPHA`."""

Z = 1.6449
"""One-sided 95 %."""


class Guess(NamedTuple):
    """A pattern that may be none. Its support, sessions and evidence are known; its confidence is `standing`'s."""

    pattern: Pattern
    chances: tuple[float, ...]
    """For each session looked at, the probability that it shows the pattern by chance. Never less than is fair."""
    ways: float = 1.0
    """How many guesses this is in truth, where it is the best one of several of which each is as likely."""

    @property
    def luck(self) -> float:
        """How likely chance is to show it as often as it was shown."""
        return min(1.0, self.ways * at_least(self.pattern.support, self.chances))

    @property
    def least_luck(self) -> float:
        """The same, had every session shown it that could."""
        able = [each for each in self.chances if each > 0]
        if len(able) < MIN_SUPPORT:
            return 1.0
        return min(1.0, self.ways * math.exp(sum(map(math.log, able))))


def at_least(shown: int, chances: Sequence[float]) -> float:
    """The probability that of independent events with these chances so many happen, or more."""
    if shown <= 0:
        return 1.0
    # The probability of each number of them, of those numbers that are still too few.
    few = [1.0] + [0.0] * (shown - 1)
    enough = 0.0
    for chance in chances:
        enough += few[-1] * chance
        for number in range(shown - 1, 0, -1):
            few[number] += chance * (few[number - 1] - few[number])
        few[0] *= 1 - chance
    return min(1.0, enough)


def surely(shown: int, of: int) -> float:
    """The least share that so many of so many bear: the lower end of the Wilson interval."""
    if not of:
        return 0.0
    share, spread = shown / of, Z * Z / of
    middle, half = share + spread / 2, Z * math.sqrt(share * (1 - share) / of + spread / of / 4)
    return max(0.0, (middle - half) / (1 + spread))


def standing(guesses: Sequence[Guess]) -> Iterator[Guess]:
    """Those of one kind that chance does not explain, and that are often and sure enough."""
    limit = ALPHA / KINDS
    least = sorted(guess.least_luck for guess in guesses)
    tried = next((n for n in range(1, len(least) + 1) if n == len(least) or least[n] > limit / n), 1)
    for guess in guesses:
        often = guess.pattern.support >= MIN_SUPPORT
        if often and guess.pattern.confidence >= MIN_CONFIDENCE and guess.luck <= limit / tried:
            yield guess
