"""A text as words: in lower case, spelled out, with misspellings of the words that matter put right."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from holdfast.greeting.vocabulary import CONTRACTED, FALSE_FRIENDS, LONG, SHORT, SPELLED_OUT

__all__ = ["Word", "read"]

HEAD, TAIL = 1200, 400
"""Characters that are read of a long text: people ask at its beginning or at its end."""

APOSTROPHES = "'`\u00b4\u02bc\u2018\u2019\uff07"
WORD = re.compile(rf"[^\W_]+(?:[{APOSTROPHES}][^\W_]+)*")
WITHOUT_APOSTROPHES = str.maketrans("", "", APOSTROPHES)


class Word(NamedTuple):
    """A word as it was written, where it stands in the text, and as it is read: it may be several, or put right."""

    start: int
    end: int
    read: str


def read(text: str) -> list[Word]:
    """The words of a text; of a long one, those at its beginning and at its end."""
    if len(text) <= HEAD + TAIL:
        return _words(text, 0, len(text))
    # The mark between the two is a word that no pattern knows, so none spans what was left out.
    return [*_words(text, 0, HEAD), Word(HEAD, HEAD, "…"), *_words(text, len(text) - TAIL, len(text))]


def _words(text: str, start: int, end: int) -> list[Word]:
    return [Word(match.start(), match.end(), _read(match[0].casefold())) for match in WORD.finditer(text, start, end)]


@lru_cache(maxsize=4096)
def _read(word: str) -> str:
    if unicodedata.normalize("NFC", word).endswith("é"):
        return word  # a résumé is nothing to go on with
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", word.translate(WITHOUT_APOSTROPHES))
        if not unicodedata.combining(letter)
    )
    if plain != word and plain in CONTRACTED:
        return CONTRACTED[plain]
    return SPELLED_OUT.get(plain) or _put_right(plain)


def _put_right(word: str) -> str:
    if word in LONG or word in SHORT or word in FALSE_FRIENDS or not word.isalpha() or len(word) < 4:
        return word
    squeezed = DOUBLED.sub(r"\1", word)
    if squeezed in SQUEEZED:
        return SQUEEZED[squeezed]
    for candidate in sorted(set().union(*(SHORTENED.get(part, set()) for part in _shortened(word)))):
        if _one_edit(word, candidate) and (candidate in LONG or sorted(word) == sorted(candidate)):
            return candidate
    return word


def _shortened(word: str) -> set[str]:
    """The word, and the word without each of its letters: words that are one edit apart have one in common."""
    return {word} | {word[:index] + word[index + 1 :] for index in range(len(word))}


def _one_edit(left: str, right: str) -> bool:
    """Whether one letter added, removed or replaced, or two neighbours exchanged, makes one out of the other."""
    if len(left) > len(right):
        left, right = right, left
    at = next((index for index, letter in enumerate(left) if letter != right[index]), len(left))
    if len(left) < len(right):
        return left[at:] == right[at + 1 :]
    exchanged = left[at + 1 : at + 2] + left[at : at + 1] + left[at + 2 :] == right[at:]
    return left[at + 1 :] == right[at + 1 :] or exchanged


DOUBLED = re.compile(r"(\w)\1+")
SQUEEZED = {DOUBLED.sub(r"\1", word): word for word in sorted(LONG | SHORT)}
SHORTENED: dict[str, set[str]] = {}
for _word in LONG | SHORT:
    for _part in _shortened(_word):
        SHORTENED.setdefault(_part, set()).add(_word)
