"""What is saved of sessions, and the blobs where it lies."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    SmallInteger,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from holdfast.store.tables.base import Base

__all__ = ["Blob", "Fold", "Installation", "Pin", "RecoveryPoint", "Saving", "Segment", "Snapshot"]


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
    # No foreign key: a segment outlives the session where a fork has it too.
    # Not session_key: a statement of the release before joins this table, and would not know whose is meant.
    written_for: Mapped[int | None] = mapped_column(
        comment="The session that it was written for first; null where an earlier release wrote it"
    )
    writing_since: Mapped[datetime | None] = mapped_column(
        comment="When somebody last set out to write it, in one location or the other; null where that is done"
    )

    __table_args__ = (
        UniqueConstraint("name", name="blobs_name_key"),
        Index("blobs_by_session", "written_for"),
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
