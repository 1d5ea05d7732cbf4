"""Differences between two saves, or between any two values of JSON."""

from collections.abc import Iterator
from enum import Enum
from itertools import zip_longest
from typing import Any, Final, Literal, NamedTuple

__all__ = ["MISSING", "Difference", "differences"]


class _Missing(Enum):
    MISSING = "absent"

    def __str__(self) -> str:
        return self.value

    __repr__ = __str__


MISSING: Final = _Missing.MISSING
"""What stands on the side of a difference where there is nothing, which is not the same as null."""


class Difference(NamedTuple):
    """A place where the two differ: its keys and positions from the root on, and what is there before and after."""

    path: tuple[str | int, ...]
    before: Any
    after: Any

    @property
    def kind(self) -> Literal["added", "removed", "changed"]:
        """What happened there."""
        if self.before is MISSING:
            return "added"
        return "removed" if self.after is MISSING else "changed"

    @property
    def where(self) -> str:
        """The path as text, for people: a key with a dot in it is not told from two keys."""
        return ".".join(str(part) for part in self.path)

    def as_json(self) -> dict[str, Any]:
        """The difference as a value of JSON; the side that is absent has no key."""
        sides = {"before": self.before, "after": self.after}
        return {"path": list(self.path), **{side: value for side, value in sides.items() if value is not MISSING}}


def differences(before: Any, after: Any) -> list[Difference]:
    """Every place where two values of JSON differ: of objects key by key, of lists position by position.

    A difference is as deep as it can be told. Numbers are compared as numbers; true is not 1.
    """
    return list(_walk((), before, after))


def _walk(path: tuple[str | int, ...], before: Any, after: Any) -> Iterator[Difference]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in {**before, **after}:
            yield from _walk((*path, key), before.get(key, MISSING), after.get(key, MISSING))
    elif isinstance(before, list) and isinstance(after, list):
        for position, (left, right) in enumerate(zip_longest(before, after, fillvalue=MISSING)):
            yield from _walk((*path, position), left, right)
    elif before != after or isinstance(before, bool) != isinstance(after, bool):
        yield Difference(path, before, after)
