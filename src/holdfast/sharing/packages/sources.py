"""A package, and which events its values rest on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from holdfast.sharing.slices import REDACTED, Dropped
from holdfast.sharing.slices.paths import Path, below

__all__ = ["Package", "Sources", "traced"]

Sources = Mapping[str, Sequence[str]]
"""Ids of events by the path whose value they tell, written as `written` does: `session_context.budget`,
`knowledge.product.features`, `artifacts[2]`. A path stands for all that is below it, but for what has its own."""


@dataclass(frozen=True)
class Package:
    """What is handed over, and what it rests on. Every value is in one of the two, but for those that are hidden."""

    content: dict[str, Any]
    """In exactly the layout of the protocol."""
    rests_on: dict[str, tuple[str, ...]]
    """Ids of events, by paths of the content: of a value, or of the object or list whose values they all tell."""
    unsourced: tuple[str, ...]
    """Paths of the values of which no event is known."""
    dropped: tuple[Dropped, ...] = ()
    """What the receiver might have seen, and was left out or hidden."""


class Trace(NamedTuple):
    """Where the values of a package are from."""

    rests_on: dict[str, tuple[str, ...]]
    unsourced: tuple[str, ...]


def traced(content: dict[str, Any], origin: Callable[[Path], Path], sources: Sources) -> Trace:
    """For each value of the content, the events that `sources` names for the path `origin` of it."""
    rests_on: dict[str, tuple[str, ...]] = {}
    unsourced: list[str] = []
    known = _Known(sources)
    for path in _values(content, ()):
        there = origin(path)
        depth = known.depth(there)
        if not depth:
            unsourced.append(known.text(path))
            continue
        # As far above the value here as the source is there, where both end alike: values of one source are one line.
        above = len(there) - depth
        here = path[: len(path) - above] if above < min(_alike(path, there), len(path)) else path
        rests_on.setdefault(known.text(here), tuple(sources[known.text(there[:depth])]))
    return Trace(rests_on, tuple(unsourced))


class _Known:
    """Sources by path. What was found of a path serves all that is below it."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._texts: dict[Path, str] = {(): ""}
        self._depths: dict[Path, int] = {(): 0}

    def text(self, path: Path) -> str:
        if path not in self._texts:
            self._texts[path] = below(self.text(path[:-1]), path[-1])
        return self._texts[path]

    def depth(self, path: Path) -> int:
        """Steps of the longest path from the top to there that has a source; 0 when none has."""
        if path not in self._depths:
            self._depths[path] = len(path) if self.text(path) in self._sources else self.depth(path[:-1])
        return self._depths[path]


def _alike(path: Path, there: Path) -> int:
    """How many steps at the end are the same in both."""
    steps = enumerate(zip(reversed(path), reversed(there), strict=False))
    # A list that lost items has the others at other places.
    return next(
        (
            many
            for many, (one, other) in steps
            if one != other and not (isinstance(one, int) and isinstance(other, int))
        ),
        min(len(path), len(there)),
    )


def _values(value: Any, path: Path) -> Iterator[Path]:
    """The paths of the values that have no parts, and are not hidden."""
    if isinstance(value, dict) and (value or not path):
        for key, each in value.items():
            yield from _values(each, (*path, key))
    elif isinstance(value, list) and value:
        for at, each in enumerate(value):
            yield from _values(each, (*path, at))
    elif value != REDACTED:
        yield path
