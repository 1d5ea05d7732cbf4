"""Lease: who may write to a session now. Each taking raises the fence, and events under an older fence are refused.

A lease lasts for some seconds, is renewed while its holder is alive, and runs out otherwise. Whoever held it takes it
again at once, under a higher fence, as after a crash; anybody else when it was given back or has run out, or by saying
that it is a takeover. Until then somebody else's lease is respected.

The end of a lease is `sessions.held_until`, which a renewal moves, and nothing else. A timer looks at it so that a dead
holder's lease is ended in the log too; whoever appends or takes the lease ends it just the same.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from holdfast.errors import HoldfastError, InvalidInput, LeaseHeld, SessionNotFound, StaleWriter
from holdfast.events import Draft, LeaseReleased, LeaseTaken, draft
from holdfast.logs import get_logger
from holdfast.pipeline.apply import Item, apply
from holdfast.pipeline.lapse import lapsed, ran_out
from holdfast.pipeline.rules import Rules
from holdfast.session.status import ENDED
from holdfast.store import log, timers
from holdfast.store.log import Head

__all__ = ["Lease", "Terms", "begun", "lapse", "release", "renew", "take", "watch"]

logger = get_logger(__name__)


RENEWAL_MILLISECONDS = 1000
"""For so long a renewal waits for whoever has the session locked; it is tried again, twice in the lease's life."""


class Lease(NamedTuple):
    """The right to write to a session, until it runs out or is taken over."""

    owner: str
    fence: int
    exclusive: bool
    until: datetime | None
    """By the database's clock; None for a shared one, which keeps nobody out and has no end."""


class Terms(NamedTuple):
    """How a lease is to be taken."""

    exclusive: bool
    takeover: bool
    """Whether somebody else's lease that has not run out is taken from them."""
    seconds: float
    """How long it lasts without being renewed."""


SAID = ("owner", "fence", "exclusive", "expires_at", "taken_from")


def take(connection: Connection, tenant: str, session_id: str, owner: str, terms: Terms, *, rules: Rules) -> Lease:
    """Take the session's lease. Raises `SessionNotFound`, `SessionClosed`, `LeaseHeld`.

    `InvalidInput` where an exclusive one is asked for of a session that was started as shared.
    """
    head = _lock(connection, tenant, session_id)
    if head.has_run_out:
        _append(connection, head, lapsed(head), rules)
        head = _lock(connection, tenant, session_id)
    if terms.exclusive and head.shared:
        raise InvalidInput("exclusive", f"cannot be: session {session_id!r} was started as one that many write to")
    robbed = head.holder if head.holder != owner else None
    if robbed is not None and not terms.takeover:
        raise LeaseHeld(session_id, robbed, head.until)
    lease, taken = begun(head, owner, terms, robbed)
    _append(connection, head, taken, rules)
    watch(connection, head, lease, terms.seconds)
    return lease


def begun(head: Head, owner: str, terms: Terms, robbed: str | None) -> tuple[Lease, Draft]:
    """The lease that comes after the session's of now, and the event that says so."""
    until = head.now + timedelta(seconds=terms.seconds) if terms.exclusive else None
    lease = Lease(owner, head.fence + 1, terms.exclusive, until)
    said = {**lease._asdict(), "expires_at": until, "taken_from": robbed}
    taken = {"type": LeaseTaken.TYPE, "data": {name: said[name] for name in SAID if said[name] is not None}}
    return lease, draft(taken, session_id=head.id, actor=owner)


def watch(connection: Connection, head: Head, lease: Lease, seconds: float) -> None:
    """Have the lease looked at when it may have run out."""
    if lease.until is not None:
        timers.set_after(log.cursor(connection), [head.key], timers.LEASE, seconds)


def renew(connection: Connection, tenant: str, session_id: str, lease: Lease, seconds: float) -> datetime | None:
    """Let the lease last for so many seconds from now. None where it ran out or was taken over: then it is lost."""
    cursor = log.cursor(connection)
    # A session that somebody keeps locked must not keep the other leases of the process from being renewed in time.
    cursor.execute(f"SET LOCAL lock_timeout = {RENEWAL_MILLISECONDS}")
    cursor.execute(
        """
        UPDATE sessions SET held_until = clock_timestamp() + %s * interval '1 second'
        WHERE (tenant, id, holder, fence) = (%s, %s, %s, %s) AND held_until > clock_timestamp()
        RETURNING held_until
        """,
        (seconds, tenant, session_id, lease.owner, lease.fence),
    )
    found = cursor.fetchone()
    return None if found is None else found[0]


def release(connection: Connection, tenant: str, session_id: str, lease: Lease, *, rules: Rules) -> None:
    """Give the lease back; the session is open to all writers again.

    Raises `StaleWriter` where it was taken over, or has run out.
    """
    head = _lock(connection, tenant, session_id)
    if head.fence != lease.fence:
        raise StaleWriter(session_id, _lost(lease, head))
    if head.status in ENDED:
        return  # the end of the session was the end of its lease
    if head.has_run_out:
        raise ran_out(head)
    released = LeaseReleased(owner=lease.owner, fence=lease.fence)
    _append(connection, head, draft(released, session_id=head.id, actor=lease.owner), rules)
    timers.clear(log.cursor(connection), [head.key], timers.LEASE)


def lapse(connection: Connection, tenant: str, session_id: str, *, rules: Rules) -> bool:
    """End the session's lease if it has run out, or look again when it will have. True where it was ended now."""
    head = log.lock(log.cursor(connection), [(tenant, session_id)]).get((tenant, session_id))
    if head is None:
        return False
    timers.clear(log.cursor(connection), [head.key], timers.LEASE)
    if head.holder is None:
        return False
    if not head.has_run_out and head.until is not None:
        left = (head.until - head.now).total_seconds()
        timers.set_after(log.cursor(connection), [head.key], timers.LEASE, left)
        return False
    _append(connection, head, lapsed(head), rules)
    logger.info("lease.ran_out", session_id=session_id, owner=head.holder, fence=head.fence)
    return True


def _lost(lease: Lease, head: Head) -> str:
    what = f"was taken over by {head.holder!r}" if head.holder else "was taken over, or ran out without being renewed"
    return (
        f"the lease of {lease.owner!r} at fence {lease.fence} {what}: session {head.id!r} is at fence {head.fence}; "
        "what was sent since was not committed"
    )


def _lock(connection: Connection, tenant: str, session_id: str) -> Head:
    head = log.lock(log.cursor(connection), [(tenant, session_id)]).get((tenant, session_id))
    if head is None or head.seq == 0:
        raise SessionNotFound(session_id, f"there is no session {session_id!r}; start it first")
    return head


def _append(connection: Connection, head: Head, event: Draft, rules: Rules) -> None:
    (outcome,) = apply(connection, [Item(head.tenant, event, system=True)], rules=rules)
    if isinstance(outcome, HoldfastError):
        raise outcome
