"""Handing over, on the agents' side: the offer with its package, the receiver's inbox, and the session that it gets."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from uuid_utils.compat import uuid7

from holdfast.client.deciding import seconds_of, unfenced
from holdfast.client.lease import Lease
from holdfast.client.slicing import view_of
from holdfast.errors import HandoffSettled, HoldfastError, InvalidInput, StaleWriter
from holdfast.events import identifier, instant, name
from holdfast.outcome import Receipt
from holdfast.sharing.document import updates_of
from holdfast.sharing.handing import Wanted, made, reported
from holdfast.sharing.packages import SkillResult

if TYPE_CHECKING:
    from holdfast.client.holdfast import Holdfast
    from holdfast.client.session import Session
    from holdfast.client.session.leases import Leases
    from holdfast.pipeline.lease import Lease as Taken
    from holdfast.service.paging import Listing
    from holdfast.session import State
    from holdfast.store.offers import Offer

__all__ = ["Accepted", "Handoff", "handed", "handed_off", "went_over"]


@dataclass
class Handoff:
    """An offer of a session to an agent, and what became of it, as of when it was read."""

    id: str
    session_id: str
    to: str
    offered_by: str
    offered_at: datetime
    """By the clock of the database."""
    expires_at: datetime | None
    status: str
    """`offered`, `accepted`, `refused`, `completed` or `expired`."""
    accepted_by: str | None
    capability: str | None
    reason: str | None
    """Why it was offered, or why it was refused or expired."""
    package: dict[str, Any]
    """The session protocol's context package."""
    skill_invocation: dict[str, Any] | None
    """The context protocol's orders, where a task was given: what is under its key `skill_invocation`."""
    rests_on: dict[str, list[str]]
    """The events that each part of them comes from, by its path."""
    dropped: list[dict[str, Any]]
    """What was left out of them or hidden, and why."""
    outcome: str | None
    result: dict[str, Any] | None
    """What came of it, once it is completed."""
    event_id: str
    """The event that offers it."""
    _seq: int = field(repr=False)
    _holdfast: Holdfast = field(repr=False, compare=False)
    _accepted: Accepted | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of(cls, holdfast: Holdfast, offer: Offer) -> Handoff:
        """The offer, as the store has it."""
        said, moved = offer.data, offer.moved_data or {}
        ended = offer.status in {"refused", "expired", "completed"}
        return cls(
            id=offer.id,
            session_id=offer.session_id,
            to=offer.receiver,
            offered_by=offer.offered_by,
            offered_at=offer.offered_at,
            expires_at=offer.expires_at,
            status=offer.status,
            accepted_by=offer.accepted_by,
            capability=said.get("requesting_capability") or (said.get("package") or {}).get("requesting_capability"),
            reason=moved.get("reason") if ended and moved.get("reason") else said.get("reason"),
            package=said.get("package") or {},
            skill_invocation=said.get("skill_invocation"),
            rests_on=said.get("rests_on") or {},
            dropped=said.get("dropped") or [],
            outcome=moved.get("outcome") if ended else None,
            result=moved.get("result") if ended else None,
            event_id=str(offer.event_id),
            _seq=offer.seq,
            _holdfast=holdfast,
        )

    @property
    def next_suggested(self) -> str | None:
        """Who should go on, as whoever completed it says."""
        result = self.result or {}
        return (result.get("skill_result") or result).get("next_suggested")

    def accept(self, agent: str | None = None, *, seconds: float | None = None) -> Accepted:
        """Take the session over, with its lease, as whom it was offered to; whoever offered it can write no more.

        The lease is renewed until `complete` or the end of the block, and runs out `seconds` after this process died.
        A shared session has none. Raises `HandoffSettled`, which says who has it; `LeaseHeld` where somebody else has
        the lease; `InvalidInput` for an agent to whom it was not offered.
        """
        agent = self.to if agent is None else name("agent", agent)
        seconds = self._holdfast.settings.lease_seconds if seconds is None else seconds_of("seconds", seconds)
        session = self._session(agent)
        event = unfenced(session, "handoff.accepted", {"handoff_id": self.id, "accepted_by": agent}, agent)
        self._holdfast._flush_first()  # noqa: SLF001  # the two are one surface
        asked_at = time.monotonic()
        taken = self._holdfast.service.handoffs.accept(event, seconds=seconds)
        self.status, self.accepted_by = "accepted", agent
        self._accepted = Accepted(self, session, taken, seconds, asked_at)
        return self._accepted

    def resume(self, agent: str | None = None, *, takeover: bool = False, seconds: float | None = None) -> Accepted:
        """Go on with one that was accepted: by the same agent after a crash, or by another once its lease ran out.

        Raises `HandoffSettled` where it is not accepted, or completed by now, and as `Session.lease` does.
        """
        now = self._now()
        agent = now.accepted_by or self.to if agent is None else name("agent", agent)
        if now.status != "accepted":
            raise HandoffSettled(self.id, now.status, now.accepted_by)
        seconds = self._holdfast.settings.lease_seconds if seconds is None else seconds_of("seconds", seconds)
        service = self._holdfast.service
        self._holdfast._flush_first()  # noqa: SLF001  # as above
        asked_at = time.monotonic()
        taken = None
        if not service.find(self.session_id).shared:
            taken = service.take_lease(self.session_id, agent, exclusive=True, takeover=takeover, seconds=seconds)
        self.status, self.accepted_by = now.status, now.accepted_by
        self._accepted = Accepted(self, self._session(agent), taken, seconds, asked_at)
        return self._accepted

    def refuse(self, reason: str | None = None, *, agent: str | None = None) -> Receipt:
        """Do not take it, and say why. Raises `HandoffSettled`, and `InvalidInput` as `accept` does."""
        agent = self.to if agent is None else name("agent", agent)
        said = {"handoff_id": self.id, "refused_by": agent, "reason": reason}
        event = unfenced(self._session(agent), "handoff.refused", said, agent)
        self._holdfast._flush_first()  # noqa: SLF001  # as above
        receipt = self._holdfast.service.handoffs.refuse(event)
        self.status, self.reason = "refused", reason
        return receipt

    def complete(self, result: Mapping[str, Any] | None = None, *, agent: str | None = None) -> Receipt:
        """Say what came of it, in the form of `skill_result` or in a mapping of one's own; its updates are merged.

        All of it is committed or nothing. Raises `HandoffSettled`, `InvalidInput` which names the field, `StaleWriter`
        where somebody else has the lease; and as the log refuses an event.
        """
        if self._accepted is not None:
            return self._accepted.complete(result)
        return self._complete(self._session(agent or self.accepted_by or self.to), result)

    def _complete(self, session: Leases, given: Mapping[str, Any] | None) -> Receipt:
        result = reported(given, session.agent)
        document = result.as_document() if given is None or _in_form(given) else dict(given)
        said = {"handoff_id": self.id, "outcome": result.status, "result": document}
        events = [*self._updates(session, result), {"type": "handoff.completed", "data": said}]
        drafts = session._drafts(tuple(events), None, None)  # noqa: SLF001  # as above
        self._holdfast._flush_first()  # noqa: SLF001  # as above
        receipt = self._holdfast.service.handoffs.complete(drafts)
        self.status, self.outcome, self.result = "completed", result.status, document
        return receipt

    def _updates(self, session: Leases, result: SkillResult) -> list[dict[str, Any]]:
        """What it reported, as events. What it knew of the session is what was handed to it."""
        update = result.context_update
        if not update:
            return []
        state = session.state()
        used = update.get("compute")
        if used:
            skill = {} if used.get("reservation_id") else {"skill": result.skill}
            update["compute"] = {**skill, "result": result.status, **used}
        if update.get("pending_decisions"):
            update["pending_decisions"] = [_addressed(each, state) for each in update["pending_decisions"]]
        return updates_of(update, actor=session.agent, known=state, base=self._seq)

    def _now(self) -> Handoff:
        return Handoff.of(self._holdfast, self._holdfast.service.handoffs.find(self.session_id, self.id))

    def _session(self, agent: str) -> Session:
        return self._holdfast.session(self.session_id, agent=agent)


