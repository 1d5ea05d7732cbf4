"""What is kept of sessions beside their log: summaries, memories with their evidence, traces; and what was forgotten.

Every row names the session and the range of its log that it was made of. None of them is ever written into the log.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from holdfast.store.tables.base import Base

__all__ = ["Dismissal", "Evidence", "Forgetting", "Forgotten", "Memory", "Run", "Summary", "Trace"]

REMEMBERED = (
    "to_tsvector('english', name || ' ' || text) || array_to_tsvector(ARRAY["
    "hashtextextended(tenant || chr(31) || owner_kind || chr(31) || owner, 5)::text])"
)
"""The words, and a mark of the owner: the index of words finds an owner's own, however many others have the same."""


class Summary(Base):
    """A range of a session's log in a few sentences. A new one is added beside those of before."""

    __tablename__ = "summaries"

    session_key: Mapped[int] = mapped_column(ForeignKey("sessions.key"), primary_key=True)
    upto: Mapped[int] = mapped_column(primary_key=True)
    recipe: Mapped[str] = mapped_column(primary_key=True)
    first: Mapped[int]
    base: Mapped[int | None] = mapped_column(comment="Up to where the summary goes that this one builds on")
    reason: Mapped[str]
    made_by: Mapped[str] = mapped_column(comment="builtin, or the model's name")
    content: Mapped[str] = mapped_column(JSON)
    carry: Mapped[bytes | None] = mapped_column(comment="What the next one builds on; null where it is a model's")
    model: Mapped[str] = mapped_column(
        server_default=text("'none'"), comment="Whether a model is asked for a better one of this range"
    )
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    problem: Mapped[str | None] = mapped_column(comment="Why the model's last attempt came to nothing")
    tokens: Mapped[int] = mapped_column(
        server_default=text("0"), comment="What models used for it on the day of asked_at, those that failed with it"
    )
    asked_at: Mapped[datetime | None] = mapped_column(comment="When a model was last asked")
    asking_until: Mapped[datetime | None] = mapped_column(
        comment="Until when an answer may come; null: nobody asks just now"
    )
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        CheckConstraint("model IN ('none', 'waiting', 'made', 'passed')", name="summaries_model_check"),
        Index("summaries_asked", "asked_at", postgresql_where=text("asked_at IS NOT NULL")),
    )


class Run(Base):
    """An extraction over a range of a session's log. One that was undone stays, so that it is not made again."""

    __tablename__ = "runs"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    session_key: Mapped[int] = mapped_column(ForeignKey("sessions.key"))
    first: Mapped[int]
    upto: Mapped[int]
    recipe: Mapped[str]
    campaign: Mapped[str | None] = mapped_column(comment="Which the session served at the range's end")
    findings: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())
    undone_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("session_key", "recipe", "first", name="runs_range_key"),
        Index("runs_by_time", "tenant", "made_at", "id"),
    )


class Memory(Base):
    """Something that is remembered. It is computed from the evidence of its owner, kind and name alone."""

    __tablename__ = "memories"

    id: Mapped[UUID] = mapped_column(primary_key=True, comment="Made of tenant, owner, kind, name and value")
    tenant: Mapped[str]
    owner_kind: Mapped[str]
    owner: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str] = mapped_column(comment="What it is about, as communication_style")
    value: Mapped[str] = mapped_column(JSON)
    text: Mapped[str]
    confidence: Mapped[float] = mapped_column(comment="As of last_seen; time lowers it since")
    source: Mapped[str]
    status: Mapped[str]
    temporary: Mapped[bool]
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    expires_at: Mapped[datetime]
    replaces: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), comment="Those that it took the place of")
    contradicts: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), comment="Those that say otherwise")
    search: Mapped[str] = mapped_column(TSVECTOR, Computed(REMEMBERED, persisted=True))

    __table_args__ = (
        CheckConstraint("owner_kind IN ('user', 'campaign')", name="memories_owner_check"),
        CheckConstraint("kind IN ('preference', 'fact', 'decision', 'learning')", name="memories_kind_check"),
        CheckConstraint("confidence BETWEEN 0 AND 1", name="memories_confidence_check"),
        CheckConstraint("status IN ('current', 'contested', 'replaced', 'outweighed')", name="memories_status_check"),
        Index("memories_by_subject", "tenant", "owner_kind", "owner", "kind", "name"),
        Index("memories_by_owner", "tenant", "owner_kind", "owner", "last_seen", "id"),
        Index("memories_by_time", "tenant", "last_seen", "id"),
        Index("memories_by_end", "expires_at"),
        Index("memories_by_text", "search", postgresql_using="gin"),
    )


