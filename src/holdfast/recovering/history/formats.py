"""What a format has to say of turns, and what both formats say alike."""

import re
from collections.abc import Iterator
from typing import Any, Protocol

from holdfast.recovering.history.spoken import json_text
from holdfast.recovering.history.turn import Call, Piece, Repair, Turn

__all__ = ["Format", "Json", "name_repairs", "result_pieces", "text_of", "tool_name"]

Json = dict[str, Any]

INTERRUPTED = (
    "[Interrupted] The log has no result of this call. It is not known whether the call took effect: it must not be "
    "taken for done. Find out before making it again."
)
SILENT = "[The tool gave an empty result.]"


class Format(Protocol):
    """A provider's format, as a module has it: a turn becomes messages, and messages become a whole."""

    def leading(self, turn: Turn) -> Json:
        """A system's turn before anything else was said."""

    def messages(self, turn: Turn) -> list[Json]:
        """Any other turn: a call and its result are in neighbouring messages."""

    def opening(self, first: Turn) -> list[Json]:
        """What has to be said before a history can begin with that turn."""

    def summary(self, text: str) -> Json:
        """What stands for the messages that are left out."""

    def whole(self, leading: list[Json], rest: list[Json]) -> tuple[str | None, list[Json]]:
        """What the API takes: the system's text, where it is taken apart from the messages, and the messages."""

    def repairs(self, turn: Turn) -> Iterator[Repair]:
        """What this format alone makes necessary, of a turn that is not leading."""


def text_of(piece: Piece) -> str:
    """The piece as text: of a block that the format does not take, its JSON."""
    return piece if isinstance(piece, str) else json_text(piece)


def result_pieces(call: Call) -> list[Piece]:
    """What stands for the call's result; never empty."""
    return [INTERRUPTED] if call.result is None else call.result.content or [SILENT]


def tool_name(name: str, longest: int) -> str:
    """The name of a tool, of letters, digits, `_` and `-` alone."""
    return re.sub(r"[^a-zA-Z0-9_-]", "_", name)[:longest]


def name_repairs(turn: Turn, longest: int) -> Iterator[Repair]:
    """A repair for each call whose tool must go by another name here."""
    for call in turn.calls:
        name = tool_name(call.name, longest)
        if name != call.name:
            what = f"The model does not take {call.name} as a tool's name; here it is {name}."
            yield Repair(turn.seq, "bad_name", what)
