"""The format of Anthropic's messages: user and assistant take turns, and the system's words go apart from them."""

from collections.abc import Iterator

import orjson

from holdfast.recovering.history.blocks import anthropic_takes
from holdfast.recovering.history.formats import Json, name_repairs, result_pieces, text_of, tool_name
from holdfast.recovering.history.turn import Call, Piece, Repair, Turn

__all__ = ["leading", "messages", "opening", "repairs", "summary", "whole"]

LONGEST_NAME = 128

BEGINNING = "(The conversation begins here.)"
NOTE = "[A note of the system]"


def leading(turn: Turn) -> Json:
    """A message for the time being: `whole` takes it apart from the others."""
    return {"role": "system", "content": "\n\n".join(map(text_of, turn.content))}


def messages(turn: Turn) -> list[Json]:
    """The turn's message, calls last, and after it the user's with the results."""
    if turn.role != "assistant":
        note = [_text(NOTE)] if turn.role == "system" else []
        return [{"role": "user", "content": note + _blocks(turn.content, media=True)}]
    said = {"role": "assistant", "content": _blocks(turn.content, media=False) + [_call(call) for call in turn.calls]}
    if not turn.calls:
        return [said]
    return [said, {"role": "user", "content": [_result(call) for call in turn.calls]}]


def opening(first: Turn) -> list[Json]:
    """The user begins, if only with words that say nothing."""
    return [{"role": "user", "content": [_text(BEGINNING)]}] if first.role == "assistant" else []


def summary(text: str) -> Json:
    """A block at the start of the first user's message."""
    return {"role": "user", "content": [_text(text)]}


def whole(leading: list[Json], rest: list[Json]) -> tuple[str | None, list[Json]]:
    """Neighbours of one role become one message; no white space is left at the very end of an assistant's words."""
    merged: list[Json] = []
    for message in rest:
        if merged and merged[-1]["role"] == message["role"]:
            merged[-1]["content"].extend(message["content"])
        else:
            merged.append(message)
    if merged and merged[-1]["role"] == "assistant":
        last = merged[-1]["content"][-1]
        last["text"] = last["text"].rstrip()
    return "\n\n".join(message["content"] for message in leading) or None, merged


def repairs(turn: Turn) -> Iterator[Repair]:
    """Names of tools, and a system that speaks when the conversation is under way."""
    if turn.role == "system":
        yield Repair(turn.seq, "role_order", "The system's message stands among the others; it is told as the user's.")
    yield from name_repairs(turn, LONGEST_NAME)


def _text(text: str) -> Json:
    return {"type": "text", "text": text}


def _blocks(pieces: list[Piece], *, media: bool) -> list[Json]:
    return [
        piece if media and isinstance(piece, dict) and anthropic_takes(piece) else _text(text_of(piece))
        for piece in pieces
    ]


def _call(call: Call) -> Json:
    given = orjson.loads(call.arguments) if isinstance(call.arguments, str) else call.arguments
    return {"type": "tool_use", "id": call.id, "name": tool_name(call.name, LONGEST_NAME), "input": given}


def _result(call: Call) -> Json:
    return {"type": "tool_result", "tool_use_id": call.id, "content": _blocks(result_pieces(call), media=True)}
