"""Waiting: how far the log is, and what to say when nothing moves."""

import time
from collections.abc import Callable
from itertools import islice
from typing import Protocol, TypeVar

from holdfast.errors import NotCommittedYet, Unavailable
from holdfast.replay.recording import Survey
from holdfast.service import Service
from holdfast.stream.reader import Reader

__all__ = ["Patience", "Waiting", "Watch"]

T = TypeVar("T")

STALL_SECONDS = 10.0
RETRY_SECONDS = 0.5
LOOK_SESSIONS = 1000
"""So many sessions are looked at in one query: the first that are not whole, for publishers go in order."""


class Watch(Protocol):
    """Who is told how a replay goes."""

    def progress(self, stage: str, done: int, total: int) -> None:
        """`stage` is `published`, `committed` or `checked`; the numbers count events."""

    def notice(self, text: str) -> None:
        """Something that a person may want to act on."""


class Patience:
    """Repeats calls that fail because a server is away, for a limited time, and says so once each time."""

    def __init__(self, seconds: float, watch: Watch) -> None:
        self._seconds = seconds
        self._watch = watch

    def call(self, function: Callable[[], T]) -> T:
        """What `function` returns. Raises `Unavailable` at the time limit."""
        until = None
        while True:
            try:
                return function()
            except Unavailable as error:
                if until is None:
                    until = time.monotonic() + self._seconds
                    self._watch.notice(f"{error.message}; trying again")
                elif time.monotonic() > until:
                    raise
                time.sleep(RETRY_SECONDS)


class Waiting:
    """Follows how the events of a recording reach the log."""

    def __init__(self, service: Service, reader: Reader, found: Survey, watch: Watch, timeout: float) -> None:
        self.committed = 0
        self._service = service
        self._reader = reader
        self._found = found
        self._watch = watch
        self._timeout = timeout
        self._open = dict(found.sessions)
        self._shards = {reader.keys.shard(session_id) for session_id in found.sessions}
        self._moved_at = time.monotonic()
        self._told = False

    def look(self, accepted: int) -> bool:
        """Look once, when Redis has taken that many events. True where all of the recording is in the log."""
        try:
            committed = self._count()
        except Unavailable as error:
            self._tell(f"{error.message}; waiting for it")
            return False
        now = time.monotonic()
        if committed != self.committed or accepted <= committed:
            self._moved_at, self._told = now, False
        elif now - self._moved_at > STALL_SECONDS:
            self._tell(f"no worker has drained anything for {STALL_SECONDS:.0f} s: is `holdfast up` running?")
        self.committed = committed
        self._watch.progress("committed", committed, self._found.events)
        return not self._open

    def decided(self) -> bool:
        """Whether the streams are empty: then whatever was published was committed, or refused.

        Only after the last event was published. Raises `NotCommittedYet` when nothing has moved for too long.
        """
        if time.monotonic() - self._moved_at > self._timeout:
            raise NotCommittedYet(
                f"{self._found.events - self.committed:,} of {self._found.events:,} events were not committed, and "
                f"nothing has moved for {self._timeout:g} s; they are in Redis and will be committed once a worker "
                "drains them. Repeating this command does no harm"
            )
        try:
            return not any(self._reader.backlog(shard) for shard in self._shards)
        except Unavailable as error:
            # The reader's connections stay broken, on purpose; new ones are made at the next look.
            self._reader.close()
            self._tell(f"{error.message}; waiting for it")
            return False

    def _count(self) -> int:
        part = 0
        looked = list(islice(self._open.items(), LOOK_SESSIONS))
        reached = self._service.reached([(session_id, outline.last_id) for session_id, outline in looked])
        for session_id, outline in looked:
            events, whole = reached.get(session_id, (0, False))
            if whole:
                del self._open[session_id]
            else:
                part += min(events, outline.events)
        return self._whole() + part

    def _whole(self) -> int:
        return self._found.events - sum(outline.events for outline in self._open.values())

    def _tell(self, text: str) -> None:
        if not self._told:
            self._told = True
            self._watch.notice(text)
