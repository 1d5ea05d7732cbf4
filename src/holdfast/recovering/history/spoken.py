"""What one message says, whichever provider's shape its blocks have: pieces, calls of tools, and results."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeGuard

import orjson

from holdfast.recovering.history.turn import Piece
from holdfast.session import Message

__all__ = ["Answer", "Asked", "Spoken", "json_text", "spoken"]

ERROR = "[The tool reports an error.]"


def json_text(value: Any) -> str:
    """A JSON value as text."""
    return orjson.dumps(value).decode()


class Asked(NamedTuple):
    """A call as the message has it."""

    id: str
    name: str
    arguments: dict[str, Any] | str


class Answer(NamedTuple):
    """A result as the message has it."""

    call_id: str | None
    name: str | None
    content: list[Piece]


@dataclass(slots=True)
class Spoken:
    """What a message says."""

    content: list[Piece]
    calls: list[Asked]
    answers: list[Answer]


def spoken(message: Message) -> Spoken:
    """The message taken apart.

    Calls and results are found where OpenAI has them, in the message's own fields, and where Anthropic has them, among
    its blocks; a call that is in both places is one call. A message of role `tool` is nothing but a result.
    """
    content = list(_pieces(message.content))
    calls = [Asked(call.id, call.name, call.arguments) for call in message.tool_calls]
    if message.role == "tool":
        return Spoken([], calls, [Answer(message.tool_call_id, message.name, content)])
    if isinstance(message.content, str) or not content:
        return Spoken(content, calls, [])
    if message.role == "assistant":
        known = {call.id for call in calls}
        used = [Asked(piece["id"], piece["name"], piece["input"]) for piece in content if _is_use(piece)]
        calls += [call for call in used if call.id not in known]
        return Spoken([piece for piece in content if not _is_use(piece)], calls, [])
    answers = [_answer(piece) for piece in content if _is_answer(piece)]
    return Spoken([piece for piece in content if not _is_answer(piece)], calls, answers)


def _pieces(content: str | list[dict[str, Any]] | None) -> Iterator[Piece]:
    """Blank text says nothing. Of blocks of text only the text is kept, and no `cache_control` of any: it is a setting
    of the request that the block was in."""
    for block in [{"type": "text", "text": content}] if isinstance(content, str) else content or []:
        text = _text(block)
        if text is None:
            yield {key: value for key, value in block.items() if key != "cache_control"}
        elif text.strip():
            yield text


def _text(block: dict[str, Any]) -> str | None:
    """Of a block that is text.

    Thinking is text too: a provider takes back no thinking of another model, nor any in a message that was repaired.
    """
    text, thinking = block.get("text"), block.get("thinking")
    if block.get("type") in ("text", "input_text", "output_text") and isinstance(text, str):
        return text
    if block.get("type") == "thinking" and isinstance(thinking, str):
        return f"[Thinking]\n{thinking}" if thinking.strip() else ""
    return None


def _is_use(piece: Piece) -> TypeGuard[dict[str, Any]]:
    return (
        isinstance(piece, dict)
        and piece.get("type") == "tool_use"
        and all(isinstance(piece.get(key), str) and piece[key] for key in ("id", "name"))
        and isinstance(piece.get("input"), dict)
    )


def _is_answer(piece: Piece) -> TypeGuard[dict[str, Any]]:
    if not isinstance(piece, dict) or piece.get("type") != "tool_result":
        return False
    content = piece.get("content")
    blocks = isinstance(content, list) and all(isinstance(block, dict) for block in content)
    return isinstance(piece.get("tool_use_id"), str) and (content is None or isinstance(content, str) or blocks)


def _answer(block: dict[str, Any]) -> Answer:
    failed = [ERROR] if block.get("is_error") is True else []
    return Answer(block["tool_use_id"], None, [*failed, *_pieces(block.get("content"))])
