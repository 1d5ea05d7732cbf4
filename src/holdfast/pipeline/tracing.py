"""Trace: how a session went, in short, is written down beside its log, for patterns to be seen in."""

from collections.abc import Sequence

from sqlalchemy import Connection

from holdfast.events import Event
from holdfast.remembering.patterns import Trace, traced
from holdfast.store import log, traces

__all__ = ["trace", "trace_at"]

PAGE = 5000
"""Events that are in memory at once."""


def trace(
    connection: Connection,
    tenant: str,
    session_key: int,
    session_id: str,
    user_id: str,
    upto: int,
    events: Sequence[Event] = (),
) -> Trace:
    """Bring the session's trace up to the event `upto`, and store it. Twice, late or in any order it does no harm.

    `events` are some that the caller has at hand; the log is read for those that are missing between the trace and
    `upto`, as all of them are where the trace is of another recipe.
    """
    made = trace_at(connection, session_key, session_id, user_id, upto, events)
    traces.keep(log.cursor(connection), tenant, session_key, made)
    return made


def trace_at(
    connection: Connection,
    session_key: int,
    session_id: str,
    user_id: str,
    upto: int,
    events: Sequence[Event] = (),
) -> Trace:
    """The same trace, which is stored nowhere; it costs what has come since the one that is."""
    known = traces.find(log.cursor(connection), session_key)
    made = known or Trace(session_id=session_id, user_id=user_id)
    at_hand = [event for event in events if made.upto < event.seq <= upto]
    if at_hand and at_hand[0].seq == made.upto + 1:
        made = traced(made, at_hand, session_id=session_id, user_id=user_id)
    while made.upto < upto:
        limit = min(PAGE, upto - made.upto)
        page = list(log.events(connection, session_key, session_id, after=made.upto, limit=limit))
        if not page:
            break
        made = traced(made, page, session_id=session_id, user_id=user_id)
    return made
