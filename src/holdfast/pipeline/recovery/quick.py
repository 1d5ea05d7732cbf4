"""Quick: the newest good snapshot, and the events after it. It costs what has come since, however long the log is."""

from collections.abc import Callable

from sqlalchemy import Connection

from holdfast.blobs.vault import Vault
from holdfast.errors import BlobDamaged, LogDamaged, SnapshotDamaged
from holdfast.pipeline.recovery import points
from holdfast.pipeline.recovery.loaded import LAST, Loaded, refusal
from holdfast.pipeline.recovery.proof import proven
from holdfast.pipeline.recovery.source import Place
from holdfast.pipeline.restored import event
from holdfast.recovering.report import Missing
from holdfast.session import Message, State, advance, message
from holdfast.store import log, snapshots
from holdfast.store.chain import genesis
from holdfast.store.log import Cursor

__all__ = ["load"]


def load(connection: Connection, place: Place, open_vault: Callable[[], Vault]) -> Loaded:
    """The session up to there. What does not link is left out, and said to be missing.

    Raises `LogDamaged` where nothing is left.
    """
    cursor = log.cursor(connection)
    loaded, fold_seq, point_seq = _start(cursor, place, open_vault)
    loaded.head = _digest(cursor, place, fold_seq)
    rows = log.lines(cursor, place.key, after=fold_seq, upto=place.upto)
    lines = proven(place.session_id, rows, after=fold_seq, digest=loaded.head, upto=place.upto, head=place.head)
    try:
        for line, link in lines:
            if line.seq == point_seq + 1:
                loaded.at_point = loaded.state.model_dump(mode="json")
            advance(loaded.state, [event(place.session_id, line, link)])
            loaded.last_good, loaded.head = line.seq, link
    except LogDamaged as error:
        if loaded.last_good == 0:
            raise
        loaded.damage = error.message
        if loaded.last_good < place.upto:
            loaded.missing.append(Missing(loaded.last_good + 1, place.upto, error.problem))
        return loaded
    try:
        loaded.last = _newest(cursor, place)
    except LogDamaged as error:
        loaded.damage = error.message
    return loaded


def _newest(cursor: Cursor, place: Place) -> list[Message]:
    """The messages among the newest events, which may lie before the snapshot. Raises `LogDamaged`."""
    after = max(0, place.upto - LAST)
    rows = log.lines(cursor, place.key, after=after, upto=place.upto)
    digest = _digest(cursor, place, after)
    lines = proven(place.session_id, rows, after=after, digest=digest, upto=place.upto, head=place.head)
    read = [event(place.session_id, line, link) for line, link in lines if line.type == "message.added"]
    return [message(each) for each in read]


def _digest(cursor: Cursor, place: Place, seq: int) -> bytes:
    """Of that event, as the log has it; of none before the first."""
    if seq == 0:
        return genesis(place.tenant, place.session_id)
    return snapshots.digest_at(cursor, place.key, seq) or b""


def _start(cursor: Cursor, place: Place, open_vault: Callable[[], Vault]) -> tuple[Loaded, int, int]:
    """From where: the state at the fold of the newest snapshot that is good, and up to where the snapshot goes."""
    loaded = Loaded("quick", place.session_id, State(), 0, place.head)
    for kept in snapshots.kept(cursor, place.key):
        try:
            points.checked(cursor, place.tenant, place.key, place.session_id, kept)
            state = points.folded(cursor, place.tenant, place.key, place.session_id, kept)
            unread = points.unread(kept, open_vault)
        except (SnapshotDamaged, BlobDamaged) as error:
            loaded.refused.append(refusal(kept.row.id, error))
            continue
        if state is None:
            loaded.warnings.append(f"{kept.row.id} is of an earlier release, which folded otherwise; it is passed over")
            continue
        if unread is not None:
            loaded.warnings.append(f"The copy of {kept.row.id} where the blobs lie could not be looked at: {unread}")
        loaded.state, loaded.point, loaded.last_good = state, kept.row.id, kept.row.fold_seq
        return loaded, kept.row.fold_seq, kept.row.seq
    return loaded, 0, 0
