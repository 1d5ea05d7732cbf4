"""Start: a new session, with an id given by the caller or made here, in a transaction of its own.

Nothing can be waiting in the stream for a session that does not exist yet, so its first event need not go that way.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from holdfast.errors import HoldfastError
from holdfast.events import draft
from holdfast.pipeline.apply import Item, apply
from holdfast.pipeline.rules import Rules
from holdfast.store import sessions

__all__ = ["start"]


def start(
    connection: Connection,
    tenant: str,
    begun: Mapping[str, Any],
    *,
    actor: str,
    session_id: str | None,
    rules: Rules,
    then: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Begin a session with this `session.started` event, and the events `then`, all or none; returns its id.

    Raises `SessionExists` for an id that is given and taken.
    """
    chosen = sessions.new_id(connection, tenant) if session_id is None else session_id
    first = Item(tenant, draft(begun, session_id=chosen, actor=actor), system=True)
    further = [Item(tenant, draft(event, session_id=chosen, actor=actor)) for event in then]
    for outcome in apply(connection, [first, *further], rules=rules):
        if isinstance(outcome, HoldfastError):
            raise outcome
    return chosen
