"""The tables. Alembic's migrations make them; a test holds the two against each other."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
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

__all__ = [
    "Base",
    "Blob",
    "Budget",
    "Conversation",
    "DeadLetter",
    "Decision",
    "DueValue",
    "Event",
    "Fold",
    "Handoff",
    "Inspection",
    "Installation",
    "Pin",
    "RecoveryPoint",
    "Reservation",
    "Saving",
    "Segment",
    "Session",
    "SessionCounter",
    "Shard",
    "Snapshot",
    "Timer",
    "Token",
]

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
    reason: Mapped[str | None] = mapped_column(comment="What made a save due before its time; null where nothing did")

    __table_args__ = (Index("timers_by_due", "due_at"),)


class SessionCounter(Base):
    """How many `SESSION-YYMMDD-NNN` ids a tenant was given on a day (UTC)."""

    __tablename__ = "session_counters"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]


class Budget(Base):
    """What may be used at a level, and what was. The checks are the promise: no sum ever exceeds its limit."""

    __tablename__ = "budgets"

    key: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    tenant: Mapped[str]
    level: Mapped[str]
    session_key: Mapped[int | None] = mapped_column(
        ForeignKey("sessions.key"), comment="Null for a campaign, which has many"
    )
    owner: Mapped[str] = mapped_column(comment="The campaign, the task or the agent; empty for the session itself")
    max_calls: Mapped[int | None] = mapped_column(comment="Null: not limited")
    max_tokens: Mapped[int | None]
    deadline: Mapped[datetime | None]
    limited_at: Mapped[datetime | None] = mapped_column(comment="When its limits were set; newer ones are not replaced")
    calls_used: Mapped[int] = mapped_column(server_default=text("0"))
    tokens_used: Mapped[int] = mapped_column(server_default=text("0"))
    calls_reserved: Mapped[int] = mapped_column(server_default=text("0"))
    tokens_reserved: Mapped[int] = mapped_column(server_default=text("0"))
    calls_over: Mapped[int] = mapped_column(
        server_default=text("0"), comment="Used without having been reserved, above what was left"
    )
    tokens_over: Mapped[int] = mapped_column(server_default=text("0"))
    opened_seq: Mapped[int] = mapped_column(
        server_default=text("0"), comment="Of a task: the event that assigned it. The newest open one is active"
    )
    ended: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        UniqueConstraint(
            "tenant", "level", "session_key", "owner", name="budgets_owner_key", postgresql_nulls_not_distinct=True
        ),
        CheckConstraint("level IN ('campaign', 'session', 'task', 'agent')", name="budgets_level_check"),
        CheckConstraint("calls_used + calls_reserved <= max_calls", name="budgets_calls_check"),
        CheckConstraint("tokens_used + tokens_reserved <= max_tokens", name="budgets_tokens_check"),
        CheckConstraint(
            "least(calls_used, tokens_used, calls_reserved, tokens_reserved, calls_over, tokens_over) >= 0",
            name="budgets_figures_check",
        ),
        Index("budgets_by_session", "session_key"),
        {"postgresql_with": {"fillfactor": 70}},
    )


class Reservation(Base):
    """What was set aside in budgets. It is kept when it ends, so that nothing is settled twice."""

    __tablename__ = "reservations"

    session_key: Mapped[int] = mapped_column(ForeignKey("sessions.key"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    budgets: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), comment="The rows that it counts in")
    calls: Mapped[int]
    tokens: Mapped[int]
    reserved_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(server_default=text("'open'"))

    __table_args__ = (
        CheckConstraint("status IN ('open', 'settled', 'released', 'expired')", name="reservations_status_check"),
        Index("reservations_open", "session_key", "expires_at", postgresql_where=text("status = 'open'")),
    )


class Decision(Base):
    """A question that went to someone, and whether it is settled. What it says is in the log."""

    __tablename__ = "decisions"

    session_key: Mapped[int] = mapped_column(ForeignKey("sessions.key"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    seq: Mapped[int] = mapped_column(comment="The event that asks the question")
    status: Mapped[str] = mapped_column(server_default=text("'pending'"))
    escalated_to: Mapped[str | None]
    campaign: Mapped[str | None]
    escalated_at: Mapped[datetime]
    deadline: Mapped[datetime | None]
    settled_seq: Mapped[int | None] = mapped_column(comment="The event that settled it")

    __table_args__ = (
        CheckConstraint("status IN ('pending', 'answered', 'lapsed', 'withdrawn')", name="decisions_status_check"),
        Index("decisions_by_person", "tenant", "escalated_to", "escalated_at"),
        Index("decisions_by_campaign", "tenant", "campaign", "escalated_at"),
        Index("decisions_by_time", "tenant", "escalated_at"),
    )


class Handoff(Base):
    """An offer of a session to another agent, and what became of it. Its package is in the log."""

    __tablename__ = "handoffs"

    session_key: Mapped[int] = mapped_column(ForeignKey("sessions.key"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    seq: Mapped[int] = mapped_column(comment="The event that offers it, with its package")
    status: Mapped[str] = mapped_column(server_default=text("'offered'"))
    receiver: Mapped[str]
    offered_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    accepted_by: Mapped[str | None]
    settled_seq: Mapped[int | None] = mapped_column(comment="The event that last moved it on")

    __table_args__ = (
        CheckConstraint(
            "status IN ('offered', 'accepted', 'refused', 'completed', 'expired')", name="handoffs_status_check"
        ),
        Index("handoffs_by_receiver", "tenant", "receiver", "offered_at"),
        Index("handoffs_by_time", "tenant", "offered_at"),
    )


class Conversation(Base):
    """Which session a conversation's id belongs to."""

    __tablename__ = "conversations"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    session_key: Mapped[int] = mapped_column(ForeignKey("sessions.key"))
    conversation: Mapped[str] = mapped_column(comment="Its name in the session, as guide_agent")

    __table_args__ = (Index("conversations_by_session", "session_key"),)


