"""What a rendered message takes of a model's window, by estimate."""

from collections.abc import Callable
from typing import Any

from holdfast.recovering.history.spoken import json_text

__all__ = ["Count", "cost", "estimate", "of_bytes"]

Count = Callable[[str], int]
"""How many tokens a text has."""

MESSAGE = 4
"""Tokens of a message beside its text: role and delimiters. OpenAI's cookbook counts three, and one for a name."""
CALL = 8
"""Tokens of a call, or of a result, beside what is in it."""
IMAGE = 1600
"""Tokens of an image, whatever its size in bytes: the most that Anthropic's guide to vision gives for one."""

MEDIA = frozenset({"image", "image_url"})


def estimate(text: str) -> int:
    """A token for each two and a half bytes of UTF-8, rounded up.

    The providers' rule of thumb is four (OpenAI) or three and a half (Anthropic) characters of English a token. The
    rest is room for JSON, digits and other scripts, which take more. No bound: text of nothing but random identifiers
    may have more tokens. Whoever needs to know gives a tokenizer's own count.
    """
    return of_bytes(len(text) if text.isascii() else len(text.encode()))


def of_bytes(size: int) -> int:
    """What `estimate` says of a text of so many bytes."""
    return (2 * size + 4) // 5


def cost(message: dict[str, Any], count: Count) -> int:
    """Tokens of a message in either format: its texts by `count`, the rest by the figures above."""
    total = MESSAGE + _content(message["content"], count)
    for key in ("name", "tool_call_id"):
        if key in message:
            total += count(message[key])
    for call in message.get("tool_calls", ()):
        function = call["function"]
        total += CALL + count(call["id"]) + count(function["name"]) + count(function["arguments"])
    return total


def _content(content: Any, count: Count) -> int:
    if isinstance(content, str):
        return count(content)
    return sum(_block(block, count) for block in content or ())


def _block(block: dict[str, Any], count: Count) -> int:
    kind = block["type"]
    if kind == "text":
        return count(block["text"])
    if kind == "tool_use":
        return CALL + count(block["id"]) + count(block["name"]) + count(json_text(block["input"]))
    if kind == "tool_result":
        return CALL + count(block["tool_use_id"]) + _content(block["content"], count)
    return IMAGE if kind in MEDIA else count(json_text(block))
