"""Recovery on real input: every recorded conversation, cut at every tenth message, recovered, and gone on with."""

import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from holdfast.client import Holdfast, Session
from holdfast.recovering.report import RecoveryReport
from holdfast.session import fold
from models import refused

DATA = Path(__file__).parents[3] / "shared" / "data"
FILES = [DATA / "tau_airline.jsonl.gz", DATA / "tau2_support.jsonl.gz"]
CUT = 10
SAVED_EVERY = 3
"""Cuts between two saves, so that recoveries start from snapshots of every age."""


def recorded(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file) as lines:
        yield from map(orjson.loads, lines)


def events(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    known = ("role", "content", "tool_calls", "tool_call_id", "name")
    return [
        {"type": "message.added", "data": {name: each[name] for name in known if each.get(name) is not None}}
        for each in messages
    ]


def texts(messages: Sequence[dict[str, Any]]) -> list[str]:
    return [each["content"] for each in messages if each.get("content")]


def places(messages: Sequence[dict[str, Any]]) -> list[int]:
    """Where the conversation is cut: after every tenth message, and every other time behind the next call of a tool."""
    calls = [number for number, each in enumerate(messages, 1) if each.get("tool_calls")]
    tenths = range(CUT, len(messages), CUT)
    inside = [next((each for each in calls if each >= tenth), tenth) for tenth in tenths[::2]]
    return sorted({*tenths, *inside, len(messages)})


def check(session: Session, report: RecoveryReport, published: Sequence[dict[str, Any]]) -> None:
    """What was said is there, in order and whole; and both formats take it."""
    assert [each.content for each in report.recovered] == [each.get("content") for each in published]
    assert report.state == fold(session.events(limit=report.last_good_seq))
    for form in ("openai", "anthropic"):
        history = report.history(form)
        assert refused(form, history.messages, history.system) == []
        whole = f"{history.system}{history.messages}"
        assert all(repr(text.strip())[1:-1] in whole or text.strip() in whole for text in texts(published)[-5:])
        window = report.history(form, max_tokens=history.tokens // 2 + 8000)
        assert refused(form, window.messages, window.system) == []
        assert report.messages(form) == history.messages, "the same on the next turn"


@pytest.mark.promise(6)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.partition(".")[0])
def test_every_prefix_of_a_real_session_gives_a_history_that_models_accept(hf: Holdfast, file: Path) -> None:
    if not file.exists():
        pytest.skip("the recorded conversations are not here")
    messages = max((each["messages"] for each in recorded(file)), key=len)
    session = hf.start("u", agent="assistant")
    for end, event in enumerate(events(messages), 1):
        session.append(event)
        report = session.recover(record=False)
        assert (report.status, report.last_good_seq) == ("success", end + 1)
        check(session, report, messages[:end])
    assert len(messages) > 60


@pytest.mark.promise(6)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.partition(".")[0])
def test_cut_at_every_tenth_message_it_recovers_and_goes_on(hf: Holdfast, file: Path) -> None:
    if not file.exists():
        pytest.skip("the recorded conversations are not here")
    cuts = interrupted = 0
    for conversation in recorded(file):
        messages = conversation["messages"]
        session = hf.start(conversation["user_id"], agent="assistant")
        published: list[dict[str, Any]] = []
        for number, end in enumerate(places(messages)):
            session.publish(*events(messages[len(published) : end]))
            published = messages[:end]
            report = session.recover("full" if number % 4 == 3 else "quick")
            assert (report.status, report.mode, report.pending) == ("success", report.asked, 0)
            check(session, report, published)
            interrupted += any(each.problem == "interrupted_call" for each in report.repairs)
            cuts += 1
            if number % SAVED_EVERY == 0:
                session.save()
                alone = session.recover("emergency", record=False)
                assert (alone.status, alone.last_good_seq) == ("partial", report.last_good_seq + 1)
                check(session, alone, published)
    assert cuts > 300 if "airline" in file.name else cuts > 200
    assert interrupted > 10, "cuts inside tool calls are among them"
