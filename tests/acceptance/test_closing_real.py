"""Closing on real input: every recorded conversation is closed and learned from, and every memory is accounted for."""

import gzip
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from holdfast.client import Holdfast
from holdfast.remembering.memory import Memory

DATA = Path(__file__).parents[3] / "shared" / "data"
FILES = [DATA / "tau_airline.jsonl.gz", DATA / "tau2_support.jsonl.gz"]
KNOWN = ("role", "content", "tool_calls", "tool_call_id", "name")


def recorded(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file) as lines:
        yield from map(orjson.loads, lines)


def everything(hf: Holdfast) -> Iterator[Memory]:
    cursor = None
    while True:
        page = hf.memories().list(status=None, limit=500, cursor=cursor)
        yield from page.items
        if page.next is None:
            return
        cursor = page.next


def said(message: dict[str, Any]) -> dict[str, Any]:
    event = {"type": "message.added", "data": {key: message[key] for key in KNOWN if message.get(key) is not None}}
    return event | ({"occurred_at": message["timestamp"]} if message.get("timestamp") else {})


@pytest.mark.promise(10)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.partition(".")[0])
def test_what_is_learned_of_recorded_users_has_its_evidence_and_nothing_is_learned_twice(
    hf: Holdfast, file: Path
) -> None:
    if not file.exists():
        pytest.skip("the recorded conversations are not here")
    users: Counter[str] = Counter()
    logs: dict[str, set[str]] = {}
    for conversation in recorded(file):
        users[conversation["user_id"]] += 1
        session = hf.start(conversation["user_id"], agent="assistant", session_id=conversation["session_id"])
        session.append(*map(said, conversation["messages"]), {"type": "session.closed", "data": {}})
        for _ in range(2):  # as a task that is delivered twice
            hf.service.memories.learn(session.id)
        logs[session.id] = {str(event.id) for event in session.events(limit=None)}
    memories = list(everything(hf))
    assert memories
    for memory in memories:
        shown = hf.memories().show(memory.id)
        assert shown.evidence, "a memory without evidence is none"
        for each in shown.evidence:
            assert str(each.finding.event_id) in logs[each.session_id]
        assert 0 < memory.confidence <= 0.95
    audit = hf.memories().audit()
    assert audit.memories == len(memories)
    assert not {"duplicate", "unsupported"} & set(audit.counts), audit.problems
    for user, sessions in users.items():
        assert hf.preferences(user).session_count == sessions
