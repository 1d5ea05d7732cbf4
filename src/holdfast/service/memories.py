"""One tenant's memories: searched, listed and shown, looked over, undone and forgotten."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, Engine

from holdfast.errors import InvalidInput, MemoryNotFound, RunNotFound
from holdfast.events import identifier, whole
from holdfast.pipeline import learn as learning
from holdfast.pipeline.learn import Learned, learn_all
from holdfast.remembering.memory import Memory
from holdfast.remembering.memory.audit import Problem, audited
from holdfast.remembering.memory.change import Change
from holdfast.service.paging import Listing, cursor_of, place_of
from holdfast.service.searching import Asked, FullText, Hits, Searcher, fused, weighed
from holdfast.store import evidence, log, memories, runs, sessions
from holdfast.store.memories import Owner, Wanted
from holdfast.store.runs import Run
from holdfast.store.transaction import transaction

__all__ = ["Audit", "Memories"]

TEXT_CHARACTERS = 1000
"""As much text as memories are searched for."""

POOL = 4
"""How many times as many candidates are weighed as are asked for."""

OWNERS = 200
"""Owners whose memories are looked over in one transaction."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What a look over memories found."""

    memories: int
    """How many were looked at."""
    problems: list[Problem]

    @property
    def counts(self) -> dict[str, int]:
        """How many problems of each kind there are; only of kinds of which there is one."""
        kinds = [problem.kind for problem in self.problems]
        return {kind: kinds.count(kind) for kind in sorted(set(kinds))}


