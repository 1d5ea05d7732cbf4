"""Questions that wait for somebody, or did: listed by person, by campaign and by session, and read from the log."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from holdfast.store.log import Cursor

__all__ = ["STATUSES", "Place", "Question", "find", "listed"]

STATUSES = ("pending", "answered", "lapsed", "withdrawn")

Place = tuple[datetime, int, str]
"""Where a question stands in listings: when it was asked, the session's key, its id."""

SELECT = """
    SELECT d.session_key, s.id, d.id, d.status, d.escalated_to, d.campaign, d.escalated_at, d.deadline,
           asked.event_id, asked.actor, asked.data,
           settled.event_id, settled.type, settled.actor, settled.recorded_at, settled.data
    FROM decisions d
    JOIN sessions s ON s.key = d.session_key
    JOIN events asked ON (asked.session_key, asked.seq) = (d.session_key, d.seq)
    LEFT JOIN events settled ON (settled.session_key, settled.seq) = (d.session_key, d.settled_seq)
"""


class Question(NamedTuple):
    """A question, the event that asks it, and the one that settled it."""

    session_key: int
    session_id: str
    id: str
    status: str
    escalated_to: str | None
    campaign: str | None
    escalated_at: datetime
    deadline: datetime | None
    event_id: UUID
    actor: str
    data: dict[str, Any]
    settled_by: UUID | None
    settled_type: str | None
    settled_actor: str | None
    settled_at: datetime | None
    settled_data: dict[str, Any] | None

    @property
    def place(self) -> Place:
        """Where it stands in listings."""
        return self.escalated_at, self.session_key, self.id

    @property
    def holds(self) -> Any:
        """The answer, or what holds instead; None where nothing does."""
        said = self.settled_data or {}
        if self.status not in {"answered", "lapsed"}:
            return None
        if said.get("decision") is None:
            return said.get("value") if self.status == "answered" else self.data.get("default")
        return said["decision"]

    @property
    def decided_by(self) -> str | None:
        """Who answered."""
        return (self.settled_data or {}).get("decided_by") or self.settled_actor if self.status == "answered" else None


def find(cursor: Cursor, tenant: str, session_id: str, decision_id: str) -> Question | None:
    """The question of that id."""
    cursor.execute(f"{SELECT} WHERE s.tenant = %s AND s.id = %s AND d.id = %s", (tenant, session_id, decision_id))
    row = cursor.fetchone()
    return None if row is None else Question(*row)


def listed(
    cursor: Cursor,
    tenant: str,
    *,
    person: str | None,
    campaign: str | None,
    session_id: str | None,
    status: str | None,
    after: Place | None,
    limit: int,
) -> Sequence[Question]:
    """Those that all filters let through, in the order in which they were asked."""
    filters: dict[str, object] = {
        "d.tenant = %s": tenant,
        "d.escalated_to = %s": person,
        "d.campaign = %s": campaign,
        "(s.tenant, s.id) = (d.tenant, %s)": session_id,
        "d.status = %s": status,
    }
    given = {text: value for text, value in filters.items() if value is not None}
    place = " AND (d.escalated_at, d.session_key, d.id) > (%s, %s, %s)" if after else ""
    cursor.execute(
        f"{SELECT} WHERE {' AND '.join(given)}{place} ORDER BY d.escalated_at, d.session_key, d.id LIMIT %s",
        (*given.values(), *(after or ()), limit),
    )
    return [Question(*row) for row in cursor]
