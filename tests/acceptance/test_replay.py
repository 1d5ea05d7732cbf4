"""The main job on real input: recorded conversations go through everything while everything is killed, and come out."""

import json
import sys
from functools import partial
from pathlib import Path

import pytest

from acceptance.chaos import Chaos
from holdfast.client import Holdfast
from holdfast.testing import wait_until
from processes import Process, ended

DATA = Path(__file__).parents[3] / "shared" / "data"
FILES = [DATA / "tau_airline.jsonl.gz", DATA / "tau2_support.jsonl.gz"]
KILLS = 6
SESSIONS_BETWEEN = 20


@pytest.mark.promise(1)
@pytest.mark.timeout(300)
@pytest.mark.skipif(not all(file.exists() for file in FILES), reason="the recorded conversations are not here")
def test_recorded_conversations_come_out_whole_while_everything_is_killed(tmp_path: Path) -> None:
    chaos = Chaos(tmp_path, seed=8056, say=lambda _: None)
    try:
        chaos.start(publishers=0)
        command = [sys.executable, "-m", "holdfast.interfaces.command", "replay", "--json", *map(str, FILES)]
        replay = Process("replay", command, chaos.settings, tmp_path)
        with ended(replay), Holdfast(chaos.settings) as holdfast:
            for kill in range(KILLS):
                begun = SESSIONS_BETWEEN * (kill + 1)
                started = partial(has_begun, replay, holdfast, begun)
                wait_until(started, seconds=90, what=f"the start of {begun} sessions")
                assert replay.alive, replay.text()
                chaos.strike()
            assert replay.wait(200) == 0, replay.text()
        report = json.loads(replay.text().splitlines()[-1])
        assert (report["messages"], report["sessions"], report["tool_calls"]) == (8056, 260, 2001)
        assert sum(chaos.kills.values()) == KILLS
    finally:
        chaos.stop()


def has_begun(replay: Process, holdfast: Holdfast, sessions: int) -> bool:
    """Whether so many sessions are there besides the chaos's own, or the replay has ended already."""
    return not replay.alive or len(holdfast.sessions(limit=1000).items) > sessions