class Accepted:
    """A session that was taken over, with its lease, until `complete`, or the end of the block that this begins."""

    def __init__(
        self, handoff: Handoff, session: Session, taken: Taken | None, seconds: float, asked_at: float
    ) -> None:
        self.handoff = handoff
        self.session = session
        self.lease: Lease | None = None
        """None in a shared session, and when it was given back."""
        self._taken = taken
        self._holdfast = session._holdfast  # noqa: SLF001  # as above
        if taken is not None:
            self.lease = Lease(self._holdfast.service, session.id, taken, seconds, asked_at)
            session._lease = self.lease  # noqa: SLF001  # as above
            self._holdfast._renewals.add(self.lease)  # noqa: SLF001  # as above

    def __repr__(self) -> str:
        return f"<Accepted {self.handoff.id} of {self.session.id} by {self.session.agent}>"

    @property
    def package(self) -> dict[str, Any]:
        """What was handed over."""
        return self.handoff.package

    @property
    def skill_invocation(self) -> dict[str, Any] | None:
        """The orders, where a task was given."""
        return self.handoff.skill_invocation

    def complete(self, result: Mapping[str, Any] | None = None) -> Receipt:
        """As `Handoff.complete`; then the lease is given back."""
        receipt = self.handoff._complete(self.session, result)  # noqa: SLF001  # as above
        with suppress(StaleWriter):  # what mattered is committed
            self.close()
        return receipt

    def close(self) -> None:
        """Give the lease back; the handoff stays as it is. Raises `StaleWriter` where the lease was lost."""
        held, self.lease = self.lease, None
        if held is None or self._taken is None:
            return
        self._holdfast._renewals.remove(held)  # noqa: SLF001  # as above
        self.session._lease = None  # noqa: SLF001  # as above
        self.session._give_back(self._taken)  # noqa: SLF001  # as above

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.close()
        except HoldfastError as failed:
            if error is None:
                raise
            # An event of this block was refused for the same reason: no news.
            if not (isinstance(error, StaleWriter) and isinstance(failed, StaleWriter)):
                error.add_note(f"and the lease could not be released: {failed}")


