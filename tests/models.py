"""What two providers' APIs refuse of a history: validators of the documented request formats, knowing nothing of ours.

Written from the references of OpenAI's chat completions and Anthropic's messages, from what their guides to tool use
say about order, and from the errors that the APIs answer with. Stricter than the APIs where they differ by model:
what passes here is accepted everywhere. Each returns what would be refused, as `where: why`; nothing says accepted.
"""

import json
import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator, Sequence
from typing import Any

__all__ = ["refused", "refused_by_anthropic", "refused_by_openai"]

Refusals = Iterator[str]


def refused(format_: str, messages: Sequence[Any], system: object = None) -> list[str]:
    """Why the API of that format would refuse these messages."""
    if format_ == "anthropic":
        return refused_by_anthropic(messages, system)
    assert system is None, "in this format the system speaks in messages"
    return refused_by_openai(messages)


def refused_by_openai(messages: Sequence[Any]) -> list[str]:
    """Of `messages` of a chat completion. No messages at all are let pass: who asks adds the first."""
    return [*_not_json(messages), *_openai(messages)]


def refused_by_anthropic(messages: Sequence[Any], system: object = None) -> list[str]:
    """Of `messages` and `system` of a messages request. No messages at all are let pass: who asks adds the first."""
    found = [*_not_json([*messages, system])]
    if system is not None and not _said(system):
        found.append("system: must be text, and not blank")
    return [*found, *_anthropic(messages)]


def _not_json(value: object) -> Refusals:
    try:
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        yield f"request: is no JSON: {error}"


def _said(value: object) -> bool:
    return isinstance(value, str) and value.strip() != ""


def _keys(where: str, value: object, needed: str, optional: str = "") -> Refusals:
    if not isinstance(value, dict):
        yield f"{where}: must be an object"
        return
    for missing in set(needed.split()) - value.keys():
        yield f"{where}.{missing}: is required"
    for extra in value.keys() - set(needed.split()) - set(optional.split()):
        yield f"{where}.{extra}: is not permitted"


# ---------------------------------------------------------------- OpenAI

_OPENAI_KEYS = {
    "system": ("role content", "name"),
    "user": ("role content", "name"),
    "assistant": ("role content", "name tool_calls"),
    "tool": ("role content tool_call_id", ""),
}
_NAME = r"[a-zA-Z0-9_-]{1,64}"


def _openai(messages: Sequence[Any]) -> Refusals:
    waiting: list[str] = []
    seen: set[str] = set()
    for nth, message in enumerate(messages):
        where = f"messages[{nth}]"
        role = message.get("role") if isinstance(message, dict) else None
        if role not in _OPENAI_KEYS:
            yield f"{where}.role: must be one of {', '.join(_OPENAI_KEYS)}"
            return
        yield from _keys(where, message, *_OPENAI_KEYS[role])
        if "name" in message and not re.fullmatch(_NAME, str(message["name"])):
            yield f"{where}.name: does not match the pattern"
        yield from _openai_content(where, role, message)
        if role == "tool":
            if message.get("tool_call_id") not in waiting:
                yield f"{where}: a tool's message must answer a call of the assistant's message right before it"
            else:
                waiting.remove(message["tool_call_id"])
            continue
        if waiting:
            yield f"{where}: calls of the assistant's message before have no response: {waiting}"
        waiting = []
        if "tool_calls" in message:
            yield from _openai_calls(where, message["tool_calls"], waiting, seen)
    if waiting:
        yield f"messages: the last calls have no response: {waiting}"


def _openai_content(where: str, role: str, message: dict[str, Any]) -> Refusals:
    content = message.get("content")
    if content is None and role == "assistant" and message.get("tool_calls"):
        return
    if isinstance(content, str):
        if not content.strip():
            yield f"{where}.content: is blank"
        return
    if not isinstance(content, list) or not content:
        yield f"{where}.content: must be text or a list of parts"
        return
    for nth, part in enumerate(content):
        yield from _openai_part(f"{where}.content[{nth}]", role, part)


