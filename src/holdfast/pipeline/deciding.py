"""Deciding: a question goes to somebody, is answered or taken back. Each once, under the session's lock.

Asking and taking back are the working agent's own acts, and carry its fence. An answer comes from somebody who holds no
lease, while the agent that waits may hold it exclusively: no fence keeps it out.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import Connection

from holdfast.errors import HoldfastError, InvalidInput, SessionClosed, SessionNotFound
from holdfast.events import Draft
from holdfast.events.values import shown
from holdfast.outcome import Receipt
from holdfast.pipeline.apply import Item, apply
from holdfast.pipeline.guards.behind import catch_up
from holdfast.pipeline.guards.decisions import too_late
from holdfast.pipeline.rules import Rules
from holdfast.store import log, questions
from holdfast.store.log import Head

__all__ = ["answer", "escalate", "withdraw"]


def escalate(connection: Connection, tenant: str, event: Draft, *, seconds: float | None, rules: Rules) -> None:
    """Ask, with a deadline so many seconds from now by the database's clock, or as the event says.

    The same question under the same id is not asked again, whatever became of it. Raises `InvalidInput` where the id
    is that of another question, and as the log refuses an event.
    """
    head = _lock(connection, tenant, event)
    said = orjson.loads(event.data)
    decision_id = said.get("decision_id") or str(event.id)
    before = questions.find(log.cursor(connection), tenant, head.id, decision_id)
    if before is not None:
        if before.data["question"] != said["question"]:
            raise InvalidInput("decision_id", f"{decision_id!r} is another question: {shown(before.data['question'])}")
        return
    if seconds is not None:
        event = _with(event, deadline=(head.now + timedelta(seconds=seconds)).isoformat())
    _committed(connection, Item(tenant, event, strict=True), rules)


def answer(connection: Connection, tenant: str, event: Draft, *, rules: Rules) -> Receipt:
    """Answer. Raises `DecisionSettled` and `DecisionNotFound`, and as the log refuses an event.

    An answer that comes after the deadline counts until the timer has acted: then something else holds.
    """
    head = _lock(connection, tenant, event)
    try:
        return _committed(connection, Item(tenant, event, system=True, strict=True), rules)
    except SessionClosed as error:
        decision_id = str(orjson.loads(event.data)["decision_id"])
        asked = questions.find(log.cursor(connection), tenant, head.id, decision_id)
        if asked is not None:
            # Whoever asks what became of a question is told that, and not that the session has ended since.
            raise too_late(asked) from error
        raise


def withdraw(connection: Connection, tenant: str, event: Draft, *, rules: Rules) -> Receipt:
    """Take a question back. Raises as `answer` does, and `StaleWriter`."""
    _lock(connection, tenant, event)
    return _committed(connection, Item(tenant, event, strict=True), rules)


def _lock(connection: Connection, tenant: str, event: Draft) -> Head:
    cursor = log.cursor(connection)
    head = log.lock(cursor, [(tenant, event.session_id)]).get((tenant, event.session_id))
    if head is None or head.seq == 0:
        raise SessionNotFound(event.session_id, f"there is no session {event.session_id!r}; start it first")
    catch_up(cursor, [head])
    return head


def _with(event: Draft, **said: Any) -> Draft:
    return replace(event, data=orjson.dumps(orjson.loads(event.data) | said))


def _committed(connection: Connection, item: Item, rules: Rules) -> Receipt:
    (outcome,) = apply(connection, [item], rules=rules, look_first=True)
    if isinstance(outcome, HoldfastError):
        raise outcome
    return outcome
