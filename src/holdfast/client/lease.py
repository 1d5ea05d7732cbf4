"""A lease as its holder has it: renewed while it is held, and the first to know when it is lost."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from holdfast.errors import HoldfastError, StaleWriter
from holdfast.logs import get_logger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from holdfast.pipeline import lease
    from holdfast.service import Service
    from holdfast.store.dead_letters import DeadLetter

__all__ = ["Lease", "Renewals"]

logger = get_logger(__name__)

RENEWALS = 3
"""Times in its life that a lease is renewed: one that fails, and one that is slow, do not lose it."""


class Lease:
    """The right to write to a session, for as long as it is held and nobody takes it over."""

    def __init__(self, service: Service, session_id: str, taken: lease.Lease, seconds: float, asked_at: float) -> None:
        self.session_id = session_id
        self.owner = taken.owner
        self.fence = taken.fence
        self.exclusive = taken.exclusive
        self.until: datetime | None = taken.until
        """By the database's clock, as of the last renewal; None for a shared lease, which has no end."""
        self.taken = taken
        self._service = service
        self._seconds = seconds
        self._good_until = asked_at + seconds
        self._lost = False

    def __repr__(self) -> str:
        return f"<Lease of {self.owner} on {self.session_id} at fence {self.fence}>"

    @property
    def interval(self) -> float:
        """Seconds between two renewals."""
        return self._seconds / RENEWALS

    @property
    def lost(self) -> bool:
        """Whether it is known to be lost: taken over, or run out, as after a process was stopped and went on."""
        # Counted from before each request was sent, so that this process never believes in it longer than the database.
        return self._lost or (self.exclusive and time.monotonic() > self._good_until)

    def check(self) -> None:
        """Raises `StaleWriter` where the lease is known to be lost."""
        if self.lost:
            raise StaleWriter(
                self.session_id,
                f"the lease of {self.owner!r} on session {self.session_id!r} at fence {self.fence} is lost: it was "
                "taken over, or ran out without being renewed; take it again before writing",
            )

    def refused(self) -> list[DeadLetter]:
        """What was published under this lease and not committed, because it was lost by then: it is kept there."""
        return self._service.refused(self.session_id, self.fence)

    def renew(self) -> None:
        """Make it last. Without Postgres nothing changes, and it is tried again until the lease has run out."""
        asked_at = time.monotonic()
        try:
            until = self._service.renew_lease(self.session_id, self.taken, self._seconds)
        except HoldfastError as error:
            logger.warning("lease.not_renewed", session_id=self.session_id, fence=self.fence, error=error.message)
            return
        if until is None:
            self._lost = True
            logger.warning("lease.lost", session_id=self.session_id, owner=self.owner, fence=self.fence)
        else:
            self.until, self._good_until = until, asked_at + self._seconds


class Renewals:
    """Renews the leases that a process holds, in one thread that is there as long as any is held."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._due: dict[Lease, float] = {}
        self._thread: threading.Thread | None = None

    def add(self, lease: Lease) -> None:
        """Renew this lease from now on."""
        with self._changed:
            self._due[lease] = time.monotonic() + lease.interval
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="holdfast-leases", daemon=True)
                self._thread.start()
            self._changed.notify()

    def remove(self, lease: Lease) -> None:
        """Renew it no more."""
        with self._changed:
            self._due.pop(lease, None)
            self._changed.notify()

    def _work(self) -> None:
        for lease in self._next():
            try:
                lease.renew()
            except Exception:
                # The thread renews every lease of the process: whatever happened to one, it must go on.
                logger.exception("lease.renewal_failed", session_id=lease.session_id, fence=lease.fence)
            with self._changed:
                if lease in self._due and lease.lost:
                    del self._due[lease]
                elif lease in self._due:
                    self._due[lease] = time.monotonic() + lease.interval

    def _next(self) -> Iterator[Lease]:
        """Each lease when it is due; ends when none is held."""
        while True:
            with self._changed:
                while self._due and (wait := min(self._due.values()) - time.monotonic()) > 0:
                    self._changed.wait(wait)
                if not self._due:
                    self._thread = None
                    return
                lease = min(self._due, key=self._due.__getitem__)
            yield lease
