"""The tables. Alembic's migrations make them; a test holds the two against each other."""

from holdfast.store.tables.base import Base
from holdfast.store.tables.guards import Budget, Conversation, Decision, DueValue, Handoff, Reservation, Token
from holdfast.store.tables.log import DeadLetter, Event, Inspection, Session, SessionCounter, Shard, Timer
from holdfast.store.tables.remembering import Dismissal, Evidence, Forgetting, Forgotten, Memory, Run, Summary, Trace
from holdfast.store.tables.saves import Blob, Fold, Installation, Pin, RecoveryPoint, Saving, Segment, Snapshot

__all__ = [
    "Base",
    "Blob",
    "Budget",
    "Conversation",
    "DeadLetter",
    "Decision",
    "Dismissal",
    "DueValue",
    "Event",
    "Evidence",
    "Fold",
    "Forgetting",
    "Forgotten",
    "Handoff",
    "Inspection",
    "Installation",
    "Memory",
    "Pin",
    "RecoveryPoint",
    "Reservation",
    "Run",
    "Saving",
    "Segment",
    "Session",
    "SessionCounter",
    "Shard",
    "Snapshot",
    "Summary",
    "Timer",
    "Token",
    "Trace",
]
