"""Reading a shard's stream, and taking out of it what is committed."""

from collections.abc import Callable
from typing import NamedTuple, cast

from redis import Redis

from holdfast.stream.failures import translated
from holdfast.stream.keys import NOTICE_SECONDS, Keys

__all__ = ["Page", "Raw", "Reader"]

Page = list[tuple[bytes, dict[bytes, bytes]]]

ROUND_ENTRIES = 1000
PAGE_ENTRIES = 250
ROUND_BYTES = 8 * 1024 * 1024
"""A round ends at either bound. It is read in pages, so that a thousand large events are never in memory at once."""

LAST_OF_MILLISECOND = 2**64 - 1


class Raw(NamedTuple):
    """An entry as it lies in the stream."""

    id: str
    fields: dict[bytes, bytes]


class Reader:
    """Reads each shard over a connection of its own, which never reconnects silently.

    `connect` makes such a client. A trim after Redis was replaced (restarted without its tail, failed over to a
    replica) could remove entries that were never read, so a trim must fail where the connection that read is gone.
    Entries that were committed but not trimmed are only read again. One thread at a time may work on a shard.
    """

    def __init__(self, connect: Callable[[], Redis], keys: Keys) -> None:
        self.keys = keys
        self._connect = connect
        self._clients: dict[int, Redis] = {}

    def _client(self, shard: int) -> Redis:
        if shard not in self._clients:
            self._clients[shard] = self._connect()
        return self._clients[shard]

    def silence(self, shard: int) -> None:
        """Take the bell away: whoever publishes from now on rings again."""
        with translated("silencing a shard's bell"):
            self._client(shard).delete(self.keys.bell(shard))

    def hold(self, shard: int, seconds: float) -> None:
        """Keep publishers from ringing while the log cannot be written."""
        with translated("holding a shard's bell"):
            self._client(shard).set(self.keys.bell(shard), 1, px=int(seconds * 1000))

    def read(self, shard: int, *, after: str | None = None) -> list[Raw]:
        """The oldest entries of the stream: at most `ROUND_ENTRIES`, and not many more bytes than `ROUND_BYTES`.

        `after` is the entry behind which to begin.
        """
        entries: list[Raw] = []
        start, size = "-" if after is None else f"({after}", 0
        while len(entries) < ROUND_ENTRIES and size < ROUND_BYTES:
            with translated("reading a stream"):
                page = cast("Page", self._client(shard).xrange(self.keys.stream(shard), min=start, count=PAGE_ENTRIES))
            entries += [Raw(entry_id.decode(), fields) for entry_id, fields in page]
            if len(page) < PAGE_ENTRIES:
                break
            size += sum(len(value) for _, fields in page for value in fields.values())
            start = f"({entries[-1].id}"
        return entries

    def trim(self, shard: int, last: str) -> None:
        """Take out every entry up to and including `last`. Only after their commit."""
        ms, seq = map(int, last.split("-"))
        following = f"{ms}-{seq + 1}" if seq < LAST_OF_MILLISECOND else f"{ms + 1}-0"
        with translated("trimming a stream"):
            self._client(shard).xtrim(self.keys.stream(shard), minid=following, approximate=False)

    def backlog(self, shard: int) -> int:
        """How many entries wait to be committed."""
        with translated("measuring a stream"):
            return int(self._client(shard).xlen(self.keys.stream(shard)))

    def notify(self, shard: int, token: str, outcome: bytes) -> None:
        """Leave the outcome of an `append` for the process that waits for it.

        Where the server does not take it, because something else lies under the token that a stranger chose, nobody is
        told; that must not keep the caller from trimming.
        """
        with translated("notifying an appender"), self._client(shard).pipeline(transaction=False) as pipe:
            pipe.rpush(self.keys.notice(token), outcome)
            pipe.expire(self.keys.notice(token), NOTICE_SECONDS)
            pipe.execute(raise_on_error=False)

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()
