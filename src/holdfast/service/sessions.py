"""One tenant's sessions. Each method opens its own transaction and returns plain values.

A `Service` belongs to one tenant, which whoever built it gave it; no method takes one.
"""

import base64
import binascii
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple, get_args
from uuid import UUID

from psycopg.errors import UniqueViolation
from sqlalchemy import Engine

from holdfast.config import LEASE_SECONDS
from holdfast.errors import (
    InvalidInput,
    NotCommittedYet,
    SessionArchived,
    StaleWriter,
    StoreUnavailable,
    StreamUnavailable,
)
from holdfast.events import Draft, Event, identifier, instant, whole
from holdfast.outcome import Outcome, Receipt
from holdfast.pipeline import effect, lease
from holdfast.pipeline.apply import Item, apply
from holdfast.pipeline.ingest import Ingest
from holdfast.pipeline.lease import Lease, Terms
from holdfast.pipeline.rebuild import state_at
from holdfast.pipeline.recovery import Recoverer
from holdfast.pipeline.rules import Rules
from holdfast.pipeline.start import start
from holdfast.saving.snapshot import Snapshot
from holdfast.saving.tiers import Tier
from holdfast.service import archives
from holdfast.service.budgets import Budgets
from holdfast.service.completions import Completions
from holdfast.service.contexts import Contexts
from holdfast.service.conversations import Conversations
from holdfast.service.decisions import Decisions
from holdfast.service.forgetting import Forgetting
from holdfast.service.greetings import Greetings
from holdfast.service.handoffs import Handoffs
from holdfast.service.inspections import Inspections
from holdfast.service.memories import Memories
from holdfast.service.patterns import Patterns
from holdfast.service.records import Records
from holdfast.service.recoveries import Recoveries
from holdfast.service.saves import Saves
from holdfast.service.summaries import Summaries
from holdfast.service.tokens import Tokens
from holdfast.session import Message, State
from holdfast.session.status import Status
from holdfast.store import dead_letters, log, sessions
from holdfast.store.dead_letters import DeadLetter
from holdfast.store.sessions import Listed
from holdfast.store.transaction import transaction
from holdfast.stream.publisher import Publisher

__all__ = ["Page", "Service"]

RETRY_SECONDS = 0.2

SEARCH_CHARACTERS = 1000
"""As much text as a listing is searched for."""


class Page(NamedTuple):
    """Part of a listing, the newest first. `next` is the cursor of the part after it; None at the end."""

    items: list[Listed]
    next: str | None


