"""Summarise: add a summary of what a session has that is new, at the cost of what is new.

    read the last carry ──> read the events since, page by page ──> fold, tell ──> lock, add the row, set the timers

All of it is one transaction, and the session is locked only at its end: appends do not wait. Two at once do no harm:
the one that locks later sees that it is told already, and throws away what it made.
"""

from collections.abc import Iterator, Sequence
from enum import Enum, auto

from sqlalchemy import Connection, Engine

from holdfast.errors import HoldfastError
from holdfast.events import Event
from holdfast.logs import get_logger
from holdfast.pipeline.rules import Rules
from holdfast.remembering.summary import Carry, summarise
from holdfast.store import log, summaries, timers
from holdfast.store.log import Cursor
from holdfast.store.summaries import Begun
from holdfast.store.transaction import transaction

__all__ = ["bring_up", "summarise_sessions"]

logger = get_logger(__name__)

EVENTS = 20_000
"""Events that one summary takes in at most; what is left is in the next one, right after: a task must end."""

PAGE = 1000
"""Events that are in memory at once."""

ROUNDS = 10_000
"""Far more than a session of millions of events needs, also where others summarise it at the same time."""

FAILED_SECONDS = 600.0
"""Until it is tried again with a session that cannot be summarised for what lies in itself."""

BROKEN = (HoldfastError, ArithmeticError, LookupError, RecursionError, TypeError, ValueError)
"""Errors that come from one session's events. Those beside it must be summarised all the same."""

REASONS = {"paused": "pause", "closed": "close", "expired": "expiry", "failed": "failure"}


class _Done(Enum):
    ALL, PART, IN_VAIN = auto(), auto(), auto()


def summarise_sessions(engine: Engine, keys: Sequence[int], *, rules: Rules) -> int:
    """Bring the summaries of these sessions up to date; returns how many that could be done for.

    What fails for one is logged, and its timer put off.
    """
    done = 0
    for key in keys:
        try:
            bring_up(engine, key, rules=rules)
            done += 1
        except BROKEN as error:
            if isinstance(error, ConnectionError):
                raise  # a server is away, for all of them
            logger.exception("summary.failed", key=key, error=str(error))
            with transaction(engine) as connection:
                timers.put_off(log.cursor(connection), [key], timers.SUMMARY, FAILED_SECONDS)
    return done


def bring_up(engine: Engine, key: int, *, rules: Rules, reason: str | None = None) -> None:
    """Add what summaries a session lacks. Without a reason its status is it, or what made the timer come."""
    for _ in range(ROUNDS):
        with transaction(engine) as connection:
            done = _round(connection, key, rules, reason)
        if done is _Done.ALL:
            return


def _round(connection: Connection, key: int, rules: Rules, reason: str | None) -> _Done:
    cursor = log.cursor(connection)
    (begun,) = summaries.begun(cursor, [key]) or (None,)
    if begun is None:
        return _Done.ALL
    upto = min(begun.seq, begun.summarised + EVENTS)
    if begun.archived or upto == begun.summarised:
        return _settle(cursor, begun, upto, None, rules)
    carry = Carry.opened(begun.carry) if begun.carry else None
    events = _Pages(connection, begun, carry.upto if carry else 0, upto)
    summary, left = summarise(
        carry, events, session_id=begun.id, reason=reason or _reason(begun, rules), made_at=begun.now
    )
    if summary.upto < upto or not summaries.held(cursor, key, begun.summarised, upto, events.digest):
        return _Done.IN_VAIN
    summaries.add(cursor, key, summary, left.packed(), asks=rules.model)
    if rules.model:
        summaries.pass_over(cursor, key, upto)
        # One that waits after a failure goes on waiting: a new summary is no sign that the model is back.
        timers.set_after(cursor, [key], timers.MODEL, 0)
    _tell_timers(cursor, key, summaries.move(cursor, key, upto), rules, whole=upto == begun.seq)
    return _Done.ALL if upto == begun.seq else _Done.PART


def _settle(cursor: Cursor, begun: Begun, upto: int, digest: bytes | None, rules: Rules) -> _Done:
    """Nothing is new: the timer goes, unless something has come this moment."""
    if not summaries.held(cursor, begun.key, begun.summarised, upto, digest):
        return _Done.ALL if begun.archived else _Done.IN_VAIN
    untold = summaries.move(cursor, begun.key, upto)
    _tell_timers(cursor, begun.key, untold, rules, whole=True)
    return _Done.ALL


def _tell_timers(cursor: Cursor, key: int, untold: int, rules: Rules, *, whole: bool) -> None:
    timers.clear(cursor, [key], timers.SUMMARY)
    if not whole or untold >= rules.summary_messages:
        timers.set_after(cursor, [key], timers.SUMMARY, 0)
    elif untold:
        timers.set_after(cursor, [key], timers.SUMMARY, rules.summary_seconds)


def _reason(begun: Begun, rules: Rules) -> str:
    return REASONS.get(begun.status) or ("size" if begun.untold >= rules.summary_messages else "timer")


class _Pages:
    """Events of a session, page by page; `digest` is that of the last one that was read."""

    def __init__(self, connection: Connection, begun: Begun, after: int, upto: int) -> None:
        self._connection, self._begun, self._after, self._upto = connection, begun, after, upto
        self.digest: bytes | None = None

    def __iter__(self) -> Iterator[Event]:
        after = self._after
        while after < self._upto:
            limit = min(PAGE, self._upto - after)
            page = list(log.events(self._connection, self._begun.key, self._begun.id, after=after, limit=limit))
            if not page:
                return
            self.digest, after = page[-1].digest, page[-1].seq
            yield from page
