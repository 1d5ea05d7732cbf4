"""`holdfast demo`, run as a user runs it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from holdfast.testing import wait_until

DEMO = [sys.executable, "-m", "holdfast.interfaces.command", "demo"]
BESIDES = {
    "budget.set": 1,
    "compute.reserved": 3,
    "compute.settled": 3,
    "decision.answered": 1,
    "decision.escalated": 1,
    "effect.intended": 3,
    "effect.settled": 3,
    "handoff.accepted": 1,
    "handoff.completed": 1,
    "handoff.offered": 1,
    "lease.released": 2,
    "lease.taken": 4,
    "of a result": 5,
    "request.allowed": 3,
    "request.blocked": 2,
    "session.recovered": 2,
}
"""What calls of the client commit. Of a result: three leaflets, what their days cost, and the end of the task."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the demo makes its own folder: a long way down, and with a space in it."""
    folder = tmp_path / "a folder" / ("long" * 30)
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """A folder in which a stack seems to run already, at addresses where nothing is."""
    data = tmp_path / ".holdfast"
    data.mkdir()
    (data / "environment").write_text(
        "HOLDFAST_REDIS_URL=redis://127.0.0.1:1/0\nHOLDFAST_DATABASE_URL=postgresql://x@127.0.0.1:1/x\n"
    )
    yield tmp_path
    assert sorted(path.name for path in data.iterdir()) == ["environment"]