class Token(Base):
    """How a front end reaches a session. The token itself is stored nowhere."""

    __tablename__ = "tokens"

    hash: Mapped[bytes] = mapped_column(primary_key=True, comment="SHA-256 of the token, which is stored nowhere")
    id: Mapped[str] = mapped_column(comment="How it is spoken of")
    tenant: Mapped[str]
    session_key: Mapped[int] = mapped_column(ForeignKey("sessions.key"))
    label: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    replaced_by: Mapped[bytes | None] = mapped_column(comment="The hash of the token that it was exchanged for")

    __table_args__ = (UniqueConstraint("tenant", "id", name="tokens_id_key"), Index("tokens_by_session", "session_key"))


class DueValue(Base):
    """A value of a session's general state that has an end."""

    __tablename__ = "due_values"

    session_key: Mapped[int] = mapped_column(ForeignKey("sessions.key"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[UUID] = mapped_column(comment="The event that set the value which ends")
    due_at: Mapped[datetime]


class Installation(Base):
    """The one row that tells this installation from others: the location of its blobs carries the same id."""

    __tablename__ = "installation"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.gen_random_uuid())
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Blob(Base):
    """Every blob that lies, or is about to lie, in the location of the blobs.

    A row is there before the blob is written and until after it is deleted, so the location never has to be searched
    for what nobody needs.
    """

    __tablename__ = "blobs"

    key: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(comment="Where it lies, below the location of the blobs")
    address: Mapped[bytes] = mapped_column(comment="SHA-256 of the content, before it is encrypted")
    size: Mapped[int] = mapped_column(comment="Bytes of the content, before it is encrypted")
    key_id: Mapped[str | None] = mapped_column(
        comment="The fingerprint of the key that it is encrypted with; null where it is not"
    )
    loose_since: Mapped[datetime | None] = mapped_column(
        server_default=func.now(), comment="Since when nothing refers to it; null where something does"
    )
    doomed: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="It is about to be deleted, and nothing may refer to it any more"
    )
    backed_up_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("name", name="blobs_name_key"),
        Index("blobs_loose", "loose_since", postgresql_where=text("loose_since IS NOT NULL")),
    )


