"""How relevant the parts of a slice are: which go first when there is no room for all.

A fact, or an item of a list, has points: those of its kind, one more for each word of the task that it has, up to
three, where it is knowledge; and one less for each doubling of its size from 2 KiB on, so that one huge fact does not
keep a hundred others out. The fewest points go first; of equal points what is older, of lists and of facts alike. None
of it depends on the limit: a smaller one leaves out what a larger one leaves out, and more.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from holdfast.sharing.slices.paths import Path

__all__ = ["OF_CONTEXT", "Weights", "penalty", "words_of"]

MOST_WORDS = 6
"""Words of a task that are looked for: the longest, which tell most."""
SHORTEST_WORD = 4
MOST_EXTRA = 3
LARGE = 2048
"""Bytes from which on a fact costs points."""

_SAY_NOTHING = frozenset(
    {
        *("about", "also", "from", "have", "into", "more", "must", "only", "should", "some", "such", "than", "that"),
        *("their", "them", "then", "there", "these", "they", "this", "those", "what", "when", "where", "which"),
        *("while", "will", "with", "would", "your"),
    }
)


@dataclass(frozen=True)
class Weights:
    """What the kinds of a slice's parts are worth. Paths are the slice's."""

    opened: Mapping[Path, tuple[type, ...]]
    """Parts in which the parts of these types have units of their own; in others each value is a unit, and whole."""
    kept: frozenset[Path]
    """What is never left out, with all that is below."""
    points: Mapping[Path, int]
    """Of a part, or of the part above it; of none of these, `OTHER`."""
    measured: frozenset[Path]
    """Parts where the words of the task count, with all that is below, unless it is never left out."""

    OTHER = 5

    def opens(self, part: Path) -> tuple[type, ...]:
        """The types of that part's values which have units of their own."""
        return self.opened.get(part, ())

    def points_of(self, part: Path) -> int:
        """Of a fact or an item of that part."""
        found = (self.points[part[:end]] for end in range(len(part), 0, -1) if part[:end] in self.points)
        return next(found, self.OTHER)

    def counts_words(self, part: Path) -> bool:
        """Whether the words of the task say something about that part."""
        return not self.keeps(part) and any(part[:end] in self.measured for end in range(1, len(part) + 1))

    def keeps(self, part: Path) -> bool:
        """Whether all of that part is never left out."""
        return any(part[:end] in self.kept for end in range(1, len(part) + 1))

    def kept_of(self, part: Path) -> set[str | int]:
        """The names of those of its facts that are never left out, where that is not true of all."""
        return {path[-1] for path in self.kept if path[:-1] == part}


OF_CONTEXT = Weights(
    opened={(): (dict, list), ("knowledge",): (dict, list), ("compute",): (list,)},
    kept=frozenset(
        {
            *(("campaign", "gtm_id"), ("campaign", "tier"), ("task", "description"), ("task", "scope"), ("budget",)),
            ("knowledge", "brand_decisions"),
        }
    ),
    points={
        ("pending_decisions",): 8,
        ("task",): 8,
        ("campaign",): 8,
        ("decisions_made",): 7,
        ("artifacts",): 6,
        ("validations",): 6,
        ("knowledge",): 5,
        ("compute",): 4,
        ("knowledge", "past_learnings"): 1,
        ("compute", "invocation_log"): 0,
        ("history",): 0,
    },
    measured=frozenset({("knowledge",)}),
)
"""Scope, constraints that were decided, the campaign's id and the budget stay; history and learnings go first."""


def words_of(texts: Iterable[object]) -> list[str]:
    """What to look for: the longest words of the texts, in lower case, each once; with any ending they count."""
    found = {
        word: None
        for text in texts
        if isinstance(text, str)
        for word in re.findall(r"\w+", text.lower())
        if len(word) >= SHORTEST_WORD and word not in _SAY_NOTHING
    }
    return sorted(found, key=len, reverse=True)[:MOST_WORDS]


def penalty(size: int) -> int:
    """Points that so many bytes cost: one from `LARGE` on, and one for each doubling."""
    return (size // LARGE).bit_length()