class Evidence(Base):
    """What an event says for or against a memory. It stands by itself: what is only denied is no memory."""

    __tablename__ = "evidence"

    memory: Mapped[UUID] = mapped_column(primary_key=True, comment="The id of the memory that it makes, or would make")
    session_key: Mapped[int] = mapped_column(ForeignKey("sessions.key"), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    stance: Mapped[str] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    tenant: Mapped[str]
    owner_kind: Mapped[str]
    owner: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str]
    value: Mapped[str] = mapped_column(JSON)
    seq: Mapped[int]
    source: Mapped[str]
    strength: Mapped[float]
    said_at: Mapped[datetime]
    text: Mapped[str]
    single: Mapped[bool]
    temporary: Mapped[bool]

    __table_args__ = (
        CheckConstraint("stance IN ('for', 'against')", name="evidence_stance_check"),
        CheckConstraint("source IN ('user', 'agent', 'tool', 'inferred')", name="evidence_source_check"),
        Index("evidence_by_subject", "tenant", "owner_kind", "owner", "kind", "name"),
        Index("evidence_by_run", "run_id"),
        Index("evidence_by_session", "session_key"),
    )


class Dismissal(Base):
    """A memory that its owner did not want: what was said of it up to then is not learned again."""

    __tablename__ = "dismissals"

    memory: Mapped[UUID] = mapped_column(primary_key=True, comment="Its id, which tells nothing of what it said")
    tenant: Mapped[str]
    owner_kind: Mapped[str]
    owner: Mapped[str]
    upto: Mapped[datetime]
    dismissed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Trace(Base):
    """How a session went, in short: what patterns are seen in."""

    __tablename__ = "traces"

    session_key: Mapped[int] = mapped_column(ForeignKey("sessions.key"), primary_key=True)
    tenant: Mapped[str]
    user_id: Mapped[str]
    upto: Mapped[int]
    recipe: Mapped[str]
    trace: Mapped[str] = mapped_column(JSON)
    started_at: Mapped[datetime]

    __table_args__ = (Index("traces_by_user", "tenant", "user_id", "started_at"),)


class Forgetting(Base):
    """The erasure of a person, and how far it has come. The person's id is not kept: a digest of it is."""

    __tablename__ = "forgettings"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    person: Mapped[bytes] = mapped_column(comment="A digest of the tenant and the user's id")
    asked_by: Mapped[str | None] = mapped_column(comment="Who asked for it")
    begun_at: Mapped[datetime] = mapped_column(server_default=func.now())
    done_at: Mapped[datetime | None] = mapped_column(comment="Null: under way, or killed and to be gone on with")
    removed: Mapped[str] = mapped_column(JSON, comment="How much was removed, so far, by place")
    kept: Mapped[str] = mapped_column(JSON, comment="How much was kept on purpose, by kind")
    blobs: Mapped[list[bytes]] = mapped_column(
        ARRAY(LargeBinary), server_default=text("'{}'"), comment="The addresses of the blobs that were removed"
    )

    __table_args__ = (
        Index("forgettings_by_person", "tenant", "person", "begun_at"),
        Index("forgettings_under_way", "begun_at", postgresql_where=text("done_at IS NULL")),
    )


class Forgotten(Base):
    """A session that was erased: what still comes for it is thrown away, and its id is not given to another."""

    __tablename__ = "forgotten"

    session: Mapped[bytes] = mapped_column(primary_key=True, comment="A digest of the tenant and the session's id")
    forgetting: Mapped[UUID] = mapped_column(ForeignKey("forgettings.id"))
    head: Mapped[bytes] = mapped_column(comment="The digest of its last event")
    events: Mapped[int] = mapped_column(comment="How many it had")

    __table_args__ = (Index("forgotten_by_forgetting", "forgetting"),)
