"""What is wrong with memories: found by looking at all of one owner's together. Nothing is changed.

duplicate       the same said twice: in the same words under one key, or the same value under keys alike
contradiction   values of one key of which only one can hold, and none is sure enough
stale           hardly sure any more (below `STALE_BELOW`), or not heard of for `UNSEEN`
unsupported     without evidence, or with evidence that names an event which is not in the log
outlived        its time is over and it is still there
"""

import re
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from holdfast.remembering.memory.canonical import canonical
from holdfast.remembering.memory.memory import Memory

__all__ = ["STALE_BELOW", "UNSEEN", "Problem", "ProblemKind", "audited"]

ProblemKind = Literal["duplicate", "contradiction", "stale", "unsupported", "outlived"]

STALE_BELOW = 0.1
"""The confidence, as of now, below which a memory that still holds is stale."""

UNSEEN = timedelta(days=540)

WORD = re.compile(r"[^\W_]+")
SMALL = frozenset({"a", "an", "and", "for", "in", "is", "of", "on", "or", "that", "the", "to", "with"})
"""Words that make no difference."""

WORDS, CHARACTERS = 3, 3
"""What a text, or a value, must have at least for its being there twice to be no chance."""


class Problem(NamedTuple):
    """Something that a person should look at."""

    kind: ProblemKind
    owner_kind: str
    owner: str
    memories: tuple[str, ...]
    """Their ids; the surest first where they are duplicates or contradict each other."""
    text: str


def audited(memories: Iterable[Memory], *, now: datetime, unsupported: Collection[str] = ()) -> list[Problem]:
    """What is wrong with these, which are as of `now`; `unsupported` are ids that the store found to be so."""
    by_owner: dict[tuple[str, str], list[Memory]] = defaultdict(list)
    for memory in memories:
        by_owner[memory.owner_kind, memory.owner].append(memory)
    found: list[Problem] = []
    for owner in sorted(by_owner):
        some = sorted(by_owner[owner], key=lambda each: (-each.confidence, each.id))
        for kind, problems in (
            ("duplicate", _duplicates(some)),
            ("contradiction", _contradictions(some)),
            ("stale", _stale(some, now)),
            ("unsupported", _unsupported(some, unsupported)),
            ("outlived", _outlived(some, now)),
        ):
            found += [
                Problem(kind, *owner, tuple(each.id for each in about), text)  # type: ignore[arg-type]  # the words above
                for about, text in problems
            ]
    return found


def _duplicates(memories: Sequence[Memory]) -> Iterator[tuple[Sequence[Memory], str]]:
    same: dict[Hashable, list[Memory]] = defaultdict(list)
    for memory in memories:
        if memory.status in {"replaced", "expired"}:
            continue
        if isinstance(memory.value, str):
            # The same value in other letters is another memory, which it should not be.
            same[memory.kind, memory.key, _words(memory.value)].append(memory)
        if len(text := _words(memory.text)) >= WORDS:
            same[memory.kind, "text", text].append(memory)
        if isinstance(memory.value, str | int | float) and not isinstance(memory.value, bool):
            told = canonical(memory.value)
            for word in _words(memory.key) if len(told) >= CHARACTERS else ():
                same[memory.kind, "value", told, word].append(memory)
    told_of: set[frozenset[str]] = set()
    for some in same.values():
        ids = frozenset(each.id for each in some)
        if len(ids) > 1 and not any(ids <= told for told in told_of):
            told_of.add(ids)
            yield some, f"said {len(ids)} times: {some[0].text}"


def _contradictions(memories: Sequence[Memory]) -> Iterator[tuple[Sequence[Memory], str]]:
    open_ones: dict[Hashable, list[Memory]] = defaultdict(list)
    for memory in memories:
        if memory.status == "contested":
            open_ones[memory.kind, memory.key].append(memory)
    for some in open_ones.values():
        yield some, f"{some[0].key}: {' or '.join(canonical(each.value) for each in some)}"


def _stale(memories: Sequence[Memory], now: datetime) -> Iterator[tuple[Sequence[Memory], str]]:
    for memory in memories:
        if memory.status in {"replaced", "outweighed", "expired"}:
            continue
        if memory.confidence < STALE_BELOW:
            yield [memory], f"hardly sure any more ({memory.confidence:.2f}): {memory.text}"
        elif now - memory.last_seen > UNSEEN:
            yield [memory], f"not heard of since {memory.last_seen:%Y-%m-%d}: {memory.text}"


def _unsupported(memories: Sequence[Memory], ids: Collection[str]) -> Iterator[tuple[Sequence[Memory], str]]:
    for memory in memories:
        if memory.id in ids:
            yield [memory], f"no event in the log says so: {memory.text}"


def _outlived(memories: Sequence[Memory], now: datetime) -> Iterator[tuple[Sequence[Memory], str]]:
    for memory in memories:
        if memory.expires_at <= now:
            passing = "about one piece of work, " if memory.temporary else ""
            yield [memory], f"{passing}over since {memory.expires_at:%Y-%m-%d}: {memory.text}"


def _words(text: str) -> frozenset[str]:
    """The words that tell texts apart, whatever their case, order and punctuation."""
    words = {word.casefold() for word in WORD.findall(text)}
    return frozenset(word[:-1] if len(word) > 3 and word.endswith("s") else word for word in words - SMALL)
