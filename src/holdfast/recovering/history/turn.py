"""What a history is made of once it is repaired: turns, in no provider's format."""

from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["Call", "Piece", "Problem", "Repair", "Result", "Turn"]

Piece = str | dict[str, Any]
"""Text that is not blank, or a block that is not text: an image, say."""

Problem = Literal[
    "interrupted_call",
    "late_result",
    "orphan_result",
    "second_result",
    "duplicate_call_id",
    "bad_call_id",
    "bad_arguments",
    "bad_name",
    "users_call",
    "empty_message",
    "role_order",
]
"""What no model accepts, or not in every format. Stable: reports and tests know it by these names."""


@dataclass(frozen=True, slots=True)
class Repair:
    """Something that was put right in the view; in the log it is as it was."""

    seq: int
    """Of the message, in the log."""
    problem: Problem
    what: str
    """A sentence for people."""


@dataclass(slots=True)
class Result:
    """What a tool answered."""

    seq: int
    """Of the message that brought it."""
    content: list[Piece]
    """Empty when the tool said nothing."""


@dataclass(slots=True)
class Call:
    """A call of a tool by the assistant, with its one result."""

    id: str
    """Of 1 to 40 letters, digits, `_` and `-`; no other call of the history has it."""
    name: str
    """As the log has it; a format may allow less."""
    arguments: dict[str, Any] | str
    """An object, or the text of one."""
    result: Result | None = None
    """None where the log has none: the call was interrupted, and whether it took effect is not known."""


@dataclass(slots=True)
class Turn:
    """What somebody said, the calls that it asked for and their results: what a window never splits.

    Role `tool` is a result that belongs to no call of the assistant; its content says so. Only an assistant's turn has
    calls.
    """

    seq: int
    role: Literal["system", "user", "assistant", "tool"]
    content: list[Piece]
    calls: list[Call] = field(default_factory=list)
    name: str | None = None
    """Who of that role speaks, if the message says it."""
    messages: int = 1
    """How many of the log's messages are in it."""
