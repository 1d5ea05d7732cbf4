"""How sure one may be of a memory: the rule.

Each piece of evidence weighs its strength times what its class of source bears:

    source      bears   ceiling
    user         0.90      0.95
    agent        0.70      0.80
    tool         0.65      0.75
    inferred     0.60      0.65

1. *Agreeing evidence raises it.* Of one session the heaviest piece counts whole, the next half, the next a quarter, and
   so on: saying a thing ten times in a row is hardly more than saying it twice. Sessions are independent witnesses:
   `agreement = 1 - product(1 - weight)` over all of them (a noisy or).
2. *Contradicting evidence lowers it.* That is what denies the value and, where only one can hold, what says another.
   It counts where nobody whose word bears as much has agreed since: a word of the user is not undone by an
   inference, and is by a later word of the user. It adds up in the same way, each piece at most as heavy as its
   class is to the best class that agrees; and takes its share away: `agreement x (1 - contradiction)`.
3. *It is never above the ceiling* of the best class of source that agrees.
4. *Time lowers it*, by half in each half-life since it was last agreed with: see `lasting`.

One plain word of a user makes 0.9, a wish with reserve (strength 0.6) 0.54, what was chosen once (0.3) 0.18 and in five
sessions 0.63. The rule knows the set of the evidence alone: its order does not count, nor how often a piece is given.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import groupby
from math import prod
from typing import NamedTuple

from holdfast.remembering.memory.finding import SOURCES, Evidence, Source

__all__ = ["BEARS", "CEILINGS", "agreement", "best_source", "confidence", "place", "weight"]

BEARS: dict[Source, float] = {"user": 0.9, "agent": 0.7, "tool": 0.65, "inferred": 0.6}
CEILINGS: dict[Source, float] = {"user": 0.95, "agent": 0.8, "tool": 0.75, "inferred": 0.65}

RANKS = {source: rank for rank, source in enumerate(SOURCES)}


class Place(NamedTuple):
    """When something was said. Within a session the log tells, between two the clocks must."""

    said_at: datetime
    session_id: str
    seq: int


def place(evidence: Evidence) -> Place:
    """When it was said."""
    return Place(evidence.finding.said_at, evidence.session_id, evidence.finding.seq)


def confidence(agreeing: Collection[Evidence], contradicting: Collection[Evidence] = ()) -> float:
    """How sure one may be, as of when it was last agreed with; 0 where nothing agrees."""
    if not agreeing:
        return 0.0
    best = best_source(agreeing)
    sure = agreement(agreeing) * (1 - _contradiction(agreeing, contradicting, best))
    return min(sure, CEILINGS[best])


def best_source(agreeing: Iterable[Evidence]) -> Source:
    """The class that bears most among them."""
    return min((each.finding.source for each in agreeing), key=RANKS.__getitem__)


def agreement(evidence: Iterable[Evidence], bears: dict[Source, float] = BEARS) -> float:
    """What pieces of evidence that say the same weigh together."""
    weights: dict[tuple[object, str], tuple[float, str]] = {}
    for each in evidence:
        # A fork's log begins with the events of its parent: they were said once.
        key = (each.finding.event_id, each.finding.stance)
        heavy, session_id = weights.get(key, (0.0, each.session_id))
        weights[key] = (max(heavy, weight(each, bears)), min(session_id, each.session_id))
    said = sorted((session_id, -heavy) for heavy, session_id in weights.values())
    return 1 - prod(_session(-heavy for _, heavy in one) for _, one in groupby(said, key=lambda pair: pair[0]))


def weight(evidence: Evidence, bears: dict[Source, float] = BEARS) -> float:
    """What one piece weighs by itself."""
    return min(1.0, max(0.0, evidence.finding.strength)) * bears[evidence.finding.source]


def _contradiction(agreeing: Iterable[Evidence], contradicting: Iterable[Evidence], best: Source) -> float:
    since: dict[Source, Place] = {}
    for each in agreeing:
        for source in SOURCES[RANKS[each.finding.source] :]:
            since[source] = max(since.get(source, place(each)), place(each))
    counted = [
        each for each in contradicting if each.finding.source not in since or place(each) > since[each.finding.source]
    ]
    return agreement(counted, {source: BEARS[source] * min(1.0, BEARS[source] / BEARS[best]) for source in SOURCES})


def _session(weights: Iterable[float]) -> float:
    """What one session leaves of the doubt; the heaviest first."""
    return prod(1 - heavy * 0.5**rank for rank, heavy in enumerate(weights))
