"""Handoffs and decisions between real processes: many want one, and one gets it; and a receiver that is killed."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from holdfast.client import Holdfast, Session
from holdfast.client.handing import Accepted
from holdfast.config import Settings
from holdfast.errors import LeaseHeld
from holdfast.testing import wait_until
from processes import environment

RIVAL = Path(__file__).with_name("rival.py")
NAMES = ["north", "east", "south", "west"]
ROUNDS = 150


def rivals(settings: Settings, sessions: list[Session], what: str, directory: Path) -> dict[str, dict[str, Any]]:
    """What each of the processes was told of each session."""
    file = directory / "sessions"
    file.write_text("\n".join(session.id for session in sessions))
    racing = [
        subprocess.Popen(
            [sys.executable, str(RIVAL), name, what, str(file)], env=environment(settings), stdout=subprocess.PIPE
        )
        for name in NAMES
    ]
    told = {name: orjson.loads(one.communicate(timeout=200)[0]) for name, one in zip(NAMES, racing, strict=True)}
    assert [one.returncode for one in racing] == [0] * len(NAMES)
    return told


def got(told: dict[str, dict[str, Any]], session: Session) -> str:
    """The one who got it."""
    (winner,) = [name for name in NAMES if told[name][session.id] is None]
    return winner


@pytest.mark.promise(4)
def test_four_processes_accept_one_handoff_many_times_and_each_time_one_gets_it(
    hf: Holdfast, settings: Settings, tmp_path: Path
) -> None:
    sessions = [hf.start("u", agent="planner") for _ in range(ROUNDS)]
    for session in sessions:
        session.hand_off("worker", handoff_id="it", capability="OPTIMIZE_CHANNEL_MIX")
    told = rivals(settings, sessions, "take", tmp_path)
    winners = set()
    for session in sessions:
        winner = got(told, session)
        winners.add(winner)
        assert {told[name][session.id] for name in NAMES if name != winner} == {"worker"}
        events = session.events()
        kinds = [event.type for event in events]
        assert kinds[2:] == [
            "lease.taken", "handoff.accepted", "custom.step", "handoff.completed", "lease.released",
        ], kinds  # fmt: skip
        assert {event.fence for event in events[3:6]} == {1}, "all of it under the lease that came with the session"
        assert events[4].data == events[5].data["result"] == {"by": winner}
        assert session.state().contested == []
    assert len(winners) > 1, "they did race"


@pytest.mark.promise(4)
def test_four_processes_answer_one_question_many_times_and_each_time_one_answer_holds(
    hf: Holdfast, settings: Settings, tmp_path: Path
) -> None:
    sessions = [hf.start("u", agent="planner") for _ in range(ROUNDS)]
    for session in sessions:
        session.escalate("Who is right?", to="anybody", decision_id="it")
    told = rivals(settings, sessions, "answer", tmp_path)
    for session in sessions:
        holds = f"{got(told, session)} says so"
        assert {each[session.id] for each in told.values()} == {None, holds}
        assert [each.decision for each in session.state().decisions_made] == [holds]
        assert [event.type for event in session.events()[2:]] == ["decision.answered"]


@pytest.mark.promise(4)
def test_a_handoff_whose_receiver_was_killed_stays_accepted_and_is_completed_by_whoever_goes_on(
    hf: Holdfast, settings: Settings, tmp_path: Path
) -> None:
    session = hf.start("u", agent="planner")
    session.hand_off("worker", handoff_id="it")
    (tmp_path / "sessions").write_text(session.id)
    receiver = subprocess.Popen(
        [sys.executable, str(RIVAL), "north", "hold", str(tmp_path / "sessions")],
        env=environment(settings),
        stdout=subprocess.PIPE,
    )
    try:
        assert receiver.stdout is not None
        assert receiver.stdout.readline() == b"held\n"
    finally:
        receiver.kill()
        receiver.communicate(timeout=20)
    handoff = session.handoff("it")
    assert (handoff.status, handoff.accepted_by) == ("accepted", "worker")
    with pytest.raises(LeaseHeld, match="worker"):
        handoff.resume("planner")

    def resumed() -> Accepted | None:
        try:
            return handoff.resume("planner")
        except LeaseHeld:
            return None

    accepted = wait_until(resumed, what="the end of the lease of the one who died")
    assert accepted is not None
    assert [event.data for event in session.events() if event.type == "custom.step"] == [{"by": "north"}]
    accepted.complete({"by": "planner"})
    completed = session.handoff("it")
    assert (completed.status, completed.accepted_by, completed.result) == ("completed", "worker", {"by": "planner"})
