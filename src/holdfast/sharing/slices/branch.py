"""Objects and lists whose parts are kept or left out one by one, and how much these take."""

from collections.abc import Iterable, Iterator
from itertools import repeat
from operator import add, contains
from typing import Any

import orjson

from holdfast.errors import InvalidInput
from holdfast.sharing.slices.paths import Path
from holdfast.sharing.slices.relevance import LARGE, MOST_EXTRA, Weights, penalty
from holdfast.sharing.slices.secrets import Secrets

__all__ = ["Branch", "branches", "json_of", "size_of"]

_MARK = orjson.Fragment(b"\n")
"""Between two units: no JSON text that orjson writes has a line's end in it, so that it tells where each begins."""


class Branch:
    """An object or a list of the slice, with its units: the facts or items that are told apart."""

    def __init__(self, path: Path, value: dict[str, Any] | list[Any]) -> None:
        self.path = path
        self.value = value
        self.names: list[Any] = []
        """Keys, or places, of the units, the oldest first."""
        self.sizes: list[int] = []
        """Bytes of each unit, with what is between it and the next."""
        self._lines: list[bytes] = []

    def opening(self) -> int:
        """Bytes of the empty branch where it stands. Its last unit has no comma, which pays for a bracket."""
        key = self.path[-1] if self.path else None
        return size_of(key) + 3 if isinstance(key, str) else 0

    def units(self) -> list[Any]:
        """Their values."""
        return [self.value[name] for name in self.names]

    def measure(self) -> None:
        """Count the bytes of each unit, in one go: a call for each would take longer than the writing."""
        parts: list[Any] = []
        if isinstance(self.value, dict):
            parts = [_MARK] * (3 * len(self.names))
            parts[0::3], parts[1::3] = self.names, self.units()
        else:
            parts = [_MARK] * (2 * len(self.names))
            parts[0::2] = self.units()
        self._lines = json_of(parts).split(b"\n")[:-1]
        # Each line has its own comma (in an object another one, for the colon) and that of the mark before.
        self.sizes = [len(line) - 1 for line in self._lines]

    def points(self, weights: Weights, words: list[str]) -> list[int]:
        """How relevant each unit is."""
        base = weights.points_of(self.path)
        points = [base] * len(self.sizes)
        if max(self.sizes, default=0) >= LARGE:
            points = [base - penalty(size) for size in self.sizes]
        if not words or not weights.counts_words(self.path):
            return points
        text = b"\n".join(self._lines).decode().lower()
        lines = text.split("\n")
        extra: Iterable[int] = repeat(0, len(lines))
        for word in words:
            if word in text:
                extra = map(add, extra, map(contains, lines, repeat(word)))
        return [each + min(more, MOST_EXTRA) for each, more in zip(points, extra, strict=True)]


def branches(value: dict[str, Any], weights: Weights, secrets: Secrets) -> Iterator[Branch]:
    """The branches of a slice, each after the one above it. What is a secret as a whole is not opened."""
    return _branches((), value, weights, secrets)


def _branches(path: Path, value: dict[str, Any] | list[Any], weights: Weights, secrets: Secrets) -> Iterator[Branch]:
    branch = Branch(path, value)
    opened: list[str] = []
    if isinstance(value, list):
        branch.names = list(range(len(value)))
    elif types := weights.opens(path):
        # An empty one has no units to tell apart, and says something: that there is none.
        opened = [name for name, each in value.items() if isinstance(each, types) and each and not secrets.holds(name)]
        branch.names = [name for name in value if name not in opened]
    else:
        branch.names = list(value)
    yield branch
    for name in opened:
        yield from _branches((*path, name), value[name], weights, secrets)  # type: ignore[call-overload]


def json_of(value: Any) -> bytes:
    """As JSON text, or `InvalidInput`."""
    try:
        return orjson.dumps(value)
    except TypeError as error:
        raise InvalidInput("document", f"is no JSON: {error.__cause__ or error}") from error


def size_of(value: Any) -> int:
    """Bytes of a value as JSON text."""
    return len(json_of(value))