def _openai_part(where: str, role: str, part: Any) -> Refusals:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind == "text":
        yield from _text(where, part)
    elif kind in ("image_url", "input_audio", "file") and role == "user":
        yield from _keys(where, part, f"type {kind}")
        inner = part.get(kind)
        if isinstance(inner, dict):
            yield from _openai_medium(f"{where}.{kind}", kind, inner)
        else:
            yield f"{where}.{kind}: must be an object"
    else:
        yield f"{where}.type: {kind!r} is not for the {role}"


def _openai_medium(where: str, kind: str, medium: dict[str, Any]) -> Refusals:
    if kind == "image_url":
        yield from _keys(where, medium, "url", "detail")
        yield from _image_at(f"{where}.url", medium.get("url"), data=True)
        if medium.get("detail", "auto") not in ("auto", "low", "high"):
            yield f"{where}.detail: is not known"
    elif kind == "input_audio":
        yield from _keys(where, medium, "data format")
        yield from _base64(f"{where}.data", medium.get("data"))
        if medium.get("format") not in ("wav", "mp3"):
            yield f"{where}.format: is not known"
    else:
        yield from _keys(where, medium, "file_id" if "file_id" in medium else "file_data filename")
        if not all(_said(value) for value in medium.values()):
            yield f"{where}: has a blank field"


def _text(where: str, block: dict[str, Any]) -> Refusals:
    yield from _keys(where, block, "type text")
    if not _said(block.get("text")):
        yield f"{where}.text: must contain non-whitespace text"


def _openai_calls(where: str, calls: Any, waiting: list[str], seen: set[str]) -> Refusals:
    if not isinstance(calls, list) or not calls:
        yield f"{where}.tool_calls: must be a list that is not empty"
        return
    for nth, call in enumerate(calls):
        here = f"{where}.tool_calls[{nth}]"
        yield from _keys(here, call, "id type function")
        call_id, function = call.get("id"), call.get("function")
        if not isinstance(call_id, str) or not 1 <= len(call_id) <= 40:
            yield f"{here}.id: must be text of 1 to 40 characters"
        if call_id in seen:
            yield f"{here}.id: another call has it"
        seen.add(call_id)
        waiting.append(call_id)
        if call.get("type") != "function":
            yield f"{here}.type: must be function"
        yield from _keys(f"{here}.function", function, "name arguments")
        if not re.fullmatch(_NAME, str(function.get("name"))):
            yield f"{here}.function.name: does not match the pattern"
        if not _is_object(function.get("arguments")):
            yield f"{here}.function.arguments: must be the text of a JSON object"


def _is_object(text: object) -> bool:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        return isinstance(text, str) and isinstance(json.loads(text, parse_constant=refuse), dict)
    except (ValueError, RecursionError):
        return False


# ---------------------------------------------------------------- Anthropic


def _anthropic(messages: Sequence[Any]) -> Refusals:
    waiting: list[str] = []
    seen: set[str] = set()
    for nth, message in enumerate(messages):
        where = f"messages.{nth}"
        yield from _keys(where, message, "role content")
        role, content = message.get("role"), message.get("content")
        if role != ("assistant" if nth % 2 else "user"):
            yield f"{where}.role: the user begins, and roles alternate"
        if isinstance(content, str):
            content = [{"type": "text", "text": content}]
        if not isinstance(content, list) or not content:
            yield f"{where}.content: must be text or a list of blocks"
            return
        yield from _anthropic_results(where, content, waiting)
        waiting = []
        for place, block in enumerate(content):
            yield from _anthropic_block(f"{where}.content.{place}", role, block, waiting, seen)
        if waiting and content[-len(waiting) :] != [block for block in content if block.get("type") == "tool_use"]:
            yield f"{where}: tool_use blocks must come last"
    if waiting:
        yield f"messages: tool_use ids without tool_result blocks right after: {waiting}"
    if messages and messages[-1]["role"] == "assistant":
        last = messages[-1]["content"]
        text = last if isinstance(last, str) else last[-1].get("text", "")
        if text != text.rstrip():
            yield "messages: the final assistant content cannot end with trailing whitespace"


