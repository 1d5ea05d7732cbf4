"""Emergency: the newest good full snapshot, and what waits in Redis. It asks nothing of Postgres."""

from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

from holdfast.blobs.vault import Vault
from holdfast.errors import (
    BlobDamaged,
    BlobsUnavailable,
    HoldfastError,
    InvalidInput,
    NotConfigured,
    SessionNotFound,
    SnapshotDamaged,
    WrongKey,
)
from holdfast.events import Event
from holdfast.pipeline.recovery.loaded import Loaded, refusal
from holdfast.pipeline.recovery.waiting import acceptable, as_events, waiting
from holdfast.pipeline.restored import Restored, event, restored
from holdfast.recovering.findings import many
from holdfast.recovering.report import Missing, RefusedPoint
from holdfast.saving import segment
from holdfast.saving.body import Part
from holdfast.saving.names import BodyName, body_name, parsed, segment_name, sessions_of
from holdfast.saving.segment import Line
from holdfast.saving.tracking import folder
from holdfast.session import Message, State, advance, message
from holdfast.session.fold import RECIPE
from holdfast.stream.reader import Reader

__all__ = ["load"]

LAST = 20
"""Messages that the summary is made of."""

UNREADABLE = (SnapshotDamaged, BlobDamaged, WrongKey)

UNKNOWN = "it is not known what was committed after this snapshot: only Postgres has that"


def load(tenant: str, session_id: str, open_vault: Callable[[], Vault], reader: Reader) -> Loaded:
    """The session as the second copy has it.

    Raises `SessionNotFound` where neither it nor Redis knows the session, `SnapshotDamaged` where nothing that they
    have of it is as it was saved, and `BlobsUnavailable` where that cannot be told.
    """
    loaded = Loaded("emergency", session_id, State(), 0)
    found = _newest(tenant, session_id, open_vault, loaded)
    drafts = waiting(tenant, session_id, reader, loaded)
    unread = list(loaded.warnings)
    committed: list[Line] = []
    if found is not None:
        loaded.point, loaded.last_good = found.body.id, found.body.seq
        committed = _tail(found, {draft.id for draft in drafts})
    known = (line.id for line in committed)
    pending = as_events(acceptable(drafts, loaded.state, known, loaded), loaded.last_good)
    if found is None and not pending:
        raise _nothing(session_id, loaded.refused, unread)
    advance(loaded.state, pending)
    loaded.pending = len(pending)
    if found is None:
        loaded.missing.append(Missing(1, None, "no full snapshot of the session can be read"))
    loaded.missing.append(Missing(loaded.last_good + 1, None, UNKNOWN))
    if pending:
        loaded.warnings.append(
            f"What waits in Redis, {many(len(pending), 'event')}, is taken into account behind "
            f"event {loaded.last_good}; between the two there may be others"
        )
    late = [event(session_id, line, b"") for line in committed if line.type == "message.added"]
    loaded.last = _messages([*late, *pending])[-LAST:]
    loaded.history = lambda: _messages([*(found.events() if found else ()), *pending])
    return loaded


def _newest(tenant: str, session_id: str, open_vault: Callable[[], Vault], loaded: Loaded) -> Restored | None:
    """The newest full snapshot that is good, and into `loaded` the state that it tells."""
    try:
        vault = open_vault()
        names = _names(vault, tenant, session_id)
    except (BlobsUnavailable, InvalidInput, NotConfigured) as error:
        loaded.warnings.append(f"The blobs cannot be reached: {error.message}")
        return None
    for name in names:
        try:
            found = _checked(name, tenant, session_id, vault)
            loaded.state = _state(found, vault, names)
        except BlobsUnavailable as error:
            loaded.warnings.append(f"The blobs cannot be reached: {error.message}")
            return None
        except UNREADABLE as error:
            loaded.refused.append(refusal(name.name, error))
        else:
            return found
    return None


def _names(vault: Vault, tenant: str, session_id: str) -> list[BodyName]:
    names = (parsed(name) for name in vault.place.names(f"{sessions_of(tenant)}/{folder(session_id)}"))
    return sorted((name for name in names if name is not None), reverse=True)


def _checked(name: BodyName, tenant: str, session_id: str, vault: Vault) -> Restored:
    found = restored(name.name, vault.get(name.name, name.address), vault.get)
    said = found.body
    belongs = body_name(tenant, session_id, said.seq, name.address)
    if (said.tenant, said.session_id, name.name) != (tenant, session_id, belongs):
        raise SnapshotDamaged(name.name, "is not where it belongs: it says that it is of another session, or event")
    return found


def _state(found: Restored, vault: Vault, names: Sequence[BodyName]) -> State:
    """As the snapshot tells it; a heavy one is left out now and then, and folded from where an older one has it."""
    said = found.body
    if said.state is not None and said.recipe == RECIPE:
        return State.model_validate_json(said.state)
    state, after = State(), 0
    for name in (each for each in names if each.seq < said.seq):
        try:
            older = restored(name.name, vault.get(name.name, name.address), vault.get).body
        except UNREADABLE:
            continue
        if older.state is not None and older.recipe == RECIPE and older.session_id == said.session_id:
            state, after = State.model_validate_json(older.state), older.seq
            break
    return advance(state, (event(said.session_id, line, b"") for line in _after(found, after)))


def _after(found: Restored, after: int) -> Iterator[Line]:
    """The events above `after`, out of the segments that have them. Their addresses prove them, one by one."""
    said = found.body
    for part in said.segments:
        if part.last > after:
            yield from (line for line in _decoded(found, part) if line.seq > after)


def _decoded(found: Restored, part: Part) -> list[Line]:
    said = found.body
    name = segment_name(said.tenant, part.address)
    lines = segment.decode(name, found.get(name, part.address), part.first, part.last)
    return [line for line in lines if line.seq <= said.seq]


def _tail(found: Restored, waiting: set[UUID]) -> list[Line]:
    """The newest events: those of the last segment, and of those before it that still lie in the stream."""
    lines: list[Line] = []
    try:
        for part in reversed(found.body.segments):
            read = _decoded(found, part)
            lines = [*read, *lines]
            if waiting.isdisjoint(line.id for line in read):
                break
    except (*UNREADABLE, BlobsUnavailable):
        pass  # the history says so when it is asked for
    return lines


def _messages(events: Sequence[Event]) -> list[Message]:
    return [message(each) for each in events if each.type == "message.added"]


def _nothing(session_id: str, refused: Sequence[RefusedPoint], unread: Sequence[str]) -> HoldfastError:
    why = "; ".join([*(each.detail for each in refused), *unread])
    if any(each.reason != WrongKey.code for each in refused):
        return SnapshotDamaged(session_id, f"no full snapshot of it can be used: {why}")
    if why:  # and not that there is no such session
        return BlobsUnavailable(f"nothing of session {session_id!r} can be read without Postgres: {why}")
    return SessionNotFound(session_id, f"neither the blobs nor Redis know a session {session_id!r}")
