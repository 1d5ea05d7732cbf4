"""Sessions, their log, and what is due."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from holdfast.store.tables.base import Base

__all__ = ["DeadLetter", "Event", "Inspection", "Session", "SessionCounter", "Shard", "Timer"]

SEARCHABLE = "to_tsvector('simple', id || ' ' || user_id || ' ' || kind || ' ' || agent || ' ' || coalesce(title, ''))"


class Session(Base):
    """A session: its identity, who may write to it now, the head of its log, and what listings show.

    `created_at` never changes, so that pages of a listing stay put and an append touches no index.
    """

    __tablename__ = "sessions"

    key: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    tenant: Mapped[str]
    id: Mapped[str]
    user_id: Mapped[str]
    kind: Mapped[str]
    agent: Mapped[str]
    title: Mapped[str | None]
    status: Mapped[str]
    seq: Mapped[int] = mapped_column(comment="Sequence number of the newest event")
    digest: Mapped[bytes] = mapped_column(comment="The hash chain's head: the newest event's digest")
    fence: Mapped[int] = mapped_column(server_default=text("0"), comment="Grows each time the lease is taken")
    holder: Mapped[str | None] = mapped_column(comment="Who holds the exclusive lease; null where nobody does")
    held_until: Mapped[datetime | None] = mapped_column(
        comment="When the exclusive lease runs out unless it is renewed"
    )
    shared: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="Started for many agents: nobody can lease it exclusively"
    )
    created_at: Mapped[datetime]
    last_activity_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    search: Mapped[str] = mapped_column(TSVECTOR, Computed(SEARCHABLE, persisted=True))
    autosave: Mapped[str | None] = mapped_column(
        comment="The session's own rules for saving, as JSON; null where it has none"
    )
    timed: Mapped[int] = mapped_column(
        SmallInteger, server_default=text("0"), comment="Tiers whose timers are set: a bit each"
    )
    saved: Mapped[int] = mapped_column(server_default=text("0"), comment="Up to where the newest snapshot goes")
    campaign: Mapped[str | None] = mapped_column(
        comment="The id of the campaign that it serves; null where it serves none"
    )
    campaign_status: Mapped[str | None] = mapped_column(
        comment="Where that campaign is in its life, as this session knows it"
    )
    moved: Mapped[int] = mapped_column(
        server_default=text("0"),
        comment="Up to where its events have moved the guards",
    )
    untold: Mapped[int] = mapped_column(server_default=text("0"), comment="Messages that are in no summary yet")
    summarised: Mapped[int] = mapped_column(server_default=text("0"), comment="Up to where the newest summary goes")
    learned: Mapped[int] = mapped_column(server_default=text("0"), comment="Up to where memories were extracted")
    expires_at: Mapped[datetime | None] = mapped_column(comment="Its own end, whatever happens; null: none")
    expires_after: Mapped[float | None] = mapped_column(
        comment="Seconds of quiet after which it ends; null: as the installation has it"
    )
    archived_at: Mapped[datetime | None] = mapped_column(
        comment="When its rows were released: its log is in segments alone; null: it is here"
    )

    __table_args__ = (
        UniqueConstraint("tenant", "id", name="sessions_tenant_id_key"),
        CheckConstraint("status IN ('active', 'paused', 'closed', 'expired', 'failed')", name="sessions_status_check"),
        Index("sessions_by_time", "tenant", "created_at", "key"),
        Index("sessions_by_user", "tenant", "user_id", "created_at", "key"),
        Index("sessions_by_status", "tenant", "status", "created_at", "key"),
        Index("sessions_by_text", "search", postgresql_using="gin"),
        # Every append updates its session's row; room on the page keeps that off the indexes (heap-only updates).
        {"postgresql_with": {"fillfactor": 70}},
    )


class Event(Base):
    """The log. `(session_key, seq)` is the order; `(session_key, event_id)` is what makes a repeat harmless."""

    __tablename__ = "events"

    session_key: Mapped[int] = mapped_column(ForeignKey("sessions.key"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[UUID]
    type: Mapped[str]
    version: Mapped[int] = mapped_column(SmallInteger)
    actor: Mapped[str]
    conversation: Mapped[str | None]
    causation_id: Mapped[UUID | None]
    fence: Mapped[int | None]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    # json, not jsonb: it keeps the text as it was published, which the digest covers, and it can hold \u0000.
    data: Mapped[str] = mapped_column(JSON)
    digest: Mapped[bytes]

    __table_args__ = (
        UniqueConstraint("session_key", "event_id", name="events_session_key_event_id_key"),
        Index(
            "events_by_conversation",
            "session_key",
            "conversation",
            "seq",
            postgresql_where=text("type = 'message.added'"),
        ),
        Index(
            "events_of_effects",
            "session_key",
            "seq",
            postgresql_where=text("type IN ('effect.intended', 'effect.settled')"),
        ),
        Index(
            "events_of_preferences",
            "session_key",
            "seq",
            postgresql_where=text("type = 'preference.stated'"),
        ),
        Index(
            "events_of_recall",
            "session_key",
            "seq",
            postgresql_where=text("type = 'memory.recalled'"),
        ),
    )


class Shard(Base):
    """How far a shard's stream is committed. Whoever drains it takes its turn by locking this row."""

    __tablename__ = "shards"

    shard: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[str] = mapped_column(server_default=text("'0-0'"), comment="Stream id of the last committed entry")


class DeadLetter(Base):
    """An entry that the log did not accept, as it lay in the stream, and why."""

    __tablename__ = "dead_letters"

    key: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    tenant: Mapped[str | None]
    session_id: Mapped[str | None]
    event_id: Mapped[str | None]
    shard: Mapped[int]
    entry_id: Mapped[str] = mapped_column(comment="Its id in the stream")
    entry_digest: Mapped[bytes] = mapped_column(comment="SHA-256 of the entry: a stream that begins anew reuses ids")
    entry: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary), comment="Field, value, field, value …")
    reason: Mapped[str] = mapped_column(comment="The code of the error")
    detail: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        UniqueConstraint("shard", "entry_id", "entry_digest", name="dead_letters_entry_key"),
        Index("dead_letters_by_event", "event_id"),
        Index("dead_letters_by_session", "tenant", "session_id", "key"),
        Index("dead_letters_by_time", "created_at"),
    )


class Timer(Base):
    """When something is due for a session. A timer that is set stays as it is until it fires or is cleared."""

    __tablename__ = "timers"

    session_key: Mapped[int] = mapped_column(ForeignKey("sessions.key"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]
    reason: Mapped[str | None] = mapped_column(comment="What made a save due before its time; null where nothing did")

    __table_args__ = (Index("timers_by_due", "due_at"),)


class SessionCounter(Base):
    """How many `SESSION-YYMMDD-NNN` ids a tenant was given on a day (UTC)."""

    __tablename__ = "session_counters"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]


class Inspection(Base):
    """That somebody should look at a session, and why. The session is left as it is, and may not even be there."""

    __tablename__ = "inspections"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    session_id: Mapped[str] = mapped_column(primary_key=True, comment="As it was asked for")
    code: Mapped[str] = mapped_column(primary_key=True, comment="The code of the error")
    problem: Mapped[str] = mapped_column(primary_key=True, comment="In a sentence, cut to what an index holds")
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    noted_at: Mapped[datetime] = mapped_column(server_default=func.now(), comment="When it was last met")
    done_at: Mapped[datetime | None] = mapped_column(comment="When somebody said that it was seen to; null: open")

    __table_args__ = (Index("inspections_done", "done_at", postgresql_where=text("done_at IS NOT NULL")),)
