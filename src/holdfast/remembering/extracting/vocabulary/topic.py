"""What a topic is: a key of the user's record, its values, and the words that each of them is known by."""

import re
from dataclasses import dataclass, field

__all__ = ["Topic", "Value", "either", "values", "words"]


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a topic."""

    value: str
    pattern: re.Pattern[str]
    """In a clause: in lower case, spelled out, words apart by one space."""


@dataclass(frozen=True, slots=True)
class Topic:
    """Something that one can wish to have one way or another."""

    key: str
    values: tuple[Value, ...]
    """Of several that are found in one place, the first counts."""
    standing: bool = False
    """Whether it is about how the agent speaks and works, so that a plain request for it holds for what comes too.

    Of all other things a plain request is about the work at hand, and tells only what was chosen.
    """
    opposites: dict[str, str] = field(default_factory=dict)
    """What is wished by whoever does not want a value, where there are only two."""
    says_it_all: bool = False
    """Whether its words have their own negation in them, so that one before them changes nothing."""
    named: re.Pattern[str] | None = None
    """How a question names it: what is said in answer is about it."""


def values(*pairs: tuple[str, str]) -> tuple[Value, ...]:
    """Of a value and its pattern each."""
    return tuple(Value(value, re.compile(rf"\b(?:{pattern})\b")) for value, pattern in pairs)


def either(**names: str) -> tuple[Value, ...]:
    """Of values that are known by plain words, which are apart by bars."""
    return values(*((name.replace("_", " "), pattern) for name, pattern in names.items()))


def words(text: str) -> frozenset[str]:
    """The words of a text, for a list that is easier to read without quotes."""
    return frozenset(text.split())
