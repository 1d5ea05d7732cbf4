"""The command line as a process: following live, Ctrl-C, pipes, terminals."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.embedded import EmbeddedPostgres
from holdfast.testing import wait_until
from processes import Process, ended, environment
from writing import said

HOLDFAST = [sys.executable, "-m", "holdfast.interfaces.command"]


@pytest.fixture
def session(hf: Holdfast) -> Session:
    session = hf.start("u", session_id="s")
    session.append(*(said(f"message {number}") for number in range(20)))
    return session


@contextmanager
def running(settings: Settings, directory: Path, *arguments: str) -> Iterator[Process]:
    process = Process("holdfast", [*HOLDFAST, *arguments], settings, directory)
    with ended(process):
        yield process


def shown(process: Process) -> list[int]:
    return [json.loads(line)["seq"] for line in process.text().splitlines() if line.startswith("{")]


def test_tail_follows_until_the_session_is_closed(settings: Settings, session: Session, tmp_path: Path) -> None:
    with running(settings, tmp_path, "tail", session.id, "--json") as tail:
        wait_until(lambda: len(shown(tail)) == 10, what="the last ten")
        session.append(said("one more"))
        wait_until(lambda: shown(tail)[-1] == 22, what="what was appended")
        session.append({"type": "session.closed", "data": {}})
        assert tail.wait(10) == 0
        assert shown(tail) == list(range(12, 24))
        assert "Session s has ended." in tail.text()


@pytest.mark.parametrize(
    ("options", "first"), [(["--after", "0"], 1), (["--after", "20"], 21), (["--last", "3"], 20), (["--last", "0"], 23)]
)
def test_tail_begins_where_it_is_told_and_ends_with_a_session_that_has(
    settings: Settings, session: Session, options: list[str], first: int
) -> None:
    session.append({"type": "session.closed", "data": {}})
    said = run(settings, "tail", session.id, "--json", *options)
    assert said.returncode == 0
    assert [json.loads(line)["seq"] for line in said.stdout.splitlines()] == list(range(first, 23))


def test_tail_outlasts_a_postgres_that_is_away(
    settings: Settings, session: Session, postgres_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    with running(settings, tmp_path, "tail", session.id, "--json") as tail:
        wait_until(lambda: shown(tail), what="the last ten")
        postgres_server.kill()
        try:
            wait_until(lambda: "trying again" in tail.text(), what="a word about Postgres")
        finally:
            postgres_server.start()
        session.append(said("back"))
        wait_until(lambda: shown(tail)[-1] == 22, what="what was appended")
        assert tail.text().count("trying again") == 1


def test_ctrl_c_is_130_and_says_nothing(settings: Settings, session: Session, tmp_path: Path) -> None:
    with running(settings, tmp_path, "tail", session.id, "--json") as tail:
        wait_until(lambda: shown(tail), what="the last ten")
        before = tail.text()
        os.kill(tail.pid, signal.SIGINT)
        assert tail.wait(10) == 130
        assert tail.text() == before


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_reader_that_goes_away_is_no_error(settings: Settings, hf: Holdfast, options: list[str]) -> None:
    session = hf.start("u", session_id="long")
    session.append(*(said("x" * 1000) for _ in range(500)))
    with subprocess.Popen(
        [*HOLDFAST, "events", session.id, *options],
        env=environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(20) == 141
        assert process.stderr.read() == b""


def test_on_a_terminal_lines_fit_and_elsewhere_they_are_whole(settings: Settings, hf: Holdfast) -> None:
    title = "旅行 " * 60
    hf.start("u", session_id="s", title=title)
    piped = run(settings, "sessions", "list").stdout
    assert title.strip()[:100] in piped
    assert "\x1b" not in piped
    lines = on_a_terminal(settings, "sessions", "list").splitlines()
    assert lines[0].startswith("\x1b[1mid")
    assert lines[1].endswith("…")
    assert len(lines[1]) < 80


def test_progress_is_shown_on_a_terminal_alone(settings: Settings, hf: Holdfast, tmp_path: Path) -> None:
    hf.start("u", session_id="s-1").append({"type": "message.added", "data": {"role": "user", "content": "x"}})
    recording = tmp_path / "recording.jsonl"
    recording.write_text('{"session_id":"s-1","user_id":"u","messages":[{"role":"user","content":"x"}]}\n')
    assert "checked" in on_a_terminal(settings, "replay", "--check-only", str(recording))
    assert run(settings, "replay", "--check-only", str(recording)).stderr == ""


def run(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*HOLDFAST, *arguments], env=environment(settings), capture_output=True, text=True, check=False
    )


def on_a_terminal(settings: Settings, *arguments: str) -> str:
    ours, theirs = pty.openpty()
    given: dict[str, Any] = {
        "stdout": theirs,
        "stderr": theirs,
        "env": environment(settings) | {"COLUMNS": "80", "TERM": "xterm"},
    }
    with subprocess.Popen([*HOLDFAST, *arguments], **given) as process:
        os.close(theirs)
        parts = []
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # Linux' way to say that nobody writes any more
                break
            if not part:
                break
            parts.append(part)
        os.close(ours)
        assert process.wait(20) == 0
    return b"".join(parts).decode()
