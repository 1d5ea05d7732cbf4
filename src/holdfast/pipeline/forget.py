"""Forget: take all that is a person's away, in small steps, each of which can be done twice.

    settle ──> mark ──> streams ──> rows beside the log ──> blobs, here and elsewhere ──> the log ──> done
               └ from here on nobody finds the sessions, and nothing is accepted for them any more

What is left to do hangs on rows that are there: the sessions that are marked, and the forgetting that is not done. So
whoever comes, the same caller, another, or beat, goes on where a killed process stopped; two at once take turns. What
comes late for a session that was forgotten is thrown away when it is drained.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from psycopg.errors import ForeignKeyViolation
from redis import Redis
from sqlalchemy import Engine
from uuid_utils.compat import uuid7

from holdfast.blobs.place import Place
from holdfast.errors import ForgettingRefused, NotCommittedYet
from holdfast.logs import get_logger
from holdfast.pipeline.ingest import Ingest
from holdfast.pipeline.recompute import recompute
from holdfast.remembering.receipt import person_digest
from holdfast.store import blobs, budgets, erasing, forgetting, log, reservations
from holdfast.store.forgetting import Tally
from holdfast.store.log import Cursor
from holdfast.store.transaction import transaction
from holdfast.stream.erasing import erase

__all__ = ["WRITE_SECONDS", "Forgetter"]

logger = get_logger(__name__)

WRITE_SECONDS = 90.0
"""Who set out to write a blob is done by then, or dead: a task is ended sooner. Deleted before, it could come back."""

LOOK_SECONDS = 0.25
"""Between two looks whether they are."""

SETTLE_SECONDS = 30.0
BATCH = 500
"""Blobs that are deleted at once."""


class Forgetter:
    """Forgets people, of any tenant. The places of the blobs are opened when they are first needed."""

    def __init__(
        self,
        engine: Engine,
        ingest: Ingest,
        connect: Callable[[], Redis],
        open_places: Callable[[], tuple[Place, Place | None]],
    ) -> None:
        """`connect` makes a client of Redis that never reconnects silently; `open_places` are both locations."""
        self._engine = engine
        self._ingest = ingest
        self._connect = connect
        self._open_places = open_places

    def begin(self, tenant: str, user_id: str, *, asked_by: str | None, override: bool) -> UUID:
        """Mark all that is a person's now; what is under way for the same person is gone on with.

        Where nothing is there, and the person was forgotten before, that is the forgetting that is returned.

        Raises `ForgettingRefused` where a legal hold is on a session, or copies lie where this process does not reach,
        unless `override`; nothing was changed then. Raises `NotCommittedYet` and `StreamUnavailable` where what was
        published cannot be committed first.
        """
        self._settle()
        reachable = override or self._open_places()[1] is not None
        person = person_digest(tenant, user_id)
        with transaction(self._engine) as connection:
            cursor = log.cursor(connection)
            found = forgetting.adopt(cursor, tenant, person)
            keys = forgetting.lock(cursor, tenant, user_id)
            if not override:
                _refuse(cursor, user_id, keys, reachable=reachable)
            tally = Tally({}, {}) if found is None else forgetting.take_turn(cursor, found) or Tally({}, {})
            forgetting.drop_person(cursor, tenant, user_id, tally)
            if found is None:
                earlier = forgetting.receipts(cursor, tenant, person)
                if earlier and not keys and not tally.removed:
                    return UUID(earlier[0].id)
                found = UUID(bytes=uuid7().bytes)
                forgetting.begin(cursor, found, tenant, person, _without(user_id, asked_by))
            forgetting.bury(cursor, found, keys)
            forgetting.drop_letters(cursor, found, tenant, tally)
            tally.left("campaign budgets", forgetting.mark(cursor, found, keys))
            forgetting.write(cursor, found, tally)
        logger.info("forgetting.begun", forgetting=str(found), sessions=len(keys))
        return found

    def go_on(self, *, seconds: float) -> int:
        """Go on with what is under way, of all tenants, for about so long; returns how many were brought to their end.

        Raises as `finish` does.
        """
        until = time.monotonic() + seconds
        with transaction(self._engine) as connection:
            waiting = forgetting.under_way(log.cursor(connection))
        return sum(self.finish(each.id, each.tenant, until=until) for each in waiting)

    def finish(self, chosen: UUID, tenant: str, *, until: float | None = None) -> bool:
        """Go on to the end, or until that moment of the monotonic clock; True where it is done.

        Raises `StoreUnavailable`, `StreamUnavailable`, `BlobsUnavailable`: it goes on from there the next time.
        """
        return all(until is None or time.monotonic() <= until for _ in self._steps(chosen, tenant))

    def _steps(self, chosen: UUID, tenant: str) -> Iterator[None]:
        self._erase(chosen, tenant)
        yield
        while keys := self._left(chosen):
            for key in keys:
                self._strip(chosen, tenant, key)
                yield
            while not self._remove_blobs(chosen, keys):
                yield
            for key in keys:
                while self._remove_events(chosen, key):
                    yield
                self._end(chosen, key)
                yield
        self._tidy()
        self._erase(chosen, tenant)
        with self._turn(chosen) as (cursor, tally):
            forgetting.drop_letters(cursor, chosen, tenant, tally)
            if forgetting.done(cursor, chosen):
                logger.info("forgetting.done", forgetting=str(chosen))

    def _settle(self) -> None:
        for shard in range(self._ingest.reader.keys.shards):
            if not self._ingest.settle(shard, seconds=SETTLE_SECONDS):
                raise NotCommittedYet(f"what waits in Redis was not committed within {SETTLE_SECONDS:g} s; try again")

    def _erase(self, chosen: UUID, tenant: str) -> None:
        """Take entries out of the streams. Each look asks Postgres once, and no transaction waits for Redis."""

        def were_forgotten(names: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
            with transaction(self._engine) as connection:
                return forgetting.forgotten(log.cursor(connection), names)

        removed, told = erase(self._connect, self._ingest.reader.keys, tenant, were_forgotten)
        if removed or told:
            with self._turn(chosen) as (_, tally):
                tally.took("stream", removed)
                tally.took("notices", told)

    def _left(self, chosen: UUID) -> list[int]:
        with transaction(self._engine) as connection:
            return forgetting.left(log.cursor(connection), chosen)

    def _strip(self, chosen: UUID, tenant: str, key: int) -> None:
        """Delete what a session has beside its log, and leave to others what is theirs."""
        with self._turn(chosen) as (cursor, tally):
            log.by_index(cursor)
            budgets.lock_campaigns(cursor, [], [key])
            reservations.free_all(cursor, key)
            found = forgetting.strip(cursor, tenant, key)
            for table, count in found.rows.items():
                tally.took(table, count)
            if found.blobs:
                erasing.loosen(cursor, key, found.blobs)
            if found.subjects:
                changes = recompute(cursor, tenant, found.subjects)
                tally.took("memories", sum(change.how == "gone" for change in changes))
                tally.left("campaign memories", forgetting.remembered(cursor, found.memories))

    def _remove_blobs(self, chosen: UUID, keys: Sequence[int]) -> bool:
        """Delete some of the blobs, here and in the second location. True where none is left."""
        with transaction(self._engine) as connection:
            while_written = erasing.is_written(log.cursor(connection), keys, WRITE_SECONDS)
        if while_written:
            time.sleep(LOOK_SECONDS)
            return False
        with self._turn(chosen) as (cursor, tally):
            tally.left("shared blobs", erasing.release(cursor, keys))
            doomed = erasing.choose(cursor, chosen, keys, limit=BATCH)
        if not doomed:
            return True
        here, elsewhere = self._open_places()
        for place in filter(None, (here, elsewhere)):
            place.delete([each.name for each in doomed])
        with self._turn(chosen) as (cursor, tally):
            gone = set(blobs.forget(cursor, [each.key for each in doomed]))
            tally.took("blobs", len(gone))
            tally.took("blobs in the second location", sum(each.backed_up for each in doomed if each.key in gone))
        return False

    def _remove_events(self, chosen: UUID, key: int) -> bool:
        """Delete some of a session's log. True where there may be more."""
        with self._turn(chosen) as (cursor, tally):
            count = forgetting.events(cursor, key)
            tally.took("events", count)
        return count > 0

    def _end(self, chosen: UUID, key: int) -> None:
        """Delete a session's row, unless somebody who began before it was marked has added something since."""
        try:
            with self._turn(chosen) as (cursor, tally):
                if forgetting.free(cursor, key):
                    tally.took("sessions", forgetting.end(cursor, key))
        except ForeignKeyViolation:
            logger.info("forgetting.repeated", forgetting=str(chosen))

    def _tidy(self) -> None:
        """Remove what killed writers left beside the blobs, before it had a name."""
        for place in filter(None, self._open_places()):
            place.tidy(seconds=WRITE_SECONDS)

    @contextmanager
    def _turn(self, chosen: UUID) -> Iterator[tuple[Cursor, Tally]]:
        """A transaction in which nobody else goes on with it, and what is counted in which is written down."""
        with transaction(self._engine) as connection:
            cursor = log.cursor(connection)
            tally = forgetting.take_turn(cursor, chosen)
            if tally is None:  # somebody else came to the end: there is nothing left to find
                tally = Tally({}, {})
                yield cursor, tally
                return
            yield cursor, tally
            forgetting.write(cursor, chosen, tally)


def _refuse(cursor: Cursor, user_id: str, keys: Sequence[int], *, reachable: bool) -> None:
    if holds := forgetting.held(cursor, keys):
        noted = ", ".join(session_id + (f" ({note})" if note else "") for session_id, note in holds)
        raise ForgettingRefused(
            user_id,
            f"a legal hold is on {noted}; take it off (`holdfast snapshots unpin SESSION`), or override it",
            [session_id for session_id, _ in holds],
        )
    if not reachable and (copies := erasing.copied(cursor, keys)):
        raise ForgettingRefused(
            user_id,
            f"{copies} blobs lie in a second location, which this process does not know; set HOLDFAST_BACKUP_URL, or "
            "override where that location is gone",
        )


def _without(user_id: str, asked_by: str | None) -> str | None:
    """Who asked, without the id that is to be forgotten; a word of which it is a part is left whole."""
    return None if asked_by is None else re.sub(rf"(?<!\w){re.escape(user_id)}(?!\w)", "the person", asked_by)
