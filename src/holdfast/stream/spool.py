"""The spool: a local file that keeps events while Redis is down, and gives them up, in order, when it is back.

Each line is one publishing: a JSON list of the tenant and its events' fields. While the file holds anything, new events
go behind it, so the publisher's order stays; a thread empties it. A line that was sent and not yet taken out, because
the process died in between, is sent again, and its event ids make that harmless. Processes on one machine may share a
file.
"""

import fcntl
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BufferedRandom
from pathlib import Path

import orjson

from holdfast.errors import StreamUnavailable
from holdfast.events import Draft, parse
from holdfast.logs import get_logger
from holdfast.stream.publisher import Publisher

__all__ = ["Spool"]

log = get_logger(__name__)

RETRY_SECONDS = 0.5


class Spool:
    """Publishes, or keeps what Redis does not take."""

    def __init__(self, path: Path, publisher: Publisher) -> None:
        self._path = path
        self._publisher = publisher
        self._stopped = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        if path.exists() and path.stat().st_size:
            self._start()

    def publish(self, tenant: str, drafts: Sequence[Draft]) -> None:
        """Publish, or keep. Raises `StreamUnavailable` only where neither could be done."""
        with self._file() as file:
            if _size(file) == 0:
                try:
                    self._publisher.publish(tenant, drafts)
                except StreamUnavailable as error:
                    log.warning("spool.started", path=str(self._path), error=error.message)
                else:
                    return
            _append(file, tenant, drafts)
        self._start()

    def flush(self) -> bool:
        """Send what is kept. False where Redis did not take it all; nothing is lost then."""
        with self._file() as file:
            lines = _lines(file)
            try:
                for line in lines:
                    tenant, entries = orjson.loads(line)
                    self._publisher.publish(tenant, [parse(fields, data.encode()) for fields, data in entries])
            except StreamUnavailable:
                return False
            if lines:
                file.truncate(0)
                os.fsync(file.fileno())
                log.info("spool.flushed", path=str(self._path), lines=len(lines))
        return True

    def close(self) -> None:
        """Try once more, and end the thread. What Redis still does not take stays in the file."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
        if self._path.exists():
            self.flush()

    def _start(self) -> None:
        with self._starting:
            if (self._thread is None or not self._thread.is_alive()) and not self._stopped.is_set():
                self._thread = threading.Thread(target=self._empty, name="holdfast-spool", daemon=True)
                self._thread.start()

    def _empty(self) -> None:
        while not self._stopped.wait(RETRY_SECONDS):
            try:
                if self.flush():
                    return
            except Exception:
                # The thread is the only one that empties the file: whatever happened, it must try again.
                log.exception("spool.failed", path=str(self._path))

    @contextmanager
    def _file(self) -> Iterator[BufferedRandom]:
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StreamUnavailable(f"the spool {self._path} cannot be opened: {error}") from error
        with os.fdopen(descriptor, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file


def _size(file: BufferedRandom) -> int:
    return os.fstat(file.fileno()).st_size


def _append(file: BufferedRandom, tenant: str, drafts: Sequence[Draft]) -> None:
    """Write one line, and return when the disk has it."""
    # A line without its end was cut off by a crash before it was acknowledged.
    end = sum(len(line) + 1 for line in _lines(file))
    line = orjson.dumps([tenant, [[draft.fields(), draft.data.decode()] for draft in drafts]])
    try:
        file.truncate(end)
        file.seek(end)
        file.write(line + b"\n")
        file.flush()
        os.fsync(file.fileno())
    except OSError as error:
        raise StreamUnavailable(f"Redis is down, and the spool cannot be written: {error}") from error


def _lines(file: BufferedRandom) -> list[bytes]:
    """The whole lines of the file."""
    file.seek(0)
    return file.read().split(b"\n")[:-1]
