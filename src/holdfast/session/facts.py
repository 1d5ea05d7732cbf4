"""How facts come together: merged key by key at every depth, and nobody's word lost where two sources differ.

A fact is whatever is no object: a number, a text, a list, null, or an object without keys. Each has its sources. Who
says otherwise than others takes their place knowingly when the update's `base` shows that what they said had been
seen; else all the claims are kept, and the newest is the value. A source may always replace its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final

from holdfast.session.parts import Area, Claim, Source
from holdfast.session.parts.knowledge import marked
from holdfast.session.paths import below

__all__ = ["Word", "add", "decide", "merge", "same"]


class _Absent(Enum):
    ABSENT = "absent"


ABSENT: Final = _Absent.ABSENT


@dataclass(frozen=True, slots=True)
class Word:
    """An update: the event that it came by, who it is of, and the last event that this source had seen."""

    seq: int
    source: Source
    base: int | None = None

    def claims(self, value: Any) -> Claim:
        """That it says so."""
        return _claim(self.seq, self.source, value)

    def knew(self, claims: list[Claim]) -> bool:
        """Whether all of these had been seen."""
        return self.base is not None and all(claim.seq <= self.base for claim in claims)


def merge(area: Area, facts: dict[str, Any], word: Word) -> None:
    """Put these facts into the area."""
    _merge(area, area.facts, facts, "", word)


def add(area: Area, items: list[Any], word: Word) -> None:
    """Put these items behind the others, but for those that are there already."""
    for item in items:
        mark = marked(item)
        if mark not in area.marks:
            area.marks.add(mark)
            area.items.append(item)
            area.item_origins.append(word.seq)
            area.told.setdefault(word.seq, word.source).uses += 1


def same(one: Any, other: Any) -> bool:
    """Whether two values of JSON say the same. Numbers are compared as numbers; true is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _merge(area: Area, node: dict[str, Any], facts: dict[str, Any], at: str, word: Word) -> None:
    for key, value in facts.items():
        path, before = below(at, key), node.get(key, ABSENT)
        if before is ABSENT:
            node[key] = _copied(value)
            _rest_on(area, value, path, word.seq, word.source)
        elif isinstance(value, dict) and isinstance(before, dict):
            _go_on(area, before, value, path, word)
        else:
            _differ(area, node, key, value, path, word)


def _go_on(area: Area, before: dict[str, Any], value: dict[str, Any], path: str, word: Word) -> None:
    """Merge two objects. Whoever does, knowing what else was said in this place, has decided for the object."""
    if path in area.conflicts and word.knew(area.conflicts[path]):
        del area.conflicts[path]
    if value and not before:
        _let_go(area, path)  # with a key in it, it is no fact any more
    _merge(area, before, value, path, word)


def _differ(area: Area, node: dict[str, Any], key: str, value: Any, path: str, word: Word) -> None:
    """The same place is spoken of again, and not to go on with an object."""
    claims = _claims(area, node[key], path)
    agreeing = [claim for claim in claims if same(claim.value, value)]
    against = [claim for claim in claims if claim.who != word.source.who and not same(claim.value, value)]
    if word.knew(against):
        against = []
    _forget(area, node[key], path)
    node[key] = _copied(value)
    if against or all(claim.who != word.source.who for claim in agreeing):
        # Said again where others say otherwise is news; said again where nobody does is none.
        agreeing = [claim for claim in agreeing if claim.who != word.source.who] + [word.claims(value)]
    for claim in agreeing:
        _rest_on(area, value, path, claim.seq, _source(claim))
    if against:
        area.conflicts[path] = sorted([*against, *agreeing], key=lambda claim: claim.seq)


def _claims(area: Area, value: Any, path: str) -> list[Claim]:
    """Everything that is said of a place: what is contested there, and each source's part of what it holds."""
    parts: dict[int, Claim] = {}
    for trail, claim in _contested_below(area, value, path):
        part = parts.setdefault(claim.seq, claim.model_copy(update={"value": {}}))
        part.value = _with(part.value, trail, _copied(claim.value))
    for trail, leaf, at in _leaves(value, path):
        for seq in area.origins.get(at, ()):
            part = parts.setdefault(seq, _claim(seq, area.told[seq], {}))
            part.value = _with(part.value, trail, _copied(leaf))
    contested = {claim.seq: claim for claim in area.conflicts.get(path, ())}
    return list((parts | contested).values())


def _contested_below(area: Area, value: Any, path: str) -> Iterator[tuple[list[str], Claim]]:
    if not area.conflicts or not isinstance(value, dict):
        return
    for key, each in value.items():
        inner = below(path, key)
        yield from (([key], claim) for claim in area.conflicts.get(inner, ()))
        yield from (([key, *trail], claim) for trail, claim in _contested_below(area, each, inner))


def _leaves(value: Any, path: str) -> Iterator[tuple[list[str], Any, str]]:
    if not isinstance(value, dict) or not value:
        yield [], value, path
        return
    for key, each in value.items():
        yield from (([key, *trail], leaf, at) for trail, leaf, at in _leaves(each, below(path, key)))


def decide(area: Area, path: str, value: Any, word: Word) -> bool:
    """Settle what is contested at that path. False where nothing is."""
    if path not in area.conflicts:
        return False
    node, at, inner = area.facts, "", ""
    while inner != path:
        key = next(key for key in node if _leads(below(at, key), path))
        inner = below(at, key)
        node, at = (node, at) if inner == path else (node[key], inner)
    _differ(area, node, key, value, path, replace(word, base=word.seq))
    return True


def _leads(towards: str, path: str) -> bool:
    return path == towards or (path.startswith(towards) and path[len(towards)] in ".[")


def _with(part: Any, trail: list[str], leaf: Any) -> Any:
    if not trail:
        return leaf
    node = part
    for key in trail[:-1]:
        node = node.setdefault(key, {})
    node[trail[-1]] = leaf
    return part


def _forget(area: Area, value: Any, path: str) -> None:
    """Let go of who said what is there and below, and of every conflict about it."""
    area.conflicts.pop(path, None)
    if isinstance(value, dict) and value:
        for key, each in value.items():
            _forget(area, each, below(path, key))
    else:
        _let_go(area, path)


def _let_go(area: Area, path: str) -> None:
    for seq in area.origins.pop(path, ()):
        area.told[seq].uses -= 1
        if not area.told[seq].uses:
            del area.told[seq]


def _rest_on(area: Area, value: Any, path: str, seq: int, source: Source) -> None:
    """Every fact of a value, which is at that path, rests on that event from now on."""
    for _, _, at in _leaves(value, path):
        area.origins.setdefault(at, []).append(seq)
        area.told.setdefault(seq, source).uses += 1


def _copied(value: Any) -> Any:
    """A value that shares no object with what it was made of; its lists, which nothing changes, it does share."""
    return {key: _copied(each) for key, each in value.items()} if isinstance(value, dict) else value


def _source(claim: Claim) -> Source:
    return Source(who=claim.who, at=claim.at, event_id=claim.event_id, confidence=claim.confidence)


def _claim(seq: int, source: Source, value: Any) -> Claim:
    return Claim(
        value=value, who=source.who, at=source.at, seq=seq, event_id=source.event_id, confidence=source.confidence
    )
