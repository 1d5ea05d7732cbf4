"""Full: every event from the first along the chain, the state folded anew, and each snapshot held against the log."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from holdfast.blobs.vault import Vault
from holdfast.errors import (
    BlobDamaged,
    BlobsUnavailable,
    HoldfastError,
    InvalidInput,
    LogDamaged,
    NotConfigured,
    SnapshotDamaged,
    WrongKey,
)
from holdfast.events import Event
from holdfast.pipeline.checking import check_row
from holdfast.pipeline.recovery import points
from holdfast.pipeline.recovery.loaded import LAST, Loaded, refusal
from holdfast.pipeline.recovery.source import Place, Source, source
from holdfast.pipeline.restored import event
from holdfast.saving.names import segment_name
from holdfast.session import State, advance, message
from holdfast.store.snapshots import Kept

__all__ = ["load"]


@dataclass
class _Witness:
    """What the log, read from its beginning, says where snapshots were taken."""

    digests: dict[int, bytes] = field(default_factory=dict)
    dumps: dict[int, dict[str, Any]] = field(default_factory=dict)
    folds: dict[int, SnapshotDamaged | None] = field(default_factory=dict)
    """What is wrong with the fold there, if anything is."""


def load(connection: Connection, place: Place, open_vault: Callable[[], Vault]) -> Loaded:
    """The session up to there, proven from its first event. Raises `LogDamaged` where nobody has even that one."""
    events = source(connection, place, open_vault)
    loaded = Loaded("full", place.session_id, State(), 0, place.head)
    witness = _Witness()
    points_at = {kept.row.seq for kept in events.kept}
    folds_at = {kept.row.fold_seq: kept for kept in events.kept}
    newest: deque[Event] = deque(maxlen=LAST)
    for line, digest in events.lines():
        read = event(place.session_id, line, digest)
        advance(loaded.state, [read])
        newest.append(read)
        loaded.last_good, loaded.head = line.seq, digest
        if line.seq in folds_at:
            witness.folds[line.seq] = _compared(events, folds_at[line.seq], loaded.state)
        if line.seq in points_at:
            witness.digests[line.seq] = digest
            witness.dumps[line.seq] = loaded.state.model_dump(mode="json")
    if loaded.last_good == 0:
        raise LogDamaged(place.session_id, 1, "cannot be read as it was committed, and no snapshot has it")
    loaded.last = [message(each) for each in newest if each.type == "message.added"]
    loaded.damage, loaded.missing = events.damage, events.missing
    if events.damage:
        loaded.warnings.append(f"The log is damaged: {events.damage}")
    for point in dict.fromkeys(events.lent_by):
        loaded.warnings.append(f"Events that the log has no longer as they were committed are taken from {point}")
    _look_at_points(loaded, events, witness)
    return loaded


def _compared(events: Source, kept: Kept, state: State) -> SnapshotDamaged | None:
    place = events.place
    try:
        saved = points.folded(events.cursor, place.tenant, place.key, place.session_id, kept)
    except SnapshotDamaged as error:
        return error
    if saved is None or saved == state:
        return None
    return SnapshotDamaged(kept.row.id, f"its fold at event {kept.row.fold_seq} is not that of its events")


def _look_at_points(loaded: Loaded, events: Source, witness: _Witness) -> None:
    """Every snapshot against the log; the newest that is good is the recovery point."""
    seen: dict[bytes, HoldfastError | None] = {}
    for kept in events.kept:
        row = kept.row
        try:
            _against_the_log(kept, events.place, witness, loaded.last_good)
            if kept.body is not None:
                _look_at_blobs(loaded, kept, events.open_vault, seen)
        except (SnapshotDamaged, BlobDamaged) as error:
            loaded.refused.append(refusal(row.id, error))
            continue
        if loaded.point is None:
            loaded.point, loaded.at_point = row.id, witness.dumps[row.seq]


def _against_the_log(kept: Kept, place: Place, witness: _Witness, last_good: int) -> None:
    row = check_row(place.tenant, place.session_id, kept)
    if row.seq > last_good:
        raise SnapshotDamaged(row.id, f"goes to event {row.seq}, and the log is good to {last_good}")
    if witness.digests[row.seq] != row.log_digest:
        raise SnapshotDamaged(row.id, f"does not fit the log at event {row.seq}: one of the two was altered")
    error = witness.folds.get(row.fold_seq)
    if error is not None:
        raise error


def _look_at_blobs(
    loaded: Loaded, kept: Kept, open_vault: Callable[[], Vault], seen: dict[bytes, HoldfastError | None]
) -> None:
    """The body and each segment, which several snapshots share: their addresses prove them."""
    try:
        vault = open_vault()
        said = points.body_of(kept, vault)
        for part in said.segments:
            if part.address not in seen:
                seen[part.address] = _damage(vault, segment_name(said.tenant, part.address), part.address)
            error = seen[part.address]
            if error is not None:
                raise error
    except (BlobsUnavailable, WrongKey, InvalidInput, NotConfigured) as error:
        loaded.warnings.append(f"The copy of {kept.row.id} where the blobs lie could not be looked at: {error}")


def _damage(vault: Vault, name: str, address: bytes) -> HoldfastError | None:
    try:
        vault.get(name, address)
    except (BlobDamaged, WrongKey) as error:
        return error
    return None
