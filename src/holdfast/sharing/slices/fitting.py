"""As much of a slice as there is room for, without its secrets."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from holdfast.errors import InvalidInput
from holdfast.recovering.history.tokens import of_bytes
from holdfast.sharing.slices.branch import Branch, branches, size_of
from holdfast.sharing.slices.dropped import Dropped, Why
from holdfast.sharing.slices.paths import Path, path_of, written
from holdfast.sharing.slices.relevance import Weights
from holdfast.sharing.slices.secrets import REDACTED, Secrets, Trail, secrets_of, unwound
from holdfast.sharing.slices.shape import Origins
from holdfast.sharing.slices.view import EVERY_PART, View

__all__ = ["Fitted", "fitted"]

_BITS = 22
"""For a unit's age, for its branch and for its place there: more than a document can have."""
_MASK = (1 << _BITS) - 1


class Fitted(NamedTuple):
    """What there is room for, and what there is not."""

    content: dict[str, Any]
    dropped: list[Dropped]
    secrets: list[Path]
    """The paths in the document of what is hidden because of its key."""


def fitted(
    content: dict[str, Any], origins: Origins, view: View, weights: Weights, *, words: list[str], around: int
) -> Fitted:
    """The most relevant of the content that the view has room for: a copy, without secrets.

    `around` is how many bytes stand around the content, its own brackets among them. Whatever is left out of lists is
    told to `origins`. Raises `InvalidInput` when what is never left out does not fit.
    """
    fit = _Fit(content, origins, view, weights)
    return fit.whole(around) or fit.chosen(words, weights, around)


@dataclass
class _Part:
    """A branch, what is kept of it, and how full it is."""

    branch: Branch
    limit: int | None
    """Bytes that it may have."""
    above: "list[_Part]"
    """The parts that it is in, the nearest first."""
    kept: dict[str | int, Any] = field(default_factory=dict)
    used: int = 1
    full: bool = False

    def lines(self) -> "Iterator[_Part]":
        """Itself, and those above."""
        yield self
        yield from self.above

    @property
    def empty(self) -> bool:
        """Nothing is kept of it or below it."""
        return self.used == 1


class _Unit(NamedTuple):
    """One that may be taken."""

    name: str | int
    value: Any
    costs: list[tuple[_Part, int]]
    """The parts that it is in, with what it takes in each: the branches that it opens included."""
    cost: int
    """In the whole."""
    trails: list[Trail]
    """To its secrets."""


