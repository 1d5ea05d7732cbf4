"""The client: one tenant's sessions, and the way to Redis and Postgres that they share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from holdfast import bootstrap
from holdfast.client.commanding import command as commanded
from holdfast.client.commanding import recover
from holdfast.client.context import import_context
from holdfast.client.greeting import Greeting, greet
from holdfast.client.handing import Handoff, handed
from holdfast.client.lease import Lease, Renewals
from holdfast.client.memories import Memories, owners_of
from holdfast.client.session import Session
from holdfast.config import Settings
from holdfast.errors import HoldfastError, InvalidInput, NotConfigured, StoreUnavailable, StreamUnavailable
from holdfast.events import Draft, identifier, name, reference
from holdfast.outcome import Outcome, Receipt
from holdfast.recovering.probe import Probe
from holdfast.recovering.report import Mode, RecoveryReport
from holdfast.stream.notice import publish_and_wait
from holdfast.stream.spool import Spool

if TYPE_CHECKING:
    from holdfast.remembering.patterns import Pattern, Suggestions
    from holdfast.remembering.receipt import Receipt as ForgettingReceipt
    from holdfast.remembering.record import UserRecord
    from holdfast.service import Page, Recoveries, Service
    from holdfast.service.budgets import CampaignBudget
    from holdfast.service.decisions import Decision
    from holdfast.service.paging import Listing

__all__ = ["Holdfast", "connect"]


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
        self._renewals = Renewals()

    @property
    def service(self) -> Service:
        """What needs Postgres. Raises `NotConfigured` where this process has none."""
        if self._service is None:
            raise NotConfigured(bootstrap.NO_STORE)
        return self._service

    @cached_property
    def _recoveries(self) -> Recoveries:
        return bootstrap.recoveries(self.settings) if self._service is None else self._service.recoveries

    def start(
        self,
        user_id: str,
        *,
        kind: str = "general",
        agent: str = "agent",
        session_id: str | None = None,
        title: str | None = None,
        shared: bool = False,
        campaign: str | Mapping[str, Any] | None = None,
        defaults: bool = True,
        **details: Any,
    ) -> Session:
        """Begin a session. `details` are further fields of `SessionStarted`.

        A `shared` session is one that many agents write to on purpose: nobody can lease it exclusively. `campaign` is
        the one that it serves, by its id or as the fields of `CampaignUpdated`: what its earlier sessions taught is
        then known from the start, as `past_learnings`. What is remembered that the user prefers holds by default
        (`session.defaults()`), unless `defaults` is false. A process without Postgres recalls neither.

        Without `session_id` the session gets an id of the form `SESSION-YYMMDD-NNN`; giving one is needed where this
        process cannot reach Postgres. Raises `InvalidInput`, `SessionExists`, `StoreUnavailable`.
        """
        identifier("user_id", user_id)
        name("kind", kind)
        name("agent", agent)
        if session_id is not None:
            identifier("session_id", session_id)
        data = {"user_id": user_id, "kind": kind, "agent": agent, "title": title, "shared": shared or None, **details}
        begun = {"type": "session.started", "data": {key: value for key, value in data.items() if value is not None}}
        served = {"gtm_id": reference("campaign", campaign)} if isinstance(campaign, str) else campaign
        if served is not None and not isinstance(served, Mapping):
            raise InvalidInput("campaign", "must be a campaign's id, or its fields")
        if self._service is not None:
            then = self._service.records.begun_with(user_id, served, title or "", defaults=defaults)
            return Session(self, self._service.start(begun, actor=agent, session_id=session_id, then=then), agent)
        if session_id is None:
            raise NotConfigured(
                "ids are made in Postgres, and this process has none: pass session_id=…, such as a UUID"
            )
        session = Session(self, session_id, agent)
        session.append(begun)
        if served is not None:
            session.append({"type": "campaign.updated", "data": served})
        return session

    def session(self, session_id: str, *, agent: str | None = None) -> Session:
        """A session that was started before; `agent` is who writes through it, by default who it was started for.

        Raises `SessionNotFound`, which only a process that reaches Postgres can know: while it is away, a session can
        still be published to and recovered.
        """
        identifier("session_id", session_id)
        if agent is None and self._service is not None:
            with suppress(StoreUnavailable):
                agent = self._service.find(session_id).agent
        return Session(self, session_id, agent or "agent")

    def session_by_token(self, token: str, *, agent: str | None = None) -> Session:
        """The session that a token opens. One that has ended is opened too, for reading: it takes no more events.

        Raises `TokenInvalid`, of which no reason is told.
        """
        return self.session(self.service.tokens.opened(token).session_id, agent=agent)

    def rotate_token(self, token: str, *, grace: float = 0) -> str:
        """Another token in the place of this one, good for as long as this one was made for.

        The old one ends after `grace` seconds, at once unless given, and cannot be exchanged again. Raises
        `TokenInvalid`.
        """
        return self.service.tokens.rotate(token, grace=grace).text

    def session_by_conversation(self, conversation_id: str, *, agent: str | None = None) -> Session:
        """The session that the conversation of that id is part of. Raises `SessionNotFound`."""
        return self.session(self.service.conversations.find(conversation_id)[0], agent=agent)

    def budget(self, campaign_id: str) -> CampaignBudget:
        """What a campaign may use, has set aside, used and left, over all sessions, and those that serve it now."""
        return self.service.budgets.campaign(campaign_id)

    def recover(
        self,
        session_id: str | None = None,
        *,
        user_id: str | None = None,
        mode: Mode = "quick",
        world: Sequence[Probe] = (),
        agent: str | None = None,
        record: bool = True,
    ) -> RecoveryReport:
        """Recover a session, as `Session.recover` does; without an id the last active one, of `user_id` or of all.

        Nothing is raised for a session that is not there: the report is `failed`, and says what to do. `agent` is who
        goes on, by default who worked there before. Raises `SessionNotFound` where there is none that could have been
        active, and `NotConfigured` or `StoreUnavailable` where only Postgres could tell which it was.
        """
        return recover(self, session_id, mode, world, user_id=user_id, agent=agent, record=record)

    def command(
        self,
        command: str | Mapping[str, Any],
        *,
        user_id: str | None = None,
        world: Sequence[Probe] = (),
        agent: str | None = None,
    ) -> dict[str, Any]:
        """Carry out a recovery command, in words or structured, and return its response: see `docs/recovering.md`.

        A task without a session is looked for in the newest hundred, of `user_id` or of all. Raises `InvalidInput` for
        what is no command, and for a task or a step that is not known; `SessionNotFound`, and as `recover`.
        """
        return commanded(self, command, world, user_id=user_id, agent=agent)

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

    def decisions(
        self,
        person: str | None = None,
        *,
        campaign: str | None = None,
        session_id: str | None = None,
        status: str | None = "pending",
        limit: int = 50,
        cursor: str | None = None,
    ) -> Listing[Decision]:
        """What waits for somebody to decide, the oldest first: of a person, a campaign, a session, or all.

        `status` may be `answered`, `lapsed` or `withdrawn` as well; None lists all. The list's `next` is the `cursor`
        of the page after it. Raises `InvalidInput`.
        """
        return self.service.decisions.listed(
            person=person, campaign=campaign, session_id=session_id, status=status, limit=limit, cursor=cursor
        )

    def import_context(
        self,
        document: str | bytes | Mapping[str, Any],
        *,
        session_id: str | None = None,
        user_id: str | None = None,
        agent: str | None = None,
        source: str | None = None,
    ) -> Session:
        """Begin a session with a context document: as `Session.context` gives it, or its YAML.

        Its content becomes ordinary events with the times and actors that it names; what it holds beyond the protocol
        is kept, and comes out again at its place. The session has the document's id and is the campaign owner's,
        unless said otherwise; `agent` is who writes through the session that is returned, `source` where the document
        came from. Raises `InvalidInput` naming the place, `SessionExists`, `NotConfigured` and `StoreUnavailable`;
        then nothing was begun.
        """
        return import_context(self, document, session_id=session_id, user_id=user_id, agent=agent, source=source)

    def handoffs(
        self,
        agent: str | None = None,
        *,
        session_id: str | None = None,
        status: str | None = "offered",
        limit: int = 50,
        cursor: str | None = None,
    ) -> Listing[Handoff]:
        """What was offered to an agent, the oldest first: its inbox. Without `agent` what was offered to anybody.

        `status` may be `accepted`, `refused`, `completed` or `expired` as well; None lists all. The list's `next` is
        the `cursor` of the page after it. Raises `InvalidInput`.
        """
        return handed(self, agent, session_id=session_id, status=status, limit=limit, cursor=cursor)

    def greet(
        self, user_id: str, text: str, *, kind: str = "general", agent: str = "agent", threshold: float | None = None
    ) -> Greeting:
        """Greet a user who begins a conversation with `text`, by the four steps of the protocol.

        Asked to go on with earlier work, it offers the session in which the user was last at work, or the one that the
        text names, with its summary, and begins none: `Greeting.resume` and `Greeting.fresh` do what the user then
        says. Otherwise a new session is begun, of that `kind` and for that `agent`. So it is where the earlier one
        cannot be loaded: `answer` then apologises, `problems` say why, and the earlier one stays as it is.

        `threshold` is the score from which a text counts as asking to resume. Raises `InvalidInput`, `NotConfigured`
        and `StoreUnavailable`.
        """
        return greet(self, user_id, text, kind=kind, agent=agent, threshold=threshold)

    def preferences(self, user_id: str) -> UserRecord:
        """What is remembered that the user prefers, with how sure one may be, and their sessions in short.

        It is what the session protocol calls `mpa_user_preferences`. Raises `InvalidInput`.
        """
        return self.service.records.user(user_id)

    def memories(self, owner: str | None = None, *, campaign: str | None = None) -> Memories:
        """What is remembered of a user, or of a campaign, or of both; without either, all that there is.

        Memories are computed from their evidence, which names its events; each has its confidence and its end. Raises
        `InvalidInput`, `NotConfigured`.
        """
        self.service  # noqa: B018  # it says what is missing
        return Memories(self, owners_of(owner, campaign))

    def patterns(self, user_id: str, *, zone: str = "UTC") -> list[Pattern]:
        """What the user's sessions have in common: when they work, in which order, and what they choose again.

        Each has its support, its confidence and its evidence, and is more than chance explains. Sessions count from
        when they first rest; hours are those of the zone, as `Europe/Berlin`. Raises `InvalidInput`.
        """
        return self.service.patterns.patterns(user_id, zone)

    def suggest(self, session: Session | str) -> Suggestions:
        """What the user's patterns and preferences suggest to a session, as it is now: to offer, never to do unasked.

        The next step, likely choices of what is not chosen yet, and what will probably be asked; each with what it
        rests on. Empty where nothing is known. Raises `SessionNotFound`.
        """
        return self.service.patterns.suggest(session.id if isinstance(session, Session) else session)

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

    def revive(self, session_id: str) -> Session:
        """A session that was archived, or has expired, brought back: all of its events are in the database again.

        One that had expired goes on, and is active; one that was closed stays so, and can be read and forked. Where
        there was nothing to bring back it is left as it is. Raises `SessionNotFound`, and where what was saved of it
        cannot be had `BlobsUnavailable`, `BlobDamaged`, `SnapshotDamaged` or `WrongKey`, with nothing changed.
        """
        identifier("session_id", session_id)
        self.service.revive(session_id)
        return self.session(session_id)

    def forget(self, user_id: str, *, asked_by: str | None = None, override: bool = False) -> ForgettingReceipt:
        """Remove a person for good, from everywhere that Holdfast reaches: see `docs/forgetting.md`.

        Sessions of others stay whole, and so do sessions that the person begins from now on. Returns when it is done,
        with what was removed where, what was kept and why, and what is out of reach; `asked_by` is who asked, for the
        receipt. Killed in the middle it goes on by itself, or when it is called again; two at once take turns.

        Raises `ForgettingRefused` where a legal hold is on a session, unless `override`: nothing was changed then.
        Raises `InvalidInput`, `NotConfigured`, `StoreUnavailable`, `StreamUnavailable`, `BlobsUnavailable`.
        """
        self.flush()
        return self.service.forgetting.forget(user_id, asked_by=asked_by, override=override)

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
        elif "_recoveries" in self.__dict__:
            self._recoveries.close()

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

    @contextmanager
    def _renewing(self, lease: Lease) -> Iterator[None]:
        if lease.exclusive:
            self._renewals.add(lease)
        try:
            yield
        finally:
            self._renewals.remove(lease)

    def _flush_first(self) -> None:
        if self._spool and not self._spool.flush():
            raise StreamUnavailable("events wait in the spool until Redis takes them, and nothing may overtake them")

    def _spooled(self) -> list[str]:
        """What a recovery does not know, because it waits in the spool."""
        if self.flush():
            return []
        return ["What this process published and keeps in its spool is not taken into account: Redis does not take it"]

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


def _receipt(outcome: Outcome) -> Receipt:
    if isinstance(outcome, HoldfastError):
        raise outcome
    return outcome
