"""Holdfast keeps an AI agent's work safe.

    agent ──publish──> Redis stream (one per shard) ──doorbell──> worker: drain ──> Postgres: the log
      └───append: drains what waits, then commits by itself ────────────────────────────┘
    beat ──tick──> due timers ──> worker: save, copy to the second location, end what is over
         ──sweep─> backlogs without a bell ──> worker: drain
    agent <──recover, slice, handoff──  client, command line  <── service <── log + snapshots + guards

    hf = holdfast.connect()
    session = hf.start("user-1", agent="planner")
    session.publish({"type": "message.added", "data": {"role": "user", "content": "Plan my trip to Paris"}})

`holdfast.events` has the typed events, `holdfast.errors` everything that is raised.
"""

from holdfast.client import Greeting, Holdfast, Session, connect
from holdfast.config import Settings
from holdfast.errors import HoldfastError
from holdfast.events import Event, MessageAdded
from holdfast.outcome import Receipt
from holdfast.recovering.report import RecoveryReport
from holdfast.saving.snapshot import Snapshot
from holdfast.session import Message, State

__all__ = [
    "Event",
    "Greeting",
    "Holdfast",
    "HoldfastError",
    "Message",
    "MessageAdded",
    "Receipt",
    "RecoveryReport",
    "Session",
    "Settings",
    "Snapshot",
    "State",
    "connect",
]
