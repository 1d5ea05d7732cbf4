"""The processes of the demo, each in a group of its own, so that one can be held or killed and all can be ended."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
from honcho.environ import parse_procfile

from holdfast.demo.interrupts import Interrupts
from holdfast.embedded.server import tethered
from holdfast.embedded.stack import Stack

__all__ = ["Crew", "Member"]

STOP_SECONDS = 10.0

# One process each does a worker's work, so that its moments are easy to follow; and no greetings between the two.
WORKER = "--concurrency 1 --without-gossip --without-mingle"


class Member:
    """A process of the demo, and whatever processes it starts."""

    def __init__(self, name: str, command: list[str], environment: Mapping[str, str], folder: Path) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        with self.log.open("wb") as output:
            self._popen = subprocess.Popen(  # noqa: S603  # our own programs
                tethered(command, signal.SIGTERM),
                env=environment,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C is for the demo, which ends the others in order
            )

    @property
    def pid(self) -> int:
        """The process, and its group."""
        return self._popen.pid

    @property
    def status(self) -> int | None:
        """The exit code; None while it runs."""
        return self._popen.poll()

    @property
    def stands_still(self) -> bool:
        """Whether `hold` has taken hold of the process."""
        try:
            return bool(psutil.Process(self.pid).status() == psutil.STATUS_STOPPED)
        except psutil.Error:  # it ended
            return False

    def hold(self) -> None:
        """Nothing of it moves until it may go on, or is killed."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """After `hold`."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL to all of it."""
        self._signal(signal.SIGKILL)
        self._popen.wait()

    def ask_to_end(self) -> None:
        """SIGTERM, to the process alone: it ends its children itself."""
        if self.status is None:
            self._popen.terminate()
            self.go_on()

    def end(self) -> None:
        """Return when it is gone: by itself if it can."""
        try:
            self._popen.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def ports(self) -> set[int]:
        """The ports from which it talks to servers."""
        try:
            family = [psutil.Process(self.pid), *psutil.Process(self.pid).children(recursive=True)]
            return {port for each in family for port in _ports(each)}
        except psutil.Error:  # it ended
            return set()

    def last_words(self) -> str:
        """The end of what it printed."""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-15:])

    def _signal(self, number: signal.Signals) -> None:
        if self.status is None:
            os.killpg(self.pid, number)


def _ports(process: psutil.Process) -> list[int]:
    return [each.laddr.port for each in process.net_connections("tcp") if each.laddr]


class Crew:
    """Starts processes on a stack. At the end of the block none is left, however the block ends."""

    def __init__(self, stack: Stack, folder: Path, interrupts: Interrupts) -> None:
        self._folder = folder
        self._interrupts = interrupts
        self._members: list[Member] = []
        self._commands = parse_procfile((files("holdfast") / "Procfile").read_text("utf-8")).processes
        # The stack's variables and no others of ours: an installation that the user has is none of the demo's business.
        foreign = {name: value for name, value in os.environ.items() if not name.startswith(("HOLDFAST_", "FLOWER_"))}
        self._environment = foreign | stack.environment()
        # Who is killed cannot clean up; what it left lying goes the way of the folder.
        self._environment["TMPDIR"] = str(folder)
        self._environment["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), foreign.get("PATH", os.defpath)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for member in self._members:
            member.ask_to_end()
        for member in self._members:
            member.end()

    def worker(self, name: str) -> Member:
        """A worker, as the Procfile has it, with a name of its own."""
        return self._script(name, f"{self._commands['worker']} --hostname {name}@%h {WORKER}")

    def beat(self) -> Member:
        """As the Procfile has it."""
        return self._script("beat", self._commands["beat"])

    def flower(self, port: int) -> Member:
        """As the Procfile has it."""
        return self._script("flower", f"HOLDFAST_FLOWER_PORT={port}; {self._commands['flower']}")

    def agent(self, session_id: str, number: int, name: str, pace: float) -> Member:
        """An agent, the first or one that takes up what the one before it left."""
        place = [session_id, str(self._folder), str(number), name, str(pace)]
        return self._started(
            f"agent-{number}", [sys.executable, "-m", "holdfast.demo.agent", *place], self._environment
        )

    def writer(self, number: int, pace: float) -> Member:
        """The second agent. Which session it is to work on, its inbox says."""
        place = [str(self._folder), str(number), str(pace)]
        return self._started("writer", [sys.executable, "-m", "holdfast.demo.writer", *place], self._environment)

    def _script(self, name: str, script: str) -> Member:
        return self._started(name, ["/bin/sh", "-c", script], self._environment)

    def _started(self, name: str, command: list[str], environment: Mapping[str, str]) -> Member:
        with self._interrupts.shielded():
            self._members.append(Member(name, command, environment, self._folder))
        return self._members[-1]
