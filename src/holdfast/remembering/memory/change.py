"""What became of memories when their evidence changed."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from holdfast.remembering.memory.memory import Memory

__all__ = ["Change", "How", "changes"]

How = Literal["new", "raised", "lowered", "contested", "replaced", "outweighed", "restored", "gone"]
"""`restored`: what was contested, replaced or outweighed holds again. `gone`: nothing speaks for it any more."""

LITTLE = 1e-9


class Change(NamedTuple):
    """A memory that is not what it was. One that is `gone` is shown as it was."""

    how: How
    memory: Memory
    before: float | None
    """The confidence that it had; None for a new one."""


def changes(before: Iterable[Memory], after: Iterable[Memory]) -> tuple[Change, ...]:
    """What is different, in the order of `after`; what is gone comes last. What was only said again is no change."""
    old = {memory.id: memory for memory in before}
    found = []
    for memory in after:
        was = old.pop(memory.id, None)
        how = _how(was, memory)
        if how is not None:
            found.append(Change(how, memory, None if was is None else was.confidence))
    return (*found, *(Change("gone", was, was.confidence) for was in old.values()))


def _how(was: Memory | None, memory: Memory) -> How | None:
    if was is None:
        return "new"
    if was.status != memory.status:
        return "restored" if memory.status == "current" or memory.status == "expired" else memory.status  # noqa: PLR1714  # for the types
    if abs(was.confidence - memory.confidence) <= LITTLE:
        return None
    return "raised" if memory.confidence > was.confidence else "lowered"
