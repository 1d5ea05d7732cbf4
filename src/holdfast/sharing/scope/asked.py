"""A request in words, taken apart: what is asked for, what only stands beside it, and what is expressly left out."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from holdfast.sharing.scope.vocabulary import ACTIONS, CONCEPTS, MANNER, listed
from holdfast.sharing.scope.words import Word, plain, visible, words

__all__ = ["MOST", "Asked", "asked", "overrides"]

MOST = 60
"""Parts of a request that are looked at."""


@dataclass(frozen=True)
class Asked:
    """A part of a request."""

    text: str
    """In its own words."""
    direct: tuple[Word, ...]
    """What is asked for."""
    aside: tuple[Word, ...]
    """What is only spoken of: "about …", "from …", "how …", and what is denied twice."""
    left_out: tuple[Word, ...]
    """What is not to be done: "without …"."""
    plain: str
    exact: bool = False
    """It stands for fields, not for words."""

    @cached_property
    def content(self) -> tuple[Word, ...]:
        """What it asks for and speaks of."""
        return (*self.direct, *self.aside)

    @cached_property
    def asks(self) -> frozenset[str]:
        """The meanings of what it asks for."""
        return _senses(self.direct)

    @cached_property
    def says(self) -> frozenset[str]:
        """The meanings of all that it asks for or speaks of."""
        return _senses(self.content)

    @cached_property
    def denies(self) -> frozenset[str]:
        """The meanings of what it leaves out."""
        return _senses(self.left_out)

    @cached_property
    def doing(self) -> Word | None:
        """The word that says what is to be done."""
        return next((word for word in self.direct[:4] if _does(word)), None)

    @cached_property
    def head(self) -> frozenset[str]:
        """What is to be done, as far as it is known: the meanings of the first word that says so."""
        if self.direct and self.direct[0].text in HEADS:
            return frozenset({HEADS[self.direct[0].text]})
        return self.doing.senses & ACTIONS if self.doing else frozenset()


def asked(text: str) -> tuple[list[Asked], bool]:
    """The parts of a request, and whether they are all of it. Parts that say nothing but how are not among them."""
    texts = [
        part.strip(" ,;")
        for part in SPLIT.split(BLANKS.sub(" ", BREAKS.sub("\n", visible(text))))
        if part and part.strip(" ,;.!?")
    ]
    parts = [_part(part) for part in texts[:MOST]]
    return [part for part in parts if _asks_something(part)], len(texts) <= MOST


def overrides(text: str) -> tuple[str, ...]:
    """What in the text tries to set the scope aside, in small letters."""
    said = plain(text)
    return tuple(match[0] for pattern in OVERRIDES for match in pattern.finditer(said))


def _asks_something(part: Asked) -> bool:
    return any(word.text not in MANNER for word in part.content)


def _part(text: str) -> Asked:
    said = plain(text)
    claimed = [match.span() for pattern in (*CLAIMS, *OVERRIDES) for match in pattern.finditer(said)]
    denied, twice = _denied(said)
    beside = [(match.start(), _end(said, match.end())) for match in ASIDE.finditer(said)]
    if QUESTION.match(said):
        beside.append((0, len(said)))
    roles: dict[str, list[Word]] = {"direct": [], "aside": [], "left_out": []}
    for word in words(said):
        if word.stop or _within(word, claimed):
            continue
        role = "left_out" if _within(word, denied) else "aside" if _within(word, [*twice, *beside]) else "direct"
        roles[role].append(word)
    return Asked(text, tuple(roles["direct"]), tuple(roles["aside"]), tuple(roles["left_out"]), said)


def _denied(said: str) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Where something is denied, and where it is denied twice, so that nobody knows."""
    denied: list[tuple[int, int]] = [match.span(1) for match in LEFT_OUT.finditer(said)]
    twice: list[tuple[int, int]] = []
    for match in NEGATION.finditer(said):
        span = match.end(), _end(said, match.end())
        if any(start <= match.start() < end for start, end in denied):
            twice.append(span)
            denied = [
                (start, min(end, match.start())) if start <= match.start() < end else (start, end)
                for start, end in denied
            ]
        else:
            denied.append(span)
    return denied, twice


def _end(said: str, start: int) -> int:
    stop = STOPS.search(said, start)
    return stop.start() if stop else len(said)


def _within(word: Word, spans: Iterable[tuple[int, int]]) -> bool:
    return any(start <= word.start < end for start, end in spans)


def _does(word: Word) -> bool:
    return bool(word.senses & ACTIONS) and not NAMED.search(word.text)


def _senses(found: Iterable[Word]) -> frozenset[str]:
    return frozenset().union(*(word.senses for word in found))


