"""Waiting: what was published and is not committed, as far as the log would take it."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from uuid import UUID

import orjson

from holdfast.errors import HoldfastError, StreamUnavailable
from holdfast.events import RESERVED, Draft, Event
from holdfast.pipeline.recovery.loaded import Loaded
from holdfast.recovering.findings import many
from holdfast.recovering.report import Missing
from holdfast.session import State
from holdfast.session.status import ENDED, status_after
from holdfast.stream.entry import decode
from holdfast.stream.reader import Raw, Reader

__all__ = ["acceptable", "as_events", "waiting"]


def waiting(tenant: str, session_id: str, reader: Reader, loaded: Loaded) -> list[Draft]:
    """The session's events that lie in its stream, in order. What cannot be read is said in `loaded`."""
    found: list[Draft] = []
    unread: list[str] = []
    try:
        for raw in _entries(reader, reader.keys.shard(session_id)):
            try:
                entry = decode(raw.fields)
            except HoldfastError as error:
                if raw.fields.get(b"session") == session_id.encode():
                    unread.append(error.message)
                continue  # whoever drains puts it among the dead letters
            if (entry.tenant, entry.draft.session_id) == (tenant, session_id):
                found.append(entry.draft)
    except StreamUnavailable as error:
        loaded.warnings.append(f"What waits in Redis cannot be read: {error.message}")
        loaded.missing.append(Missing(None, None, "what was published and is not committed: Redis cannot be reached"))
    if unread:
        loaded.warnings.append(
            f"{many(len(unread), 'event')} in Redis cannot be read, and {_are(len(unread))} not taken into account: "
            f"{unread[0]}"
        )
    return found


def acceptable(drafts: Sequence[Draft], state: State, known: Iterable[UUID], loaded: Loaded) -> list[Draft]:
    """Those that the log would accept behind `state`, as far as that can be told without it; how many not is said.

    `known` are the ids of events that are committed, which may lie in the stream all the same.
    """
    seen, taken, refused = set(known), [], 0
    status, begun = state.status, state.session_id is not None
    for draft in drafts:
        if draft.id in seen:
            continue
        seen.add(draft.id)
        starts = draft.type == "session.started"
        stale = draft.fence is not None and draft.fence < state.fence
        if draft.type in RESERVED or status in ENDED or stale or (starts and begun):
            refused += 1
            continue
        status, begun = status_after(status, draft.type), True
        taken.append(draft)
    if refused:
        loaded.warnings.append(
            f"{many(refused, 'event')} in Redis {_are(refused)} not taken into account: the log will refuse "
            f"{'it' if refused == 1 else 'them'}"
        )
    return taken


def as_events(drafts: Sequence[Draft], after: int) -> list[Event]:
    """Drafts as the events that they may become. Their numbers, from the one after that, are only for counting."""
    return [_event(draft, seq) for draft, seq in zip(drafts, count(after + 1))]


def _entries(reader: Reader, shard: int) -> Iterator[Raw]:
    """What lies in the stream now, and not what comes meanwhile."""
    left, after = reader.backlog(shard), None
    while left > 0 and (raws := reader.read(shard, after=after)):
        yield from raws
        left, after = left - len(raws), raws[-1].id


def _event(draft: Draft, seq: int) -> Event:
    return Event(
        draft.session_id,
        seq,
        draft.id,
        draft.type,
        draft.version,
        draft.actor,
        draft.occurred_at,
        draft.occurred_at,
        orjson.loads(draft.data),
        b"",
        draft.conversation,
        draft.causation_id,
        draft.fence,
    )


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
