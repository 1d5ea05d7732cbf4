"""Revive: the rows of an archived session come back out of its segments, and one that had expired goes on."""

from collections.abc import Callable

from sqlalchemy import Connection, Engine

from holdfast.blobs.vault import Vault
from holdfast.errors import HoldfastError, SessionNotFound, SnapshotDamaged
from holdfast.events import SessionResumed, draft
from holdfast.logs import get_logger
from holdfast.pipeline.apply import Item, apply
from holdfast.pipeline.archived import last_fulls, read
from holdfast.pipeline.fetched import Fetched
from holdfast.pipeline.lapse import ACTOR
from holdfast.pipeline.put_back import rewritten
from holdfast.pipeline.restored import Restored
from holdfast.pipeline.rules import Rules
from holdfast.remembering.expiry import NEVER
from holdfast.saving.names import segment_name
from holdfast.store import archives, log, sessions, timers
from holdfast.store.log import Head
from holdfast.store.transaction import transaction

__all__ = ["REVIVED", "revive"]

logger = get_logger(__name__)

REVIVED = "revived"


def revive(engine: Engine, open_vault: Callable[[], Vault], tenant: str, session_id: str, *, rules: Rules) -> bool:
    """Bring an archived session's rows back, and let one that expired go on. False where there was nothing to do.

    A closed one stays closed, and can be read and forked. Whole or not at all; of two at once one does it. Raises
    `SessionNotFound`, and as `archived.read` where what was saved of it cannot be had.
    """
    with transaction(engine) as connection:
        found, digest = sessions.find(connection, tenant, session_id, archived=True)
        fulls = last_fulls(connection, found.key, found.events) if found.archived_at is not None else []
    if found.archived_at is None:
        with transaction(engine) as connection:
            return _resumed(connection, _locked(connection, tenant, session_id), rules)
    vault = open_vault()
    with Fetched(vault) as fetched:
        whole = read(tenant, session_id, fulls, digest, lambda: vault)
        for part in whole.body.segments:
            fetched.fetch(segment_name(tenant, part.address), part.address)
        with transaction(engine) as connection:
            head = _locked(connection, tenant, session_id)
            if head.archived_at is None:
                return _resumed(connection, head, rules)  # somebody else was faster
            _return(connection, head, Restored(whole.body, fetched.get), rules)
            _resumed(connection, head, rules)
    logger.info("session.revived", session_id=session_id, events=found.events)
    return True


def _return(connection: Connection, head: Head, whole: Restored, rules: Rules) -> None:
    """The rows as they were, under the session's own key: what was derived from it refers to that."""
    cursor = log.cursor(connection)
    archives.clear(cursor, head.key)
    now = rewritten(cursor, head, (line for line, _ in whole.lines()))
    if (now.seq, now.digest, now.status) != (head.seq, head.digest, head.status):
        raise SnapshotDamaged(whole.body.id, f"is not what session {head.id!r} ended with")
    archives.returned(cursor, head.key)
    after = rules.expiry.archived_after(head.kind)
    if after != NEVER:
        timers.set_after(cursor, [head.key], timers.ARCHIVE, after)


def _resumed(connection: Connection, head: Head, rules: Rules) -> bool:
    if head.status != "expired":
        return False
    cursor = log.cursor(connection)
    timers.clear(cursor, [head.key], timers.ARCHIVE)
    event = draft(SessionResumed(reason=REVIVED), session_id=head.id, actor=ACTOR)
    (outcome,) = apply(connection, [Item(head.tenant, event, system=True)], rules=rules)
    if isinstance(outcome, HoldfastError):
        raise outcome
    return True


def _locked(connection: Connection, tenant: str, session_id: str) -> Head:
    head = log.lock(log.cursor(connection), [(tenant, session_id)]).get((tenant, session_id))
    if head is None:
        raise SessionNotFound(session_id, f"session {session_id!r} was forgotten while it was revived")
    return head
