"""Greeting a user: go on with earlier work if they ask for it, otherwise begin a new session."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from holdfast.errors import SessionNotFound
from holdfast.events import name
from holdfast.greeting.intent import Intent
from holdfast.session.status import ENDED

if TYPE_CHECKING:
    from holdfast.client.holdfast import Holdfast
    from holdfast.client.session import Session
    from holdfast.service.greetings import Step

__all__ = ["Greeting", "greet"]


@dataclass
class Greeting:
    """What came of greeting a user. Either `session` is there, or `resumable` is and the user is to be asked."""

    user_id: str
    intent: Intent
    last_session_id: str | None
    """The user's newest session as the user came; None for a new user. One that is begun here is not meant."""
    session_count: int
    """How many sessions the user had as the user came."""
    preferences: dict[str, Any]
    """By key, as `communication_style`, `excluded_channels`, `default_vertical`: as remembered, or as said since."""
    steps: tuple[Step, ...]
    """The four of the protocol, by its names, and what came of each."""
    session: Session | None
    """The new session; with an earlier one on offer None, until `resume` or `fresh` is called."""
    resumable: str | None
    """The id of the session that the user is offered to go on with."""
    answer: str
    """What to tell the user."""
    problems: tuple[str, ...]
    """What went wrong, for those who run the agent: why an earlier session could not be loaded, say."""
    _holdfast: Holdfast = field(repr=False)
    _kind: str = field(repr=False)
    _agent: str = field(repr=False)

    def resume(self) -> Session:
        """The user wants to go on: the earlier session, resumed if it was paused or had failed.

        One that expired is revived. One that was closed takes no more events, so a new one is begun that `continues`
        it. What was called first, this or `fresh`, holds. Raises `SessionNotFound` where none is on offer,
        `StaleWriter` where another has its lease.
        """
        if self.resumable is None:
            raise SessionNotFound("", f"no earlier session of user {self.user_id!r} is on offer")
        if self.session is None:
            self.session = self._resumed(self.resumable)
        return self.session

    def fresh(self) -> Session:
        """The user wants to start fresh: a new session, which has nothing to do with the earlier one."""
        if self.session is None:
            self.session = self._started()
        return self.session

    def _resumed(self, session_id: str) -> Session:
        found = self._holdfast.service.find(session_id)
        if found.status == "expired" or found.archived_at is not None:
            self._holdfast.revive(session_id)
        status = self._holdfast.service.find(session_id).status
        if status in ENDED:
            return self._started(continues=session_id)
        session = self._holdfast.session(session_id, agent=self._agent)
        if status != "active":
            session.append({"type": "session.resumed", "data": {"agent": self._agent, "reason": "user-request"}})
        return session

    def _started(self, **details: Any) -> Session:
        return self._holdfast.start(self.user_id, kind=self._kind, agent=self._agent, **details)


def greet(holdfast: Holdfast, user_id: str, text: str, *, kind: str, agent: str, threshold: float | None) -> Greeting:
    """As `Holdfast.greet` says."""
    name("kind", kind)
    name("agent", agent)
    sent = holdfast.flush()
    found = holdfast.service.greetings.greet(user_id, text, threshold=threshold)
    greeting = Greeting(
        user_id=found.user_id,
        intent=found.intent,
        last_session_id=found.last_session_id,
        session_count=found.session_count,
        preferences=found.preferences,
        steps=found.steps,
        session=None,
        resumable=found.resumable,
        answer=found.answer,
        problems=found.problems if sent else (*found.problems, "events wait in the spool, and were not read"),
        _holdfast=holdfast,
        _kind=kind,
        _agent=agent,
    )
    if found.resumable is None:
        *before, last = found.steps
        greeting.steps = (*before, last._replace(outcome=greeting.fresh().id))
    return greeting
