"""What the evidence of one subject comes to: the subject is a key of one kind and owner, as a user's seat preference.

Each distinct value that something speaks for is a memory. Where only one value can hold, each speaks against the
others, and the likeliest (see `confidence`; both as of the newest word on the subject) is what holds:

    current      it holds
    contested    no other is sure enough: all those within `CLOSE` of the likeliest are shown
    replaced     it was said before what holds now, or was taken back since: the owner changed their mind
    outweighed   it was said later, but by sources that bear too little against what holds, or deny it

Nothing is thrown away for being contradicted: every value keeps its evidence, and names those that say otherwise. Of
more than `VALUES` values those are memories that the surest sources said last.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from holdfast.remembering.memory.canonical import canonical, memory_id
from holdfast.remembering.memory.confidence import RANKS, Place, best_source, confidence, place, weight
from holdfast.remembering.memory.finding import Evidence
from holdfast.remembering.memory.lasting import end_of, faded
from holdfast.remembering.memory.memory import Memory, MemoryStatus

__all__ = ["CLOSE", "VALUES", "settled"]

CLOSE = 0.7
"""As large a part of the likeliest value's confidence as makes another as likely."""

VALUES = 100
"""Of which only one can hold, that are told apart: each has to be weighed against each."""


_CURRENT: MemoryStatus = "current"


class _Said(NamedTuple):
    """One value, and what is said of it."""

    id: str
    agreeing: list[Evidence]
    denying: list[Evidence]
    confidence: float
    denied: float
    """How sure one may be that it does not hold."""
    temporary: bool

    @property
    def last(self) -> Place:
        return max(map(place, self.agreeing))


def settled(evidence: Iterable[Evidence], *, tenant: str, owner: str) -> list[Memory]:
    """The memories of one owner, kind and key, the likeliest first; of the set of evidence, in whatever order.

    What is only denied is no memory. Evidence against the value null denies whatever value there is.
    """
    given = list(evidence)
    found = _distinct(given)
    agreeing: dict[str, list[Evidence]] = {}
    denying: dict[str, list[Evidence]] = {}
    for each in found:
        by_value = agreeing if each.finding.stance == "for" else denying
        by_value.setdefault(canonical(each.finding.value), []).append(each)
    if not agreeing:
        return []
    single = all(each.finding.single for each in given if each.finding.stance == "for")
    if single:
        agreeing = dict(sorted(agreeing.items(), key=_standing, reverse=True)[:VALUES])
    said = [
        _said(value, some, agreeing if single else {value: some}, denying, tenant, owner)
        for value, some in agreeing.items()
    ]
    held = [each for each in said if each.confidence >= CLOSE * each.denied]
    statuses = _statuses(held) if single and held else dict.fromkeys((each.id for each in held), _CURRENT)
    statuses |= {each.id: _taken_back(each) for each in said if each.id not in statuses}
    holding = [each.id for each in said if statuses[each.id] == "current"]
    return sorted(
        (_memory(each, statuses, said if single else [each], holding if single else [], owner) for each in said),
        key=lambda memory: (-memory.confidence, memory.id),
    )


def _distinct(evidence: Iterable[Evidence]) -> list[Evidence]:
    """One piece of each event, stance and value, the heaviest where several runs found it; the oldest first.

    An event that is in several sessions, as the parent of a fork and the fork, was said once.
    """
    found: dict[object, Evidence] = {}
    for each in sorted(evidence, key=lambda each: each.session_id):
        finding = each.finding
        key = (finding.event_id, finding.stance, canonical(finding.value))
        if key not in found or _preferred(found[key]) < _preferred(each):
            found[key] = each
    return sorted(found.values(), key=lambda each: (place(each), str(each.finding.event_id), _preferred(each)))


def _preferred(evidence: Evidence) -> tuple[object, ...]:
    """Larger for the piece to keep. What comes behind the weight only sees to it that there is always one."""
    finding = evidence.finding
    told = (finding.text, repr(finding.value), evidence.run_id)
    return (weight(evidence), -RANKS[finding.source], finding.single, finding.temporary, told, place(evidence))


def _said(
    value: str,
    agreeing: list[Evidence],
    others: dict[str, list[Evidence]],
    denying: dict[str, list[Evidence]],
    tenant: str,
    owner: str,
) -> _Said:
    denied = denying.get(value, []) + (denying.get("null", []) if value != "null" else [])
    otherwise = [each for other, some in others.items() if other != value for each in some]
    finding = agreeing[0].finding
    return _Said(
        memory_id(tenant, finding.owner_kind, owner, finding.kind, finding.key, finding.value),
        agreeing,
        sorted(denied, key=place),
        confidence(agreeing, denied + otherwise),
        confidence(denied, agreeing),
        all(each.finding.temporary for each in agreeing),
    )


def _standing(item: tuple[str, list[Evidence]]) -> tuple[int, Place, str]:
    value, agreeing = item
    return -RANKS[best_source(agreeing)], max(map(place, agreeing)), value


def _taken_back(each: _Said) -> MemoryStatus:
    return "replaced" if each.last < max(map(place, each.denying)) else "outweighed"


def _statuses(said: Sequence[_Said]) -> dict[str, MemoryStatus]:
    newest = max(each.last for each in said)

    def likely(each: _Said) -> float:
        return faded(
            each.confidence, each.agreeing[0].finding.kind, each.last.said_at, newest.said_at, temporary=each.temporary
        )

    best = max(said, key=lambda each: (likely(each), each.last, each.id))
    close = {each.id for each in said if likely(each) >= CLOSE * likely(best)}
    statuses: dict[str, MemoryStatus] = {}
    for each in said:
        if each.id in close:
            statuses[each.id] = "current" if len(close) == 1 else "contested"
        else:
            statuses[each.id] = "replaced" if each.last < best.last else "outweighed"
    return statuses


def _memory(
    each: _Said, statuses: dict[str, MemoryStatus], among: Sequence[_Said], holding: Sequence[str], owner: str
) -> Memory:
    telling = max(
        each.agreeing,
        key=lambda piece: (
            -RANKS[piece.finding.source],
            piece.finding.strength,
            place(piece),
            str(piece.finding.event_id),
        ),
    ).finding
    replaced = [other.id for other in among if statuses[other.id] == "replaced"] if each.id in holding else []
    return Memory(
        id=each.id,
        owner_kind=telling.owner_kind,
        owner=owner,
        kind=telling.kind,
        key=telling.key,
        value=telling.value,
        text=telling.text,
        confidence=each.confidence,
        source=best_source(each.agreeing),
        status=statuses[each.id],
        temporary=each.temporary,
        first_seen=min(piece.finding.said_at for piece in each.agreeing),
        last_seen=each.last.said_at,
        expires_at=end_of(telling.kind, each.last.said_at, temporary=each.temporary),
        replaces=tuple(sorted(replaced)),
        contradicts=tuple(sorted(other.id for other in among if other.id != each.id)),
        evidence=tuple(sorted([*each.agreeing, *each.denying], key=place)),
    )
