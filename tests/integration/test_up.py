"""`holdfast up`: the processes of a Procfile looked after, and the whole of it started, stopped and broken."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from holdfast.testing import wait_until

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")

SUPERVISE = """
import os, sys
from holdfast.embedded.processes import Processes
processes = Processes(lambda: "a server is gone" if os.path.exists("fault") else None)
for number, command in enumerate(sys.argv[1:]):
    processes.add(f"p{number}", command, dict(os.environ))
processes.loop()
print("asked:", processes.asked, "fault:", processes.fault)
"""

UP = """
import sys
from holdfast.config import Settings
from holdfast.embedded.up import up
sys.exit(up(Settings.load()))
"""


class Run:
    """A program of which we read what it prints, as it comes."""

    def __init__(self, script: str, *arguments: str, cwd: Path) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HOLDFAST_")}
        self.output = cwd / "output"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", script, *arguments],
                cwd=cwd,
                env=environment | {"PYTHONUNBUFFERED": "1"},
                stdout=output,
                stderr=output,
            )

    @property
    def text(self) -> str:
        return self.output.read_text()

    def wait_for(self, pattern: str, times: int = 1, seconds: float = 60) -> list[str]:
        """The first group of each match, once there are that many."""
        deadline = time.monotonic() + seconds
        while len(found := re.findall(pattern, self.text)) < times:
            assert time.monotonic() < deadline, f"{pattern!r} did not come:\n{self.text}"
            time.sleep(0.05)
        return [str(match) for match in found]

    def end(self, number: signal.Signals | None = None) -> int:
        if number is not None:
            self.process.send_signal(number)
        return self.process.wait(60)


Runner = Callable[..., Run]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Runner]:
    started: list[Run] = []

    def start(script: str, *arguments: str) -> Run:
        started.append(Run(script, *arguments, cwd=tmp_path))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.end(signal.SIGTERM)


def gone(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


STEADY = "echo pid=$$; exec sleep 600"


def test_a_process_that_is_killed_is_started_again(run: Runner) -> None:
    supervisor = run(SUPERVISE, STEADY)
    (first,) = supervisor.wait_for(r"\| pid=(\d+)")
    os.kill(int(first), signal.SIGKILL)
    second = supervisor.wait_for(r"\| pid=(\d+)", times=2)[1]
    assert second != first
    assert supervisor.end(signal.SIGINT) == 0
    assert "asked: True fault: None" in supervisor.text
    assert gone(int(second))


def test_a_process_may_finish_what_it_is_doing_and_its_children_are_left_to_it(run: Runner) -> None:
    supervisor = run(SUPERVISE, "trap 'sleep 0.5; echo finished; exit 0' TERM; echo ready; while :; do sleep 0.1; done")
    supervisor.wait_for("ready")
    assert supervisor.end(signal.SIGTERM) == 0
    assert "| finished" in supervisor.text


def test_a_process_that_refuses_to_run_stops_all(run: Runner) -> None:
    supervisor = run(SUPERVISE, STEADY, "echo no such setting; exit 2")
    assert supervisor.end() == 0
    assert supervisor.text.count("| no such setting") == 1
    assert "asked: False fault: None" in supervisor.text


def test_a_process_that_keeps_dying_is_given_up(run: Runner) -> None:
    supervisor = run(SUPERVISE, "echo again; kill -9 $$")
    assert supervisor.end() == 0
    assert supervisor.text.count("| again") == 3
    assert "asked: False fault: None" in supervisor.text


def test_a_fault_stops_all(run: Runner, tmp_path: Path) -> None:
    supervisor = run(SUPERVISE, STEADY)
    supervisor.wait_for("pid=")
    (tmp_path / "fault").touch()
    assert supervisor.end() == 0
    assert "fault: a server is gone" in supervisor.text


@linux_only
def test_processes_end_with_a_supervisor_that_was_killed(run: Runner) -> None:
    supervisor = run(SUPERVISE, STEADY)
    (pid,) = supervisor.wait_for(r"\| pid=(\d+)")
    supervisor.end(signal.SIGKILL)
    wait_until(lambda: gone(int(pid)))


def status_of(url: str, password: str | None) -> int:
    request = urllib.request.Request(url)
    if password is not None:
        request.add_header("Authorization", "Basic " + b64encode(f"holdfast:{password}".encode()).decode())
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


def test_up_runs_everything_until_it_is_interrupted(run: Runner, tmp_path: Path) -> None:
    up = run(UP)
    (flower,) = up.wait_for(r"Flower +(http://\S+)")
    (password,) = up.wait_for(r"password (\S+)\)")
    up.wait_for("(worker ready|celery@.* ready)")
    wait_until(lambda: status_of(flower, password) == 200)
    assert status_of(flower, None) == 401
    assert status_of(flower + "/api/workers", None) == 401
    assert status_of(flower, "") == 401
    environment = (tmp_path / ".holdfast" / "environment").read_text()
    for secret in re.findall(r":([^:@/]+)@", environment):
        assert secret not in up.text

    assert up.end(signal.SIGINT) == 0
    assert "Stopped." in up.text
    assert not (tmp_path / ".holdfast" / "environment").exists()


def test_up_stops_everything_when_a_server_dies(run: Runner, tmp_path: Path) -> None:
    up = run(UP)
    up.wait_for("(worker ready|celery@.* ready)")
    postmaster = (tmp_path / ".holdfast/postgres/data/postmaster.pid").read_text().splitlines()[0]
    os.kill(int(postmaster), signal.SIGKILL)
    assert up.end() == 1
    assert re.search(r"Postgres ended by itself.*server\.log", up.text)
