"""A history that a model accepts: each repair, and how each format tells it."""

from typing import Any

import pytest

from histories import FORMATS, PNG, answers, asks, numbered, says
from holdfast.errors import InvalidInput
from holdfast.recovering.history import History, rendered, repaired
from models import refused

HELLO = says("user", "What is the weather in Paris?")
SYSTEM = says("system", "Be kind.")

IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}
IMAGE_URL = {"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}}


def openai(*messages: dict[str, Any], **options: Any) -> History:
    history = rendered(numbered(*messages), "openai", **options)
    assert refused("openai", history.messages) == []
    return history


def anthropic(*messages: dict[str, Any], **options: Any) -> History:
    history = rendered(numbered(*messages), "anthropic", **options)
    assert refused("anthropic", history.messages, history.system) == []
    return history


def problems(history: History) -> list[tuple[int, str]]:
    return [(repair.seq, repair.problem) for repair in history.repairs]


def text(said: str) -> dict[str, Any]:
    return {"type": "text", "text": said}


def test_a_history_without_fault_is_told_as_it_is() -> None:
    talk = [SYSTEM, HELLO, asks("c1", content="Let me see."), answers("c1"), says("assistant", "22 degrees.")]
    history = openai(*talk)
    called = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Paris"}'}}
    assert history.messages == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "What is the weather in Paris?"},
        {"role": "assistant", "content": "Let me see.", "tool_calls": [called]},
        {"role": "tool", "tool_call_id": "c1", "content": "22 degrees"},
        {"role": "assistant", "content": "22 degrees."},
    ]
    assert (history.system, history.repairs, history.left_out) == (None, [], 0)
    history = anthropic(*talk)
    used = {"type": "tool_use", "id": "c1", "name": "weather", "input": {"city": "Paris"}}
    result = {"type": "tool_result", "tool_use_id": "c1", "content": [text("22 degrees")]}
    assert history.messages == [
        {"role": "user", "content": [text("What is the weather in Paris?")]},
        {"role": "assistant", "content": [text("Let me see."), used]},
        {"role": "user", "content": [result]},
        {"role": "assistant", "content": [text("22 degrees.")]},
    ]
    assert (history.system, history.repairs, history.left_out) == ("Be kind.", [], 0)


@pytest.mark.parametrize("format_", FORMATS)
def test_no_messages_are_no_messages(format_: Any) -> None:
    assert rendered([], format_) == rendered([], format_, max_tokens=1) == History([], None, [], 0, 0)


@pytest.mark.promise(6)
def test_an_interrupted_call_gets_a_result_that_claims_nothing() -> None:
    history = openai(HELLO, asks("c1", "c2"), answers("c2"), HELLO)
    assert [message["role"] for message in history.messages] == ["user", "assistant", "tool", "tool", "user"]
    interrupted, known = history.messages[2:4]
    assert (interrupted["tool_call_id"], known["tool_call_id"], known["content"]) == ("c1", "c2", "22 degrees")
    for words in ("Interrupted", "not known whether", "must not be taken for done"):
        assert words in interrupted["content"]
    assert problems(history) == [(2, "interrupted_call")]
    results = anthropic(HELLO, asks("c1", "c2"), answers("c2"), HELLO).messages[2]["content"]
    assert [block.get("tool_use_id") for block in results] == ["c1", "c2", None]
    assert results[0]["content"] == [text(interrupted["content"])]


@pytest.mark.promise(6)
def test_a_late_result_moves_up_to_its_call() -> None:
    history = openai(HELLO, asks("c1"), says("user", "Hurry!"), asks("c2"), answers("c1", "one"), answers("c2", "two"))
    assert [message["role"] for message in history.messages] == [
        "user",
        "assistant",
        "tool",
        "user",
        "assistant",
        "tool",
    ]
    assert [message["content"] for message in history.messages[2::3]] == ["one", "two"]
    assert problems(history) == [(5, "late_result")]


def test_results_in_another_order_than_the_calls_are_not_late() -> None:
    history = openai(HELLO, asks("c1", "c2"), answers("c2", "two"), answers("c1", "one"))
    assert [message["content"] for message in history.messages[2:]] == ["one", "two"]
    assert history.repairs == []


