"""What came from memory: it is taken out before anything is read, so that nothing is learned from itself."""

import re
from collections.abc import Collection
from functools import cached_property

from holdfast.remembering.memory import without_recalled

__all__ = ["Recalled"]

_WORD = re.compile(r"\w+")
_SHORTEST = 3
"""Words: a recalled text of fewer is only known as a whole, for it may well be said anew within another."""


class Recalled:
    """The texts that were given back from memory in a session."""

    def __init__(self, texts: Collection[str]) -> None:
        self._texts = frozenset(_words(text) for text in texts) - {()}

    def holds(self, text: str) -> bool:
        """Whether it is one of the texts; case, spaces and punctuation do not count."""
        return bool(self._texts) and _words(text) in self._texts

    def without(self, text: str) -> str:
        """The text without what is marked as recalled, and without the recalled texts where nothing marks them."""
        text = without_recalled(text)
        if self.holds(text):
            return ""
        return self._anywhere.sub("\n", text) if self._anywhere else text

    @cached_property
    def _anywhere(self) -> re.Pattern[str] | None:
        long = sorted(
            (words for words in self._texts if len(words) >= _SHORTEST), key=lambda words: (-len(words), words)
        )
        either = "|".join(r"\W+".join(map(re.escape, words)) for words in long)
        return re.compile(rf"\b(?:{either})\b", re.IGNORECASE) if either else None


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.casefold()))
