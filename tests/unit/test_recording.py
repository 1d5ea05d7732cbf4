"""Recordings: what is read from them, and what is said of a malformed one."""

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from holdfast.config import Settings
from holdfast.errors import InvalidInput
from holdfast.replay.publish import Share, _calls
from holdfast.replay.recording import conversations, survey

Write = Callable[..., Path]

HELLO = {"role": "user", "content": "hello"}
CALL = {"id": "c1", "name": "weather", "arguments": {"city": "Paris"}}


def line(session_id: str = "s-1", *messages: dict[str, Any], **changed: Any) -> str:
    return json.dumps({"session_id": session_id, "user_id": "u-1", "messages": list(messages or (HELLO,)), **changed})


def written(directory: Path, *lines: str | bytes, name: str = "recording.jsonl") -> Path:
    path = directory / name
    path.write_bytes(b"".join((each if isinstance(each, bytes) else each.encode()) + b"\n" for each in lines))
    return path


def test_a_conversation_becomes_a_start_and_its_messages(tmp_path: Path) -> None:
    answer = {"role": "assistant", "content": "", "tool_calls": [CALL], "timestamp": "2025-08-01T16:20:44.5"}
    (conversation,) = conversations([written(tmp_path, line("s-1", HELLO, answer), "")])
    assert [event.type for event in conversation.events] == ["session.started", "message.added", "message.added"]
    assert [event.actor for event in conversation.messages] == ["user", "assistant"]
    assert json.loads(conversation.messages[1].data) == answer
    at = datetime(2025, 8, 1, 16, 20, 44, 500_000, tzinfo=UTC)
    assert conversation.times == (None, at)
    assert conversation.started.occurred_at == conversation.messages[1].occurred_at == at
    assert conversation.tool_calls == 1


def test_ids_depend_on_the_session_and_the_place_alone(tmp_path: Path) -> None:
    one, other = (
        [event.id for event in next(conversations([written(tmp_path, text)])).events]
        for text in (line("s-1", HELLO, HELLO), line("s-1", HELLO, {**HELLO, "content": "something else"}))
    )
    assert one == other
    assert len(set(one)) == 3
    (prefixed,) = conversations([written(tmp_path, line())], prefix="again-")
    assert prefixed.session_id == "again-s-1"
    assert prefixed.events[1].id not in one
    assert json.loads(prefixed.started.data)["recorded_as"] == "s-1"


def test_gzip_is_told_by_the_content(tmp_path: Path) -> None:
    zipped = tmp_path / "recording.jsonl"
    zipped.write_bytes(gzip.compress(f"{line()}\n\n{line('s-2', HELLO, HELLO)}\n".encode()))
    found = survey([zipped, written(tmp_path, line("s-3"), name="plain.gz")])
    assert (len(found.sessions), found.messages, found.events, found.timed) == (3, 4, 7, 0)
    assert found.sessions["s-2"].place == f"{zipped}:3"


def test_shares_are_disjoint_and_whole(tmp_path: Path) -> None:
    path = written(tmp_path, *(line(f"s-{number}") for number in range(7)))
    shares = [[one.session_id for one in conversations([path], share=(nth, 3))] for nth in range(3)]
    assert [len(share) for share in shares] == [3, 2, 2]
    assert sorted(each for share in shares for each in share) == [f"s-{number}" for number in range(7)]


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("{", "", "is not valid JSON"),
        ("[" * 100_000, "", "is not valid JSON"),
        (b"\xff", "", "is not valid JSON"),
        ("[]", "", "must be an object"),
        ('{"user_id": "u", "messages": []}', ": session_id", "is missing"),
        ('{"session_id": "s", "messages": []}', ": user_id", "is missing"),
        ('{"session_id": "s", "user_id": "u"}', ": messages", "is missing"),
        (line("a b"), ": session_id", "without whitespace"),
        (line("s" * 500), ": session_id", "500 characters"),
        (line(user_id=7), ": user_id", "not 7"),
        (line(messages={}), ": messages", "must be a list"),
        (line(messages=["hello"]), ": messages[0]", "must be an object"),
        (line("s", HELLO, {"content": "hello"}), ": messages[1].role", "is required"),
        (line("s", HELLO, {"role": "boss", "content": ""}), ": messages[1].role", "'assistant'"),
        (line("s", HELLO, {"role": ["user"], "content": ""}), ": messages[1].role", "not a list"),
        (line("s", {"role": "user"}), ": messages[0].content", "is missing"),
        (line("s", {**HELLO, "content": 7}), ": messages[0].content", "not 7"),
        (line("s", {**HELLO, "tool_calls": {}}), ": messages[0].tool_calls", "must be a list"),
        (line("s", {**HELLO, "tool_calls": [{"id": "c"}]}), ": messages[0].tool_calls.0.name", "is required"),
        (line("s", {**HELLO, "timestamp": "noon"}), ": messages[0].timestamp", "'noon'"),
        (line("s", {**HELLO, "timestamp": "1066-10-14T09:00:00"}), ": messages[0].timestamp", "1970"),
        (line("s", {**HELLO, "content": "x" * 300_000}), ": messages[0]", "262,144"),
        (line("s", {**HELLO, "content": "\ud800"}), ": messages[0].content", "U+D800"),
        (line("s", {**HELLO, "more": 2**70}), ": messages[0].more", "64 bits"),
        (line("s", {**HELLO, "more": float("nan")}), ": messages[0].more", "finite"),
    ],
)  # fmt: skip
def test_what_is_malformed_is_named(tmp_path: Path, text: str | bytes, where: str, what: str) -> None:
    path = written(tmp_path, line("fine"), text)
    with pytest.raises(InvalidInput) as caught:
        survey([path])
    assert caught.value.field == f"{path}:2{where}"
    assert what in caught.value.problem


