"""The guards' rows, which move with the events, and tokens."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from holdfast.store.tables.base import Base

__all__ = ["Budget", "Conversation", "Decision", "DueValue", "Handoff", "Reservation", "Token"]


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
    told_calls: Mapped[int | None] = mapped_column(
        comment="The limit as it was set; max_calls is above it while more is set aside"
    )
    told_tokens: Mapped[int | None]
    deadline: Mapped[datetime | None]
    limited_at: Mapped[datetime | None] = mapped_column(comment="When its limits were set; newer ones are not replaced")
    calls_used: Mapped[int] = mapped_column(server_default=text("0"))
    tokens_used: Mapped[int] = mapped_column(server_default=text("0"))
    calls_reserved: Mapped[int] = mapped_column(server_default=text("0"))
    tokens_reserved: Mapped[int] = mapped_column(server_default=text("0"))
    calls_over: Mapped[int] = mapped_column(
        server_default=text("0"), comment="Used without having been reserved, where nothing is left"
    )
    tokens_over: Mapped[int] = mapped_column(server_default=text("0"))
    opened_seq: Mapped[int] = mapped_column(server_default=text("0"), comment="Of a task: the event that opened it")
    ended: Mapped[bool] = mapped_column(server_default=text("false"))
    active: Mapped[bool] = mapped_column(
        server_default=text("false"), comment="Of a task: it is the one that is worked on"
    )

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

    __table_args__ = (
        UniqueConstraint("tenant", "id", name="tokens_id_key"),
        Index("tokens_by_session", "session_key"),
        Index("tokens_by_end", text("least(expires_at, revoked_at)")),
    )


class DueValue(Base):
    """A value of a session's general state that has an end."""

    __tablename__ = "due_values"

    session_key: Mapped[int] = mapped_column(ForeignKey("sessions.key"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    event_id: Mapped[UUID] = mapped_column(comment="The event that set the value which ends")
    due_at: Mapped[datetime]