@pytest.mark.promise(6)
@pytest.mark.parametrize("call_id", ["c9", None, ""])
def test_a_result_without_a_call_is_told_as_what_it_is(call_id: str | None) -> None:
    talk = [HELLO, answers(call_id, "99 degrees", name="thermometer")]
    history = openai(*talk)
    assert [message["role"] for message in history.messages] == ["user", "user"]
    told = history.messages[1]["content"]
    assert told.startswith("[The call is not in this history: a tool's result thermometer")
    assert told.endswith("99 degrees")
    assert (call_id or "thermometer") in told
    assert problems(history) == [(2, "orphan_result")]
    assert anthropic(*talk).messages[0]["content"][2] == text("99 degrees")


def test_a_result_before_its_call_is_not_the_calls() -> None:
    history = openai(HELLO, answers("c1"), asks("c1"))
    assert problems(history) == [(2, "orphan_result"), (3, "interrupted_call")]


@pytest.mark.promise(6)
def test_a_second_result_is_told_beside_the_first() -> None:
    history = openai(HELLO, asks("c1"), answers("c1", "one"), answers("c1", "two"))
    assert [message["role"] for message in history.messages] == ["user", "assistant", "tool", "user"]
    assert history.messages[2]["content"] == "one"
    assert history.messages[3]["content"].startswith("[Another result of a call that has one")
    assert history.messages[3]["content"].endswith("two")
    assert problems(history) == [(4, "second_result")]


def test_an_id_that_comes_twice_is_made_unique_and_results_follow_the_nearest_open_call() -> None:
    history = openai(
        HELLO, asks("c", "c-2"), answers("c", "one"), asks("c", "c"), answers("c", "two"), answers("c", "three")
    )
    results = {m["tool_call_id"]: m["content"] for m in history.messages if m["role"] == "tool"}
    assert {key: results[key] for key in ("c", "c-3", "c-4")} == {"c": "one", "c-3": "two", "c-4": "three"}
    assert problems(history) == [(2, "interrupted_call"), (4, "duplicate_call_id"), (4, "duplicate_call_id")]
    nearest = openai(HELLO, asks("c"), asks("c"), answers("c", "of the second"))
    assert nearest.messages[-1] == {"role": "tool", "tool_call_id": "c-2", "content": "of the second"}
    assert "Interrupted" in nearest.messages[2]["content"]


@pytest.mark.parametrize("call_id", ["call.1", "代理", "c" * 41])
def test_an_id_that_some_model_refuses_is_made_to_fit(call_id: str) -> None:
    talk = [HELLO, asks(call_id), answers(call_id), asks(call_id), answers(call_id)]
    for history in (openai(*talk), anthropic(*talk)):
        assert problems(history) == [(2, "bad_call_id"), (4, "duplicate_call_id")]


@pytest.mark.parametrize(
    ("given", "told", "repairs"),
    [
        ('{"a": 1}', '{"a": 1}', 0),
        ("", "{}", 0),
        ("{", '{"arguments":"{"}', 1),
        ("[1]", '{"arguments":"[1]"}', 1),
        ('{"a": NaN}', '{"arguments":"{\\"a\\": NaN}"}', 1),
        ('{"a":' * 200 + "1" + "}" * 200, None, 1),
    ],
)
def test_arguments_are_an_object(given: str, told: str | None, repairs: int) -> None:
    talk = [HELLO, asks("c1", arguments=given), answers("c1")]
    history = openai(*talk)
    shown = history.messages[1]["tool_calls"][0]["function"]["arguments"]
    assert told is None or shown == told
    assert problems(history) == [(2, "bad_arguments")] * repairs
    assert isinstance(anthropic(*talk).messages[1]["content"][0]["input"], dict)


def test_a_tools_name_is_made_to_fit_the_format() -> None:
    talk = [HELLO, asks("c1", name="mail.send now"), answers("c1")]
    assert openai(*talk).messages[1]["tool_calls"][0]["function"]["name"] == "mail_send_now"
    assert problems(anthropic(*talk)) == [(2, "bad_name")]
    long = [HELLO, asks("c1", name="n" * 100), answers("c1")]
    assert problems(openai(*long)) == [(2, "bad_name")]
    assert problems(anthropic(*long)) == []


@pytest.mark.promise(6)
def test_what_the_users_side_called_is_told_as_text_with_its_result() -> None:
    calls = [{"id": "u1", "name": "reboot", "arguments": {"hard": True}}, {"id": "u2", "name": "look", "arguments": {}}]
    history = openai(HELLO, says("user", "", tool_calls=calls), answers("u1", "rebooted"), answers("u1", "again"))
    assert [message["role"] for message in history.messages] == ["user"] * 4
    assert history.messages[1]["content"] == (
        '[The user\'s side called the tool reboot with {"hard":true}]\n\n'
        "[The user's side called the tool look with {}]\n\n"
        "[No result of the call of look is in the log: it is not known whether the call took effect.]"
    )
    assert history.messages[2]["content"] == "[Result of the tool reboot, which the assistant did not call]\n\nrebooted"
    expected = [(2, "users_call"), (2, "users_call"), (2, "interrupted_call"), (3, "users_call"), (4, "second_result")]
    assert problems(history) == expected


