"""Hundreds of concurrent updates of one context by real processes: nothing lost, order explained, conflicts shown."""

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from holdfast.client import Holdfast
from holdfast.config import Settings
from processes import environment

UPDATER = Path(__file__).with_name("updater.py")
AGENTS = [f"agent-{number}" for number in range(8)]
TURNS = 40


@pytest.mark.promise(5)
def test_hundreds_of_concurrent_updates_lose_nothing(hf: Holdfast, settings: Settings) -> None:
    session = hf.start("u", agent="manager", shared=True)
    session.update_context({"campaign": {"gtm_id": "Y-1", "status": "in_progress"}})
    at_work = [
        subprocess.Popen(
            [sys.executable, str(UPDATER), name, session.id, str(TURNS)],
            env=environment(settings),
            stdout=subprocess.PIPE,
        )
        for name in AGENTS
    ]
    written = {name: orjson.loads(one.communicate(timeout=200)[0]) for name, one in zip(AGENTS, at_work, strict=True)}
    assert [one.returncode for one in at_work] == [0] * len(AGENTS)

    # Each update is one piece of the log, in the order in which its agent made them.
    numbers = [seq for turns in written.values() for seqs in turns.values() for seq in seqs]
    assert sorted(numbers) == list(range(3, 3 + len(numbers))), "each event is in the log once, without a gap"
    for name, turns in written.items():
        order = [seqs for _, seqs in sorted(turns.items(), key=lambda turn: int(turn[0]))]
        assert order == sorted(order)
        assert all(seqs == list(range(seqs[0], seqs[0] + len(seqs))) for seqs in order), f"{name}'s updates are whole"

    context = session.context()["session_context"]
    product = context["knowledge"]["product"]
    assert product["of"] == {name: {f"turn_{turn}": turn for turn in range(TURNS)} for name in AGENTS}
    learned = context["knowledge"]["past_learnings"]
    expected = {f"{name} learned {turn}" for name in AGENTS for turn in range(TURNS)} | {"learned by all"}
    assert (set(learned), len(learned)) == (expected, len(expected))
    assert {each["path"] for each in context["artifacts"]} == {
        f"{name}/{n}.md" for name in AGENTS for n in range(TURNS)
    }
    assert len(context["history"]) == len(AGENTS) * TURNS
    assert context["compute"]["tokens_used"] == 10 * len(AGENTS) * TURNS

    # What all say otherwise is the word of the last in the log, and everyone's last word is shown with its source.
    events = {str(event.id): event for event in session.events(limit=None)}
    last = max((seqs[0], name) for name, turns in written.items() for seqs in turns.values())
    assert product["contested"] == last[1]
    (conflict,) = context["conflicts"]
    assert (conflict["area"], conflict["path"]) == ("product", "contested")
    assert sorted(claim["source"] for claim in conflict["claims"]) == AGENTS
    for claim in conflict["claims"]:
        event = events[claim["event_id"]]
        assert (claim["value"], claim["source"]) == (event.data["facts"]["contested"], event.actor)
        assert event.seq == max(seqs[0] for seqs in written[claim["source"]].values())
    assert [events[claim["event_id"]].seq for claim in conflict["claims"]] == sorted(
        events[claim["event_id"]].seq for claim in conflict["claims"]
    )
    assert session.verify() == len(numbers) + 2

    # Somebody who has seen it all decides.
    session.update_context({"knowledge": {"product": {"contested": "decided"}}}, base=session.state().history.last_seq)
    after = session.context()["session_context"]
    assert after["knowledge"]["product"]["contested"] == "decided"
    assert "conflicts" not in after
