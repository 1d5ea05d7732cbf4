"""Searching memories: who finds candidates, and how they are weighed.

A `Searcher` says which memories may be meant, the best first, and is asked for some more than are wanted. Those of
several are fused by their ranks, so that scores of different kinds need not be compared: each gives a memory
`1 / (FUSION + rank)`. What comes of it is the relevance, 1 for the best; the score of a hit is

    relevance x confidence now x recency        recency = 1 / (1 + years since it was last seen)

`FullText` is built in. A search by embeddings joins as another `Searcher`: it keeps its vectors wherever it likes,
and returns ids. Candidates that the question does not let through (of others, of another kind) are dropped, so that a
searcher need not know more than the owners.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from sqlalchemy import Engine

from holdfast.remembering.memory import Memory, told
from holdfast.store import log, searching
from holdfast.store.memories import Wanted
from holdfast.store.transaction import transaction

__all__ = ["Asked", "Candidate", "FullText", "Hit", "Hits", "Searcher", "fused", "weighed"]

FUSION = 60
"""How little the first places count more than the next; the number that is usual."""


class Asked(NamedTuple):
    """What is looked for."""

    tenant: str
    text: str
    wanted: Wanted
    limit: int
    """How many the caller asked for."""


class Candidate(NamedTuple):
    """A memory that may be meant."""

    id: str
    score: float
    """Larger is better; by the searcher's own measure."""


class Searcher(Protocol):
    """Finds memories that a text may mean."""

    def candidates(self, asked: Asked, limit: int) -> Sequence[Candidate]:
        """At most `limit`, the best first. It opens its own transaction, if it needs one."""
        ...


class FullText:
    """By words, in Postgres."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def candidates(self, asked: Asked, limit: int) -> Sequence[Candidate]:
        """As `Searcher` says."""
        with transaction(self._engine) as connection:
            found = searching.by_words(
                log.cursor(connection), asked.tenant, asked.wanted, asked.text, limit, least=asked.limit
            )
        return [Candidate(each.id, each.rank) for each in found]


@dataclass(frozen=True, slots=True)
class Hit:
    """A memory that was found, and why it stands where it stands."""

    memory: Memory
    """With its evidence; its confidence as of now."""
    score: float
    """`relevance` x the memory's confidence x `recency`."""
    relevance: float
    """How well it fits the text, from 0 to 1 for the best."""
    recency: float


class Hits(list[Hit]):
    """What was found, the best first."""

    def told(self) -> str:
        """The memories between their marks, one a line, to be put before an agent."""
        return told(hit.memory for hit in self)


def fused(found: Sequence[Sequence[Candidate]]) -> dict[str, float]:
    """The relevance of each candidate: of one searcher by its scores, of several by their ranks."""
    relevance: dict[str, float] = {}
    for candidates in found:
        for rank, each in enumerate(candidates, 1):
            score = max(each.score, 0.0) if len(found) == 1 else 1 / (FUSION + rank)
            relevance[each.id] = relevance.get(each.id, 0.0) + score
    best = max(relevance.values(), default=0.0)
    return {each: score / best if best else 0.0 for each, score in relevance.items()}


def weighed(memories: Iterable[Memory], relevance: Mapping[str, float], now: datetime) -> list[Hit]:
    """The memories as hits, the best first."""
    hits = []
    for memory in memories:
        recency = 1 / (1 + max(now - memory.last_seen, timedelta(0)) / timedelta(days=365))
        fits = relevance[memory.id]
        hits.append(Hit(memory, fits * memory.confidence * recency, fits, recency))
    return sorted(hits, key=lambda hit: (-hit.score, hit.memory.id))