def test_a_tool_that_calls_a_tool_is_told_so() -> None:
    call = {"id": "t1", "name": "look", "arguments": '{"at": 1}'}
    history = openai(HELLO, asks("c1"), answers("c1", "one", tool_calls=[call]), answers("t1", "seen"))
    assert history.messages[2]["content"] == 'one\n\n[A tool called the tool look with {"at": 1}]'
    assert history.messages[3]["content"].endswith("seen")


@pytest.mark.parametrize("content", ["", None, " \n", [], [text("")]])
def test_a_message_that_says_nothing_is_left_out_and_listed(content: Any) -> None:
    silent = [says(role, content) for role in ("system", "user", "assistant")]
    for history in (openai(HELLO, *silent), anthropic(HELLO, *silent)):
        assert len(history.messages) == 1
        assert problems(history) == [(2, "empty_message"), (3, "empty_message"), (4, "empty_message")]


def test_an_empty_result_is_a_result() -> None:
    history = openai(HELLO, asks("c1"), answers("c1", ""))
    assert history.messages[2]["content"] == "[The tool gave an empty result.]"
    assert history.repairs == []


def test_anthropics_user_begins_and_the_system_speaks_apart() -> None:
    history = anthropic(
        SYSTEM, says("system", "Be short."), says("assistant", "Hi!"), says("system", "It is late."), HELLO
    )
    assert history.system == "Be kind.\n\nBe short."
    assert history.messages == [
        {"role": "user", "content": [text("(The conversation begins here.)")]},
        {"role": "assistant", "content": [text("Hi!")]},
        {"role": "user", "content": [text("[A note of the system]"), text("It is late."), text(HELLO["content"])]},
    ]
    assert problems(history) == [(3, "role_order"), (4, "role_order")]
    assert anthropic(SYSTEM).messages == []
    assert problems(openai(SYSTEM, says("assistant", "Hi!"), says("system", "It is late."))) == []


def test_only_the_end_of_what_the_assistant_said_last_is_trimmed() -> None:
    history = anthropic(HELLO, says("assistant", "Yes. "), HELLO, says("assistant", "No.\n"))
    assert [message["content"][0]["text"] for message in history.messages[1::2]] == ["Yes. ", "No."]


def test_names_of_speakers_go_where_the_format_has_a_place_for_them() -> None:
    history = openai(says("user", "Hi", name="bob"), says("assistant", "Hi", name="the agent"))
    assert [message.get("name") for message in history.messages] == ["bob", None]


def test_calls_and_results_among_the_blocks_are_calls_and_results() -> None:
    used = {"type": "tool_use", "id": "c1", "name": "weather", "input": {"city": "Paris"}}
    failed = {"type": "tool_result", "tool_use_id": "c1", "content": [text("no such city"), IMAGE], "is_error": True}
    talk = [HELLO, says("assistant", [text("Let me see."), used]), says("user", [failed, text("Well?")])]
    history = openai(*talk)
    assert [message["role"] for message in history.messages] == ["user", "assistant", "tool", "user"]
    assert history.messages[2]["content"].startswith("[The tool reports an error.]\n\nno such city")
    assert history.repairs == []
    assert anthropic(*talk).messages[2]["content"][0]["content"][1:] == [text("no such city"), IMAGE]
    both = says("assistant", [used], tool_calls=[{"id": "c1", "name": "weather", "arguments": {}}])
    assert openai(HELLO, both, answers("c1")).repairs == []


def test_blocks_pass_where_they_are_known_and_are_text_elsewhere() -> None:
    cached = {**IMAGE, "cache_control": {"type": "ephemeral"}}
    talk = [says("user", [text("Look:"), cached, IMAGE_URL]), says("assistant", [text("I see."), IMAGE])]
    one, other = openai(*talk).messages, anthropic(*talk).messages
    assert [part["type"] for part in one[0]["content"]] == ["text", "text", "image_url"]
    assert [part["type"] for part in other[0]["content"]] == ["text", "image", "text"]
    assert other[0]["content"][1] == IMAGE
    assert one[1]["content"].startswith('I see.\n\n{"type":"image"')
    assert [part["type"] for part in other[1]["content"]] == ["text", "text"]


