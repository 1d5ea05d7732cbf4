"""What a view lets through of a document."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from holdfast.sharing.slices.paths import REMEMBERED, Path, Paths, compiled
from holdfast.sharing.slices.secrets import LEAVES, REDACTED, Trail, unwound
from holdfast.sharing.slices.view import View

__all__ = ["Visible", "visible"]

_ABSENT: Any = object()

Verdict = Literal["absent", "hidden", "taken", "entered"]


class Visible(NamedTuple):
    """The visible part of a document. Parts that the view takes whole are the document's own: not to be changed."""

    tree: dict[str, Any]
    places: dict[Path, tuple[int, ...]]
    """Of each list that lost items, by its path in the document: the places there of those that are left."""
    redacted: list[Path]
    """The paths in the document of what is hidden. Secrets, which go by their keys, are not yet."""


def visible(document: Mapping[str, Any], view: View) -> Visible:
    """What the view includes of the document, without what it excludes, and with what it redacts hidden."""
    sieve = _Sieve()
    tree = sieve.sift(dict(document), None, _top(view.include, view.exclude, view.redact))
    return Visible({} if tree is _ABSENT else tree, sieve.places, sieve.redacted)


class _Sight:
    """What a view says of a place in the document. There are few, however large the document is."""

    __slots__ = ("_known", "_paths", "leaf", "next", "verdict", "whole")

    def __init__(self, paths: "_Looks", known: "dict[_Looks, _Sight]", *, top: bool = False) -> None:
        self._paths = paths
        self._known = known
        self.next: dict[str | int, _Sight] = {}
        self.whole = paths.whole
        self.verdict: Verdict = "entered" if top else paths.verdict()
        self.leaf = self.verdict == "taken" or (self.verdict == "entered" and self.whole)
        """A value without parts is seen here."""

    def step(self, step: str | int) -> "_Sight":
        paths = self._paths.step(step)
        if len(self.next) >= REMEMBERED:
            self.next.clear()
        found = self._known.get(paths)
        if found is None:
            found = self._known[paths] = _Sight(paths, self._known)
        self.next[step] = found
        return found


class _Looks(NamedTuple):
    include: Paths
    exclude: Paths
    redact: Paths
    whole: bool
    """This or something above is included."""
    hidden: bool
    """This or something above is to be redacted."""

    def step(self, step: str | int) -> "_Looks":
        include, exclude, redact = (each.step(step) for each in self[:3])
        return _Looks(include, exclude, redact, self.whole or include.accepts, self.hidden or redact.accepts)

    def verdict(self) -> Verdict:
        if self.exclude.accepts or not (self.whole or self.include.live):
            return "absent"
        if self.whole and self.hidden:
            return "hidden"
        return "taken" if self.whole and not self.exclude.live and not self.redact.live else "entered"


@lru_cache(maxsize=256)
def _top(include: tuple[str, ...], exclude: tuple[str, ...], redact: tuple[str, ...]) -> _Sight:
    looks = _Looks(compiled(include), compiled(exclude), compiled(redact), whole=False, hidden=False)
    whole, hidden = looks.include.accepts, looks.redact.accepts
    return _Sight(looks._replace(whole=whole, hidden=hidden), {}, top=True)


class _Sieve:
    def __init__(self) -> None:
        self.places: dict[Path, tuple[int, ...]] = {}
        self.redacted: list[Path] = []

    def sift(self, value: Any, trail: Trail, sight: _Sight) -> Any:
        verdict = sight.verdict
        if verdict == "entered":
            if isinstance(value, dict) and value:
                return self._object(value, trail, sight)
            if isinstance(value, list) and value:
                return self._list(value, trail, sight)
            return value if sight.whole else _ABSENT
        if verdict == "hidden":
            self.redacted.append(unwound(trail))
            return REDACTED
        return value if verdict == "taken" else _ABSENT

    def _object(self, value: dict[str, Any], trail: Trail, sight: _Sight) -> Any:
        made = {}
        known = sight.next
        for key, each in value.items():
            below = known.get(key) or sight.step(key)
            # Most values have no parts, and a call for each would take most of the time.
            if below.leaf and type(each) in LEAVES:
                made[key] = each
                continue
            found = self.sift(each, (trail, key), below)
            if found is not _ABSENT:
                made[key] = found
        # An object that has lost everything does not pass for one that was empty.
        return made or _ABSENT

    def _list(self, value: list[Any], trail: Trail, sight: _Sight) -> Any:
        below = sight.step(0)
        if below.verdict == "taken":
            return value
        sifted = [self.sift(each, (trail, at), below) for at, each in enumerate(value)]
        left = [at for at, each in enumerate(sifted) if each is not _ABSENT]
        if len(left) < len(value):
            self.places[unwound(trail)] = tuple(left)
        return [sifted[at] for at in left] or _ABSENT