class _Fit:
    def __init__(self, content: dict[str, Any], origins: Origins, view: View, weights: Weights) -> None:
        self.content = content
        self.origins = origins
        self.secrets: Secrets = secrets_of(view.secrets)
        self.trails: list[Trail] = []
        self.room = None if view.max_tokens is None else view.max_tokens * 5 // 2
        self.parts: dict[Path, _Part] = {}
        limits = {path_of("max_bytes", part): size for part, size in view.max_bytes.items() if part != EVERY_PART}
        for branch in branches(content, weights, self.secrets):
            branch.measure()
            path = branch.path
            usual = view.max_bytes.get(EVERY_PART) if path not in {(), ("knowledge",)} else None
            above = [self.parts[path[:end]] for end in range(len(path) - 1, -1, -1)]
            self.parts[path] = _Part(branch, limits.get(origins.of(path), usual), above)
        self.used = 0

    def whole(self, around: int) -> Fitted | None:
        """All of it, where there is room for all."""
        if any(part.limit is not None for part in self.parts.values()):
            return None
        if self.room is not None and around + sum(sum(part.branch.sizes) for part in self.parts.values()) > self.room:
            return None
        trails: list[Trail] = []
        content: dict[str, Any] = self.secrets.cleaned(self.content, None, trails)
        if self.room is not None and around + size_of(content) > self.room:
            return None
        return Fitted(content, [], [self.origins.of(unwound(trail)) for trail in trails])

    def chosen(self, words: list[str], weights: Weights, around: int) -> Fitted:
        """What there is room for."""
        self.keep(weights, around)
        self.take(words, weights)
        return self.done()

    def keep(self, weights: Weights, around: int) -> None:
        """Take what is never left out."""
        self.used = around
        for part in self.parts.values():
            branch = part.branch
            kept = set(branch.names) if weights.keeps(branch.path) else weights.kept_of(branch.path)
            for at, name in enumerate(branch.names) if kept else ():
                if name in kept:
                    self._take(part, self._unit(part, at))
        if self.room is not None and self.used > self.room:
            raise InvalidInput(
                "max_tokens",
                f"must be at least {of_bytes(self.used):,} for this slice, not {of_bytes(self.room):,}: its scope, its "
                "constraints, its budget and the campaign's id are never left out",
            )
        for part in self.parts.values():
            if part.limit is not None and not part.empty and part.used > part.limit:
                name = written(self.origins.of(part.branch.path))
                problem = f"must be at least {part.used:,}, not {part.limit:,}: that much of it is never left out"
                raise InvalidInput(f"max_bytes.{name}", problem)

    def take(self, words: list[str], weights: Weights) -> None:
        """Take the others, the most relevant first, until the whole has no room for one."""
        parts = list(self.parts.values())
        order = [each for number, part in enumerate(parts) for each in self._order(number, part, words, weights)]
        heapq.heapify(order)
        while order:
            place = heapq.heappop(order)
            part = parts[place >> _BITS & _MASK]
            if any(each.full for each in part.lines()):
                continue
            unit = self._unit(part, place & _MASK)
            if self.room is not None and self.used + unit.cost > self.room:
                return
            over = [each for each, cost in unit.costs if each.limit is not None and each.used + cost > each.limit]
            for each in over:
                each.full = True
            if not over:
                self._take(part, unit)

    def done(self) -> Fitted:
        """What was taken, in the order that it had; the rest by part."""
        dropped = [each for part in self.parts.values() if (each := self._dropped(part)) is not None]
        # Before the lists lose what is dropped: the trails go by the places that the items had until now.
        secrets = [self.origins.of(unwound(trail)) for trail in self.trails]
        for path, part in self.parts.items():
            if isinstance(part.branch.value, list) and len(part.kept) < len(part.branch.value):
                self.origins.left(self.origins.of(path), sorted(at for at in part.kept if isinstance(at, int)))
        return Fitted(self._made(()), dropped, secrets)

    @staticmethod
    def _order(number: int, part: _Part, words: list[str], weights: Weights) -> list[int]:
        """A whole number for each unit, the smaller the more relevant: by points, then by age, then by place."""
        branch, kept = part.branch, part.kept
        last = len(branch.names) - 1
        if len(kept) > last:
            return []
        return [
            (((((64 - points) << _BITS) | last - at) << _BITS | number) << _BITS) | at
            for at, points in enumerate(branch.points(weights, words))
            if branch.names[at] not in kept
        ]

    def _unit(self, part: _Part, at: int) -> _Unit:
        branch = part.branch
        name, cost = branch.names[at], branch.sizes[at]
        trails: list[Trail] = []
        value = self._cleaned(branch, name, trails)
        if trails:
            cost = size_of(value) + 1 + (size_of(name) + 1 if isinstance(name, str) else 0)
        costs = []
        for each in part.lines():
            costs.append((each, cost))
            cost += each.branch.opening() if each.empty else 0
        return _Unit(name, value, costs, cost, trails)

    def _cleaned(self, branch: Branch, name: str | int, trails: list[Trail]) -> Any:
        trail: Trail = None
        for step in (*branch.path, name):
            trail = (trail, step)
        if isinstance(name, str) and self.secrets.holds(name):
            trails.append(trail)
            return REDACTED
        value = branch.value[name]  # type: ignore[index]
        return self.secrets.cleaned(value, trail, trails)

    def _take(self, part: _Part, unit: _Unit) -> None:
        for each, cost in unit.costs:
            each.used += cost
        self.used += unit.cost
        part.kept[unit.name] = unit.value
        self.trails += unit.trails

    def _dropped(self, part: _Part) -> Dropped | None:
        branch, kept = part.branch, part.kept
        if len(kept) == len(branch.names):
            return None
        gone = [at for at, name in enumerate(branch.names) if name not in kept]
        names = tuple(branch.names[at] for at in gone) if isinstance(branch.value, dict) else ()
        tokens = of_bytes(sum(branch.sizes[at] for at in gone))
        why: Why = "size" if any(each.full for each in part.lines()) else "limit"
        path = written(self.origins.of(branch.path)) or "session_context"
        return Dropped(path, why, len(gone), tokens, names)

    def _made(self, path: Path) -> dict[str, Any]:
        """The kept part of an object, with the branches below it."""
        part = self.parts[path]
        made: dict[str, Any] = {}
        for name in part.branch.value:
            below = self.parts.get((*path, name))
            if name in part.kept:
                made[name] = part.kept[name]
            elif below is None or below.empty:
                continue
            elif isinstance(below.branch.value, dict):
                made[name] = self._made((*path, name))
            else:
                made[name] = [below.kept[at] for at in sorted(below.kept)]
        return made
