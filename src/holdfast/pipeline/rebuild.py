"""Rebuild: a session's state as it was, from the newest fold that is good and the events after it."""

from collections.abc import Iterator

from sqlalchemy import Connection

from holdfast.errors import SnapshotDamaged
from holdfast.events import Event
from holdfast.logs import get_logger
from holdfast.saving.packing import unpacked
from holdfast.saving.snapshot import fold_digest
from holdfast.session import State
from holdfast.session.fold import RECIPE, advance
from holdfast.store import log, snapshots
from holdfast.store.snapshots import KeptFold

__all__ = ["brought_up", "check_fold", "state_at"]

logger = get_logger(__name__)

PAGE = 5000
"""Events that are in memory at once."""


def state_at(connection: Connection, tenant: str, key: int, session_id: str, seq: int) -> State:
    """The state after the event `seq`. What is damaged, or of another recipe, is passed over for an older fold."""
    for fold in snapshots.folds(log.cursor(connection), key, upto=seq):
        try:
            body = check_fold(tenant, session_id, fold)
        except SnapshotDamaged as error:
            logger.error("fold.damaged", session_id=session_id, seq=fold.seq, problem=error.problem)  # noqa: TRY400  # no fault of this code
            continue
        if fold.recipe == RECIPE:
            return advance(State.model_validate_json(body), _events(connection, key, session_id, fold.seq, seq))
    return advance(State(), _events(connection, key, session_id, 0, seq))


def brought_up(connection: Connection, key: int, session_id: str, state: State, seq: int) -> State:
    """The state after the event `seq`, in place, from one of before: it costs what has come since."""
    return advance(state, _events(connection, key, session_id, state.history.last_seq, seq))


def check_fold(tenant: str, session_id: str, fold: KeptFold) -> bytes:
    """The fold's JSON. Raises `SnapshotDamaged` where it is not what was saved."""
    what = f"the fold of session {session_id} at event {fold.seq}"
    if fold_digest(tenant, session_id, fold.seq, fold.recipe, fold.body) != fold.digest:
        raise SnapshotDamaged(what, "was altered after it was saved")
    return unpacked(what, fold.body)


def _events(connection: Connection, key: int, session_id: str, after: int, upto: int) -> Iterator[Event]:
    while after < upto:
        page = list(log.events(connection, key, session_id, after=after, limit=min(PAGE, upto - after)))
        if not page:
            return
        yield from page
        after = page[-1].seq
