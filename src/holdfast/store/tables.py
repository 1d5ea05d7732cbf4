"""The tables. Alembic's migrations make them; a test holds the two against each other."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

__all__ = ["Base", "DeadLetter", "Event", "Session", "SessionCounter", "Shard", "Timer"]

SEARCHABLE = "to_tsvector('simple', id || ' ' || user_id || ' ' || kind || ' ' || agent || ' ' || coalesce(title, ''))"


class Base(DeclarativeBase):
    """Text is `text`, a time is `timestamptz`, an integer is `bigint`, unless a column says otherwise."""

    type_annotation_map: ClassVar = {
        str: Text,
        int: BigInteger,
        datetime: DateTime(timezone=True),
        bytes: LargeBinary,
    }


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
    holder: Mapped[str | None] = mapped_column(comment="Who holds the exclusive lease; null where writing is shared")
    created_at: Mapped[datetime]
    last_activity_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    search: Mapped[str] = mapped_column(TSVECTOR, Computed(SEARCHABLE, persisted=True))

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
    )


class Timer(Base):
    """When something is due for a session. A timer that is set stays as it is until it fires or is cleared."""

    __tablename__ = "timers"

    session_key: Mapped[int] = mapped_column(ForeignKey("sessions.key"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]

    __table_args__ = (Index("timers_by_due", "due_at"),)


class SessionCounter(Base):
    """How many `SESSION-YYMMDD-NNN` ids a tenant was given on a day (UTC)."""

    __tablename__ = "session_counters"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
