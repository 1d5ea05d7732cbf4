"""One publisher of a replay: a process of its own that needs nothing but Redis, as an agent does."""

import heapq
import logging
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path

from holdfast import logs
from holdfast.client import Holdfast
from holdfast.config import Settings
from holdfast.errors import HoldfastError, StreamUnavailable
from holdfast.events import Draft
from holdfast.replay.recording import Conversation, conversations

__all__ = ["Share", "Told", "work"]

Told = int | str | HoldfastError | None
"""What a publisher tells: how many more events Redis took; a notice; why it gave up; None at its end."""

RETRY_SECONDS = 0.2
TELL_SECONDS = 0.1

Call = tuple[float, Sequence[Draft]]
"""Events of one session that are published together, and when: in seconds after the beginning."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one publisher is to publish, and how."""

    settings: Settings
    paths: tuple[Path, ...]
    prefix: str
    nth: int
    of: int
    batch: int
    speed: float | None
    first: datetime | None
    """The earliest time of the whole recording, from which `speed` counts."""
    timeout: float


def work(share: Share, parent: Connection) -> None:
    """The whole life of the process: say that it is ready, wait for the word, publish, tell how it goes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent as well, which ends its publishers
    logs.set_up(share.settings.log_format, logging.ERROR)
    with suppress(BrokenPipeError, EOFError):  # the parent is gone
        try:
            with Holdfast(share.settings) as holdfast:
                parent.send(0)
                parent.recv()
                _publish(holdfast, share, parent)
            parent.send(None)
        except HoldfastError as error:
            parent.send(error)


def _publish(holdfast: Holdfast, share: Share, parent: Connection) -> None:
    begun = told_at = time.monotonic()
    accepted = 0
    for due, events in _calls(share):
        wait = begun + due - time.monotonic()
        if wait > 0 or time.monotonic() - told_at > TELL_SECONDS:
            parent.send(accepted)
            accepted, told_at = 0, time.monotonic()
        if wait > 0 and parent.poll(wait):
            return  # the parent says nothing any more, so what can be read is its end
        _send(holdfast, events, share.timeout, parent)
        accepted += len(events)
    parent.send(accepted)


def _send(holdfast: Holdfast, events: Sequence[Draft], timeout: float, parent: Connection) -> None:
    """Publish; while Redis is away, publish the very same events again. So the order stays, and ids tell repeats."""
    session = holdfast.session(events[0].session_id)
    until = None
    while True:
        try:
            session.publish(*events)
        except StreamUnavailable as error:
            if until is None:
                until = time.monotonic() + timeout
                parent.send(f"{error.message}; trying again")
            elif time.monotonic() > until:
                raise
            events = error.events
            time.sleep(RETRY_SECONDS)
        else:
            return


def _calls(share: Share) -> Iterator[Call]:
    mine = conversations(share.paths, share.prefix, (share.nth, share.of))
    if share.speed is None or share.first is None:
        for conversation in mine:
            events = conversation.events
            for start in range(0, len(events), share.batch):
                yield 0.0, events[start : start + share.batch]
    else:
        timelines = [_timeline(conversation, share.first, share.speed) for conversation in mine]
        yield from heapq.merge(*timelines, key=lambda call: call[0])


def _timeline(conversation: Conversation, first: datetime, speed: float) -> Iterator[Call]:
    """Each event by itself, when it is due. What has no time, or an earlier one, follows at once on the one before."""
    due = 0.0
    for event, at in zip(conversation.events, (conversation.times[:1] or (None,)) + conversation.times, strict=True):
        if at is not None:
            due = max(due, (at - first).total_seconds() / speed)
        yield due, (event,)
