"""Source: a session's events, each proven, from wherever they are still as they were committed.

They are read from the log. Where that is damaged, the newest good full snapshot that goes further lends its copies;
what follows them in the log is good again if it links.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine

from holdfast.blobs.vault import Vault
from holdfast.errors import (
    BlobDamaged,
    BlobsUnavailable,
    InvalidInput,
    LogDamaged,
    NotConfigured,
    SnapshotDamaged,
    WrongKey,
)
from holdfast.pipeline.checking import check_row
from holdfast.pipeline.recovery import points
from holdfast.pipeline.recovery.proof import proven
from holdfast.pipeline.restored import chained, event
from holdfast.recovering.report import Missing
from holdfast.saving.segment import Line
from holdfast.session import Message, message
from holdfast.store import log, snapshots
from holdfast.store.chain import genesis
from holdfast.store.log import Cursor
from holdfast.store.snapshots import Kept
from holdfast.store.transaction import transaction

__all__ = ["Place", "Source", "messages", "source"]

UNREADABLE = (SnapshotDamaged, BlobDamaged, WrongKey, BlobsUnavailable, InvalidInput, NotConfigured)


@dataclass(frozen=True)
class Place:
    """A session in the database, up to an event."""

    tenant: str
    session_id: str
    key: int
    upto: int
    head: bytes
    """The digest of that event."""


@dataclass
class Source:
    """A session's events, and what was found out while they were read."""

    cursor: Cursor
    place: Place
    kept: list[Kept]
    open_vault: Callable[[], Vault]
    damage: str | None = None
    missing: list[Missing] = field(default_factory=list)
    lent_by: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[tuple[Line, bytes]]:
        """Every event that is proven, in order, with its digest. It ends early where nobody has the next one."""
        place = self.place
        after, digest = 0, genesis(place.tenant, place.session_id)
        while after < place.upto:
            before = after
            try:
                for line, link in self._logged(after, digest):
                    after, digest = line.seq, link
                    yield line, link
            except LogDamaged as error:
                self.damage = self.damage or error.message
                for line, link in self._lent(after, digest):
                    after, digest = line.seq, link
                    yield line, link
                if after == before or digest is None:
                    self.missing.append(Missing(after + 1, place.upto, error.problem))
                    return

    def _logged(self, after: int, digest: bytes) -> Iterator[tuple[Line, bytes]]:
        place = self.place
        rows = log.lines(self.cursor, place.key, after=after, upto=place.upto)
        return proven(place.session_id, rows, after=after, digest=digest, upto=place.upto, head=place.head)

    def _lent(self, after: int, digest: bytes) -> Iterator[tuple[Line, bytes]]:
        """The events after this one, from the newest full snapshot that has them, and has the same ones before."""
        for kept in self.kept:
            if kept.body is None or not after < kept.row.seq:
                continue
            try:
                copies = list(self._copies(kept))
            except UNREADABLE:
                continue  # why, is found when the snapshots are looked at
            if after == 0 or copies[after - 1][1] == digest:
                self.lent_by.append(kept.row.id)
                yield from (each for each in copies[after:] if each[0].seq <= self.place.upto)
                return

    def _copies(self, kept: Kept) -> Iterator[tuple[Line, bytes]]:
        place = self.place
        check_row(place.tenant, place.session_id, kept)
        vault = self.open_vault()
        said = points.body_of(kept, vault)
        return chained(place.tenant, place.session_id, said.id, said.segments, said.seq, said.log_digest, vault.get)


def source(connection: Connection, place: Place, open_vault: Callable[[], Vault]) -> Source:
    """The events of the session there."""
    cursor = log.cursor(connection)
    return Source(cursor, place, snapshots.kept(cursor, place.key), open_vault)


def messages(engine: Engine, place: Place, open_vault: Callable[[], Vault]) -> list[Message]:
    """Every message up to there, proven. Raises `LogDamaged` where one cannot be had from anywhere."""
    with transaction(engine) as connection:
        log.steady(connection)
        found = source(connection, place, open_vault)
        read = [
            message(event(place.session_id, line, digest))
            for line, digest in found.lines()
            if line.type == "message.added"
        ]
    for missing in found.missing:
        raise LogDamaged(place.session_id, missing.first or 1, missing.why)
    return read
