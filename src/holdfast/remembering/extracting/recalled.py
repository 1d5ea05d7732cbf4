"""What came from memory: it is taken out before anything is read, so that nothing is learned from itself."""

import re
from collections.abc import Collection, Iterator
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from holdfast.events import Event, MemoryRecalled, PreferenceRefused, PreferenceStated
from holdfast.remembering.extracting.keys import key_of, values_of
from holdfast.remembering.memory import without_recalled
from holdfast.remembering.memory.canonical import canonical
from holdfast.remembering.memory.finding import TEXT_CHARACTERS

__all__ = ["FOLDED", "Given", "Recalled", "given_by"]

FOLDED = (MemoryRecalled.TYPE, PreferenceRefused.TYPE, PreferenceStated.TYPE)
"""Types of events that change what was given back."""

_WORD = re.compile(r"\w+")
_SHORTEST = 3
"""Words: a recalled text of fewer is only known as a whole, for it may well be said anew within another."""


class Given(NamedTuple):
    """A memory that was given back in a session."""

    kind: str
    key: str
    value: str
    """As `canonical` writes it."""
    text: str


def given_by(known: frozenset[Given], event: Event) -> frozenset[Given]:
    """What was given back by then, of what was before: what the user took back since may well be said anew."""
    if event.type == MemoryRecalled.TYPE:
        return known | frozenset(_given(event.data.get("memories")))
    if not known or event.type not in FOLDED or not isinstance(event.data.get("key"), str):
        return known
    key, value = key_of(event.data["key"]), event.data.get("value")
    said = {canonical(each): single for each, single in values_of(key, value)}
    if event.type == PreferenceRefused.TYPE:
        gone = {each.value for each in known} if value is None else set(said)
    else:
        gone = {each.value for each in known if all(said.values())} - set(said)
    return frozenset(each for each in known if (each.kind, each.key) != ("preference", key) or each.value not in gone)


def _given(memories: Any) -> Iterator[Given]:
    for each in memories if isinstance(memories, list) else ():
        if isinstance(each, dict):
            kind, key, text = (each.get(name) for name in ("kind", "key", "text"))
            yield Given(str(kind), str(key), canonical(each.get("value")), text if isinstance(text, str) else "")


class Recalled:
    """What was given back from memory in a session: texts, and memories by their kind, key and value."""

    def __init__(self, texts: Collection[str], given: Collection[Given] = ()) -> None:
        self._texts = frozenset(_told(text) if len(text) <= TEXT_CHARACTERS else _words(text) for text in texts) - {()}
        self._given = frozenset(each[:3] for each in given)

    def gave(self, kind: str, key: str, value: Any) -> bool:
        """Whether it was given back that this is so."""
        return bool(self._given) and (kind, key, canonical(value)) in self._given

    def holds(self, text: str) -> bool:
        """Whether it is one of the texts; case, spaces and punctuation do not count."""
        return bool(self._texts) and _words(text) in self._texts

    def without(self, text: str) -> str:
        """The text without what is marked as recalled, and without the recalled texts where nothing marks them."""
        text = without_recalled(text)
        if self.holds(text):
            return ""
        line = _line(_words(text))
        there = [words for words in self._long if _line(words) in line]
        if not there:
            return text
        # Of those that are there alone: a session may have recalled thousands.
        either = "|".join(r"\W+".join(map(re.escape, words)) for words in there)
        return re.sub(rf"\b(?:{either})\b", "\n", text, flags=re.IGNORECASE)

    @cached_property
    def _long(self) -> list[tuple[str, ...]]:
        long = (words for words in self._texts if len(words) >= _SHORTEST)
        return sorted(long, key=lambda words: (-len(words), words))


def _line(words: tuple[str, ...]) -> str:
    return f" {' '.join(words)} "


@lru_cache(maxsize=4096)
def _told(text: str) -> tuple[str, ...]:
    """The words of a text as memories have it, which comes again with each piece of a session."""
    return _words(text)


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.casefold()))
