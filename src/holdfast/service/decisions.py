"""One tenant's decisions that wait: asked, answered, taken back, and who has to decide what."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection

from holdfast.errors import DecisionNotFound, InvalidInput
from holdfast.events import Draft, identifier, reference, whole
from holdfast.outcome import Receipt
from holdfast.pipeline import deciding
from holdfast.pipeline.rebuild import state_at
from holdfast.service.guarded import Guarded
from holdfast.service.paging import Listing, cursor_of, place_of
from holdfast.store import log, questions, sessions
from holdfast.store.questions import STATUSES, Question
from holdfast.store.transaction import transaction

__all__ = ["Decision", "Decisions"]

T = TypeVar("T")

FIRST_LOOK, LAST_LOOK = 0.05, 2.0
"""Seconds between two looks at a question that somebody waits for: the longer it takes, the seldomer."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A question that went to somebody, and what became of it."""

    session_id: str
    id: str
    status: str
    """`pending`, `answered`, `lapsed` or `withdrawn`."""
    question: str
    options: list[Any]
    """What may be answered, as a suggestion: another answer is one too."""
    context: str | None
    escalated_to: str | None
    escalated_by: str
    escalated_at: datetime
    """When whoever has it now was asked, by the clock of the database."""
    deadline: datetime | None
    default: Any
    """What holds when no answer comes in time."""
    escalation_path: list[str]
    """Who is asked next, in this order."""
    campaign: str | None
    decision: Any
    """What holds: the answer, or after the deadline the default. None as long as nothing does."""
    decided_by: str | None
    rationale: str | None
    confidence: Any
    reason: str | None
    """Why it lapsed or was withdrawn."""
    settled_at: datetime | None
    event_id: str
    """The event that asks it."""

    @property
    def is_pending(self) -> bool:
        """Whether it still waits."""
        return self.status == "pending"


class Decisions(Guarded):
    """One tenant's decisions."""

    def escalate(self, event: Draft, *, seconds: float | None, decision_id: str) -> Decision:
        """Ask, behind what was published before; what was asked under that id before stays as it is.

        Raises as `pipeline.deciding.escalate` does.
        """
        self._settle(event.session_id)

        def ask(connection: Connection) -> Decision:
            deciding.escalate(connection, self.tenant, event, seconds=seconds, rules=self._rules)
            return self._found(connection, event.session_id, decision_id)

        return self._committed(ask)

    def answer(self, event: Draft) -> Receipt:
        """Answer, behind what was published before. Raises as `pipeline.deciding.answer` does."""
        self._settle(event.session_id)
        return self._committed(lambda connection: deciding.answer(connection, self.tenant, event, rules=self._rules))

    def withdraw(self, event: Draft) -> Receipt:
        """Take a question back, behind what was published before. Raises as `pipeline.deciding.withdraw` does."""
        self._settle(event.session_id)
        return self._committed(lambda connection: deciding.withdraw(connection, self.tenant, event, rules=self._rules))

    def find(self, session_id: str, decision_id: str) -> Decision:
        """The question of that id. Raises `SessionNotFound`, `DecisionNotFound`."""
        identifier("session_id", session_id)
        reference("decision_id", decision_id)
        with transaction(self._engine) as connection:
            sessions.find(connection, self.tenant, session_id)
            return self._found(connection, session_id, decision_id)

    def wait(self, session_id: str, decision_id: str, seconds: float) -> Decision:
        """The question when it no longer waits, or as it is after so many seconds. Raises as `find` does."""
        until, pause = time.monotonic() + seconds, FIRST_LOOK
        while (found := self.find(session_id, decision_id)).is_pending and (left := until - time.monotonic()) > 0:
            time.sleep(min(pause, left))
            pause = min(2 * pause, LAST_LOOK)
        return found

    def listed(
        self,
        *,
        person: str | None = None,
        campaign: str | None = None,
        session_id: str | None = None,
        status: str | None = "pending",
        limit: int = 50,
        cursor: str | None = None,
    ) -> Listing[Decision]:
        """Those that all filters let through, in the order in which they were asked; a `status` of None lets all.

        Raises `InvalidInput`.
        """
        if status is not None and status not in STATUSES:
            raise InvalidInput("status", f"must be one of {', '.join(STATUSES)}, not {status!r}")
        limit = whole("limit", limit, 1, 10_000)
        with transaction(self._engine) as connection:
            found = questions.listed(
                log.cursor(connection),
                self.tenant,
                person=None if person is None else reference("person", person),
                campaign=None if campaign is None else reference("campaign", campaign),
                session_id=None if session_id is None else identifier("session_id", session_id),
                status=status,
                after=None if cursor is None else place_of(cursor),
                limit=limit + 1,
            )
        more = len(found) > limit
        return Listing(map(_decision, found[:limit]), cursor_of(found[limit - 1].place) if more else None)

    def owner(self, session_id: str) -> str | None:
        """Who decides in the session's campaign; None where nobody is known to."""
        self._settle(session_id)
        with transaction(self._engine) as connection:
            found, _ = sessions.find(connection, self.tenant, session_id)
            campaign = state_at(connection, self.tenant, found.key, session_id, found.events).campaign
        return campaign.campaign_owner if campaign else None

    def _found(self, connection: Connection, session_id: str, decision_id: str) -> Decision:
        found = questions.find(log.cursor(connection), self.tenant, session_id, decision_id)
        if found is None:
            raise DecisionNotFound(decision_id, f"session {session_id!r} has no question {decision_id!r}")
        return _decision(found)


def _decision(found: Question) -> Decision:
    said, settled = found.data, found.settled_data or {}
    answered = found.status == "answered"
    return Decision(
        session_id=found.session_id,
        id=found.id,
        status=found.status,
        question=said["question"],
        options=said.get("options") or [],
        context=said.get("context"),
        escalated_to=said.get("escalated_to"),
        escalated_by=said.get("escalated_by") or found.actor,
        escalated_at=found.escalated_at,
        deadline=found.deadline,
        default=said.get("default"),
        escalation_path=said.get("escalation_path") or [],
        campaign=found.campaign,
        decision=found.holds,
        decided_by=found.decided_by,
        rationale=settled.get("rationale") if answered else None,
        confidence=settled.get("confidence") if answered else None,
        reason=settled.get("reason"),
        settled_at=found.settled_at,
        event_id=str(found.event_id),
    )
