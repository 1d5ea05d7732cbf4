"""What is found in a user's words: a wish, before it becomes a finding."""

from typing import NamedTuple

from pydantic import JsonValue

from holdfast.remembering.memory.finding import Source, Stance

__all__ = ["Wish"]


class Wish(NamedTuple):
    """How somebody wants to have something."""

    key: str
    value: JsonValue
    strength: float
    source: Source = "user"
    stance: Stance = "for"
    single: bool = True
    temporary: bool = False
