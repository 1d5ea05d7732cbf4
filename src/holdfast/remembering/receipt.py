"""The receipt of a forgetting: what was removed where, what was kept and why, and what nobody here can reach.

It can be kept for ever: the person and the person's sessions are in it as digests alone. Who has an id can tell from
its digest that it is meant; nobody else can tell anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

__all__ = ["OUT_OF_REACH", "WHY_KEPT", "Forgotten", "Kept", "Receipt", "person_digest", "session_digest"]

WHY_KEPT = {
    "campaign budgets": "they are sums over all who serve the campaign; what the person's sessions used stays in them",
    "campaign memories": "others' sessions say the same; computed anew from those alone",
    "shared blobs": "a session of somebody else consists of them, too",
    "mentions": "sessions of others name the person's id; what others said and did is theirs, and was not changed",
}
"""What a forgetting may leave, and why."""

OUT_OF_REACH = (
    "what `holdfast export` wrote, and every copy that somebody made of it",
    "spools on the machines of agents: what they hold for these sessions is thrown away when it arrives",
    "backups of Postgres and its archived WAL; what was deleted lies in its files until vacuum and time overwrite it",
    "the append-only file of Redis, until Redis rewrites it, and its backups",
    "messages in the broker, and the lists of Flower, which carry ids of sessions and nothing else",
    "log files, which carry ids of sessions",
    "older versions of blobs, where the bucket keeps them",
    "what agents, providers of models, and the tools that were called keep themselves",
)
"""Where something of the person may be that Holdfast wrote, or was given, and cannot take back."""


def person_digest(tenant: str, user_id: str) -> bytes:
    """What a person is called once forgotten."""
    return _digest("person", tenant, user_id)


def session_digest(tenant: str, session_id: str) -> bytes:
    """What a session is called once forgotten. `store/forgetting.py` computes the same in Postgres."""
    return _digest("session", tenant, session_id)


def _digest(*parts: str) -> bytes:
    # No id has a line break in it.
    return sha256("\n".join(parts).encode()).digest()


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A session that was removed."""

    session: str
    """The digest of its tenant and id."""
    head: str
    """The digest of its last event, the end of its chain."""
    events: int


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that names or contains the person, or came from the person, and was left."""

    what: str
    count: int
    why: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a person who was to be forgotten. Digests are in hexadecimal."""

    id: str
    person: str
    """The digest of the tenant and the user's id."""
    asked_by: str | None
    asked_at: datetime
    done_at: datetime | None
    """None: it is not done yet, and goes on by itself."""
    removed: Mapping[str, int] = field(default_factory=dict)
    """How much, by place: a table, `stream`, `blobs`, `blobs in the second location` …"""
    sessions: tuple[Forgotten, ...] = ()
    blobs: tuple[str, ...] = ()
    """The addresses of the blobs that were removed: the SHA-256 of what was in them, which is in their names too."""
    kept: tuple[Kept, ...] = ()
    out_of_reach: tuple[str, ...] = OUT_OF_REACH

    @property
    def done(self) -> bool:
        """Whether all of it is done."""
        return self.done_at is not None

    def to_json(self) -> dict[str, Any]:
        """The receipt as JSON has it."""
        return {
            "id": self.id,
            "person": self.person,
            "asked_by": self.asked_by,
            "asked_at": self.asked_at.isoformat(),
            "done_at": None if self.done_at is None else self.done_at.isoformat(),
            "removed": dict(self.removed),
            "sessions": [{"session": each.session, "head": each.head, "events": each.events} for each in self.sessions],
            "blobs": list(self.blobs),
            "kept": [{"what": each.what, "count": each.count, "why": each.why} for each in self.kept],
            "out_of_reach": list(self.out_of_reach),
        }
