"""The validators of the providers' formats: what each refuses, so that what they let pass means something."""

from typing import Any

import pytest

from models import refused_by_anthropic, refused_by_openai

PNG = "iVBORw0KGgo="


def call(call_id: str = "c1", name: str = "weather", arguments: str = "{}") -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def asked(*calls: dict[str, Any], content: Any = None) -> dict[str, Any]:
    return {"role": "assistant", "content": content, "tool_calls": list(calls)}


def answered(call_id: str = "c1", content: Any = "22") -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": content}


def user(*blocks: Any) -> dict[str, Any]:
    return {"role": "user", "content": [text(block) if isinstance(block, str) else block for block in blocks]}


def assistant(*blocks: Any) -> dict[str, Any]:
    return {**user(*blocks), "role": "assistant"}


def text(said: str) -> dict[str, Any]:
    return {"type": "text", "text": said}


def use(call_id: str = "c1", name: str = "weather", **changed: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": call_id, "name": name, "input": {}, **changed}


def result(call_id: str = "c1", content: Any = "22", **changed: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": call_id, "content": content, **changed}


HELLO = {"role": "user", "content": "hello"}
IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}
IMAGE_URL = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}", "detail": "low"}}


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [{"role": "system", "content": "be kind"}, HELLO, {"role": "assistant", "content": "hi"}, HELLO, HELLO],
        [HELLO, asked(call(), call("c2")), answered("c2"), answered("c1"), HELLO],
        [user("look", IMAGE_URL, {"type": "file", "file": {"file_id": "f1"}})],
        [user({"type": "input_audio", "input_audio": {"data": PNG, "format": "wav"}})],
    ],
)
def test_openai_takes(messages: list[Any]) -> None:
    assert refused_by_openai(messages) == []


@pytest.mark.parametrize(
    ("messages", "why"),
    [
        ([{"role": "robot", "content": "x"}], "role"),
        ([{**HELLO, "seq": 1}], "not permitted"),
        ([{"role": "user"}], "required"),
        ([{"role": "user", "content": " "}], "blank"),
        ([{"role": "assistant", "content": None}], "must be text"),
        ([{**HELLO, "name": "the user"}], "pattern"),
        ([{"role": "user", "content": []}], "must be text"),
        ([{"role": "user", "content": [text("")]}], "non-whitespace"),
        ([{"role": "assistant", "content": [IMAGE_URL]}], "not for the assistant"),
        ([user(IMAGE)], "not for the user"),
        ([user({"type": "image_url", "image_url": {"url": "cat.png"}})], "no URL"),
        ([user({"type": "input_audio", "input_audio": {"data": "?", "format": "ogg"}})], "base64"),
        ([user({"type": "file", "file": {"file_id": ""}})], "blank"),
        ([asked(call())], "no response"),
        ([asked(call()), HELLO, answered()], "no response"),
        ([asked(call()), answered(), answered()], "right before"),
        ([answered()], "right before"),
        ([asked(call()), answered("c2")], "right before"),
        ([asked(call(), call()), answered(), answered()], "another call"),
        ([asked(call()), answered(), asked(call()), answered()], "another call"),
        ([asked(call("c" * 41)), answered("c" * 41)], "40 characters"),
        ([asked(call(name="get weather")), answered()], "pattern"),
        ([asked(call(name="w" * 65)), answered()], "pattern"),
        ([asked(call(arguments="{")), answered()], "JSON object"),
        ([asked(call(arguments="[]")), answered()], "JSON object"),
        ([asked(call(arguments='{"a": NaN}')), answered()], "JSON object"),
        ([asked()], "not empty"),
        ([{"role": "user", "content": "\ud800"}], "no JSON"),
    ],
)
def test_openai_refuses(messages: list[Any], why: str) -> None:
    assert why in " ".join(refused_by_openai(messages))


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [HELLO, {"role": "assistant", "content": "hi"}],
        [HELLO, assistant("so", use(), use("c2")), user(result("c2", [text("1"), IMAGE]), result(), "and?")],
        [user(IMAGE, {"type": "document", "title": "T", "source": {"type": "url", "url": "https://x.org/a.pdf"}})],
    ],
)
def test_anthropic_takes(messages: list[Any]) -> None:
    assert refused_by_anthropic(messages, "be kind") == refused_by_anthropic(messages) == []


@pytest.mark.parametrize(
    ("messages", "why"),
    [
        ([{"role": "assistant", "content": "hi"}], "the user begins"),
        ([HELLO, HELLO], "alternate"),
        ([{"role": "system", "content": "be kind"}], "the user begins"),
        ([{**HELLO, "name": "bob"}], "not permitted"),
        ([{"role": "user", "content": []}], "list of blocks"),
        ([user(" \n")], "non-whitespace"),
        ([HELLO, assistant(use())], "right after"),
        ([HELLO, assistant(use()), user("so?")], "the results are of"),
        ([HELLO, assistant(use()), user("so?", result())], "come first"),
        ([HELLO, assistant(use()), user(result(), result())], "the results are of"),
        ([user(result())], "the results are of"),
        ([HELLO, assistant(use(), "so"), user(result())], "come last"),
        ([HELLO, assistant(use(), use()), user(result(), result())], "unique"),
        ([HELLO, assistant(use("a.b")), user(result("a.b"))], "pattern"),
        ([HELLO, assistant(use(name="n" * 129)), user(result())], "pattern"),
        ([HELLO, assistant(use(input="{}")), user(result())], "must be an object"),
        ([HELLO, assistant(use(cache=1)), user(result())], "not permitted"),
        ([HELLO, assistant(use()), user(result(content=""))], "non-whitespace"),
        ([HELLO, assistant(use()), user(result(content=[]))], "not for the user"),
        ([HELLO, assistant(IMAGE)], "not for the assistant"),
        ([HELLO, assistant("hi ")], "trailing whitespace"),
        ([HELLO, {"role": "assistant", "content": "hi\n"}], "trailing whitespace"),
        ([user(use())], "not for the user"),
        ([user(IMAGE_URL)], "not for the user"),
        ([user({**IMAGE, "source": {**IMAGE["source"], "data": "?"}})], "base64"),  # type: ignore[dict-item]
        ([user({**IMAGE, "source": {"type": "url", "url": "cat.png"}})], "no URL"),
    ],
)
def test_anthropic_refuses(messages: list[Any], why: str) -> None:
    assert why in " ".join(refused_by_anthropic(messages))


def test_anthropic_refuses_a_system_that_says_nothing() -> None:
    assert refused_by_anthropic([], " ") == ["system: must be text, and not blank"]
