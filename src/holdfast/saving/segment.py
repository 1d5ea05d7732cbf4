"""A segment: a range of one session's log as JSON lines, compressed. Immutable, and known by its content.

    {"format": "holdfast.segment/1", "first": 1, "last": 128}
    {"id": "…", "type": "session.started", "actor": "…", "occurred_at": "…", "recorded_at": "…", "data": {…}}
    {"id": "…", "type": "message.added", "actor": "…", "conversation": "…", "occurred_at": "…", "data": {…}}
    …

One event a line, in order, with what the digest of an event covers, its data byte for byte. Left out are a version of
1, a `recorded_at` that is the line's before, and what is null. Neither the session nor the digests are in it: a fork
shares its parent's segments, and the chain is computed anew when a segment is read, which proves it. An event whose
data has line breaks between its tokens carries it as a JSON string named `text`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import orjson

from holdfast.errors import SnapshotDamaged
from holdfast.saving.packing import SMALL, packed, unpacked

__all__ = ["FORMAT", "Line", "decode", "encode", "head", "parsed", "size", "text"]

FORMAT = "holdfast.segment/1"

DATA = b',"data":'
TEXT = b',"text":'


class Line(NamedTuple):
    """An event as the log holds it: the fields that its digest covers, in their order, and its data as text."""

    seq: int
    id: UUID
    type: str
    version: int
    actor: str
    conversation: str | None
    causation_id: UUID | None
    fence: int | None
    occurred_at: datetime
    recorded_at: datetime
    data: bytes


OPTIONAL = ("conversation", "causation_id", "fence")


def encode(lines: Sequence[Line]) -> bytes:
    """The segment of these events, which follow each other without a gap."""
    before = (None, *(line.recorded_at for line in lines))
    return packed(b"\n".join((head(lines[0].seq, lines[-1].seq), *map(text, lines, before), b"")), SMALL)


def decode(what: str, content: bytes, first: int, last: int) -> list[Line]:
    """The events of a segment that is to hold `first` to `last`. Raises `SnapshotDamaged` naming `what`."""
    first_line, *rest = unpacked(what, content).split(b"\n")
    try:
        said = orjson.loads(first_line)
        if said != {"format": FORMAT, "first": first, "last": last}:
            raise SnapshotDamaged(what, f"should hold events {first} to {last} as {FORMAT}, and says {said}")
        lines: list[Line] = []
        for seq, line in enumerate(rest[:-1], start=first):
            lines.append(parsed(seq, line, lines[-1].recorded_at if lines else None))
    except (AttributeError, ValueError, KeyError, TypeError) as error:
        raise SnapshotDamaged(what, f"cannot be read: {error}") from error
    if len(lines) != last - first + 1:
        raise SnapshotDamaged(what, f"does not hold all of the events {first} to {last}")
    return lines


def head(first: int, last: int) -> bytes:
    """The first line of a file that holds these events."""
    return orjson.dumps({"format": FORMAT, "first": first, "last": last})


def text(line: Line, before: datetime | None) -> bytes:
    """The line of an event, `before` being when the one before it was recorded."""
    fields = line._asdict()
    del fields["seq"], fields["data"]
    for name in OPTIONAL:
        if fields[name] is None:
            del fields[name]
    if line.version == 1:
        del fields["version"]
    if line.recorded_at == before:
        del fields["recorded_at"]
    start = orjson.dumps(fields)[:-1]
    if b"\n" in line.data:
        return b"".join((start, TEXT, orjson.dumps(line.data.decode()), b"}"))
    return b"".join((start, DATA, line.data, b"}"))


def parsed(seq: int, line: bytes, before: datetime | None) -> Line:
    """The event of a line, the other way round. Raises `ValueError`, `KeyError` or `TypeError` for what is none."""
    # Quotes within a JSON string are escaped, so the first of these can only be the field itself.
    place = line.find(DATA)
    is_text = place < 0
    if is_text:
        place = line.index(TEXT)
    fields = orjson.loads(line[:place] + b"}")
    data = line[place + len(DATA) : -1]
    recorded_at = fields.get("recorded_at")
    return Line(
        seq,
        UUID(fields["id"]),
        fields["type"],
        fields.get("version", 1),
        fields["actor"],
        fields.get("conversation"),
        None if "causation_id" not in fields else UUID(fields["causation_id"]),
        fields.get("fence"),
        datetime.fromisoformat(fields["occurred_at"]),
        before if recorded_at is None and before is not None else datetime.fromisoformat(recorded_at),
        orjson.loads(data).encode() if is_text else data,
    )


def size(lines: Iterable[Line]) -> int:
    """Bytes of the events' data."""
    return sum(len(line.data) for line in lines)
