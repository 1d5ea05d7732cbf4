"""The spool: a local file that keeps events while Redis is down, and gives them up, in order, when it is back.

Each line is one publishing: a JSON list of the tenant and its events' fields. While the file holds anything, new events
go behind it, so the publisher's order stays; a thread empties it. A line that was sent and not yet taken out, because
the process died in between, is sent again, and its event ids make that harmless. A line that cannot be read goes to a
second file, `.unreadable`, and those behind it go on. Processes on one machine may share a file.
"""

import fcntl
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

import orjson

from holdfast.errors import InvalidInput, StreamUnavailable
from holdfast.events import Draft, parse
from holdfast.logs import get_logger
from holdfast.stream.publisher import Publisher

__all__ = ["Spool"]

log = get_logger(__name__)

RETRY_SECONDS = 0.5


class Spool:
    """Publishes, or keeps what Redis does not take. Raises `InvalidInput` for a path that cannot be a file's."""

    def __init__(self, path: Path, publisher: Publisher) -> None:
        if path.is_dir() or not path.parent.is_dir():
            raise InvalidInput("spool", f"{path} is not a file in a directory that is there")
        self._path = path
        self._publisher = publisher
        self._stopped = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        if self._holds_any():
            self._start()

    def publish(self, tenant: str, drafts: Sequence[Draft]) -> None:
        """Publish, or keep. Raises `StreamUnavailable` only where neither could be done."""
        try:
            with self._file() as file:
                failure = "Redis was down before, and events wait" if _size(file) else self._try(tenant, drafts)
                if failure is None:
                    return
                try:
                    _append(file, tenant, drafts)
                except OSError as error:
                    raise StreamUnavailable(
                        f"{failure}; and the spool {self._path} cannot be written: {error}"
                    ) from error
        except _Unopened as unopened:
            failure = "events wait in it" if self._holds_any() else self._try(tenant, drafts)
            if failure is not None:
                raise StreamUnavailable(
                    f"{failure}; and the spool {self._path} cannot be opened: {unopened}"
                ) from unopened
        else:
            self._start()

    def flush(self) -> bool:
        """Send what is kept. False where Redis did not take it all; nothing is lost then."""
        try:
            with self._file() as file:
                return self._send(file)
        except _Unopened:
            return not self._holds_any()

    def close(self) -> None:
        """Try once more, and end the thread. What Redis still does not take stays in the file."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
        if self._holds_any():
            self.flush()

    def _try(self, tenant: str, drafts: Sequence[Draft]) -> str | None:
        """Why Redis did not take the events; None where it did."""
        try:
            self._publisher.publish(tenant, drafts)
        except StreamUnavailable as error:
            log.warning("spool.started", path=str(self._path), error=error.message)
            return error.message
        return None

    def _send(self, file: FileIO) -> bool:
        lines = 0
        try:
            for line in _lines(file):
                lines += 1
                try:
                    tenant, entries = orjson.loads(line)
                    drafts = [parse(fields, data.encode()) for fields, data in entries]
                except (ValueError, TypeError, AttributeError) as error:
                    self._put_aside(line, error)
                else:
                    self._publisher.publish(tenant, drafts)
        except StreamUnavailable:
            return False
        if _size(file):
            file.truncate(0)
            os.fsync(file.fileno())
        if lines:
            log.info("spool.flushed", path=str(self._path), lines=lines)
        return True

    def _put_aside(self, line: bytes, error: Exception) -> None:
        aside = self._path.with_name(f"{self._path.name}.unreadable")
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        log.error("spool.unreadable", path=str(aside), error=str(error))

    def _start(self) -> None:
        with self._starting:
            if self._thread is None and not self._stopped.is_set():
                self._thread = threading.Thread(target=self._empty, name="holdfast-spool", daemon=True)
                self._thread.start()

    def _empty(self) -> None:
        while not self._stopped.wait(RETRY_SECONDS):
            try:
                flushed = self.flush()
            except Exception:
                # The thread is the only one that empties the file: whatever happened, it must try again.
                log.exception("spool.failed", path=str(self._path))
                continue
            if flushed and self._ends():
                return

    def _ends(self) -> bool:
        """Whether the thread may end. Whoever keeps an event after this look finds no thread, and starts one."""
        with self._starting:
            if self._holds_any():
                return False
            self._thread = None
            return True

    def _holds_any(self) -> bool:
        try:
            return self._path.stat().st_size > 0
        except FileNotFoundError:
            return False
        except OSError:
            return True  # who knows

    @contextmanager
    def _file(self) -> Iterator[FileIO]:
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise _Unopened(error) from error
        with FileIO(descriptor, "r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file


class _Unopened(Exception):  # it never leaves this file
    pass


def _size(file: FileIO) -> int:
    return os.fstat(file.fileno()).st_size


def _append(file: FileIO, tenant: str, drafts: Sequence[Draft]) -> None:
    """Write one line, and return when the disk has it. Where that fails, the file is as it was."""
    end = _end(file)
    line = orjson.dumps([tenant, [[draft.fields(), draft.data.decode()] for draft in drafts]]) + b"\n"
    try:
        file.truncate(end)
        file.seek(end)
        left = memoryview(line)
        while left:
            left = left[file.write(left) :]
        os.fsync(file.fileno())
    except OSError:
        file.truncate(end)
        raise


def _end(file: FileIO) -> int:
    """Where the last whole line ends. What is behind it was cut off by a crash before it was acknowledged."""
    size = _size(file)
    if size == 0 or os.pread(file.fileno(), 1, size - 1) == b"\n":
        return size
    return sum(map(len, _lines(file)))


def _lines(file: FileIO) -> Iterator[bytes]:
    """The whole lines of the file."""
    with os.fdopen(os.dup(file.fileno()), "rb") as reader:
        reader.seek(0)
        yield from (line for line in reader if line.endswith(b"\n"))