def start(folder: Path, cwd: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*DEMO, *options],
        cwd=cwd,
        env=os.environ | {"TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def left_running(folder: Path) -> list[str]:
    """Whatever of the demo is alive: all of it lives in its folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and str(folder) in f"{process.cwd()} {process.cmdline()}":
                found.append(f"{process.pid} {process.name()}")
        except psutil.Error:
            continue
    return found


def number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    assert found, f"{pattern!r} is not in:\n{text}"
    return int(found[1])


@pytest.mark.promise(1)
@pytest.mark.promise(4)
@pytest.mark.promise(6)
@pytest.mark.promise(8)
@pytest.mark.promise(10)
def test_the_demo_kills_and_hangs_whoever_works_and_nothing_is_lost_or_done_twice(
    folder: Path, elsewhere: Path
) -> None:
    demo = start(folder, elsewhere)
    text, _ = demo.communicate(timeout=150)
    assert demo.returncode == 0, text
    assert "it sees worker-1 and worker-2" in text
    _a_worker_was_killed(text)
    _the_agent_was_killed_and_another_found_out(text)
    _one_that_hung_was_refused(text)
    _it_was_handed_over(text)
    logged = number(r"The log of \S+ (\d+) events", text)
    refused = number(r"; (\d+) of these came too late", text)
    counted = re.search(r"Besides there are ([^.]*(?:\.[a-z][^.]*)*)\.\n", text)
    assert counted, text
    besides = {kind: int(many) for many, kind in re.findall(r"(\d+) ([a-z. ]+[a-z])", counted[1])}
    assert besides == BESIDES
    own = sum(besides.values())
    assert number(r"(\d+) events were acknowledged", text) - refused + own == logged - 1
    assert number(r"verifies over (\d+) events", text) == logged
    assert "0 are missing, 0 are doubled, 0 unknown ones were found" in text
    assert "fences given out were 1, 2, 3, 4; each event has that of its lease" in text
    assert "tables booked 1, mails sent 1; effects left open 0, decisions made twice 0" in text
    assert re.search(r"decisions  13 made", text)
    _the_user_was_known_again_and_forgotten(text)
    assert "out of place; nothing was done twice, or asked again." in text
    assert len(text.splitlines()) <= 150
    assert "\x1b" not in text
    assert left_running(folder) == []
    assert list(folder.iterdir()) == []


def _the_user_was_known_again_and_forgotten(text: str) -> None:
    flat = " ".join(text.split())
    assert re.search(r"Closed, and summarised: \d+ lines about events 1 to \d+", flat)
    assert "I have saved your progress. You can say continue where we left off anytime to resume." in flat
    assert "Last time we were working on: Plan 3 days in Paris" in flat
    assert "taken for granted, and may be refused: " in flat
    assert re.search(r"\d+ events in 2 sessions and \d+ blobs are gone", flat)
    assert "looking again finds nothing" in flat


def _a_worker_was_killed(text: str) -> None:
    assert re.search(r"SIGKILL for worker-[12] \(process \d+\) in the middle of a drain", text)
    committed, waiting = number(r"(\d+) events committed", text), number(r"committed, (\d+) only in Redis", text)
    assert committed > 0
    assert waiting > 0
    assert committed + waiting <= number(r"The log of \S+ (\d+) events", text)
    assert text.count(" (killed)") == 1


def _the_agent_was_killed_and_another_found_out(text: str) -> None:
    assert re.search(r"SIGKILL for agent-1 \(process \d+\) in the middle of its call", text)
    assert re.search(r"agent-2 \(process \d+, itinerary-worker\) has fence 2", text)
    recovered = number(r"recovered all up to event (\d+): success, from RECOVERY-\d+-\d+-\S+ \(events 1 to", text)
    assert f"{recovered:>5}  lease.taken       itinerary-worker  owner: itinerary-worker, fence: 2" in text
    assert "Nobody knows whether this was done: book_table trip-to-paris-sunday-dinner to Le Procope" in text
    assert re.search(r"The call call-\d+ of book_table has no result", text)
    assert "Next: Find out by its key trip-to-paris-sunday-dinner whether this was done" in text
    assert "Le Procope, Sunday dinner, for ada; the effect is settled as done" in text


def _one_that_hung_was_refused(text: str) -> None:
    assert re.search(r"SIGSTOP for agent-2 \(process \d+\): it hangs, and has the session under fence 2", text)
    assert re.search(r"agent-3 \(process \d+, understudy\) has fence 3", text)
    assert re.search(r"lease.taken       understudy        owner: understudy, fence: 3", text)
    assert "SIGCONT for agent-2, which goes on where it hung, and is told:" in text
    assert re.search(r"the lease of 'itinerary-worker'|fence 2 is not the one of now", text)
    late = number(r"; (\d+) of these came too late", text)
    assert number(r"acknowledged to it since, (\d+) events are among the dead letters", text) == late
    assert "session.recovered understudy" in text
    assert "lease.released    understudy" in text


def _it_was_handed_over(text: str) -> None:
    offered = number(r"(\d+)  understudy hands the trip over to leaflet-writer: Write a leaflet for each day", text)
    accepted = number(r"under fence 4 \(events \d+ and (\d+)\)", text)
    assert f"{offered:>5}  handoff.offered   understudy" in text
    assert f"{accepted:>5}  handoff.accepted  leaflet-writer" in text
    assert f"{accepted - 1:>5}  lease.taken       leaflet-writer    owner: leaflet-writer, fence: 4" in text
    assert re.search(r"asks nothing that is in the package: destination Paris \(event \d+\), days Saturday,", text)
    assert re.search(r"budget\s+200\s+euros\s+\(event\s+\d+\),\s+diet\s+vegetarian", text)
    assert re.search(r"\s12\s+decisions\n", text)
    _in_this_order(
        text,
        "would do more: Also book a helicopter flight over Paris",
        "BLOCKED: flights are out of scope for this task; the line of its scope: flights",
        "Request denied. Create separate task if needed.",
        "5 calls set aside, 4 used; 7 of 11 left",
        "5 calls set aside, 5 used; 2 of 11 left",
        "wants to go on: Write the leaflet for Monday",
        "BLOCKED: Request exceeds remaining budget (5 > 2)",
        "Escalate to Campaign Owner for budget approval",
        "ada is asked, and may say: Raise the budget by 3 calls; Do without it",
        "ada says: Raise the budget by 3 calls",
        "A second answer, Do without it, is refused: question 'budget-",
        "leaflet-writer has the answer, and goes on with 14 calls",
        "5 calls set aside, 4 used; 1 of 14 left",
        "3 leaflets are in the session's context",
        "handoff.completed leaflet-writer",
        "lease.released    leaflet-writer",
        "Write a leaflet for each day: success, 3 leaflets for 3 days",
        "Handed over: offered 1, accepted 1, completed 1 times; 3 of 3 leaflets",
        "4 of 4 are in the package, with their events; questions beside the budget's: 0.",
        "Calls: 13 used of 14, 0 still set aside; the limit was kept at every event, and the ledger says the same.",
        "Blocked: 1 by the scope, 1 by the budget; answered 1 of 1, second answers refused 1.",
    )


def _in_this_order(text: str, *expected: str) -> None:
    place = 0
    for each in expected:
        found = text.find(each, place)
        assert found >= 0, f"{each!r} is not in, or not where it should be in:\n{text}"
        place = found + len(each)


def test_an_interrupted_demo_leaves_nothing_behind(folder: Path, elsewhere: Path) -> None:
    demo = start(folder, elsewhere)
    wait_until(lambda: list(folder.glob("*/agent-1.log")), seconds=90, what="the agent's start")
    demo.send_signal(signal.SIGINT)
    text, _ = demo.communicate(timeout=60)
    assert demo.returncode == 130, text
    assert "Traceback" not in text
    assert left_running(folder) == []
    assert list(folder.iterdir()) == []


def test_an_interrupt_reaches_an_agent_that_hangs(folder: Path, elsewhere: Path) -> None:
    demo = start(folder, elsewhere)
    wait_until(lambda: list(folder.glob("*/agent-3.log")), seconds=120, what="the start of the one that takes over")
    hung = [one for one in psutil.Process(demo.pid).children() if one.status() == psutil.STATUS_STOPPED]
    demo.send_signal(signal.SIGINT)
    text, _ = demo.communicate(timeout=60)
    assert len(hung) == 1
    assert demo.returncode == 130, text
    assert left_running(folder) == []
    assert list(folder.iterdir()) == []


def test_a_demo_whose_parts_end_says_so_and_keeps_what_they_wrote(folder: Path, elsewhere: Path) -> None:
    demo = start(folder, elsewhere)
    wait_until(lambda: list(folder.glob("*/acknowledged-1")), seconds=90, what="the agent's first event")
    agents = [one for one in psutil.Process(demo.pid).children() if "holdfast.demo.agent" in one.cmdline()]
    agents[0].kill()
    text, _ = demo.communicate(timeout=90)
    assert demo.returncode not in {0, 130}, text
    assert "Traceback" not in text
    assert "error: " in text
    (kept,) = folder.iterdir()
    assert f"What the processes of the demo wrote is in {kept}" in text
    assert "Nothing that was acknowledged is lost" not in text
    assert left_running(folder) == []
