"""Runs the processes of a Procfile: honcho, taught to stop gently and to start again what dies."""

import os
import shlex
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import Event, parent_process
from typing import Any

import honcho.manager
import honcho.process

from holdfast.embedded import tether
from holdfast.embedded.server import tethered

__all__ = ["Processes"]

GRACE_SECONDS = 30.0  # for a task that is under way
GRACE_WITHOUT_SERVERS = 3.0  # nothing can be finished any more
RESTART_SECONDS = 1.0
EARLY_SECONDS = 10.0  # who ends sooner than that has not run at all
EARLY_ENDS = 3


class _Revived(honcho.process.Process):  # type: ignore[misc]  # honcho ships no types
    """A process that is started again when it ends by itself; given up when it keeps ending right away.

    honcho runs each of these in a process of its own, which hands on what its child prints.
    """

    def __init__(self, cmd: str, **options: Any) -> None:
        super().__init__(cmd, **options)
        self._script = cmd
        self._stopping: Any = None
        self._returncode = 0

    def heed(self, stopping: Any) -> None:
        self._stopping = stopping

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:  # noqa: FBT001, FBT002  # honcho's
        tether.die_with_parent(signal.SIGKILL)
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, signal.SIG_IGN)  # those are for the manager, which tells our child
        self.cmd = _command(self._script)
        early = 0
        while True:
            started = time.monotonic()
            super().run(events, ignore_signals)
            early = early + 1 if time.monotonic() - started < EARLY_SECONDS else 0
            hopeless = early == EARLY_ENDS or (early > 0 and self._returncode >= 0)  # it refused; nobody killed it
            if hopeless or self._stopping.is_set() or not _parent_lives():
                break
            self._say(f"{self.name} ended by itself (status {self._returncode}); starting it again")
            if self._stopping.wait(RESTART_SECONDS):
                break
        super()._send_message({"returncode": self._returncode}, type="stop")

    def _say(self, text: str) -> None:
        super()._send_message(text + "\n")

    def _send_message(self, data: Any, type: str = "line") -> None:  # noqa: A002  # honcho's
        if type == "stop":
            self._returncode = data["returncode"]  # whether that is the end is ours to say, above
            return
        super()._send_message(data, type=type)
        if type == "start" and self._stopping.is_set():  # too late for the manager to have told it
            self._child.terminate()


class Processes(honcho.manager.Manager):  # type: ignore[misc]  # honcho ships no types
    """The processes of a Procfile. `loop` returns when all have ended, told to or given up.

    `fault` is asked twice a second; when it has something to say, everything is stopped.
    """

    def __init__(self, fault: Callable[[], str | None]) -> None:
        super().__init__()
        self.fault: str | None = None
        self._find_fault = fault
        self._stopping = Event()
        self._kill_at = 0.0
        self._process_ctor = _Revived

    def add(self, name: str, command: str, environment: dict[str, str]) -> None:
        """Before `loop`."""
        self.add_process(name, command, env=environment).heed(self._stopping)

    def loop(self) -> None:
        """Returns when the last process has ended; nothing of them is left, even when this raises."""
        try:
            super().loop()
        finally:
            self._stopping.set()
            self._killall(force=True)

    @property
    def asked(self) -> bool:
        """Whether a signal was what ended them."""
        return self.returncode in {128 + signal.SIGINT, 128 + signal.SIGTERM}

    def terminate(self) -> None:
        """Ask all processes to finish what they are doing and to end."""
        self._kill_at = time.monotonic() + (GRACE_WITHOUT_SERVERS if self.fault else GRACE_SECONDS)
        self._stopping.set()
        super().terminate()

    def kill(self) -> None:
        """Called again and again from five seconds after the first process ended; too soon for some tasks."""
        if time.monotonic() > self._kill_at:
            super().kill()

    def _start(self) -> None:
        super()._start()
        threading.Thread(target=self._watch, daemon=True).start()  # after the forks, which must not copy threads

    def _watch(self) -> None:
        while not self._stopping.wait(0.5):
            self.fault = self._find_fault()
            if self.fault:
                os.kill(os.getpid(), signal.SIGTERM)  # the main thread stops the processes, as for any SIGTERM
                return

    def _killall(self, force: bool = False) -> None:  # noqa: FBT001, FBT002  # honcho's
        """To the process alone, for a worker lets its children finish; by force, to its whole group."""
        for process in self._processes.values():
            if "pid" in process and "returncode" not in process:
                with suppress(ProcessLookupError):
                    if force:
                        os.killpg(process["pid"], signal.SIGKILL)
                    else:
                        os.kill(process["pid"], signal.SIGTERM)


def _command(script: str) -> str:
    return "exec " + shlex.join(tethered(["/bin/sh", "-c", script], signal.SIGTERM))


def _parent_lives() -> bool:
    parent = parent_process()
    return parent is None or parent.is_alive()
