"""Offers of a session to another agent, and what became of them: listed by receiver and session, read from the log."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from holdfast.store.log import Cursor

__all__ = ["STATUSES", "Offer", "Place", "find", "listed"]

STATUSES = ("offered", "accepted", "refused", "completed", "expired")

Place = tuple[datetime, int, str]
"""Where an offer stands in listings: when it was made, the session's key, its id."""

SELECT = """
    SELECT h.session_key, s.id, h.id, h.seq, h.status, h.receiver, h.offered_at, h.expires_at, h.accepted_by,
           offered.event_id, offered.actor, offered.fence, offered.data,
           moved.event_id, moved.type, moved.fence, moved.recorded_at, moved.data
    FROM handoffs h
    JOIN sessions s ON s.key = h.session_key
    JOIN events offered ON (offered.session_key, offered.seq) = (h.session_key, h.seq)
    LEFT JOIN events moved ON (moved.session_key, moved.seq) = (h.session_key, h.settled_seq)
"""


class Offer(NamedTuple):
    """An offer, the event that makes it, and the one that last moved it on."""

    session_key: int
    session_id: str
    id: str
    seq: int
    status: str
    receiver: str
    offered_at: datetime
    expires_at: datetime | None
    accepted_by: str | None
    event_id: UUID
    actor: str
    fence: int | None
    """Of the lease under which it was made."""
    data: dict[str, Any]
    moved_by: UUID | None
    moved_type: str | None
    moved_fence: int | None
    moved_at: datetime | None
    moved_data: dict[str, Any] | None

    @property
    def offered_by(self) -> str:
        """Who offers."""
        return str(self.data.get("offered_by") or self.actor)

    @property
    def place(self) -> Place:
        """Where it stands in listings."""
        return self.offered_at, self.session_key, self.id


def find(cursor: Cursor, tenant: str, session_id: str, handoff_id: str) -> Offer | None:
    """The offer of that id."""
    cursor.execute(f"{SELECT} WHERE s.tenant = %s AND s.id = %s AND h.id = %s", (tenant, session_id, handoff_id))
    row = cursor.fetchone()
    return None if row is None else Offer(*row)


def listed(
    cursor: Cursor,
    tenant: str,
    *,
    receiver: str | None,
    session_id: str | None,
    status: str | None,
    after: Place | None,
    limit: int,
) -> Sequence[Offer]:
    """Those that all filters let through, in the order in which they were made."""
    filters: dict[str, object] = {
        "h.tenant = %s": tenant,
        "h.receiver = %s": receiver,
        "(s.tenant, s.id) = (h.tenant, %s)": session_id,
        "h.status = %s": status,
    }
    given = {text: value for text, value in filters.items() if value is not None}
    place = " AND (h.offered_at, h.session_key, h.id) > (%s, %s, %s)" if after else ""
    cursor.execute(
        f"{SELECT} WHERE {' AND '.join(given)}{place} ORDER BY h.offered_at, h.session_key, h.id LIMIT %s",
        (*given.values(), *(after or ()), limit),
    )
    return [Offer(*row) for row in cursor]
