"""Does somebody who begins a conversation want to go on with an earlier one? A score, and what it rests on.

No model: signs for and against, each with a weight, are added up. The same text always gives the same score, and case
and punctuation do not matter. English only.
"""

import math
import re
from dataclasses import dataclass
from functools import cache

from holdfast.greeting.parts import compiled
from holdfast.greeting.sign import Sign
from holdfast.greeting.signs import BASE, FRESH, NEGATION, NOT_FRESH, SIGNS, UNWANTED
from holdfast.greeting.words import Word, read

__all__ = ["THRESHOLD", "Evidence", "Intent", "resume_intent"]

THRESHOLD = 0.5

MOST = 6.5
"""What all that speaks for it can weigh together: saying the same thing five times says it once."""

REACH = 80
"""How far before a wish a word is looked for that denies it, in characters."""

NAMED = re.compile("(?<![A-Z0-9-])SESSION-[0-9]{6}-[0-9]{3,6}(?![A-Z0-9-])", re.IGNORECASE)
NAMED_WEIGHT = 5.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something that was found in a text."""

    found: str
    """The text's own words."""
    says: str
    """What they say, as "asks where the work stopped"."""
    weight: float
    """On the scale of log-odds: above zero it speaks for a wish to resume, below zero against it."""


@dataclass(frozen=True, slots=True)
class Intent:
    """How likely a text asks to go on with earlier work."""

    score: float
    """From 0 to 1."""
    wanted: bool
    """Whether the score reaches the threshold."""
    evidence: tuple[Evidence, ...]
    """In the order of the text."""
    session_id: str | None
    """The session that the text names, as `SESSION-240124-001`; the first, where it names several."""


@dataclass(frozen=True, slots=True)
class _Match:
    start: int
    end: int
    says: str
    weight: float
    denied: bool = False


def resume_intent(text: str, *, threshold: float = THRESHOLD) -> Intent:
    """Score how likely the text asks to go on with an earlier session. Never raises for any text."""
    named = NAMED.search(text)
    found = _found(read(text))
    if named:
        found.append(_Match(named.start(), named.end(), "names a session", NAMED_WEIGHT))
    evidence = tuple(Evidence(text[one.start : one.end], one.says, one.weight) for one in sorted(found, key=_place))
    score = _score(evidence)
    return Intent(score, score >= threshold, evidence, named[0].upper() if named else None)


def _score(evidence: tuple[Evidence, ...]) -> float:
    speaks_for = sum(one.weight for one in evidence if one.weight > 0)
    against = sum(one.weight for one in evidence if one.weight < 0)
    return round(1 / (1 + math.exp(-(BASE + min(speaks_for, MOST) + max(against, -20.0)))), 4)


def _found(words: list[Word]) -> list[_Match]:
    """What the signs find, each kind once, in places of the text of its own."""
    line = f" {' '.join(word.read for word in words)} "
    starts, ends = _places(words)
    matches = [_match(sign, line, *match.span()) for sign, pattern in _patterns() for match in pattern.finditer(line)]
    # What is denied counts before what it denies, and of several that find the same the heaviest and longest.
    matches.sort(key=lambda one: (not one.denied, -abs(one.weight), one.start - one.end, one.start))
    kept: list[_Match] = []
    for one in matches:
        if not any(_settled(one, other) for other in kept):
            kept.append(one)
    return [_Match(starts[one.start], ends[one.end], one.says, one.weight) for one in kept]


@cache
def _patterns() -> tuple[tuple[Sign, re.Pattern[str]], ...]:
    # Not at import: an agent that greets nobody must not pay for it.
    return tuple((sign, compiled(sign.pattern)) for sign in SIGNS)


def _match(sign: Sign, line: str, start: int, end: int) -> _Match:
    """A sign, or its opposite where it is denied."""
    # What weighs less than 1 is no wish: "not again" denies nothing.
    if (sign.says == FRESH or sign.weight >= 1) and NEGATION.search(line, max(0, start - REACH), start):
        return _Match(start, end, *(NOT_FRESH if sign.says == FRESH else UNWANTED), denied=True)
    return _Match(start, end, sign.says, sign.weight)


def _settled(one: _Match, kept: _Match) -> bool:
    """Whether what is kept says it already: it is of the same kind, or about the same words."""
    apart = one.end <= kept.start or kept.end <= one.start
    return one.says == kept.says or (not apart and (kept.denied or (one.weight > 0) == (kept.weight > 0)))


def _places(words: list[Word]) -> tuple[dict[int, int], dict[int, int]]:
    """Where in the text a word of the line begins and ends, by its place in the line."""
    starts, ends, at = {}, {}, 1
    for word in words:
        for part in word.read.split(" "):
            starts[at], ends[at + len(part)] = word.start, word.end
            at += len(part) + 1
    return starts, ends


def _place(one: _Match) -> tuple[int, int]:
    return one.start, one.end