def test_a_session_that_comes_twice_is_named_with_its_first_place(tmp_path: Path) -> None:
    first, second = written(tmp_path, line()), written(tmp_path, line("s-2"), line(), name="second.jsonl")
    with pytest.raises(InvalidInput, match=rf"second.jsonl:2: session_id: 's-1' comes twice; {first}:1 has it too"):
        survey([first, second])


def test_a_prefix_counts_towards_the_length_of_an_id(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="with the prefix"):
        survey([written(tmp_path, line("s" * 120))], prefix="123456789")


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"absent.jsonl: cannot be read: No such file"):
        survey([tmp_path / "absent.jsonl"])
    with pytest.raises(InvalidInput, match="must be a file"):
        survey([tmp_path])
    whole = gzip.compress(b"".join(f"{line(f's-{number}')}\n".encode() for number in range(1000)))
    for damaged in (whole[: len(whole) // 2], whole[:200] + b"\0" * 8 + whole[208:], whole[:10]):
        path = tmp_path / "damaged.gz"
        path.write_bytes(damaged)
        with pytest.raises(InvalidInput, match=r"damaged.gz:\d+: the gzip file is damaged"):
            survey([path])


def share(path: Path, **changed: Any) -> Share:
    found = survey([path])
    whole = Share(Settings(), (path,), prefix="", nth=0, of=1, batch=1, speed=None, first=found.first, timeout=1.0)
    return replace(whole, **changed)


def timed(second: float) -> dict[str, Any]:
    return {**HELLO, "timestamp": f"2025-08-01T00:00:{second:09.6f}"}


def test_without_a_speed_events_go_in_batches_of_one_session(tmp_path: Path) -> None:
    path = written(tmp_path, line("a", timed(5), timed(9), HELLO, HELLO), line("b"))
    calls = [(due, [event.session_id for event in events]) for due, events in _calls(share(path, batch=3))]
    assert calls == [(0.0, ["a"] * 3), (0.0, ["a"] * 2), (0.0, ["b"] * 2)]


def test_with_a_speed_events_are_due_by_their_times_across_conversations(tmp_path: Path) -> None:
    early, late = line("a", timed(10), HELLO, timed(30), timed(20)), line("b", timed(14))
    calls = list(_calls(share(written(tmp_path, early, line("c"), late), batch=9, speed=2.0)))
    assert all(len(events) == 1 for _, events in calls)
    due = [(seconds, events[0].session_id) for seconds, events in calls]
    assert due == sorted(due, key=lambda call: call[0])
    assert [seconds for seconds, session in due if session == "a"] == [0, 0, 0, 10, 10]
    assert [seconds for seconds, session in due if session == "b"] == [2, 2]
    assert [seconds for seconds, session in due if session == "c"] == [0, 0]


def test_a_recording_without_times_is_not_paced(tmp_path: Path) -> None:
    assert {due for due, _ in _calls(share(written(tmp_path, line("a"), line("b")), speed=0.001))} == {0.0}
