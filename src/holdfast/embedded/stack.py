"""The servers that an installation on one machine needs, and where other programs find them."""

import fcntl
import os
import shlex
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from holdfast.config import Settings
from holdfast.embedded.postgres import EmbeddedPostgres
from holdfast.embedded.redis import EmbeddedRedis
from holdfast.embedded.server import Server, write_private
from holdfast.errors import InvalidInput

__all__ = ["Stack"]

SHARED = ("redis_url", "database_url", "tenant", "prefix", "shards", "blob_url", "blob_keys", "backup_url")
"""What all programs of an installation agree on."""


class Stack:
    """While it is entered, Redis and Postgres run, below `settings.data_dir`, which no other stack can use meanwhile.

    A server whose address the settings give is not started. Leaving stops what was started; the data stays, and the
    next stack finds it, at the same addresses if they are still free. Raises `InvalidInput` for a directory that is
    taken or closed to us, and `Unavailable` for a server that does not start.
    """

    def __init__(self, settings: Settings) -> None:
        self.data_dir = settings.data_dir.absolute()
        # Said expressly, for programs that run in another directory.
        blob_url = settings.blob_url or str(self.data_dir / "blobs")
        self.settings = settings.model_copy(update={"data_dir": self.data_dir, "blob_url": blob_url})
        self.servers: list[Server] = []
        # What a stack left behind that was killed in this directory is no wish of the user's.
        self._named = frozenset() if settings.found else frozenset(settings.model_fields_set)
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            opened.enter_context(_Claim(self.data_dir))
            (self.data_dir / ".gitignore").write_text("*\n", "utf-8")  # passwords and users' data
            found = self.data_dir / "environment"
            found.unlink(missing_ok=True)
            if "redis_url" not in self._named:
                self._start(EmbeddedRedis(self.data_dir / "redis"), "redis_url", opened)
            if "database_url" not in self._named:
                self._start(EmbeddedPostgres(self.data_dir / "postgres"), "database_url", opened)
            opened.callback(found.unlink, missing_ok=True)
            shared = {name: value for name, value in self._variables().items() if name in SHARED}
            write_private(found, "".join(f"HOLDFAST_{k.upper()}={shlex.quote(v)}\n" for k, v in shared.items()))
            self._open = opened.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def environment(self) -> dict[str, str]:
        """The variables that make another process use this stack, to be added to its own environment."""
        return {f"HOLDFAST_{name.upper()}": value for name, value in self._variables().items()}

    def _start(self, server: Server, setting: str, opened: ExitStack) -> None:
        opened.callback(server.stop)  # before it starts: an interrupted start, too, leaves nothing behind
        server.start()
        self.servers.append(server)
        self.settings = self.settings.model_copy(update={setting: server.url})

    def _variables(self) -> dict[str, str]:
        names = [name for name in Settings.model_fields if name in self.settings.model_fields_set]
        return {name: str(value) for name in names if (value := getattr(self.settings, name)) is not None}


class _Claim:
    """Holds a directory for this process. The kernel lets go of it when the process ends, however it ends."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._lock = -1

    def __enter__(self) -> None:
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self.directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            problem = f"{self.directory} cannot be used by this user ({error.strerror}); choose another"
            raise InvalidInput("data_dir", problem) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = os.read(self._lock, 32).decode() or "unknown"
            os.close(self._lock)
            problem = f"{self.directory} is in use by another stack (process {owner}); stop that, or choose another"
            raise InvalidInput("data_dir", problem) from error
        os.truncate(self._lock, 0)
        os.write(self._lock, str(os.getpid()).encode())

    def __exit__(self, *_: object) -> None:
        os.close(self._lock)
