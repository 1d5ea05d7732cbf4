"""Campaign memory: which of what earlier sessions of a campaign taught a new one begins with."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from holdfast.events import KnowledgeLearned, MemoryRecalled, Payload
from holdfast.remembering.extracting import Recalled
from holdfast.remembering.memory import Memory
from holdfast.remembering.record import recalled

__all__ = ["PAST_LEARNINGS", "TOLD", "brought", "known_in", "relevant"]

PAST_LEARNINGS = "past_learnings"
"""The area of knowledge that the context protocol keeps them in."""

SOURCE = "campaign-memory"

TOLD = 10
"""How many a session begins with."""

# By their beginnings, so that `thread` and `threads` are one word.
_WORD = re.compile(r"\b[^\W_]{3,5}")


def relevant(memories: Iterable[Memory], about: str) -> list[Memory]:
    """The learnings that hold, at most `TOLD`: the surest first, those that share words with `about` before others."""
    words = set(_WORD.findall(about.casefold()))

    def rank(memory: Memory) -> tuple[float, str]:
        own = set(_WORD.findall(memory.text.casefold()))
        shared = len(words & own) / len(own) if own else 0.0
        return -memory.confidence * (1 + 2 * shared), memory.id

    kept = [each for each in memories if each.kind == "learning" and each.status in {"current", "contested"}]
    return sorted(kept, key=rank)[:TOLD]


def brought(memories: Sequence[Memory]) -> list[Payload]:
    """What a session's log says of them: that they were recalled, and so are never learned again, and what they say."""
    if not memories:
        return []
    return [
        MemoryRecalled(memories=[recalled(each) for each in memories], purpose="campaign"),
        KnowledgeLearned(area=PAST_LEARNINGS, facts=[each.text for each in memories], source=SOURCE, recalled=True),
    ]


def known_in(facts: Any, memories: Iterable[Memory]) -> list[Memory]:
    """The learnings that stand among facts of the area: they were known before, and are not learned from them."""
    texts = Recalled(list(_texts(facts)))
    return [each for each in memories if texts.holds(each.text)]


def _texts(facts: Any) -> Iterator[str]:
    if isinstance(facts, str):
        yield facts
    elif isinstance(facts, list | dict):
        for each in facts.values() if isinstance(facts, dict) else facts:
            yield from _texts(each)
