"""Whether a part of a request serves an objective: how much of what it asks for the objective explains."""

from dataclasses import dataclass

from holdfast.sharing.scope.asked import Asked
from holdfast.sharing.scope.limiting import covers
from holdfast.sharing.scope.lines import Line
from holdfast.sharing.scope.vocabulary import ACTIONS, CARE, MANNER
from holdfast.sharing.scope.words import Word, light

__all__ = ["ENOUGH", "Service", "served"]

ENOUGH = 0.6
"""The share of what is asked for that an objective must explain, to say that it asks for it."""
MAKING = frozenset({"create", "improve", "fix", "test"})
"""The meanings of making something, to which `CARE` belongs."""
BESIDE = 0.35
"""What a word weighs that is only spoken of."""


@dataclass(frozen=True, slots=True)
class Service:
    """How far an objective explains a part of a request."""

    line: Line
    score: float
    enough: bool
    words: tuple[str, ...]
    """Of the part, those that the objective itself has."""
    own: frozenset[str]
    """What the objective itself means."""

    def explains(self, words: tuple[str, ...]) -> bool:
        """Whether these words of the part are its own."""
        return set(words) <= set(self.words)


def served(part: Asked, objectives: list[Line], granted: frozenset[str]) -> Service | None:
    """The objective that explains the part best. `granted` is what any of them may be done with: channels, files."""
    found = [_served(part, line, granted) for line in objectives]
    return max(found, key=lambda one: (one.enough, one.score, len(one.words), one.line.text), default=None)


def _served(part: Asked, line: Line, granted: frozenset[str]) -> Service:
    own = line.senses
    known = own | granted
    total = explained = 0.0
    foreign = [0, 0]
    for at, word in enumerate(part.content):
        counts = _weight(word, part) * (1 if at < len(part.direct) else BESIDE)
        total += counts
        if _explained(word, part, line, known):
            explained += counts
        elif not light(word) and word.text not in MANNER:
            foreign[at >= len(part.direct)] += 1
    score = explained / total if total else 0.0
    shared = tuple(dict.fromkeys(word.text for word in part.content if not word.senses.isdisjoint(own)))
    enough = score >= (1.0 if part.exact else ENOUGH) and _few(*foreign) and _says_the_same(part, line, known)
    return Service(line, score, enough, shared, own)


def _few(asked: int, beside: int) -> bool:
    """Whether so much that no objective speaks of is still a detail."""
    return asked <= 1 and beside <= 2


def _weight(word: Word, part: Asked) -> float:
    if part.exact:
        return 1.0
    if word.text in MANNER or word.text.isdigit():
        return 0.2
    if light(word):
        return 0.3
    return 0.6 if word.senses & ACTIONS else 1.0


def _explained(word: Word, part: Asked, line: Line, known: frozenset[str]) -> bool:
    path = word.of("path")
    if path is not None:
        return covers(known, path)
    does = word.senses & ACTIONS
    return not word.senses.isdisjoint(known) or bool(does and does <= part.head and _fits(does, line))


def _fits(does: frozenset[str], line: Line) -> bool:
    """Whether one may do that who was asked for the objective: it itself, or what belongs to making something."""
    wanted = line.actions
    if not wanted:
        return not does.isdisjoint(CARE)
    return not does.isdisjoint(wanted) or (not does.isdisjoint(CARE) and not wanted.isdisjoint(MAKING))


def _says_the_same(part: Asked, line: Line, known: frozenset[str]) -> bool:
    """Whether they have a thing in common, the doing fits, and no other channel or unknown beginning is there."""
    things = any(
        not word.senses.isdisjoint(line.senses) and _weight(word, part) >= 1 and not _only_does(word)
        for word in part.content
    )
    elsewhere = any(word.of("channel") and word.senses.isdisjoint(known) for word in part.direct)
    if part.exact:
        own = [word for word in part.content if not word.senses.isdisjoint(line.senses)]
        # To post is what the objective of a post is for, however else one may speak of publishing.
        named = part.direct[:1] == tuple(own[:1])
        does = not part.head or named or _fits(part.head, line) or not part.head.isdisjoint(known)
        return bool(own) and not elsewhere and does
    first = not part.direct or _explained(part.direct[0], part, line, known) or part.direct[0].text in MANNER
    named = part.doing is not None and part.head <= part.doing.senses and not part.doing.senses.isdisjoint(line.senses)
    does = not part.head or named or _fits(part.head, line)
    return things and first and does and not elsewhere


def _only_does(word: Word) -> bool:
    return bool(word.senses & {"create", "improve", "change", "find"})
