"""The file with a session's whole log: a segment of any length, written and read a line at a time."""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import orjson

from holdfast.errors import SnapshotDamaged
from holdfast.events import MAX_EVENT_BYTES
from holdfast.saving import segment
from holdfast.saving.segment import Line

__all__ = ["read", "write"]

LONGEST_LINE = 8 * MAX_EVENT_BYTES
"""Bytes. Text of which every character is escaped takes six times its size."""


def write(path: Path, lines: Iterable[tuple[Line, bytes]], count: int) -> None:
    """Write `count` events. The same events give the same file."""
    before: datetime | None = None
    with path.open("wb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
        packed.write(segment.head(1, count) + b"\n")
        for line, _ in lines:
            packed.write(segment.text(line, before) + b"\n")
            before = line.recorded_at


def read(path: Path, what: str, count: int) -> Iterator[Line]:
    """The events of a file that is to hold `count` of them. Raises `SnapshotDamaged` naming it as `what`."""
    seq, before = 0, None
    try:
        with gzip.open(path, "rb") as packed:
            if orjson.loads(packed.readline(LONGEST_LINE)) != orjson.loads(segment.head(1, count)):
                raise SnapshotDamaged(what, f"should hold {count} events")
            while text := packed.readline(LONGEST_LINE):
                if not text.endswith(b"\n"):
                    raise SnapshotDamaged(what, f"is cut, or has too long a line, at event {seq + 1}")
                seq += 1
                line = segment.parsed(seq, text[:-1], before)
                before = line.recorded_at
                yield line
    except (AttributeError, EOFError, KeyError, OSError, TypeError, ValueError, zlib.error) as error:
        raise SnapshotDamaged(what, f"cannot be read: {error}") from error
    if seq != count:
        raise SnapshotDamaged(what, f"holds {seq} events of {count}")