class Memories:
    """One tenant's memories."""

    def __init__(self, engine: Engine, *, tenant: str, searchers: Sequence[Searcher] | None = None) -> None:
        self._engine = engine
        self.tenant = tenant
        self.searchers: list[Searcher] = [FullText(engine)] if searchers is None else list(searchers)
        """Who finds candidates: another one can be added here, or given to a search."""

    def search(self, text: str, wanted: Wanted, *, limit: int, also: Sequence[Searcher] = ()) -> Hits:
        """The memories that fit the text best, as `service.searching` weighs them. Raises `InvalidInput`."""
        text, limit = _text(text), whole("limit", limit, 1, 1000)
        asked = Asked(self.tenant, text, wanted, limit)
        found = [searcher.candidates(asked, limit * POOL) for searcher in (*self.searchers, *also)]
        relevance = fused(found)
        if not relevance:
            return Hits()
        with transaction(self._engine) as connection:
            cursor = log.cursor(connection)
            now = _now(connection)
            hits = weighed(memories.find(cursor, self.tenant, list(relevance), wanted), relevance, now)[:limit]
            said = evidence.of_memories(cursor, self.tenant, [hit.memory.id for hit in hits])
        return Hits(
            replace(hit, memory=replace(hit.memory, evidence=tuple(said.get(hit.memory.id, ())))) for hit in hits
        )

    def listed(self, wanted: Wanted, *, limit: int, cursor: str | None) -> Listing[Memory]:
        """Those that are asked for, what was seen last first, without their evidence. Raises `InvalidInput`."""
        limit = whole("limit", limit, 1, 10_000)
        before = None if cursor is None else _place(cursor)
        with transaction(self._engine) as connection:
            found = memories.listed(log.cursor(connection), self.tenant, wanted, before=before, limit=limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        return Listing(found[:limit], None if last is None else cursor_of((last.last_seen, 0, last.id)))

    def find(self, memory_id: str, wanted: Wanted) -> Memory:
        """The memory of that id, with its evidence. Raises `MemoryNotFound`."""
        with transaction(self._engine) as connection:
            cursor = log.cursor(connection)
            found = memories.find(cursor, self.tenant, [memory_id], wanted) if _is_uuid(memory_id) else []
            if not found:
                raise MemoryNotFound(
                    memory_id, f"there is no memory {memory_id!r}; `holdfast memories list` lists them"
                )
            said = evidence.of_memories(cursor, self.tenant, [memory_id])
        return replace(found[0], evidence=tuple(said.get(found[0].id, ())))

    def audit(self, owners: tuple[Owner, ...] | None) -> Audit:
        """Look these owners' memories over, or all: what is wrong with them. Of an owner with very many, the newest."""
        count, problems = 0, []
        for some in self._owners() if owners is None else [owners]:
            with transaction(self._engine) as connection:
                cursor = log.cursor(connection)
                found = [
                    memory
                    for owner in some
                    for memory in memories.listed(cursor, self.tenant, Wanted((owner,)), before=None, limit=10_000)
                ]
                unsupported = evidence.unsupported(cursor, self.tenant, [memory.id for memory in found])
                now = _now(connection)
            count += len(found)
            problems += audited(found, now=now, unsupported=unsupported)
        return Audit(count, problems)

    def forget(self, memory_id: str, wanted: Wanted) -> tuple[Change, ...]:
        """Delete a memory and its evidence, never to be learned again from what was said. Raises `MemoryNotFound`."""
        self.find(memory_id, wanted)
        with transaction(self._engine) as connection:
            return learning.forget(connection, self.tenant, memory_id)

    def undo(self, run_id: str, owners: tuple[Owner, ...] | None = None) -> tuple[Change, ...]:
        """Take out what a run over a session of these owners, or of any, found; returns what changed.

        Nothing where it was undone before. Raises `RunNotFound`.
        """
        with transaction(self._engine) as connection:
            cursor = log.cursor(connection)
            if not _is_uuid(run_id) or not runs.concerns(cursor, self.tenant, run_id, owners):
                raise RunNotFound(run_id, f"there is no run {run_id!r}; `holdfast memories runs` lists them")
            return learning.undo(connection, self.tenant, run_id)

    def runs(
        self, owners: tuple[Owner, ...] | None, *, session_id: str | None, limit: int, cursor: str | None
    ) -> Listing[Run]:
        """Runs over sessions of these owners, or all; the newest first. Raises `InvalidInput`."""
        limit = whole("limit", limit, 1, 10_000)
        with transaction(self._engine) as connection:
            found = runs.listed(
                log.cursor(connection),
                self.tenant,
                owners=owners,
                session_id=None if session_id is None else identifier("session_id", session_id),
                before=None if cursor is None else _place(cursor),
                limit=limit + 1,
            )
        return Listing(found[:limit], cursor_of(found[limit - 1].place) if len(found) > limit else None)

    def learn(self, session_id: str) -> list[Learned]:
        """Learn from what is new in a session, here and now; each part that brought something.

        Raises `SessionNotFound`.
        """
        with transaction(self._engine) as connection:
            sessions.find(connection, self.tenant, session_id)
        return learn_all(self._engine, self.tenant, session_id)

    def unlearned(self) -> Iterator[str]:
        """The ids of sessions that rest and have events which nobody has learned from, as of a release before."""
        after = 0
        while True:
            with transaction(self._engine) as connection:
                page = runs.unlearned(log.cursor(connection), self.tenant, after=after, limit=1000)
            if not page:
                return
            yield from (session_id for _, session_id in page)
            after = page[-1][0]

    def owners_of(self, session_id: str) -> tuple[Owner, ...]:
        """Whose memories concern a session: its user, and the campaign that it serves. Raises `SessionNotFound`."""
        with transaction(self._engine) as connection:
            found, _ = sessions.find(connection, self.tenant, session_id)
            campaign = memories.campaign_of(log.cursor(connection), found.key)
        return (Owner("user", found.user_id), *([] if campaign is None else [Owner("campaign", campaign)]))

    def _owners(self) -> Iterator[tuple[Owner, ...]]:
        """All owners that there are, some at a time."""
        after = Owner("", "")
        while True:
            with transaction(self._engine) as connection:
                some = memories.owners(log.cursor(connection), self.tenant, after=after, limit=OWNERS)
            if not some:
                return
            yield tuple(some)
            after = some[-1]


def _now(connection: Connection) -> datetime:
    now: datetime = connection.exec_driver_sql("SELECT now()").scalar_one()
    return now


def _text(text: object) -> str:
    if isinstance(text, str) and len(text) <= TEXT_CHARACTERS and " ".join(text.split()).isprintable():
        return text
    raise InvalidInput("text", f"must be at most {TEXT_CHARACTERS} printable characters")


def _is_uuid(text: object) -> bool:
    try:
        UUID(str(text))
    except ValueError:
        return False
    return True


def _place(cursor: str) -> tuple[datetime, int, str]:
    place = place_of(cursor)
    if not _is_uuid(place[2]):
        raise InvalidInput("cursor", "is not a page's `next`")
    return place