def image(**source: Any) -> dict[str, Any]:
    return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG, **source}}


def document(media_type: str, **source: Any) -> dict[str, Any]:
    return {"type": "document", "source": {"type": "base64", "media_type": media_type, "data": PNG, **source}}


@pytest.mark.parametrize(
    ("block", "taken"),
    [
        (image(), "anthropic"),
        ({"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}}, "anthropic"),
        (document("application/pdf"), "anthropic"),
        ({**document("text/plain", type="text", data="words"), "title": "T", "context": "C"}, "anthropic"),
        ({"type": "document", "source": {"type": "url", "url": "https://example.org/a.pdf"}}, "anthropic"),
        (IMAGE_URL, "openai"),
        ({"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}", "detail": "low"}}, "openai"),
        ({"type": "input_audio", "input_audio": {"data": PNG, "format": "mp3"}}, "openai"),
        ({"type": "file", "file": {"file_data": PNG, "filename": "a.pdf"}}, "openai"),
        (image(data="iVBO?Rw0KGgo="), None),
        (image(data=1), None),
        (image(media_type="image/tiff"), None),
        (image(media_type=None), None),
        (image(of_tomorrow=1), None),
        ({**image(), "of_tomorrow": 1}, None),
        ({"type": "image", "source": {"type": "url", "url": "a.png"}}, None),
        ({"type": "image", "source": {"type": "url", "url": "https://example.org", "data": PNG}}, None),
        ({"type": "image", "source": {"type": "file", "file_id": "f1"}}, None),
        ({"type": "image", "source": PNG}, None),
        (document("text/plain"), None),
        (document("text/plain", type="text", data=" "), None),
        ({**document("application/pdf"), "title": " "}, None),
        ({**document("application/pdf"), "source": {"type": "content"}}, None),
        ({"type": "document"}, None),
        ({"type": "image_url", "image_url": "https://example.org/a.png"}, None),
        ({"type": "image_url", "image_url": {"url": "https://example.org/a.png", "detail": "most"}}, None),
        ({"type": "image_url", "image_url": {"url": "data:image/png;base64,A==A"}}, None),
        ({"type": "input_audio", "input_audio": {"data": PNG, "format": "ogg"}}, None),
        ({"type": "input_audio", "input_audio": {"data": PNG}}, None),
        ({"type": "file", "file": {"file_data": PNG}}, None),
        ({"type": "file", "file": {"file_id": "f1", "filename": "a.pdf"}}, None),
        ({"type": "file"}, None),
        ({"type": ["image"]}, None),
        ({}, None),
    ],
)
def test_a_block_passes_when_it_is_whole(block: dict[str, Any], taken: str | None) -> None:
    one, other = openai(says("user", [block])).messages[0], anthropic(says("user", [block])).messages[0]
    assert ([block] == one["content"], [block] == other["content"]) == (taken == "openai", taken == "anthropic")


def test_openais_results_are_text_and_anthropics_may_be_images() -> None:
    talk = [HELLO, asks("c1", "c2"), answers("c1", [IMAGE_URL]), answers("c2", [IMAGE])]
    assert [message["content"][:8] for message in openai(*talk).messages[2:]] == ['{"type":', '{"type":']
    assert [block["content"][0]["type"] for block in anthropic(*talk).messages[2]["content"]] == ["text", "image"]


def test_thinking_is_told_as_text() -> None:
    thought = {"type": "thinking", "thinking": "Paris or Rome?", "signature": "c2ln"}
    history = anthropic(HELLO, says("assistant", [thought, text("Paris.")]))
    assert history.messages[1]["content"] == [text("[Thinking]\nParis or Rome?"), text("Paris.")]


def test_the_result_of_a_block_and_its_message_count_as_one_message() -> None:
    block = {"type": "tool_result", "tool_use_id": "c1", "content": "22"}
    turns, _ = repaired(numbered(HELLO, asks("c1"), says("user", [block, text("Well?")]), says("assistant", "Warm.")))
    assert [turn.messages for turn in turns] == [1, 2, 0, 1]


@pytest.mark.parametrize("given", [{"format": "gemini"}, {"max_tokens": 0}, {"max_tokens": True}, {"max_tokens": 1.5}])
def test_what_cannot_be_done_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        rendered(numbered(HELLO), **{"format": "openai", **given})
    assert [refusal.value.field] == list(given)