HEADS = {"post": "publish", "mail": "share", "message": "share", "announce": "publish"}
"""Words that name a thing elsewhere, and at the beginning what is done."""

NAMED = re.compile("(?:ions?|ments?|sis|als?)$")
"""How a noun ends that is made of a verb."""
NOUNS = listed("ad ads advert adverts short structure name call figure contract list test lease state")
MORE = (
    "leave skip avoid ignore don't post take set start run put add include insert email upload collect read open move"
)
VERBS = "|".join(
    sorted(
        {
            word.replace("_", " ")
            for meaning in ACTIONS
            for word in CONCEPTS[meaning].split()
            if word not in NOUNS and not word.endswith(("ion", "ment", "sis"))
        }
        | set(MORE.split()),
        key=lambda verb: (-len(verb), verb),
    )
)
SPLIT = re.compile(
    rf"(?<=[.!?])\s+|;|\n+|,?\s+(?:and|but|so)\s+also\s+|,?\s+and\s+then\s+|,?\s+then\s+(?=(?:{VERBS})\b)|"
    rf",\s*(?:and\s+|but\s+|so\s+|then\s+)?(?=(?:{VERBS})\b)|\s+and\s+(?=(?:{VERBS})\b)|,?\s+as well as\s+",
    re.IGNORECASE,
)
BREAKS = re.compile(r"\s*\n\s*")
BLANKS = re.compile(r"[^\S\n]+")
STOPS = re.compile(r"[,;:.!?](?=\s|$)|\s(?:but|instead)\s")
NEGATION = re.compile(
    r"\b(?:without|don't|do not|doesn't|does not|not|no|never|avoid(?:ing)?|skip(?:ping)?|omit(?:ting)?|"
    r"exclud(?:e|ing)|except(?: for)?|leav(?:e|ing) out|instead of|rather than|nothing about)\b"
    r"(?! (?:only|later|sooner|need|matter|doubt|problem|longer|forget|hesitate|fail|just|least|more than|less than)\b)"
    r"(?<!why not)(?<!if not)(?<!or not)"
)
LEFT_OUT = re.compile(r"\bleav(?:e|ing) (.{1,60}?) out\b")
ASIDE = re.compile(
    r"\b(?:about|regarding|concerning|from|based on|because|since|if|when|while|after|before|how|why|what|whether|who|"
    r"where|until|so that|in case|according to|as in|compared (?:to|with)|inspired by)\b"
)
QUESTION = re.compile(
    r"(?:what|why|how|who|when|where|which|is|are|am|should|has|have|(?:do|does|did) (?:i|we|you|they|he|she))\b"
)
RULES = (
    r"(?:scope|boundar(?:y|ies)|limits?|restrictions?|rules?|instructions?|constraints?|guardrails?|polic(?:y|ies)|"
    r"objectives?|out[ -]of[ -]scope)"
)
OVERRIDES = (
    re.compile(
        r"\b(?:ignor\w+|disregard\w*|forget\w*|overrid\w+|bypass\w*|lift\w*|suspend\w*|circumvent\w*|never ?mind|"
        rf"set aside|regardless of|irrespective of|despite|break\w*)\b[^.;\n]{{0,40}}?\b{RULES}\b"
    ),
    re.compile(
        rf"\b{RULES}\b (?:no longer|do(?:es)? not|don't|doesn't|did not|are not|is not|has|have|was|were|is|are)"
        r"[^.;\n]{0,20}?(?:appl\w+|lifted|removed|changed|extended|widened|suspended|matter|updated|gone)\b"
    ),
    re.compile(r"\b(?:jailbreak|developer mode|system prompt|system message)\b"),
)
CLAIMS = (
    re.compile(
        r"\b(?:this|that|it|which|everything)(?:'s| is| was| has been| have been)?(?: all| now| already| clearly)*"
        r" (?:in[ -]scope|within (?:the )?scope|part of (?:the|this|your|our) (?:task|scope)|allowed|"
        r"approved|permitted|authori[sz]ed|fine|ok|okay)\b"
    ),
    re.compile(
        r"\b(?:you|we|i)(?:'re| are| have been| were)(?: now| already)? (?:allowed|permitted|authori[sz]ed|cleared)\b"
    ),
    re.compile(r"\b(?:consider|treat|regard) (?:this|that|it) (?:as )?(?:approved|allowed|in[ -]scope|permitted)\b"),
    re.compile(r"\b(?:in[ -]scope|pre-?approved|already approved)\b"),
    re.compile(rf"\b(?:new |updated )?{RULES}:"),
)
