"""The format of OpenAI's chat completions, and of the many servers that speak it."""

from collections.abc import Iterator

from holdfast.recovering.history.blocks import openai_takes
from holdfast.recovering.history.formats import Json, name_repairs, result_pieces, text_of, tool_name
from holdfast.recovering.history.spoken import json_text
from holdfast.recovering.history.turn import Call, Piece, Repair, Turn

__all__ = ["leading", "messages", "opening", "repairs", "summary", "whole"]

LONGEST_NAME = 64


def leading(turn: Turn) -> Json:
    """A system message, like those further on."""
    return _message("system", turn)


def messages(turn: Turn) -> list[Json]:
    """The turn's message, and one of role `tool` for each of its calls."""
    message = _message("user" if turn.role == "tool" else turn.role, turn)
    if not turn.calls:
        return [message]
    message["content"] = message["content"] or None
    message["tool_calls"] = [_call(call) for call in turn.calls]
    return [message, *(_result(call) for call in turn.calls)]


def opening(_first: Turn) -> list[Json]:
    """Nothing: a history may begin with anybody."""
    return []


def summary(text: str) -> Json:
    """A system message."""
    return {"role": "system", "content": text}


def whole(leading: list[Json], rest: list[Json]) -> tuple[str | None, list[Json]]:
    """All of them are messages."""
    return None, [*leading, *rest]


def repairs(turn: Turn) -> Iterator[Repair]:
    """Names of tools that are too long, or have other characters."""
    return name_repairs(turn, LONGEST_NAME)


def _message(role: str, turn: Turn) -> Json:
    said = {"role": role, "content": _content(turn.content, media=role == "user")}
    # Optional, and refused when it is not of that form; so it is kept only as it is.
    if turn.name and turn.name == tool_name(turn.name, LONGEST_NAME):
        said["name"] = turn.name
    return said


def _content(pieces: list[Piece], *, media: bool) -> str | list[Json]:
    """One text, which every server takes; a list of parts only where there is something besides text."""
    if media and any(isinstance(piece, dict) and openai_takes(piece) for piece in pieces):
        return [
            piece if isinstance(piece, dict) and openai_takes(piece) else {"type": "text", "text": text_of(piece)}
            for piece in pieces
        ]
    return "\n\n".join(map(text_of, pieces))


def _call(call: Call) -> Json:
    arguments = call.arguments if isinstance(call.arguments, str) else json_text(call.arguments)
    function = {"name": tool_name(call.name, LONGEST_NAME), "arguments": arguments}
    return {"id": call.id, "type": "function", "function": function}


def _result(call: Call) -> Json:
    return {"role": "tool", "tool_call_id": call.id, "content": _content(result_pieces(call), media=False)}
