"""Histories: whatever was said in whatever order, both formats accept it, and nothing that was said is lost."""

import re
from copy import deepcopy
from dataclasses import asdict
from typing import Literal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from histories import DATA, FORMATS, histories, recorded, texts_in, texts_of
from holdfast.errors import InvalidInput
from holdfast.recovering.history import History, rendered, repaired
from holdfast.session import Message
from models import refused
from strategies import patient

Format = Literal["openai", "anthropic"]

formats = st.sampled_from(FORMATS)


def fitted(messages: list[Message], format_: Format, max_tokens: int, summary: str | None = None) -> History:
    """The history in that many tokens, or in as many as it says are enough. Each letter counts as a token."""
    try:
        history = rendered(messages, format_, max_tokens=max_tokens, summary=summary, count=len)
    except InvalidInput as error:
        (enough,) = re.findall(r"^max_tokens: .* (\d+) would be enough$", str(error))
        history = rendered(messages, format_, max_tokens=int(enough), summary=summary, count=len)
        assert max_tokens < history.tokens <= int(enough)
        return history
    assert history.tokens <= max_tokens
    return history


@pytest.mark.promise(6)
@patient
@given(histories, formats)
def test_any_history_is_accepted_and_always_the_same(messages: list[Message], format_: Format) -> None:
    before = deepcopy(messages)
    history = rendered(messages, format_)
    assert refused(format_, history.messages, history.system) == []
    assert history == rendered(deepcopy(messages), format_) == rendered(messages, format_)
    assert messages == before
    assert history.left_out == 0


@pytest.mark.promise(6)
@patient
@given(histories, formats)
def test_nothing_that_was_said_vanishes(messages: list[Message], format_: Format) -> None:
    history = rendered(messages, format_)
    everything = "\n".join(texts_in([history.system, history.messages]))
    for message in messages:
        for text in texts_of(message):
            # A block that has no business there is told as its JSON.
            assert text.rstrip() in everything or orjson.dumps(text).decode() in everything
    silent = [repair.seq for repair in history.repairs if repair.problem == "empty_message"]
    assert all(not texts_of(messages[seq - 1]) and not messages[seq - 1].tool_calls for seq in silent)


@pytest.mark.promise(6)
@patient
@given(histories, formats, st.integers(1, 4000), st.none() | st.sampled_from([" ", "We spoke of Rome.", "x" * 500]))
def test_a_window_fits_and_is_accepted(
    messages: list[Message], format_: Format, max_tokens: int, summary: str | None
) -> None:
    history = fitted(messages, format_, max_tokens, summary)
    assert refused(format_, history.messages, history.system) == []
    assert sum(map(len, _counted(history))) <= history.tokens
    everything = "\n".join(texts_in([history.system, history.messages]))
    assert (history.left_out > 0) == ("left out here" in everything)
    if history.left_out and summary and summary.strip():
        assert summary in everything
    turns, _ = repaired(messages)
    if turns:
        newest = turns[-1]
        assert all(piece.rstrip() in everything for piece in newest.content if isinstance(piece, str))
        assert all(call.id in everything for call in newest.calls)


@patient
@given(histories, formats, st.integers(200, 4000))
def test_a_window_is_the_end_of_the_whole(messages: list[Message], format_: Format, max_tokens: int) -> None:
    window, whole = fitted(messages, format_, max_tokens), rendered(messages, format_)
    if not window.left_out:
        assert window.messages == whole.messages
        return
    summary = next(n for n, message in enumerate(window.messages) if "left out here" in str(message))
    kept = window.messages[summary + 1 :]
    if format_ == "anthropic":
        kept = kept[1:]  # neighbours of what was left out may be in the whole's message
    assert kept == whole.messages[len(whole.messages) - len(kept) :]


@patient
@given(histories)
def test_each_call_has_an_id_of_its_own_and_each_message_its_turn(messages: list[Message]) -> None:
    turns, repairs = repaired(messages)
    ids = [call.id for turn in turns for call in turn.calls]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,40}", each) for each in ids)
    silent = sum(repair.problem == "empty_message" for repair in repairs)
    assert sum(turn.messages for turn in turns) == len(messages) - silent
    assert [repair.seq for repair in repairs] == sorted(repair.seq for repair in repairs)
    assert orjson.loads(orjson.dumps(repairs)) == [asdict(repair) for repair in repairs]


@patient
@given(histories, st.data())
def test_what_follows_changes_no_turn_but_for_its_results(messages: list[Message], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(messages)))
    whole, part = repaired(messages)[0], repaired(messages[:cut])[0]
    for earlier, later in zip(part, whole, strict=False):
        assert (earlier.seq, earlier.role, earlier.name) == (later.seq, later.role, later.name)
        assert [call.id for call in earlier.calls] == [call.id for call in later.calls]


@pytest.mark.promise(6)
@pytest.mark.skipif(not DATA, reason="the recorded conversations are not here")
@pytest.mark.parametrize("format_", FORMATS)
def test_every_prefix_of_every_recorded_conversation_is_accepted(format_: Format) -> None:
    prefixes = 0
    for messages in recorded():
        for end in range(len(messages) + 1):
            history = rendered(messages[:end], format_)
            assert refused(format_, history.messages, history.system) == []
            open_calls = end and messages[end - 1].role == "assistant" and bool(messages[end - 1].tool_calls)
            problems = [repair.problem for repair in history.repairs if repair.seq == end]
            assert ("interrupted_call" in problems) == open_calls or messages[end - 1].role == "user"
            prefixes += 1
    assert prefixes > 8000


@pytest.mark.promise(6)
@pytest.mark.skipif(not DATA, reason="the recorded conversations are not here")
@pytest.mark.parametrize("format_", FORMATS)
def test_every_recorded_conversation_is_whole_and_fits(format_: Format) -> None:
    for messages in recorded():
        whole = rendered(messages, format_)
        everything = "\n".join(texts_in([whole.system, whole.messages]))
        assert all(text.rstrip() in everything for message in messages for text in texts_of(message))
        for share in (1, 3, 10):
            history = fitted(messages, format_, max(1, sum(map(len, texts_in(whole.messages))) // share))
            assert refused(format_, history.messages, history.system) == []


def _counted(history: History) -> list[str]:
    """The texts that a model is shown: of images nothing, which cost by the piece."""
    shown = [part for message in history.messages for part in _parts(message)]
    return [history.system or "", *(text for part in shown for text in texts_in(part))]


def _parts(message: dict[str, object]) -> list[object]:
    content = message["content"]
    blocks = content if isinstance(content, list) else [{"text": content}]
    texts = [block.get("text") or block.get("input") or block.get("content") for block in blocks]
    return [*texts, message.get("tool_calls"), message.get("tool_call_id")]