def handed_off(  # noqa: PLR0913  # one argument a field
    session: Leases,
    to: str,
    *,
    capability: str | None,
    task: str | None,
    reason: str | None,
    seconds: float | None,
    expires_at: datetime | str | None,
    current_step: int | None,
    context: Mapping[str, Any] | None,
    constraints: Sequence[str],
    details: str | None,
    handoff_id: str | None,
) -> Handoff:
    """As `Session.hand_off` says."""
    name("to", to)
    if handoff_id is not None:
        identifier("handoff_id", handoff_id)
    if seconds is not None and expires_at is not None:
        raise InvalidInput("seconds", "and expires_at say the same; give one of them")
    if constraints and task is None:
        raise InvalidInput("constraints", "bind a skill: give its task too")
    holdfast = session._holdfast  # noqa: SLF001  # as above
    handoffs = holdfast.service.handoffs
    holdfast._flush_first()  # noqa: SLF001  # as above
    state, begun, wishes = handoffs.known_of(session.id)
    own = uuid7()
    wanted = Wanted(to, capability, task, current_step, dict(context or {}), tuple(constraints))
    said = {
        "to": to,
        "handoff_id": handoff_id,
        "offered_by": session.agent,
        "requesting_capability": capability,
        "reason": reason,
        "expires_at": None if expires_at is None else instant("expires_at", expires_at).isoformat(),
        "details": details,
        **made(state, wanted, view_of(state, to), wishes=wishes, begun=begun, own=str(own)),
    }
    event = {
        "id": own,
        "type": "handoff.offered",
        "data": {key: each for key, each in said.items() if each is not None},
    }
    (offered,) = session._drafts((event,), None, None)  # noqa: SLF001  # as above
    wait = None if seconds is None else seconds_of("seconds", seconds)
    found = handoffs.offer(offered, seconds=wait, handoff_id=handoff_id or str(own))
    session._offered.add(found.id)  # noqa: SLF001  # as above
    return Handoff.of(holdfast, found)


def went_over(session: Leases, taken: Taken) -> bool:
    """Whether the lease was given up on purpose, by a handoff that was accepted, and nothing was written too late."""
    service = session._holdfast.service  # noqa: SLF001  # as above
    offers = [service.handoffs.find(session.id, each) for each in session._offered]  # noqa: SLF001  # as above
    moved = any(each.fence == taken.fence and each.status in {"accepted", "completed"} for each in offers)
    return moved and not service.refused(session.id, taken.fence)


def handed(
    holdfast: Holdfast,
    agent: str | None,
    *,
    session_id: str | None,
    status: str | None,
    limit: int,
    cursor: str | None,
) -> Listing[Handoff]:
    """As `Holdfast.handoffs` says."""
    found = holdfast.service.handoffs.listed(
        agent=agent, session_id=session_id, status=status, limit=limit, cursor=cursor
    )
    return found.of(Handoff.of(holdfast, each) for each in found)


def _in_form(given: Mapping[str, Any]) -> bool:
    return "skill_result" in given or {"skill", "status"} <= set(given)


def _addressed(question: Mapping[str, Any], state: State) -> dict[str, Any]:
    """A question that names nobody goes to who owns the campaign."""
    owner = state.campaign.campaign_owner if state.campaign else None
    return {**({} if owner is None else {"escalated_to": owner}), **question}
