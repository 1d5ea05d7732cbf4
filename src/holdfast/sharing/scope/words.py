"""A text as words that can be compared: each with its place, and with what it means."""

import posixpath
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from holdfast.sharing.scope.vocabulary import (
    AMBIGUOUS,
    CHANNELS,
    CONCEPTS,
    LIGHT,
    MEDIA,
    PUBLISHING,
    STOP,
    listed,
)

__all__ = ["Word", "channel", "light", "plain", "stem", "visible", "words"]

WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?|[^\W\d_a-z]+", re.UNICODE)
PATH = re.compile(
    # Each run is bounded, so that a long word costs no more than its length.
    r"(?<![\w.*-])(?:(?:~|\.{1,2})?/?[\w.*-]{1,100}(?:/[\w.*-]{1,100}){1,30}/?|[\w-]{1,100}\."
    r"(?:py|js|ts|tsx|md|go|rs|java|json|ya?ml|toml|sql|sh|c|h|cpp|css|html)\b)"
)
ROOTS = listed("src lib tests test docs app apps packages bench scripts api internal cmd pkg etc usr home var")
PRONOUNS = listed("it this that them these those him her me us you")


@dataclass(frozen=True, slots=True)
class Word:
    """A word, or a phrase that is one, in a text that was made `plain`."""

    text: str
    start: int
    end: int
    senses: frozenset[str]
    """Its stem and its meanings, as `create`, `channel:x`, `path:src/auth`. Two words match that share one."""
    stop: bool = False

    def of(self, kind: str) -> str | None:
        """Its value of that kind, as `x` for `channel`; None when it is nothing of the kind."""
        return next((sense.partition(":")[2] for sense in self.senses if sense.startswith(f"{kind}:")), None)


def plain(text: str) -> str:
    """The text in lower case, without marks, and without what cannot be seen. Its length may differ."""
    folded = unicodedata.normalize("NFKD", visible(text).translate(QUOTES).casefold())
    return "".join(letter for letter in folded if unicodedata.category(letter) != "Mn").replace("\u0131", "i")


def visible(text: str) -> str:
    """The text without characters that only steer how it is shown, and can hide a word."""
    return "".join(letter for letter in text if unicodedata.category(letter) != "Cf")


def words(text: str) -> list[Word]:
    """The words of a text that is plain, in order. Phrases of the vocabulary are one word."""
    found: list[Word] = []
    at = 0
    for path in PATH.finditer(text):
        if _is_path(path[0]):
            found += _between(text, at, path.start())
            found.append(Word(path[0], path.start(), path.end(), frozenset({f"path:{_path(path[0])}"})))
            at = path.end()
    found += _between(text, at, len(text))
    return _settled(found)


def light(word: Word) -> bool:
    """Whether it says little: a number, or a word such as `thing`."""
    return word.text.isdigit() or stem(word.text) in LITTLE


def channel(name: str) -> str:
    """The name of a channel as it is compared: of `Twitter`, `x`. One that is not known is itself."""
    key = " ".join(WORD.findall(plain(name)))
    return CHANNEL_OF.get(key) or key


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """The word without its ending. Words of one family mostly share it; it need not be a word."""
    word = word.partition("'")[0]
    if len(word) <= 3:
        return word
    if word.endswith("ies"):
        word = word[:-3] + "y"
    elif word.endswith("sses"):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    word = AMERICAN.sub("is", word)
    for ending, least in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= least:
            word = word[: -len(ending)]
            if ending in {"ing", "ed"} and len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
                word = word[:-1]
            break
    return word.removesuffix("e").removesuffix("at") if len(word) > 6 else word.removesuffix("e")


ENDINGS = (("ing", 3), ("ed", 3), ("ment", 4), ("ation", 3), ("ion", 4), ("ate", 3), ("ly", 4))
AMERICAN = re.compile("iz(?=(?:e|ed|ing|ation)$)")


def _between(text: str, start: int, end: int) -> list[Word]:
    raw = [(match[0], match.start(), match.end()) for match in WORD.finditer(text, start, end)]
    found, at = [], 0
    while at < len(raw):
        taken = _phrase(raw, at)
        if taken:
            phrase, last = taken
            found.append(Word(phrase, raw[at][1], raw[last][2], _senses(phrase)))
            at = last + 1
            continue
        found.append(Word(*raw[at], _senses(raw[at][0]), raw[at][0] in STOP))
        at += 1
    return found


def _phrase(raw: list[tuple[str, int, int]], at: int) -> tuple[str, int] | None:
    """A phrase of the vocabulary that begins here, and where it ends; a pronoun may stand inside: "roll this out"."""
    first = raw[at][0]
    if first not in BEGINNINGS and stem(first) not in BEGINNINGS:
        return None
    last = next((index for index in range(at + 1, min(at + 4, len(raw))) if raw[index][0] not in PRONOUNS), None)
    if last is None:
        return None
    second = raw[last][0]
    phrases = (f"{first}_{second}", f"{stem(first)}_{second}", f"{stem(first)}_{stem(second)}")
    return next(((phrase, last) for phrase in phrases if phrase in MEANINGS or phrase in CHANNEL_OF), None)


@lru_cache(maxsize=8192)
def _senses(word: str) -> frozenset[str]:
    senses = {stem(word)} | MEANINGS.get(word, set()) | MEANINGS.get(stem(word), set())
    if word in CHANNEL_OF and word not in AMBIGUOUS:
        senses |= {f"channel:{CHANNEL_OF[word]}"}
    if word in {"blogpost", "blogposts", "tweet", "tweets"}:
        senses |= {"post"}
    return frozenset(senses)


def _settled(found: list[Word]) -> list[Word]:
    """With the words that are a channel only in company: `x`, where something is published."""
    company = {word.text for word in found}
    if not company & AMBIGUOUS or not (company - AMBIGUOUS) & (MEDIA | PUBLISHING):
        return found
    return [
        Word(word.text, word.start, word.end, word.senses | {f"channel:{word.text}"})
        if word.text == "x" or (word.text in AMBIGUOUS and at and found[at - 1].text in {"on", "to", "for"})
        else word
        for at, word in enumerate(found)
    ]


def _is_path(text: str) -> bool:
    parts = text.strip("/").split("/")
    rooted = text.startswith(("/", "./", "../", "~")) or parts[0] in ROOTS
    return rooted or "." in parts[-1].strip(".") or len(parts) > 2


def _path(text: str) -> str:
    return posixpath.normpath(text.removeprefix("./")).rstrip(".")


LITTLE = {stem(word) for word in LIGHT}
QUOTES = str.maketrans(dict.fromkeys("`\u00b4\u02bc\u2018\u2019\uff07", "'"))
CHANNEL_OF: dict[str, str] = {
    key: name
    for name, called in CHANNELS.items()
    for alias in called.split()
    for key in (alias, alias.replace("_", " "))
}
CHANNEL_OF |= {name: name for name in CHANNELS}
MEANINGS: dict[str, set[str]] = {}
for _meaning, _words in CONCEPTS.items():
    for _word in _words.split():
        for _key in {_word, stem(_word) if "_" not in _word else _word}:
            MEANINGS.setdefault(_key, set()).add(_meaning)
BEGINNINGS = {phrase.partition("_")[0] for phrase in (*MEANINGS, *CHANNEL_OF) if "_" in phrase}