def _anthropic_results(where: str, content: list[Any], waiting: list[str]) -> Refusals:
    """One result for each call of the message before, before anything else in this one."""
    results = [block["tool_use_id"] for block in content if block.get("type") == "tool_result"]
    if sorted(results) != sorted(waiting):
        yield f"{where}: the message before called {waiting}, and the results are of {results}"
    if any(block.get("type") != "tool_result" for block in content[: len(results)]):
        yield f"{where}: tool_result blocks must come first"


def _anthropic_block(where: str, role: str, block: Any, waiting: list[str], seen: set[str]) -> Refusals:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind == "text":
        yield from _text(where, block)
    elif kind == "tool_use" and role == "assistant":
        yield from _anthropic_use(where, block, seen)
        waiting.append(block.get("id"))
    elif kind == "tool_result" and role == "user":
        yield from _keys(where, block, "type tool_use_id content", "is_error")
        inner = block.get("content")
        if isinstance(inner, str):
            inner = [{"type": "text", "text": inner}]
        for place, part in enumerate(inner or [{}]):
            yield from _anthropic_part(f"{where}.content.{place}", part)
    elif role == "user":
        yield from _anthropic_part(where, block)
    else:
        yield f"{where}.type: {kind!r} is not for the {role}"


def _anthropic_use(where: str, block: dict[str, Any], seen: set[str]) -> Refusals:
    yield from _keys(where, block, "type id name input")
    if not re.fullmatch(r"[a-zA-Z0-9_-]+", str(block.get("id"))):
        yield f"{where}.id: does not match the pattern"
    if block.get("id") in seen:
        yield f"{where}.id: tool_use ids must be unique"
    seen.add(str(block.get("id")))
    if not re.fullmatch(r"[a-zA-Z0-9_-]{1,128}", str(block.get("name"))):
        yield f"{where}.name: does not match the pattern"
    if not isinstance(block.get("input"), dict):
        yield f"{where}.input: must be an object"


def _anthropic_part(where: str, part: Any) -> Refusals:
    kind = part.get("type") if isinstance(part, dict) else None
    source = part.get("source") if isinstance(part, dict) else None
    if kind == "text":
        yield from _text(where, part)
    elif kind in ("image", "document") and isinstance(source, dict):
        yield from _keys(where, part, "type source", "title context" if kind == "document" else "")
        if not all(_said(part[key]) for key in ("title", "context") if key in part):
            yield f"{where}: title and context must be text"
        yield from _anthropic_source(f"{where}.source", kind, source)
    else:
        yield f"{where}.type: {kind!r} is not for the user"


def _anthropic_source(where: str, kind: str, source: dict[str, Any]) -> Refusals:
    if source.get("type") == "url":
        yield from _keys(where, source, "type url")
        yield from _image_at(f"{where}.url", source.get("url"), data=False)
        return
    yield from _keys(where, source, "type media_type data")
    media = source.get("media_type")
    if (source.get("type"), kind, media) == ("text", "document", "text/plain"):
        if not _said(source.get("data")):
            yield f"{where}.data: is blank"
        return
    allowed = ("image/jpeg", "image/png", "image/gif", "image/webp") if kind == "image" else ("application/pdf",)
    if source.get("type") != "base64" or media not in allowed:
        yield f"{where}: {source.get('type')!r} of {media!r} is not known for {kind}"
    yield from _base64(f"{where}.data", source.get("data"))


def _image_at(where: str, url: object, *, data: bool) -> Refusals:
    inline = re.fullmatch(r"data:image/(?:jpeg|png|gif|webp);base64,(.*)", url) if isinstance(url, str) else None
    if data and inline:
        yield from _base64(where, inline[1])
    elif not isinstance(url, str) or not re.fullmatch(r"https?://\S+", url):
        yield f"{where}: is no URL"


def _base64(where: str, data: object) -> Refusals:
    try:
        if isinstance(data, str) and b64decode(data, validate=True):
            return
    except (Base64Error, ValueError):
        pass
    yield f"{where}: must be base64"