class Service:
    """One tenant's sessions."""

    def __init__(  # noqa: PLR0913  # what it is built of
        self,
        engine: Engine,
        publisher: Publisher,
        ingest: Ingest,
        *,
        tenant: str,
        rules: Rules,
        append_timeout: float,
        saves: Saves,
        recoverer: Recoverer,
        forgetting: Forgetting,
    ) -> None:
        self.tenant = tenant
        self._engine = engine
        self._publisher = publisher
        self._ingest = ingest
        self._rules = rules
        self.saves = saves
        self.forgetting = forgetting
        self.inspections = Inspections(engine, tenant=tenant)
        self.contexts = Contexts(engine, self._settle, tenant=tenant, rules=rules, timeout=append_timeout)
        self.recoveries = Recoveries(recoverer, self._settle, self.inspections.note)
        self.records = Records(engine, tenant=tenant)
        self.memories = Memories(engine, tenant=tenant)
        self.greetings = Greetings(engine, self.recoveries, self._settle, self.records.user, tenant=tenant)
        self.conversations = Conversations(engine, self._settle, tenant=tenant, rules=rules)
        self.tokens = Tokens(engine, tenant=tenant)
        self.budgets = Budgets(engine, self._settle, tenant=tenant, rules=rules, seconds=append_timeout)
        self.decisions = Decisions(engine, self._settle, tenant=tenant, rules=rules, timeout=append_timeout)
        self.handoffs = Handoffs(engine, self._settle, tenant=tenant, rules=rules, timeout=append_timeout)
        self.summaries = Summaries(engine, self._settle, tenant=tenant, rules=rules)
        self.completions = Completions(engine, saves, self.summaries, tenant=tenant, rules=rules)
        self.patterns = Patterns(engine, self._settle, self.records.user, tenant=tenant)
        self._append_timeout = append_timeout

    def close(self) -> None:
        """Close the connections to Postgres and Redis."""
        self._engine.dispose()
        self._ingest.reader.close()
        self.recoveries.close()

    def start(
        self,
        begun: Mapping[str, Any],
        *,
        actor: str,
        session_id: str | None,
        then: Sequence[Mapping[str, Any]] = (),
    ) -> str:
        """Begin a session with its `session.started` event, and what came `then`; returns its id.

        All or none. Raises `SessionExists`.
        """
        with transaction(self._engine) as connection:
            return start(
                connection, self.tenant, begun, actor=actor, session_id=session_id, rules=self._rules, then=then
            )

    def append(self, drafts: Sequence[Draft]) -> dict[UUID, Outcome]:
        """Commit events of one session, behind what was published before; what became of each, by its id.

        It needs no worker: whatever waits in the session's stream is drained first, here, and then the events are
        applied without passing through Redis, so that what was acknowledged depends on Postgres alone. Raises
        `StreamUnavailable` with nothing done, and `NotCommittedYet` at the time limit: the events are then published.
        """
        until = time.monotonic() + self._append_timeout
        shard = self._publisher.keys.shard(drafts[0].session_id)
        look_first = False
        failure: StoreUnavailable | None = None
        while True:
            try:
                if self._ingest.settle(shard, seconds=until - time.monotonic()):
                    return self._apply(drafts, look_first=look_first)
            except StoreUnavailable as error:
                failure, look_first = error, True  # it may have been committed before the connection broke
                time.sleep(RETRY_SECONDS)
            if time.monotonic() > until:
                self._publisher.publish(self.tenant, drafts)
                raise _late(drafts, self._append_timeout) from failure

    def _apply(self, drafts: Sequence[Draft], *, look_first: bool) -> dict[UUID, Outcome]:
        items = [Item(self.tenant, draft) for draft in drafts]
        try:
            with transaction(self._engine) as connection:
                outcomes = apply(connection, items, rules=self._rules, look_first=look_first)
        except UniqueViolation:
            if look_first:
                raise
            return self._apply(drafts, look_first=True)
        # An event may be given more than once: its first receipt says most.
        return dict(zip((draft.id for draft in reversed(drafts)), reversed(outcomes), strict=True))

    def drain(self, *, seconds: float) -> None:
        """Commit everything that waits in Redis, here, without a worker. Raises `NotCommittedYet` at the time limit."""
        until = time.monotonic() + seconds
        for shard in range(self._publisher.keys.shards):
            if not self._ingest.drain(shard, seconds=until - time.monotonic()):
                raise NotCommittedYet(f"shard {shard} was not empty within {seconds:g} s; what is left waits in Redis")

    def reached(self, asked: Sequence[tuple[str, UUID]]) -> dict[str, tuple[int, bool]]:
        """How far sessions are: of each that is there, how many events it has, and whether this one is among them."""
        if not asked:
            return {}
        with transaction(self._engine) as connection:
            return log.reached(log.cursor(connection), self.tenant, asked)

    def find(self, session_id: str) -> Listed:
        """Raises `SessionNotFound`."""
        with transaction(self._engine) as connection:
            return sessions.find(connection, self.tenant, session_id, archived=True)[0]

    def sessions(
        self,
        *,
        user_id: str | None = None,
        status: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        text: str | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page:
        """Sessions, the newest first; `sessions.listed` says what each filter means. Raises `InvalidInput`."""
        if user_id is not None:
            identifier("user_id", user_id)
        if status is not None and status not in get_args(Status):
            raise InvalidInput("status", f"must be one of {', '.join(get_args(Status))}, not {status!r}")
        limit = _limit(limit)
        with transaction(self._engine) as connection:
            found = sessions.listed(
                connection,
                self.tenant,
                user_id=user_id,
                status=status,
                since=None if since is None else instant("since", since),
                until=None if until is None else instant("until", until),
                text=None if text is None else _words(text),
                before=None if cursor is None else _place(cursor),
                limit=limit + 1,
            )
        items = found[:limit]
        return Page(items, _cursor(items[-1]) if len(found) > limit else None)

    def last_active(self, user_id: str | None = None) -> str:
        """The session of that user, or of anybody, in which something happened last, whatever its status.

        Raises `SessionNotFound` where there is none.
        """
        if user_id is not None:
            identifier("user_id", user_id)
        with transaction(self._engine) as connection:
            return sessions.last_active(connection, self.tenant, user_id)

    def events(self, session_id: str, *, after: int = 0, limit: int | None = None) -> list[Event]:
        """Events with a sequence number above `after`, in order. Raises `SessionNotFound`.

        Those of an archived session are read from where the blobs are.
        """
        try:
            with transaction(self._engine) as connection:
                log.steady(connection)
                found, _ = sessions.find(connection, self.tenant, session_id)
                return list(log.events(connection, found.key, session_id, after=after, limit=limit))
        except SessionArchived:
            return archives.events(self.saves.archived(session_id), after=after, limit=limit)

    def messages(
        self,
        session_id: str,
        *,
        conversation: str | None = None,
        after: int = 0,
        before: int | None = None,
        limit: int | None = None,
    ) -> list[Message]:
        """The newest `limit` messages with a sequence number between `after` and `before`, in order.

        Raises `SessionNotFound`.
        """
        try:
            return self.conversations.messages(
                session_id, conversation=conversation, after=after, before=before, limit=limit
            )
        except SessionArchived:
            whole = self.saves.archived(session_id)
            return archives.messages(whole, conversation=conversation, after=after, before=before, limit=limit)

    def state(self, session_id: str) -> State:
        """The fold of all the session's events: the newest good one that is saved, and the events since.

        Raises `SessionNotFound`.
        """
        try:
            with transaction(self._engine) as connection:
                log.steady(connection)
                found, _ = sessions.find(connection, self.tenant, session_id)
                return state_at(connection, self.tenant, found.key, session_id, found.events)
        except SessionArchived:
            return self.saves.archived(session_id).state()

    def save(self, session_id: str, tier: Tier) -> Snapshot:
        """Save the session, with all that was published before, as `Saves.save` says.

        Raises besides `NotCommittedYet` and `StreamUnavailable`, where what was published cannot be committed first.
        """
        self._settle(session_id)
        return self.saves.save(session_id, tier)

    def fork(
        self,
        session_id: str,
        at: int | datetime | str | None,
        *,
        new_id: str | None,
        agent: str | None,
        reason: str | None,
    ) -> str:
        """Fork the session, as `Saves.fork` says; at its end, that is with all that was published before.

        Raises besides `NotCommittedYet` and `StreamUnavailable`, where what was published cannot be committed first.
        """
        if at is None:
            self._settle(session_id)
        return self.saves.fork(session_id, at, new_id=new_id, agent=agent, reason=reason, rules=self._rules)

    def verify(self, session_id: str) -> int:
        """Follow the session's hash chain; returns the number of events. Raises `LogDamaged`, `SessionNotFound`.

        Of an archived session it is followed through its segments: raises `SnapshotDamaged` and `BlobDamaged`.
        """
        try:
            with transaction(self._engine) as connection:
                log.steady(connection)
                found, digest = sessions.find(connection, self.tenant, session_id)
                return log.verify(connection, self.tenant, found.key, session_id, digest, found.events)
        except SessionArchived:
            return archives.count(self.saves.archived(session_id))

    def revive(self, session_id: str) -> bool:
        """Bring an archived session back, and let one that expired go on, as `pipeline.revive.revive` says."""
        return self.saves.revive(session_id, self._rules)

    def intend(self, event: Draft) -> Receipt:
        """Begin an effect, behind what was published before. Raises as `pipeline.effect.intend` does."""
        self._settle(event.session_id)
        with transaction(self._engine) as connection:
            return effect.intend(connection, self.tenant, event, rules=self._rules)

    def take_lease(
        self, session_id: str, owner: str, *, exclusive: bool, takeover: bool = False, seconds: float = LEASE_SECONDS
    ) -> Lease:
        """Take the lease, once what was published before is committed: from then on its fence would be old.

        Raises as `pipeline.lease.take` does, `StreamUnavailable`, and `NotCommittedYet` at the time limit.
        """
        self._settle(session_id)
        with transaction(self._engine) as connection:
            terms = Terms(exclusive, takeover, seconds)
            return lease.take(connection, self.tenant, session_id, owner, terms, rules=self._rules)

    def renew_lease(self, session_id: str, held: Lease, seconds: float) -> datetime | None:
        """Until when the lease now lasts; None where it is lost."""
        with transaction(self._engine) as connection:
            return lease.renew(connection, self.tenant, session_id, held, seconds)

    def refused(self, session_id: str, fence: int) -> list[DeadLetter]:
        """What was queued under a fence and refused because it had become old, in the order of its arrival."""
        letters: list[DeadLetter] = []
        with transaction(self._engine) as connection:
            while page := dead_letters.listed(
                connection, self.tenant, session_id=session_id, after=letters[-1].key if letters else 0, limit=1000
            ):
                letters += page
        old = str(fence).encode()
        return [each for each in letters if each.reason == StaleWriter.code and each.entry.get(b"fence") == old]

    def release_lease(self, session_id: str, held: Lease) -> None:
        """Give the lease back, behind what was published under it. Raises `StaleWriter` where it was taken over."""
        # What still waits carries this lease's fence, which counts until the next lease is taken.
        with suppress(StreamUnavailable, NotCommittedYet):
            self._settle(session_id)
        with transaction(self._engine) as connection:
            lease.release(connection, self.tenant, session_id, held, rules=self._rules)

    def _settle(self, session_id: str) -> None:
        if not self._ingest.settle(self._publisher.keys.shard(session_id), seconds=self._append_timeout):
            raise NotCommittedYet(
                f"what waits in front of session {session_id!r} was not committed within {self._append_timeout:g} s"
            )

    def dead_letters(self, *, session_id: str | None = None, after: int = 0, limit: int = 50) -> list[DeadLetter]:
        """Dead letters with a key above `after`, in the order of their arrival."""
        whole("after", after)
        if session_id is not None:
            identifier("session_id", session_id)
        with transaction(self._engine) as connection:
            return dead_letters.listed(connection, self.tenant, session_id=session_id, after=after, limit=_limit(limit))

    def dead_letter(self, key: int) -> DeadLetter:
        """Raises `InvalidInput` where there is none of that key."""
        whole("key", key)
        with transaction(self._engine) as connection:
            return dead_letters.get(connection, self.tenant, key)

    def retry_dead_letter(self, key: int) -> None:
        """Publish a dead letter once more, exactly as it was, and take it off the list.

        Killed in between, it is published again at the next try, which its event id makes harmless.
        """
        letter = self.dead_letter(key)
        self._publisher.republish(letter.entry)
        self.drop_dead_letter(key)

    def drop_dead_letter(self, key: int) -> None:
        """Throw a dead letter away for good."""
        whole("key", key)
        with transaction(self._engine) as connection:
            dead_letters.get(connection, self.tenant, key)
            dead_letters.drop(connection, key)


def _late(drafts: Sequence[Draft], seconds: float) -> NotCommittedYet:
    return NotCommittedYet(
        f"{len(drafts)} event(s) of session {drafts[0].session_id!r} were not committed within {seconds:g} s; they are "
        "in Redis and will be, once Postgres can be reached"
    )


def _limit(limit: int) -> int:
    return whole("limit", limit, 1, 10_000)


def _words(text: object) -> str:
    if isinstance(text, str) and len(text) <= SEARCH_CHARACTERS and text.replace("\n", " ").isprintable():
        return text
    raise InvalidInput("text", f"must be at most {SEARCH_CHARACTERS} printable characters")


def _cursor(last: Listed) -> str:
    return base64.urlsafe_b64encode(f"{last.created_at.isoformat()} {last.key}".encode()).decode()


def _place(cursor: str) -> tuple[datetime, int]:
    try:
        at, _, key = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        return instant("cursor", at), whole("cursor", int(key))
    except (ValueError, binascii.Error) as error:
        raise InvalidInput("cursor", "is not a page's `next`") from error