class Segment(Base):
    """A range of a session's log in a blob. Those of one version of the cover follow each other without a gap."""

    __tablename__ = "segments"

    session_key: Mapped[int] = mapped_column(ForeignKey("sessions.key"), primary_key=True)
    first: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(primary_key=True)
    added: Mapped[int] = mapped_column(
        primary_key=True, comment="The first version of the session's cover that it is part of"
    )
    removed: Mapped[int | None] = mapped_column(comment="The first version that it is no longer part of")
    bytes: Mapped[int] = mapped_column(comment="Bytes of its events' data as JSON")
    blob: Mapped[int] = mapped_column(ForeignKey("blobs.key"))

    __table_args__ = (Index("segments_by_blob", "blob"),)


class Fold(Base):
    """A session's state at a sequence number."""

    __tablename__ = "folds"

    session_key: Mapped[int] = mapped_column(ForeignKey("sessions.key"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    recipe: Mapped[int] = mapped_column(SmallInteger, comment="The version of the fold that made it")
    body: Mapped[bytes] = mapped_column(comment="The state, as JSON, compressed with gzip")
    digest: Mapped[bytes]


class Snapshot(Base):
    """A saved fold of the log up to `seq`. Nothing in it ever changes; `digest` tells if something did."""

    __tablename__ = "snapshots"

    session_key: Mapped[int] = mapped_column(ForeignKey("sessions.key"), primary_key=True)
    tier: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(comment="The recovery point")
    reason: Mapped[str]
    log_digest: Mapped[bytes] = mapped_column(comment="The digest of the event `seq`: where its events' chain must end")
    fold_seq: Mapped[int] = mapped_column(comment="The fold that it starts from, at `seq` or before")
    cover: Mapped[int | None] = mapped_column(
        comment="The version of the cover that a full one needs; others need the newest"
    )
    body: Mapped[int | None] = mapped_column(ForeignKey("blobs.key"), comment="The blob of a full snapshot's own")
    created_at: Mapped[datetime]
    digest: Mapped[bytes] = mapped_column(comment="SHA-256 of all the others: a row that was altered is found")

    __table_args__ = (
        UniqueConstraint("session_key", "id", name="snapshots_session_key_id_key"),
        ForeignKeyConstraint(
            ["session_key", "fold_seq"], ["folds.session_key", "folds.seq"], name="snapshots_fold_fkey"
        ),
        CheckConstraint("tier IN ('context', 'conversation', 'project_state', 'full')", name="snapshots_tier_check"),
        Index("snapshots_by_body", "body", postgresql_where=text("body IS NOT NULL")),
    )


class Pin(Base):
    """What must not be pruned: a snapshot, or with an empty `snapshot_id` all of a session's."""

    __tablename__ = "pins"

    session_key: Mapped[int] = mapped_column(ForeignKey("sessions.key"), primary_key=True)
    snapshot_id: Mapped[str] = mapped_column(primary_key=True, comment="A recovery point; empty for the whole session")
    note: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class RecoveryPoint(Base):
    """An id that a save somebody asked for once had, which no other may get. Auto-saves are counted instead."""

    __tablename__ = "recovery_points"

    session_key: Mapped[int] = mapped_column(ForeignKey("sessions.key"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)


class Saving(Base):
    """How far a session is saved. One row for each session that ever was; captures of it take turns by its lock."""

    __tablename__ = "savings"

    session_key: Mapped[int] = mapped_column(ForeignKey("sessions.key"), primary_key=True, autoincrement=False)
    autosaves: Mapped[int] = mapped_column(server_default=text("0"), comment="How many auto-saves were numbered")
    captured_at: Mapped[datetime | None]
    fold_seq: Mapped[int] = mapped_column(server_default=text("0"))
    fold_bytes: Mapped[int] = mapped_column(server_default=text("0"), comment="The newest fold, as JSON")
    covered: Mapped[int] = mapped_column(server_default=text("0"), comment="Up to where segments cover the log")
    cover: Mapped[int] = mapped_column(
        server_default=text("0"), comment="The version of the cover, raised with every change"
    )
    tail_bytes: Mapped[int] = mapped_column(
        server_default=text("0"), comment="Bytes of the events' data that were covered since the newest fold"
    )


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
