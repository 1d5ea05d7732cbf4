"""Restored: a session out of a full snapshot alone, without the log and without a database."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import orjson

from holdfast.errors import SnapshotDamaged
from holdfast.events import Event
from holdfast.saving import body, segment
from holdfast.saving.body import Body, Part
from holdfast.saving.names import segment_name
from holdfast.saving.segment import Line
from holdfast.session import State
from holdfast.session.fold import RECIPE, advance
from holdfast.store.chain import genesis, link

__all__ = ["Get", "Restored", "chained", "restored"]

Get = Callable[[str, bytes], bytes]
"""A blob by its name and address, checked."""


@dataclass(frozen=True)
class Restored:
    """A session as its full snapshot has it. Its segments are read when they are asked for."""

    body: Body
    get: Get

    def lines(self) -> Iterator[tuple[Line, bytes]]:
        """Every event with its digest, in order; at the end it is certain that all of them are what was saved.

        Raises `SnapshotDamaged`, `BlobDamaged` or `WrongKey`, which name the blob.
        """
        said = self.body
        return chained(said.tenant, said.session_id, said.id, said.segments, said.seq, said.log_digest, self.get)

    def events(self) -> Iterator[Event]:
        """The same, as events of the log."""
        for line, digest in self.lines():
            yield event(self.body.session_id, line, digest)

    def state(self) -> State:
        """The state: as it was folded, or where that was left out or is of another recipe, out of the events."""
        if self.body.state is not None and self.body.recipe == RECIPE:
            return State.model_validate_json(self.body.state)
        return advance(State(), self.events())


def restored(what: str, content: bytes, get: Get) -> Restored:
    """The session that a full snapshot's blob describes. Raises `SnapshotDamaged` naming `what`."""
    return Restored(body.decode(what, content), get)


def chained(  # all that makes a chain
    tenant: str,
    session_id: str,
    what: str,
    parts: Sequence[Part],
    seq: int,
    head: bytes,
    get: Get,
) -> Iterator[tuple[Line, bytes]]:
    """The events of segments that follow each other, from the first event to `seq`, whose digest is `head`."""
    digest, expected = genesis(tenant, session_id), 1
    for part in parts:
        if part.first != expected:
            raise SnapshotDamaged(what, f"lacks the events {expected} to {part.first - 1}")
        name = segment_name(tenant, part.address)
        for line in segment.decode(name, get(name, part.address), part.first, part.last):
            if line.seq > seq:
                break
            digest = link(digest, line[:-1], line.data)
            expected = line.seq + 1
            yield line, digest
    if expected != seq + 1 or digest != head:
        raise SnapshotDamaged(what, f"its events do not end in the chain's digest at event {seq}: one was altered")


def event(session_id: str, line: Line, digest: bytes) -> Event:
    """A saved event as one of the log."""
    return Event(
        session_id,
        line.seq,
        line.id,
        line.type,
        line.version,
        line.actor,
        line.occurred_at,
        line.recorded_at,
        orjson.loads(line.data),
        digest,
        line.conversation,
        line.causation_id,
        line.fence,
    )
