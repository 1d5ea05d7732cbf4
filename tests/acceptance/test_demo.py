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
def test_the_demo_kills_a_worker_and_finds_everything_in_the_log(folder: Path, elsewhere: Path) -> None:
    demo = start(folder, elsewhere)
    text, _ = demo.communicate(timeout=120)
    assert demo.returncode == 0, text
    assert "it sees worker-1 and worker-2" in text
    assert re.search(r"SIGKILL for worker-[12] \(process \d+\) in the middle of a drain", text)
    committed, waiting = number(r"(\d+) events committed", text), number(r"committed, (\d+) only in Redis", text)
    logged = number(r"The log of \S+ (\d+) events", text)
    assert committed > 0
    assert waiting > 0
    assert committed + waiting <= logged
    assert number(r"(\d+) events were acknowledged", text) == logged - 1
    assert number(r"verifies over (\d+) events", text) == logged
    assert "0 of these are missing, 0 are doubled, 0 others were found" in text
    assert text.count(" (killed)") == 1
    assert "Nothing that was acknowledged is lost" in text
    assert len(text.splitlines()) <= 62
    assert "\x1b" not in text
    assert left_running(folder) == []
    assert list(folder.iterdir()) == []


def test_an_interrupted_demo_leaves_nothing_behind(folder: Path, elsewhere: Path) -> None:
    demo = start(folder, elsewhere)
    wait_until(lambda: list(folder.glob("*/agent.log")), seconds=90, what="the agent's start")
    demo.send_signal(signal.SIGINT)
    text, _ = demo.communicate(timeout=60)
    assert demo.returncode == 130, text
    assert "Traceback" not in text
    assert left_running(folder) == []
    assert list(folder.iterdir()) == []


def test_a_demo_whose_parts_end_says_so_and_keeps_what_they_wrote(folder: Path, elsewhere: Path) -> None:
    demo = start(folder, elsewhere)
    wait_until(lambda: list(folder.glob("*/acknowledged")), seconds=90, what="the agent's first event")
    agents = [one for one in psutil.Process(demo.pid).children() if "holdfast.demo.agent" in one.cmdline()]
    agents[0].kill()
    text, _ = demo.communicate(timeout=60)
    assert demo.returncode not in {0, 130}, text
    assert "Traceback" not in text
    assert "error: " in text
    (kept,) = folder.iterdir()
    assert f"What the processes of the demo wrote is in {kept}" in text
    assert "Nothing that was acknowledged is lost" not in text
    assert left_running(folder) == []
