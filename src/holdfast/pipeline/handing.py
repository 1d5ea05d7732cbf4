"""Handing: a session is offered to another agent, who accepts or refuses it, and says what came of it.

Accepting takes the session's lease in the same transaction, under the session's lock: whoever offered it is superseded
at that moment, on purpose, and of two who accept the second finds the offer gone before it could take anything.
"""

from dataclasses import replace
from datetime import timedelta

import orjson
from sqlalchemy import Connection

from holdfast.errors import (
    HandoffNotFound,
    HandoffSettled,
    HoldfastError,
    InvalidInput,
    LeaseHeld,
    SessionNotFound,
    StaleWriter,
)
from holdfast.events import Draft, instant
from holdfast.events.values import shown
from holdfast.outcome import Receipt
from holdfast.pipeline.apply import Item, apply
from holdfast.pipeline.guards.behind import catch_up
from holdfast.pipeline.lapse import lapsed
from holdfast.pipeline.lease import Lease, Terms, begun, watch
from holdfast.pipeline.overdue import expire_handoffs
from holdfast.pipeline.rules import Rules
from holdfast.store import log, offers
from holdfast.store.log import Head
from holdfast.store.offers import Offer

__all__ = ["OVER", "Over", "accept", "complete", "offer", "refuse"]


class Over:
    """The offer's time was over, and no timer had said so yet: that is done now. The try is to be made again."""


OVER = Over()


def offer(connection: Connection, tenant: str, event: Draft, *, seconds: float | None, rules: Rules) -> None:
    """Offer, until so many seconds from now by the database's clock, or as the event says.

    An offer of an id that is there stays as it is, whatever became of it. Raises `InvalidInput` where it was made to
    another, or its time is over; and as the log refuses an event.
    """
    head = _lock(connection, tenant, event.session_id)
    said = orjson.loads(event.data)
    handoff_id = said.get("handoff_id") or str(event.id)
    before = offers.find(log.cursor(connection), tenant, head.id, handoff_id)
    if before is not None:
        if before.receiver != said["to"]:
            raise InvalidInput("handoff_id", f"{handoff_id!r} is an offer to {shown(before.receiver)}")
        return
    if seconds is not None:
        said["expires_at"] = (head.now + timedelta(seconds=seconds)).isoformat()
        event = replace(event, data=orjson.dumps(said))
    elif said.get("expires_at") and instant("expires_at", said["expires_at"]) <= head.now:
        raise InvalidInput("expires_at", f"has passed: it is {head.now:%Y-%m-%d %H:%M:%S} UTC")
    _committed(connection, [Item(tenant, event, strict=True)], rules)


def accept(connection: Connection, tenant: str, event: Draft, *, seconds: float, rules: Rules) -> Lease | Over | None:
    """Accept as the event's actor, and take the lease for so many seconds; None where the session is a shared one.

    Raises `HandoffNotFound`, `HandoffSettled`, `InvalidInput` where it was offered to another, and `LeaseHeld` where
    somebody has the lease who is neither who offers nor who accepts.
    """
    head = _lock(connection, tenant, event.session_id)
    found = _find(connection, head, event)
    if found.moved_by == event.id:
        return _had_before(head, found, event)
    if _is_over(connection, head, found, event, rules):
        return OVER
    accepted = Item(tenant, event, strict=True)
    if head.shared:
        _committed(connection, [accepted], rules)
        return None
    if head.has_run_out:
        _committed(connection, [Item(tenant, lapsed(head), system=True)], rules)
        head = _lock(connection, tenant, event.session_id)
    if head.holder not in {None, event.actor, found.offered_by} and found.fence != head.fence:
        raise LeaseHeld(head.id, str(head.holder), head.until)
    robbed = head.holder if head.holder != event.actor else None
    lease, taken = begun(head, event.actor, Terms(exclusive=True, takeover=True, seconds=seconds), robbed)
    mine = accepted._replace(draft=replace(event, fence=lease.fence))
    _committed(connection, [Item(tenant, taken, system=True), mine], rules)
    watch(connection, head, lease, seconds)
    return lease


def refuse(connection: Connection, tenant: str, event: Draft, *, rules: Rules) -> Receipt | Over:
    """Refuse as the event's actor, who needs no lease for it. Raises as `accept` does, but for the lease."""
    head = _lock(connection, tenant, event.session_id)
    found = _find(connection, head, event)
    if found.moved_by != event.id and _is_over(connection, head, found, event, rules):
        return OVER
    return _committed(connection, [Item(tenant, event, system=True, strict=True)], rules)


def complete(connection: Connection, tenant: str, events: list[Draft], *, rules: Rules) -> Receipt:
    """Commit what came of it, all or nothing: the last of the events is `handoff.completed`.

    Raises `HandoffSettled`, `HandoffNotFound`, what other guards refuse of it, and as the log refuses an event.
    """
    _lock(connection, tenant, events[-1].session_id)
    return _committed(connection, [Item(tenant, each, strict=True) for each in events], rules)


def _find(connection: Connection, head: Head, event: Draft) -> Offer:
    handoff_id = str(orjson.loads(event.data)["handoff_id"])
    found = offers.find(log.cursor(connection), head.tenant, head.id, handoff_id)
    if found is None:
        raise HandoffNotFound(handoff_id, f"session {head.id!r} has no handoff {handoff_id!r}")
    return found


def _is_over(connection: Connection, head: Head, found: Offer, event: Draft, rules: Rules) -> bool:
    """Whether its time is over: then it is ended. Raises where it is not open, or not open to the event's actor."""
    if found.receiver != event.actor:
        raise InvalidInput("agent", f"is {event.actor!r}, and handoff {found.id!r} was offered to {found.receiver!r}")
    if found.status != "offered":
        raise HandoffSettled(found.id, found.status, found.accepted_by)
    if found.expires_at is None or found.expires_at > head.now:
        return False
    expire_handoffs(connection, head.tenant, head.id, rules=rules)
    return True


def _had_before(head: Head, found: Offer, event: Draft) -> Lease | None:
    """What the same try got before, whose answer was lost on the way."""
    if found.moved_fence is None:
        return None
    if (head.holder, head.fence) != (event.actor, found.moved_fence) or head.has_run_out:
        raise StaleWriter(head.id, f"handoff {found.id!r} was accepted, and the lease that came with it is lost")
    return Lease(event.actor, head.fence, exclusive=True, until=head.until)


def _lock(connection: Connection, tenant: str, session_id: str) -> Head:
    cursor = log.cursor(connection)
    head = log.lock(cursor, [(tenant, session_id)]).get((tenant, session_id))
    if head is None or head.seq == 0:
        raise SessionNotFound(session_id, f"there is no session {session_id!r}; start it first")
    catch_up(cursor, [head])
    return head


def _committed(connection: Connection, items: list[Item], rules: Rules) -> Receipt:
    """All of them; returns the receipt of the last."""
    outcome: Receipt | None = None
    for each in apply(connection, items, rules=rules, look_first=True):
        if isinstance(each, HoldfastError):
            raise each
        outcome = each
    assert outcome is not None  # noqa: S101  # there is at least one
    return outcome
