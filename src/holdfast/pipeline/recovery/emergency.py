"""Emergency: the newest good full snapshot, and what waits in Redis. It asks nothing of Postgres."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import count

import orjson

from holdfast.blobs.vault import Vault
from holdfast.errors import (
    BlobDamaged,
    BlobsUnavailable,
    HoldfastError,
    InvalidInput,
    SessionNotFound,
    SnapshotDamaged,
    StreamUnavailable,
    WrongKey,
)
from holdfast.events import Draft, Event
from holdfast.pipeline.recovery.loaded import Loaded, refusal
from holdfast.pipeline.restored import Restored, event, restored
from holdfast.recovering.report import Missing
from holdfast.saving import segment
from holdfast.saving.names import BodyName, body_name, parsed, segment_name, sessions_of
from holdfast.saving.segment import Line
from holdfast.saving.tracking import folder
from holdfast.session import Message, State, advance, message
from holdfast.session.fold import RECIPE
from holdfast.stream.entry import decode
from holdfast.stream.reader import Reader

__all__ = ["load"]

LAST = 20
"""Messages that the summary is made of."""

UNREADABLE = (SnapshotDamaged, BlobDamaged, WrongKey)

UNKNOWN = "it is not known what was committed after this snapshot: only Postgres has that"


def load(tenant: str, session_id: str, open_vault: Callable[[], Vault], reader: Reader | None) -> Loaded:
    """The session as the second copy has it. Raises `SessionNotFound` where neither it nor Redis knows the session."""
    loaded = Loaded("emergency", session_id, State(), 0)
    found = _newest(tenant, session_id, open_vault, loaded)
    waiting = _waiting(tenant, session_id, reader, loaded)
    if found is None and not waiting:
        raise SessionNotFound(session_id, _nothing(session_id, loaded))
    committed: list[Line] = []
    if found is not None:
        loaded.point, loaded.last_good = found.body.id, found.body.seq
        committed = _tail(found)
        known = {line.id for line in committed}
        waiting = [draft for draft in waiting if draft.id not in known]
    pending = [_event(draft, seq) for draft, seq in zip(waiting, count(loaded.last_good + 1))]
    advance(loaded.state, pending)
    loaded.pending = len(pending)
    if found is None:
        loaded.missing.append(Missing(1, None, "no full snapshot of the session can be read"))
    loaded.missing.append(Missing(loaded.last_good + 1, None, UNKNOWN))
    if pending:
        loaded.warnings.append(
            f"{len(pending)} event{'s' if len(pending) > 1 else ''} that wait in Redis are taken into account behind "
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
    except (BlobsUnavailable, InvalidInput) as error:
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
    if name.name != body_name(tenant, session_id, said.seq, name.address):
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
            name = segment_name(said.tenant, part.address)
            lines = segment.decode(name, found.get(name, part.address), part.first, part.last)
            yield from (line for line in lines if after < line.seq <= said.seq)


def _tail(found: Restored) -> list[Line]:
    """The newest events: those of the last segment."""
    parts = found.body.segments
    try:
        return list(_after(found, parts[-1].first - 1)) if parts else []
    except (*UNREADABLE, BlobsUnavailable):
        return []  # the history says so when it is asked for


def _waiting(tenant: str, session_id: str, reader: Reader | None, loaded: Loaded) -> list[Draft]:
    """What was published and is not committed, in order."""
    if reader is None:
        return []
    try:
        raws = reader.read(reader.keys.shard(session_id))
    except StreamUnavailable as error:
        loaded.warnings.append(f"What waits in Redis cannot be read: {error.message}")
        loaded.missing.append(Missing(None, None, "what was published and is not committed: Redis cannot be reached"))
        return []
    waiting = []
    for raw in raws:
        try:
            entry = decode(raw.fields)
        except HoldfastError:
            continue  # whoever drains puts it among the dead letters
        if (entry.tenant, entry.draft.session_id) == (tenant, session_id):
            waiting.append(entry.draft)
    return waiting


def _event(draft: Draft, seq: int) -> Event:
    """A draft as the event that it may become. Its number is only for counting."""
    return Event(
        draft.session_id,
        seq,
        draft.id,
        draft.type,
        draft.version,
        draft.actor,
        draft.occurred_at,
        _recorded(draft),
        orjson.loads(draft.data),
        b"",
        draft.conversation,
        draft.causation_id,
        draft.fence,
    )


def _recorded(draft: Draft) -> datetime:
    return draft.occurred_at


def _messages(events: Sequence[Event]) -> list[Message]:
    return [message(each) for each in events if each.type == "message.added"]


def _nothing(session_id: str, loaded: Loaded) -> str:
    why = "; ".join([*(each.detail for each in loaded.refused), *loaded.warnings])
    return f"neither the blobs nor Redis know a session {session_id!r}" + (f": {why}" if why else "")
