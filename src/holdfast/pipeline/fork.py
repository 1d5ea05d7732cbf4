"""Fork: a new session that has the log of another up to an event, and goes its own way from there.

The events are the fork's own; nothing that becomes of the parent's rows touches it. What lies in blobs is shared: the
parent's segments up to the place are the fork's too, and are kept for as long as either needs them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from holdfast.errors import HoldfastError, SessionExists
from holdfast.events import draft
from holdfast.pipeline.apply import Item, apply
from holdfast.pipeline.put_back import put_back
from holdfast.pipeline.rebuild import state_at
from holdfast.pipeline.rules import Rules
from holdfast.pipeline.whole import whole
from holdfast.saving.packing import packed
from holdfast.saving.snapshot import fold_digest
from holdfast.session.fold import RECIPE
from holdfast.store import blobs, forks, log, savings, sessions
from holdfast.store.savings import Covering, Fold
from holdfast.store.sessions import Listed, find

__all__ = ["fork"]


def fork(
    connection: Connection,
    tenant: str,
    parent: Listed,
    session_id: str,
    said: Mapping[str, Any],
    *,
    actor: str,
    rules: Rules,
) -> None:
    """Make the session `session_id` out of the parent's events; `said` is what its `session.forked` says.

    Raises `SessionExists`, `LogDamaged` where the parent's log is not what its chain says, and `SessionNotFound` where
    it was forgotten just now.
    """
    sessions.stay(log.cursor(connection), parent.key, parent.id)
    data = {name: value for name, value in said.items() if value is not None}
    forked = draft({"type": "session.forked", "data": data}, session_id=session_id, actor=actor)

    def read(after: int, upto: int) -> Sequence[Sequence[Any]]:
        return savings.lines(log.cursor(connection), [savings.Range(parent.key, after, upto)])[parent.key]

    lines = whole(read, tenant, parent.id, said["at_seq"])
    if not put_back(connection, tenant, session_id, (line for line, _ in lines), rules=rules, copied=True):
        raise SessionExists(f"session {session_id!r} is there already; give the fork an id of its own")
    child, _ = find(connection, tenant, session_id)
    _save(connection, tenant, parent, child)
    forks.pass_over(log.cursor(connection), child.key, child.events)
    (outcome,) = apply(connection, [Item(tenant, forked, system=True)], rules=rules)
    if isinstance(outcome, HoldfastError):
        raise outcome


def _save(connection: Connection, tenant: str, parent: Listed, child: Listed) -> None:
    """Let the fork be saved as far as its parent is: the next save of it costs what is new."""
    cursor = log.cursor(connection)
    state = state_at(connection, tenant, parent.key, parent.id, child.events)
    state.session_id = child.id
    text = state.model_dump_json(exclude_defaults=True).encode()
    content = packed(text)
    digest = fold_digest(tenant, child.id, child.events, RECIPE, content)
    fold = Fold(child.events, RECIPE, content, digest, len(text))
    forks.begin(cursor, child.key, fold, _shared(connection, parent.key, child.events))


def _shared(connection: Connection, key: int, upto: int) -> list[Covering]:
    """The segments that hold the events up to there; none of them, where one is just being replaced and deleted."""
    cursor = log.cursor(connection)
    shared: list[Covering] = []
    for each in savings.cover(cursor, [key])[key]:
        if each.piece.first != (shared[-1].piece.last + 1 if shared else 1) or each.piece.last > upto:
            break
        shared.append(each)
    if not shared:
        return []
    tried = connection.begin_nested()
    if blobs.confirm(cursor, [each.blob for each in shared]):
        tried.commit()
        return shared
    tried.rollback()
    return []
