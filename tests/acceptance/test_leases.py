"""Leases between real processes: a race for one session, and a holder that hung for longer than it had time."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import orjson
import psutil
import pytest

from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.events import LeaseReleased, LeaseTaken
from holdfast.pipeline.ingest import Ingest
from holdfast.testing import wait_until
from processes import at_work, environment
from writing import contents, drain

RACER = Path(__file__).with_name("racer.py")
SLEEPER = Path(__file__).with_name("sleeper.py")
TURNS = 500


@pytest.mark.promise(4)
def test_two_agents_race_for_one_session_a_thousand_times_and_write_one_line_of_history(
    hf: Holdfast, settings: Settings
) -> None:
    session = hf.start("u")
    racing = [
        subprocess.Popen(
            [sys.executable, str(RACER), name, session.id, str(TURNS)],
            env=environment(settings),
            stdout=subprocess.PIPE,
        )
        for name in ("left", "right")
    ]
    written = {name: orjson.loads(one.communicate(timeout=200)[0]) for name, one in zip("lr", racing, strict=True)}
    assert [one.returncode for one in racing] == [0, 0]
    assert not set(written["l"]) & set(written["r"]), "no fence was held by both"
    fence, holder = 0, None
    found: dict[str, list[str]] = {}
    for event in session.events(limit=None)[1:]:
        told = event.payload
        if isinstance(told, LeaseTaken):
            assert told.fence == fence + 1
            assert holder is None, "nobody was robbed"
            fence, holder = told.fence, told.owner
        elif isinstance(told, LeaseReleased):
            assert (told.owner, told.fence) == (holder, fence)
            holder = None
        else:
            assert (event.fence, event.actor) == (fence, holder)
            found.setdefault(str(event.fence), []).append(str(event.id))
    assert fence == 2 * TURNS
    assert found == written["l"] | written["r"], "each took its turns whole"
    assert session.verify() == session.state().history.total


@pytest.mark.promise(4)
@pytest.mark.parametrize("taken_over", [True, False])
def test_an_agent_that_was_stopped_past_its_lease_cannot_commit_when_it_goes_on(
    hf: Holdfast, settings: Settings, ingest: Ingest, tmp_path: Path, *, taken_over: bool
) -> None:
    session = hf.start("u", agent="sleeper")
    sleeper = subprocess.Popen(
        [sys.executable, str(SLEEPER), session.id, str(tmp_path), "1"], env=environment(settings)
    )
    try:
        wait_until(lambda: psutil.Process(sleeper.pid).status() == psutil.STATUS_STOPPED, what="the agent hangs")
        assert (tmp_path / "held").read_text() == "1"
        wait_until(lambda: has_run_out(hf, session), what="its lease ran out")
        if taken_over:
            with hf.session(session.id, agent="next").lease("next") as lease:
                assert lease.fence > 1
        os.kill(sleeper.pid, signal.SIGCONT)
        assert sleeper.wait(30) == 0
    finally:
        sleeper.kill()
    drain(ingest)
    told = orjson.loads((tmp_path / "tried").read_bytes())
    assert told == {"append": "stale_writer", "publish": "stale_writer", "lost": "True", "end": "stale_writer"}
    assert contents(session) == ["before it hung"]


def test_workers_end_the_lease_of_a_holder_that_died(hf: Holdfast, settings: Settings, tmp_path: Path) -> None:
    session = hf.start("u")
    lease = hf.service.take_lease(session.id, "planner", exclusive=True, seconds=0.5)
    with at_work(settings, tmp_path):
        wait_until(lambda: hf.service.find(session.id).holder is None, what="the lease's end")
    released = session.events()[-1].payload
    assert isinstance(released, LeaseReleased)
    assert (released.owner, released.fence, released.expired) == ("planner", lease.fence, True)


def has_run_out(hf: Holdfast, session: Session) -> bool:
    """By the clock of the database, which is that of this machine."""
    until = hf.service.find(session.id).held_until
    with hf.service._engine.connect() as connection:
        now = connection.exec_driver_sql("SELECT now()").scalar_one()
    return until is None or until < now
