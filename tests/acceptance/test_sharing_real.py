"""Sharing on real input: every recorded conversation, an agent for each role, its calls of tools out of a budget."""

import gzip
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from holdfast.client import Holdfast, Session
from holdfast.client.budgets import Reservation
from holdfast.errors import BudgetExceeded

DATA = Path(__file__).parents[3] / "shared" / "data"
FILES = [DATA / "tau_airline.jsonl.gz", DATA / "tau2_support.jsonl.gz"]
CALLS = {"tau_airline.jsonl.gz": 1164, "tau2_support.jsonl.gz": 837}
KNOWN = ("role", "content", "tool_calls", "tool_call_id", "name")
SPARE = 3
"""Of the calls that a conversation makes its budget leaves out so many, until it is raised."""


def recorded(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file) as lines:
        yield from map(orjson.loads, lines)


class Replay:
    """One conversation. Who asks for a tool reserves the call; what it says is settled, and known from then on."""

    def __init__(self, session: Session, calls: int) -> None:
        self.session = session
        self.calls = calls
        self.open: dict[str, tuple[str, Reservation]] = {}
        self.results: dict[str, Any] = {}
        self.blocked = 0
        self.ledger: Counter[tuple[str, str]] = Counter()

    def say(self, message: dict[str, Any]) -> None:
        data = {name: message[name] for name in KNOWN if message.get(name) is not None}
        self.session.publish({"type": "message.added", "data": data}, actor=message["role"])
        for call in message.get("tool_calls") or ():
            self.reserve(message["role"], call)
        if message["role"] == "tool":
            self.settle(message)

    def reserve(self, agent: str, call: dict[str, Any]) -> None:
        try:
            reservation = self.session.reserve(call["name"], agent=agent)
        except BudgetExceeded:
            self.blocked += 1
            self.session.set_budget(max_skill_calls=self.calls)
            reservation = self.session.reserve(call["name"], agent=agent)
        self.open[call["id"]] = call["name"], reservation
        self.ledger[agent, call["name"]] += 1

    def settle(self, message: dict[str, Any]) -> None:
        tool, reservation = self.open.pop(message["tool_call_id"])
        reservation.settle(tokens=len(message["content"]) // 4)
        key = f"{tool}/{message['tool_call_id']}"
        self.results[key] = message["content"]
        told = {"key": key, "value": message["content"], "provided_by": tool}
        self.session.append({"type": "information.provided", "data": told}, actor=tool)


@pytest.mark.promise(8)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.partition(".")[0])
def test_every_call_of_a_tool_is_in_the_ledger_and_its_result_is_known_with_its_source(
    hf: Holdfast, file: Path
) -> None:
    if not file.exists():
        pytest.skip("the recorded conversations are not here")
    total = blocked = 0
    for conversation in recorded(file):
        messages = conversation["messages"]
        calls = sum(len(each.get("tool_calls") or ()) for each in messages)
        session = hf.start(conversation["user_id"], agent="assistant")
        session.set_budget(max_skill_calls=max(1, calls - SPARE))
        replay = Replay(session, calls)
        for message in messages:
            replay.say(message)
        check(session, replay, calls)
        total += calls
        blocked += replay.blocked
    assert total == CALLS[file.name]
    assert blocked, "some were stopped on the way"


def check(session: Session, replay: Replay, calls: int) -> None:
    """The ledger, call by call; what is known, with the event that told it."""
    assert not replay.open, "every call was answered"
    state = session.state()
    assert Counter((each.agent, each.skill) for each in state.compute.invocation_log) == replay.ledger
    report = session.budget()
    assert report.adds_up
    assert (state.compute.skills_invoked, state.compute.reserved) == (calls, {})
    events = {str(event.id): event for event in session.events(limit=None)}
    for key, result in replay.results.items():
        known = session.known(key) if len(replay.results) < 5 else None
        told = state.information[key]
        assert told.value == result
        assert events[told.event_id].data["key"] == key
        assert known is None or (known.value, known.event_id) == (result, told.event_id)
    assert len(state.blocked_requests) == replay.blocked
