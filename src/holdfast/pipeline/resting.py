"""Resting: what comes due when a session has news to summarise, when it rests, and when it has ended.

A timer that is set costs nothing until it is due, and whoever handles it looks at how things are then: so an append
sets one only where something begins, and clears none.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from holdfast.pipeline.rules import Rules
from holdfast.remembering.expiry import NEVER
from holdfast.session.status import ENDED
from holdfast.store import timers
from holdfast.store.log import Cursor, Head

__all__ = ["Before", "before", "expires_in", "idle_after", "set_timers"]

RESTING = frozenset({"paused", "failed"}) | ENDED


class Before(NamedTuple):
    """What a head was like before the events that moved it."""

    status: str | None
    """None: the session was not begun."""
    untold: int
    expires_at: datetime | None


def before(heads: Iterable[Head]) -> dict[int, Before]:
    """By key."""
    return {head.key: Before(head.status if head.seq else None, head.untold, head.expires_at) for head in heads}


def set_timers(cursor: Cursor, heads: Sequence[Head], was: Mapping[int, Before], rules: Rules) -> None:
    """Set what these heads, which have moved, make due."""
    due = [timer for head in heads for timer in _due(head, was[head.key], rules)]
    if due:
        timers.set_all(cursor, due)


def _due(head: Head, was: Before, rules: Rules) -> Iterable[tuple[int, str, float]]:
    if head.status in RESTING and head.status != was.status:
        # What was made of a session when it was paused is all that there is when nothing came but its expiry.
        if (was.status, head.status) != ("paused", "expired"):
            yield head.key, timers.SUMMARY, 0.0
            if rules.learn:
                yield head.key, timers.LEARN, 0.0
        if head.status in ENDED:
            after = rules.expiry.archived_after(head.kind)
            if after != NEVER:
                yield head.key, timers.ARCHIVE, after
        # What is put back has all of its time again, from now on.
        elif (seconds := expires_in(head, head.now if was.status is None else head.active_at, rules)) is not None:
            yield head.key, timers.EXPIRE, seconds
    elif head.untold >= rules.summary_messages > was.untold:
        yield head.key, timers.SUMMARY, 0.0
    elif head.untold > 0 == was.untold:
        yield head.key, timers.SUMMARY, rules.summary_seconds


def idle_after(head: Head, rules: Rules) -> float:
    """Seconds without an event after which it is paused: no more than it may be quiet at all."""
    return min(rules.idle_after, _quiet(head, rules))


def expires_in(head: Head, since: datetime, rules: Rules) -> float | None:
    """Seconds from the head's now until the session expires if it is quiet `since` then; None: never."""
    quiet = _quiet(head, rules) - (head.now - since).total_seconds()
    own = NEVER if head.expires_at is None else (head.expires_at - head.now).total_seconds()
    first = min(quiet, own)
    return None if first == NEVER else max(0.0, first)


def _quiet(head: Head, rules: Rules) -> float:
    """Seconds without an event after which it expires."""
    return rules.expiry.expires_after(head.kind) if head.expires_after is None else head.expires_after
