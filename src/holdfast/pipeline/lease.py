"""Lease: who may write to a session now. Each taking raises the fence, and events under an older fence are refused.

Taking a lease supersedes whoever held it: the newest writer wins, and the older one finds out at its next event. A
lease has no end of its own yet, so a holder that dies blocks nobody.
"""

from typing import NamedTuple

from sqlalchemy import Connection

from holdfast.errors import HoldfastError, SessionNotFound, StaleWriter
from holdfast.events import LeaseReleased, LeaseTaken, Payload, draft
from holdfast.pipeline.apply import Item, apply
from holdfast.pipeline.rules import Rules
from holdfast.store import log
from holdfast.store.log import Head

__all__ = ["Lease", "release", "take"]


class Lease(NamedTuple):
    """The right to write to a session, for as long as nobody takes it over."""

    owner: str
    fence: int
    exclusive: bool


def take(connection: Connection, tenant: str, session_id: str, owner: str, *, exclusive: bool, rules: Rules) -> Lease:
    """Take the session's lease. Raises `SessionNotFound`, `SessionClosed`."""
    head = _lock(connection, tenant, session_id)
    lease = Lease(owner, head.fence + 1, exclusive)
    taken = LeaseTaken(owner=owner, fence=lease.fence, exclusive=exclusive)
    _append(connection, head, taken, owner, rules)
    return lease


def release(connection: Connection, tenant: str, session_id: str, lease: Lease, *, rules: Rules) -> None:
    """Give the lease back; the session is open to all writers again. Raises `StaleWriter` where it was taken over."""
    head = _lock(connection, tenant, session_id)
    if head.fence != lease.fence:
        raise StaleWriter(
            session_id,
            f"the lease of {lease.owner!r} at fence {lease.fence} was taken over: session {session_id!r} is at fence "
            f"{head.fence}; what was sent since was not committed",
        )
    _append(connection, head, LeaseReleased(owner=lease.owner, fence=lease.fence), lease.owner, rules)


def _lock(connection: Connection, tenant: str, session_id: str) -> Head:
    head = log.lock(log.cursor(connection), [(tenant, session_id)]).get((tenant, session_id))
    if head is None:
        raise SessionNotFound(session_id, f"there is no session {session_id!r}; start it first")
    return head


def _append(connection: Connection, head: Head, payload: Payload, owner: str, rules: Rules) -> None:
    event = draft(payload, session_id=head.id, actor=owner)
    (outcome,) = apply(connection, [Item(head.tenant, event, system=True)], rules=rules)
    if isinstance(outcome, HoldfastError):
        raise outcome
