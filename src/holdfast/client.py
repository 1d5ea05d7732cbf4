"""What an agent imports: `holdfast.connect()`, sessions, publishing, appending, reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from holdfast import bootstrap
from holdfast.config import Settings
from holdfast.errors import HoldfastError, InvalidInput, NotConfigured, StaleWriter, StreamUnavailable
from holdfast.events import RESERVED, Draft, Event, Payload, draft, identifier, name, reserved, whole
from holdfast.outcome import Outcome, Receipt
from holdfast.saving.snapshot import Snapshot
from holdfast.saving.tiers import Tier
from holdfast.session import Message, State
from holdfast.stream.notice import publish_and_wait
from holdfast.stream.spool import Spool

if TYPE_CHECKING:
    from holdfast.pipeline.lease import Lease
    from holdfast.service import Page, Service

__all__ = ["Holdfast", "Session", "connect"]

Item = Payload | Mapping[str, Any] | str | bytes | Draft
"""What can be published: a typed event, the same as JSON (a mapping or its text), or a draft of an earlier try."""


MAX_EVENTS = 1000
MAX_BYTES = 8 * 1024 * 1024
"""What one call takes, all or none: as much as Redis swallows well within the time limit."""


def connect(**settings: Any) -> Holdfast:
    """A client, with settings from `HOLDFAST_*` variables or given here by name (see `holdfast.config.Settings`).

    Opens no connection yet. Raises `InvalidInput` naming the setting.
    """
    return Holdfast(Settings.load(**settings))


class Holdfast:
    """One tenant's sessions. Safe to share between threads; not across a fork."""

    def __init__(self, settings: Settings) -> None:
        identifier("tenant", settings.tenant)
        self.settings = settings
        self.publisher = bootstrap.publisher(settings, bootstrap.sending_app(settings))
        self._spool = Spool(settings.spool, self.publisher) if settings.spool else None
        self._service = bootstrap.service(settings, self.publisher) if settings.database_url else None

    @property
    def service(self) -> Service:
        """What needs Postgres. Raises `NotConfigured` where this process has none."""
        if self._service is None:
            raise NotConfigured(bootstrap.NO_STORE)
        return self._service

    def start(
        self,
        user_id: str,
        *,
        kind: str = "general",
        agent: str = "agent",
        session_id: str | None = None,
        title: str | None = None,
        **details: Any,
    ) -> Session:
        """Begin a session. `details` are further fields of `SessionStarted`.

        Without `session_id` the session gets an id of the form `SESSION-YYMMDD-NNN`; giving one is needed where this
        process cannot reach Postgres. Raises `InvalidInput`, `SessionExists`, `StoreUnavailable`.
        """
        identifier("user_id", user_id)
        name("kind", kind)
        name("agent", agent)
        if session_id is not None:
            identifier("session_id", session_id)
        data = {"user_id": user_id, "kind": kind, "agent": agent, "title": title, **details}
        begun = {"type": "session.started", "data": {key: value for key, value in data.items() if value is not None}}
        if self._service is not None:
            return Session(self, self._service.start(begun, actor=agent, session_id=session_id), agent)
        if session_id is None:
            raise NotConfigured(
                "ids are made in Postgres, and this process has none: pass session_id=…, such as a UUID"
            )
        session = Session(self, session_id, agent)
        session.append(begun)
        return session

    def session(self, session_id: str, *, agent: str | None = None) -> Session:
        """A session that was started before; `agent` is who writes through it, by default who it was started for.

        Raises `SessionNotFound`, which only a process that reaches Postgres can know.
        """
        identifier("session_id", session_id)
        if self._service is None:
            return Session(self, session_id, agent or "agent")
        return Session(self, session_id, agent or self._service.find(session_id).agent)

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
        """A page of sessions, the newest first; pass its `next` as `cursor` for the page after it."""
        return self.service.sessions(
            user_id=user_id, status=status, since=since, until=until, text=text, limit=limit, cursor=cursor
        )

    def fork(
        self,
        session_id: str,
        at: int | datetime | str | None = None,
        *,
        new_id: str | None = None,
        agent: str | None = None,
        reason: str | None = None,
    ) -> Session:
        """A new session that has the log of this one up to there, and goes its own way.

        `at` is an event's sequence number, a time, or a recovery point; without it, all that was published counts. The
        session itself is not changed, and may have ended. Raises `SessionNotFound`, `SnapshotNotFound`,
        `SessionExists` for a `new_id` that is taken, and `InvalidInput` for what lies outside the log.
        """
        identifier("session_id", session_id)
        if new_id is not None:
            identifier("new_id", new_id)
        if agent is not None:
            name("agent", agent)
        if at is None:
            self._flush_first()
        forked = self.service.fork(session_id, at, new_id=new_id, agent=agent, reason=reason)
        return self.session(forked, agent=agent)

    def flush(self) -> bool:
        """Send what the spool holds. False where Redis did not take all of it."""
        return self._spool.flush() if self._spool else True

    def close(self) -> None:
        """Flush the spool, if there is one, and close the connections."""
        if self._spool:
            self._spool.close()
        self.publisher.redis.close()
        if self._service is not None:
            self._service.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _publish(self, drafts: list[Draft]) -> None:
        if not drafts:
            return
        try:
            if self._spool:
                self._spool.publish(self.settings.tenant, drafts)
            else:
                self.publisher.publish(self.settings.tenant, drafts)
        except StreamUnavailable as error:
            error.events = drafts
            raise

    def _flush_first(self) -> None:
        if self._spool and not self._spool.flush():
            raise StreamUnavailable("events wait in the spool until Redis takes them, and nothing may overtake them")

    def _append(self, drafts: list[Draft]) -> list[Receipt]:
        if not drafts:
            return []
        try:
            self._flush_first()
            if self._service is not None:
                outcomes = self._service.append(drafts)
            else:
                limit, timeout = self.settings.append_timeout, self.settings.timeout
                outcomes = publish_and_wait(self.publisher, self.settings.tenant, drafts, limit, timeout=timeout)
        except StreamUnavailable as error:
            error.events = drafts
            raise
        return [_receipt(outcomes[draft.id]) for draft in drafts]


