"""Paths into a document, and patterns of them. Patterns are compiled once, and followed one step at a time."""

import json
import re
from functools import lru_cache
from typing import Final

from holdfast.errors import InvalidInput
from holdfast.events.values import shown

__all__ = ["REMEMBERED", "Path", "Paths", "below", "compiled", "path_of", "pattern", "written"]

Path = tuple[str | int, ...]
"""The names of objects' keys, and the places in lists, from the top."""

Pattern = tuple[str | re.Pattern[str], ...]

EXAMPLES = "campaign.gtm_id, knowledge.*, artifacts[*].path or **"

ITEM: Final = "[*]"
DEEP: Final = "**"
REMEMBERED = 4096
"""Names for which one state remembers where they lead."""

_STEP = re.compile(
    r'(?:^|(?<!^)\.)(?P<name>[^.\[\]"]+)|\[(?:(?P<item>\*)|(?P<at>\d{1,15})|(?P<key>"(?:[^"\\]|\\.)*"))\]'
)
_PLAIN = re.compile(r'[^.\[\]"*\s]+')


@lru_cache(maxsize=4096)
def pattern(field: str, text: str) -> Pattern:
    """The steps of a pattern, or `InvalidInput` for that field.

    `.` before a key, `*` for any key or a part of one, `[*]` for the items of a list, `**` for any number of keys and
    items, `["a.b"]` for a key that has these signs in it. There is no `[2]`: places in a list do not last.
    """
    steps: list[str | re.Pattern[str]] = []
    for match in _steps(field, text):
        name = match["name"]
        if match["at"]:
            raise InvalidInput(field, f"names an item by its place, which does not last; use [*]: {shown(text)}")
        if match["item"] or name == DEEP:
            steps.append(ITEM if match["item"] else DEEP)
        elif name is None:
            steps.append("." + json.loads(match["key"]))
        elif "*" in name:
            steps.append(re.compile(".*".join(map(re.escape, name.split("*"))), re.DOTALL))
        else:
            steps.append("." + name)
    return tuple(steps)


def path_of(field: str, text: str) -> Path:
    """The path that `written` wrote, or `InvalidInput` for that field."""
    steps: list[str | int] = []
    for match in _steps(field, text):
        if match["item"]:
            raise InvalidInput(field, f"must name one item, as [0], and not all: {shown(text)}")
        name = match["name"]
        steps.append(int(match["at"]) if match["at"] else json.loads(match["key"]) if name is None else name)
    return tuple(steps)


def written(path: Path, *, anywhere: bool = False) -> str:
    """The path as text, such as `knowledge.product["a.b"]` or `artifacts[0].path`; `anywhere`: `artifacts[*].path`."""
    text = ""
    for step in path:
        text = text + ITEM if anywhere and isinstance(step, int) else below(text, step)
    return text


def below(text: str, step: str | int) -> str:
    """The path that is one step below the one written so."""
    if isinstance(step, int):
        return f"{text}[{step}]"
    if _PLAIN.fullmatch(step):
        return f"{text}.{step}" if text else step
    return f"{text}[{json.dumps(step, ensure_ascii=False)}]"


def _steps(field: str, text: object) -> list[re.Match[str]]:
    found: list[re.Match[str]] = []
    if isinstance(text, str):
        end = 0
        while match := _STEP.match(text, end):
            found.append(match)
            end = match.end()
        if found and end == len(text):
            return found
    raise InvalidInput(field, f"must be a path, such as {EXAMPLES}, not {shown(text)}")


class Paths:
    """The paths that some patterns name, seen from a place in the document. `compiled` makes the one at the top."""

    __slots__ = ("_known", "_next", "_rest", "accepts", "live")

    def __init__(self, rest: frozenset[Pattern], known: dict[frozenset[Pattern], "Paths"]) -> None:
        self._rest = rest
        self._known = known
        self._next: dict[str | None, Paths] = {}
        self.accepts = any(not each for each in rest)
        """This very place is named."""
        self.live = any(rest)
        """Something below may be named."""

    def step(self, step: str | int) -> "Paths":
        """Seen from below: from the value of that key, or from that item."""
        name = step if isinstance(step, str) else None
        found = self._next.get(name)
        if found is None:
            if len(self._next) >= REMEMBERED:
                self._next.clear()
            found = self._next[name] = self._stepped(name)
        return found

    def _stepped(self, name: str | None) -> "Paths":
        rest: set[Pattern] = set()
        for each in self._rest:
            if each and each[0] == DEEP:
                rest.add(each)
            elif each and _takes(each[0], name):
                rest.add(each[1:])
        return _at(rest, self._known)


def _takes(step: str | re.Pattern[str], name: str | None) -> bool:
    if name is None:
        return step == ITEM
    return step == "." + name if isinstance(step, str) else step.fullmatch(name) is not None


def _at(rest: set[Pattern], known: dict[frozenset[Pattern], Paths]) -> Paths:
    """One object for each set of patterns, so that a pattern with `**` needs a few states and not one for each path."""
    for each in list(rest):
        # `**` may also stand for nothing.
        while each and each[0] == DEEP:
            each = each[1:]  # noqa: PLW2901
            rest.add(each)
    key = frozenset(rest)
    if key not in known:
        known[key] = Paths(key, known)
    return known[key]


@lru_cache(maxsize=1024)
def compiled(patterns: tuple[str, ...]) -> Paths:
    """The patterns, which were checked, seen from the top of a document."""
    return _at({pattern("path", each) for each in patterns}, {})
