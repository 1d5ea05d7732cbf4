"""Summaries of real conversations: every decision and open item, bounded, and no sentence without a source."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from holdfast.client import Holdfast, Session
from holdfast.remembering.summary import LINE_CHARACTERS, TEXT_CHARACTERS, Summary
from holdfast.session import State, fold

DATA = Path(__file__).parents[3] / "shared" / "data"
FILES = [DATA / "tau_airline.jsonl.gz", DATA / "tau2_support.jsonl.gz"]
KNOWN = ("role", "content", "tool_calls", "tool_call_id", "name")
CHANGING = ("book_", "update_", "cancel_", "send_", "transfer_", "set_", "toggle_", "enable_", "disable_", "modify_")
"""How tools are called that change something outside."""
PAUSE = 20
"""Messages between two pauses."""


def recorded(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file) as lines:
        yield from map(orjson.loads, lines)


def told(message: dict[str, Any], number: int) -> Iterator[dict[str, Any]]:
    """What an agent would have put into the log besides: changes outside as effects and decisions, doubts as questions.

    What a call that was cut off came to is never said, and every third answer of a user is waited for no longer.
    """
    yield {"type": "message.added", "data": {name: message[name] for name in KNOWN if message.get(name) is not None}}
    for call in message.get("tool_calls") or ():
        if call["name"].startswith(CHANGING):
            yield {
                "type": "effect.intended",
                "data": {"effect_id": call["id"], "action": call["name"], "arguments": call["arguments"]},
            }
            yield {
                "type": "decision.made",
                "data": {"type": call["name"], "value": call["arguments"], "confidence": "HIGH", "decided_by": "user"},
            }
    if message["role"] == "tool" and number % 5:
        outcome = "failed" if "rror" in message["content"][:20] else "done"
        yield {"type": "effect.settled", "data": {"effect_id": message["tool_call_id"], "outcome": outcome}}
    if message["role"] == "assistant" and (message.get("content") or "").endswith("?"):
        yield {
            "type": "decision.escalated",
            "data": {"decision_id": f"Q{number}", "question": message["content"], "escalated_to": "user"},
        }
    if message["role"] == "user" and number % 3:
        yield {"type": "decision.answered", "data": {"decision_id": f"Q{number - 1}", "decision": message["content"]}}


def check(session: Session, summary: Summary, state: State) -> None:
    seqs = {str(each.id): each.seq for each in session.events(limit=None)}
    assert all(line.events and len(line.text) <= LINE_CHARACTERS for line in summary.lines)
    assert all(seqs[event_id] <= summary.upto for line in summary.lines for event_id in line.events)
    assert len(summary.text) <= TEXT_CHARACTERS
    decisions = {event_id for line in summary.of("decisions") for event_id in line.events}
    assert {each.event_id for each in state.decisions_made} <= decisions
    waiting = [line.text for line in summary.of("open") if line.text.startswith("Waits for an answer")]
    assert len(waiting) == len(state.pending_decisions)
    uncertain = [line.text for line in summary.of("open") if line.text.startswith("Nobody knows")]
    assert len(uncertain) == len(state.unsettled_effects)


@pytest.mark.promise(5)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name.partition(".")[0])
def test_every_real_conversation_is_summarised_at_each_pause(hf: Holdfast, file: Path) -> None:
    if not file.exists():
        pytest.skip("the recorded conversations are not here")
    made = decided = uncertain = waiting = 0
    for conversation in recorded(file):
        session = hf.start(conversation["user_id"], agent="assistant")
        batch: list[dict[str, Any]] = []
        for number, message in enumerate(conversation["messages"]):
            batch += told(message, number)
            if number % PAUSE == PAUSE - 1 or message is conversation["messages"][-1]:
                session.append(*batch, {"type": "session.paused", "data": {"reason": "lunch"}})
                batch = []
                summary = session.summarise()
                state = fold(session.events(limit=None))
                check(session, summary, state)
                made += 1
        decided += len(state.decisions_made)
        uncertain += len(state.unsettled_effects)
        waiting += len(state.pending_decisions)
        assert [each.base for each in session.summaries()] == [*(each.upto for each in session.summaries()[1:]), None]
    assert made > 100
    assert decided > 100
    assert uncertain > 10
    assert waiting > 10
