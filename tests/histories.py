"""Messages for histories: made by hand in a line, as recorded, and any that the log can hold."""

import gzip
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import orjson
from hypothesis import strategies as st

from holdfast.events import ToolCall
from holdfast.session import MAIN, Message
from strategies import json_objects, json_values

__all__ = [
    "DATA",
    "FORMATS",
    "PNG",
    "answers",
    "asks",
    "histories",
    "numbered",
    "recorded",
    "says",
    "texts_in",
    "texts_of",
]

DATA = sorted((Path(__file__).parents[2] / "shared" / "data").glob("*.jsonl.gz"))
FORMATS: tuple[Literal["openai"], Literal["anthropic"]] = ("openai", "anthropic")
AT = datetime(2026, 1, 29, 10, tzinfo=UTC)

PNG = "iVBORw0KGgo="

Data = dict[str, Any]


def says(role: str, content: Any = None, **fields: Any) -> Data:
    """The data of a `message.added`."""
    return {"role": role, "content": content, **fields}


def asks(*ids: str, content: Any = None, name: str = "weather", arguments: Any = None) -> Data:
    """The assistant calls a tool, once for each id."""
    given = {"city": "Paris"} if arguments is None else arguments
    calls = [{"id": each, "name": name, "arguments": given} for each in ids]
    return says("assistant", content, tool_calls=calls)


def answers(call_id: str | None, content: Any = "22 degrees", **fields: Any) -> Data:
    """The tool's result."""
    return says("tool", content, tool_call_id=call_id, **fields)


def numbered(*messages: Data) -> list[Message]:
    """As the log has them, from 1 on."""
    return [
        Message(
            seq=seq,
            role=data["role"],
            content=data["content"],
            tool_calls=[ToolCall.model_validate(call) for call in data.get("tool_calls") or []],
            tool_call_id=data.get("tool_call_id"),
            name=data.get("name"),
            conversation=MAIN,
            actor=data["role"],
            orchestrator_context=None,
            timestamp=AT,
        )
        for seq, data in enumerate(messages, 1)
    ]


def recorded() -> Iterator[list[Message]]:
    """The messages of each recorded conversation."""
    for file in DATA:
        with gzip.open(file) as lines:
            yield from (numbered(*orjson.loads(line)["messages"]) for line in lines)


def texts_of(message: Message) -> list[str]:
    """The texts of a message that say something, be it in a block or in a result that is one."""
    return [text for text in _texts_of(message.content) if text.strip()]


def _texts_of(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    for block in content if isinstance(content, list) else []:
        said = block.get({"thinking": "thinking", "tool_result": "content"}.get(str(block.get("type")), "text"))
        if block.get("type") == "tool_result":
            yield from _texts_of(said)
        elif block.get("type") in ("text", "thinking") and isinstance(said, str):
            yield said


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a value of JSON, keys aside."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts_in(part)


# Few, so that calls and results meet; and such as a format refuses, or that meet once they are made to fit.
_ids = st.sampled_from(["a", "b", "c", "a-2", "a.2", "a_2", "длинный", "x" * 41, "x" * 40])
_names = st.sampled_from(["weather", "send.mail", "send mail", "n" * 65, "n" * 129, "代理"])
_texts = st.sampled_from(["", " ", "\n", "hello ", "so\n", "[x]", "\x00"]) | st.text(max_size=12)
_calls = st.fixed_dictionaries(
    {"id": _ids, "name": _names},
    optional={
        "arguments": json_objects | st.sampled_from(["", "{}", "[]", "{", '{"n":1e999}', '{"s":"\\ud800"}', '{"a": 1}'])
    },
)
_blocks = st.one_of(
    st.builds(lambda text: {"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}, _texts),
    st.builds(lambda text: {"type": "thinking", "thinking": text, "signature": "s"}, _texts),
    st.builds(lambda each, name: {"type": "tool_use", "id": each, "name": name, "input": {"a": 1}}, _ids, _names),
    st.builds(
        lambda each, content, failed: {
            "type": "tool_result",
            "tool_use_id": each,
            "content": content,
            "is_error": failed,
        },
        _ids,
        st.none() | _texts | st.lists(st.builds(lambda text: {"type": "text", "text": text}, _texts), max_size=2),
        st.booleans(),
    ),
    st.sampled_from(
        [
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "?"}},
            {"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}, "cache_control": {}},
            {"type": "image", "source": {"type": "url", "url": "a.png"}},
            {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "words"}, "title": "T"},
            {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": PNG}},
            {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": " "}},
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,="}},
            {"type": "image_url", "image_url": {"url": "https://example.org/a.png", "detail": "high"}},
            {"type": "image_url", "image_url": "https://example.org/a.png"},
            {"type": "input_audio", "input_audio": {"data": PNG, "format": "wav"}},
            {"type": "file", "file": {"file_id": "f1"}},
            {"type": "file", "file": {"file_data": PNG}},
            {"type": "redacted_thinking", "data": "x"},
            {"type": "tool_use", "id": "a", "name": "", "input": {}},
            {"type": "tool_result", "tool_use_id": "a", "content": 1},
        ]
    ),
    st.builds(
        lambda block, extra: {**block, "type": extra},
        json_objects,
        st.sampled_from(["text", "image", "x"]) | json_values,
    ),
    json_objects,
)
_messages = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["system", "user", "assistant", "tool"]),
        "content": st.none() | _texts | st.lists(_blocks, max_size=4),
    },
    optional={
        "tool_calls": st.lists(_calls, max_size=3),
        "tool_call_id": st.none() | _ids | st.just(""),
        "name": st.none() | _names,
    },
)
_talk = st.sampled_from(
    [says("user", "hello"), says("assistant", "hi "), asks("a"), asks("a", "b"), answers("a"), answers("b", "")]
)

histories = st.lists(_messages | _talk, max_size=12).map(lambda messages: numbered(*messages))
"""Any messages in any order: what a log can hold, however little sense it makes."""