class Session:
    """One session, as one agent writes to it. Made by `Holdfast.start` and `Holdfast.session`."""

    def __init__(self, holdfast: Holdfast, session_id: str, agent: str) -> None:
        self.id = session_id
        self.agent = agent
        self._holdfast = holdfast
        self._lease: Lease | None = None

    def __repr__(self) -> str:
        return f"<Session {self.id} of {self.agent}>"

    def publish(self, *events: Item, conversation: str | None = None, actor: str | None = None) -> list[UUID]:
        """Hand events over to Redis, all or none, in this order; returns their ids. At most 1,000, with 8 MiB of data.

        Raises `InvalidEvent` before anything is sent; `StreamUnavailable` within the time limit (2 s by default), whose
        `events` can be published again without harm. What Redis promises then depends on how it is set up: see
        `docs/promises.md`.
        """
        drafts = self._drafts(events, conversation, actor)
        self._holdfast._publish(drafts)  # noqa: SLF001  # the two classes are one surface
        return [draft.id for draft in drafts]

    def append(self, *events: Item, conversation: str | None = None, actor: str | None = None) -> list[Receipt]:
        """Commit events to the log, behind what was published before; returns their receipts, in order.

        Each is accepted or refused by itself; the first refusal is raised when all have been tried.

        Raises as `publish` does; `StaleWriter`, `SessionClosed` or `SessionNotFound` where the log refuses an event;
        `NotCommittedYet` where Postgres is away for longer than `append_timeout`.
        """
        return self._holdfast._append(self._drafts(events, conversation, actor))  # noqa: SLF001  # as above

    def events(self, after: int = 0, limit: int | None = 1000) -> list[Event]:
        """Committed events with a sequence number above `after`, in order, at most `limit` (None: all)."""
        return self._holdfast.service.events(self.id, after=whole("after", after), limit=_limit(limit))

    def messages(self, conversation: str | None = None, *, after: int = 0, limit: int | None = None) -> list[Message]:
        """The newest `limit` messages above `after` (None: all), in order; of one conversation, or of all together."""
        return self._holdfast.service.messages(
            self.id, conversation=conversation, after=whole("after", after), limit=_limit(limit)
        )

    def state(self, at: int | datetime | str | None = None) -> State:
        """What is known, decided and open: the fold of the session's committed events.

        With `at` as it was: after that event (its sequence number), at that time, or at that recovery point. Raises
        `InvalidInput` for what lies outside the log, `SnapshotNotFound` for a recovery point that is not there.
        """
        service = self._holdfast.service
        return service.state(self.id) if at is None else service.saves.state(self.id, at)

    def save(self, tier: Tier = "full") -> Snapshot:
        """Save the session now; returns when the snapshot was read back and is what it should be.

        Nothing is stored where the session was saved at this very event before: that snapshot is returned. Needs
        Postgres and the location of the blobs; a process without them can publish a `save.requested` instead. Raises
        `BlobsUnavailable`, and `NotCommittedYet` where what was published before cannot be committed in time.
        """
        self._holdfast._flush_first()  # noqa: SLF001  # as above
        return self._holdfast.service.save(self.id, tier)

    def snapshots(self) -> list[Snapshot]:
        """The session's snapshots that are kept, the newest first."""
        return self._holdfast.service.saves.snapshots(self.id)

    def pin(self, point: str | None = None, *, note: str | None = None) -> None:
        """Keep a snapshot for ever; without `point` all of the session's, those to come as well: a legal hold."""
        self._holdfast.service.saves.pin(self.id, point, note=note)

    def unpin(self, point: str | None = None) -> None:
        """Let go of what was pinned, so that it is pruned when it is old. Raises `InvalidInput` where nothing was."""
        self._holdfast.service.saves.unpin(self.id, point)

    def verify(self) -> int:
        """Check the log against its hash chain; returns the number of events. Raises `LogDamaged`."""
        return self._holdfast.service.verify(self.id)

    @contextmanager
    def lease(self, owner: str, *, exclusive: bool = True) -> Iterator[Lease]:
        """Write alone. Inside the block this object's events carry the lease's fence; others' are refused.

        Taking a lease supersedes whoever holds it. One that was superseded raises `StaleWriter` at its next `append`,
        and at the end of the block.
        """
        name("owner", owner)
        service = self._holdfast.service
        self._holdfast._flush_first()  # noqa: SLF001  # as above
        before, self._lease = self._lease, service.take_lease(self.id, owner, exclusive=exclusive)
        held = self._lease
        try:
            yield held
        except BaseException as error:
            try:
                service.release_lease(self.id, held)
            except HoldfastError as failed:
                # An event of this block was refused for the same reason: no news.
                if not (isinstance(error, StaleWriter) and isinstance(failed, StaleWriter)):
                    error.add_note(f"and the lease could not be released: {failed}")
            raise
        else:
            service.release_lease(self.id, held)
        finally:
            self._lease = before

    def _drafts(self, events: tuple[Item, ...], conversation: str | None, actor: str | None) -> list[Draft]:
        fence = self._lease.fence if self._lease else None
        drafts = [
            draft(item, session_id=self.id, actor=actor or self.agent, conversation=conversation, fence=fence)
            for item in events
        ]
        for made in drafts:
            if made.type in RESERVED:
                raise reserved(made.type)
        size = sum(len(made.data) for made in drafts)
        if len(drafts) > MAX_EVENTS or size > MAX_BYTES:
            raise InvalidInput(
                "events",
                f"are {len(drafts):,} with {size:,} bytes; one call takes {MAX_EVENTS:,} and {MAX_BYTES:,} bytes",
            )
        return drafts


def _receipt(outcome: Outcome) -> Receipt:
    if isinstance(outcome, HoldfastError):
        raise outcome
    return outcome


def _limit(limit: int | None) -> int | None:
    return None if limit is None else whole("limit", limit, 1)
