"""A session's log, as one agent writes to it and reads it: what everything else of a session rests on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

from holdfast.client.lease import Lease
from holdfast.errors import InvalidInput
from holdfast.events import RESERVED, Draft, Event, Payload, draft, reserved, whole
from holdfast.outcome import Receipt
from holdfast.recovering.history import History, rendered
from holdfast.recovering.report import Format
from holdfast.session import Message, State

if TYPE_CHECKING:
    from holdfast.client.holdfast import Holdfast
    from holdfast.service.contexts import Context

__all__ = ["Item", "Log"]

Item = Payload | Mapping[str, Any] | str | bytes | Draft
"""What can be published: a typed event, the same as JSON (a mapping or its text), or a draft of an earlier try."""


MAX_EVENTS = 1000
MAX_BYTES = 8 * 1024 * 1024
"""What one call takes, all or none: as much as Redis swallows well within the time limit."""


class Log:
    """One session, as one agent writes to it. `Session` is all of it."""

    def __init__(self, holdfast: Holdfast, session_id: str, agent: str) -> None:
        self.id = session_id
        self.agent = agent
        self._holdfast = holdfast
        self._lease: Lease | None = None
        self._offered: set[str] = set()  # handoffs that this object offered
        self._conversing: set[str] = set()  # conversations that are known to have an id

    def __repr__(self) -> str:
        return f"<Session {self.id} of {self.agent}>"

    def publish(self, *events: Item, conversation: str | None = None, actor: str | None = None) -> list[UUID]:
        """Hand events over to Redis, all or none, in this order; returns their ids. At most 1,000, with 8 MiB of data.

        Raises `InvalidEvent` before anything is sent; `StreamUnavailable` within the time limit (2 s by default), whose
        `events` can be published again without harm. What Redis promises then depends on how it is set up: see
        `docs/promises.md`.
        """
        drafts = self._drafts(events, conversation, actor)
        self._holdfast._publish(drafts)  # noqa: SLF001  # the two classes are one surface
        return [draft.id for draft in drafts]

    def append(self, *events: Item, conversation: str | None = None, actor: str | None = None) -> list[Receipt]:
        """Commit events to the log, behind what was published before; returns their receipts, in order.

        Each is accepted or refused by itself; the first refusal is raised when all have been tried.

        Raises as `publish` does; `StaleWriter`, `SessionClosed` or `SessionNotFound` where the log refuses an event;
        `NotCommittedYet` where Postgres is away for longer than `append_timeout`.
        """
        return self._holdfast._append(self._drafts(events, conversation, actor))  # noqa: SLF001  # as above

    def events(self, after: int = 0, limit: int | None = 1000) -> list[Event]:
        """Committed events with a sequence number above `after`, in order, at most `limit` (None: all)."""
        return self._holdfast.service.events(self.id, after=whole("after", after), limit=_limit(limit))

    def messages(
        self, conversation: str | None = None, *, after: int = 0, before: int | None = None, limit: int | None = None
    ) -> list[Message]:
        """The newest `limit` messages (None: all), in order; of one conversation, or of all together.

        `after` and `before` are sequence numbers: only what lies between them counts, without them.
        """
        return self._holdfast.service.messages(
            self.id,
            conversation=conversation,
            after=whole("after", after),
            before=None if before is None else whole("before", before),
            limit=_limit(limit),
        )

    def history(
        self,
        format: Format = "openai",  # noqa: A002  # the word of the design
        *,
        max_tokens: int | None = None,
        conversation: str | None = None,
    ) -> History:
        """What was said so far, in the form that a model accepts: the same as a recovery's, for the turns after it.

        Calls without a result, and what else no model takes, are mended in what is returned; the log is not changed.
        With `max_tokens` it is the newest part that fits, behind a summary of what is left out. Raises `InvalidInput`.
        """
        return rendered(self.messages(conversation), format, max_tokens=max_tokens)

    def state(self, at: int | datetime | str | None = None) -> State:
        """What is known, decided and open: the fold of the session's committed events.

        With `at` as it was: after that event (its sequence number), at that time, or at that recovery point. Raises
        `InvalidInput` for what lies outside the log, `SnapshotNotFound` for a recovery point that is not there.
        """
        service = self._holdfast.service
        return service.state(self.id) if at is None else service.saves.state(self.id, at)

    def verify(self) -> int:
        """Check the log against its hash chain; returns the number of events. Raises `LogDamaged`."""
        return self._holdfast.service.verify(self.id)

    @cached_property
    def _context(self) -> Context:
        return self._holdfast.service.contexts.of(self.id)

    def _drafts(self, events: tuple[Item, ...], conversation: str | None, actor: str | None) -> list[Draft]:
        if self._lease:
            self._lease.check()
        fence = self._lease.fence if self._lease else None
        drafts = [
            draft(item, session_id=self.id, actor=actor or self.agent, conversation=conversation, fence=fence)
            for item in events
        ]
        for made in drafts:
            if made.type in RESERVED:
                raise reserved(made.type)
        size = sum(len(made.data) for made in drafts)
        if len(drafts) > MAX_EVENTS or size > MAX_BYTES:
            raise InvalidInput(
                "events",
                f"are {len(drafts):,} with {size:,} bytes; one call takes {MAX_EVENTS:,} and {MAX_BYTES:,} bytes",
            )
        return drafts


def _limit(limit: int | None) -> int | None:
    return None if limit is None else whole("limit", limit, 1)
