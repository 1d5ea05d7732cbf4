"""One tenant's handoffs: offered, accepted with the lease, refused, completed, and what a receiver must know for it."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import deepcopy
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Connection

from holdfast.errors import HandoffNotFound, InvalidEvent, InvalidInput, NotCommittedYet, StreamUnavailable
from holdfast.events import Draft, Event, PreferenceStated, identifier, name, reference, whole
from holdfast.outcome import Receipt
from holdfast.pipeline import handing
from holdfast.pipeline.handing import Over
from holdfast.pipeline.lease import Lease
from holdfast.pipeline.rebuild import state_at
from holdfast.service.contexts import Context
from holdfast.service.guarded import Guarded
from holdfast.service.paging import Listing, cursor_of, place_of
from holdfast.session import State
from holdfast.sharing.handing import Known, Wish, known, provided
from holdfast.store import log, offers, sessions, users
from holdfast.store.offers import STATUSES, Offer
from holdfast.store.transaction import transaction

__all__ = ["Handoffs"]

T = TypeVar("T")


class Handoffs(Guarded):
    """One tenant's handoffs."""

    def known_of(self, session_id: str) -> tuple[State, str, dict[str, Wish]]:
        """What a package is made of: the state, with what was published before; the event that began the session; and
        what its user wants, as said in other sessions. Raises `SessionNotFound`.
        """
        self._settle(session_id)

        def read(connection: Connection) -> tuple[State, str, dict[str, Wish]]:
            found, _ = sessions.find(connection, self.tenant, session_id)
            state = state_at(connection, self.tenant, found.key, session_id, found.events)
            begun = next(log.events(connection, found.key, session_id, limit=1))
            return state, str(begun.id), self._wishes(connection, state.user_id)

        return self._committed(read)

    def offer(self, event: Draft, *, seconds: float | None, handoff_id: str) -> Offer:
        """Offer, behind what was published before; what was offered under that id before stays as it is.

        Raises as `pipeline.handing.offer` does.
        """
        self._settle(event.session_id)

        def offer(connection: Connection) -> Offer:
            handing.offer(connection, self.tenant, event, seconds=seconds, rules=self._rules)
            return self._found(connection, event.session_id, handoff_id)

        return self._committed(offer)

    def accept(self, event: Draft, *, seconds: float) -> Lease | None:
        """Accept, once what was published before is committed; the lease that comes with it. None: a shared session.

        Raises as `pipeline.handing.accept` does.
        """
        self._settle(event.session_id)
        return self._in_time(
            lambda connection: handing.accept(connection, self.tenant, event, seconds=seconds, rules=self._rules)
        )

    def refuse(self, event: Draft) -> Receipt:
        """Refuse, behind what was published before. Raises as `pipeline.handing.refuse` does."""
        self._settle(event.session_id)
        return self._in_time(lambda connection: handing.refuse(connection, self.tenant, event, rules=self._rules))

    def complete(self, events: Sequence[Draft]) -> Receipt:
        """Commit what came of it, behind what was published before. Raises as `pipeline.handing.complete` does."""
        self._settle(events[-1].session_id)
        return self._committed(
            lambda connection: handing.complete(connection, self.tenant, list(events), rules=self._rules)
        )

    def find(self, session_id: str, handoff_id: str) -> Offer:
        """The handoff of that id. Raises `SessionNotFound`, `HandoffNotFound`."""
        identifier("session_id", session_id)
        reference("handoff_id", handoff_id)
        with transaction(self._engine) as connection:
            sessions.find(connection, self.tenant, session_id)
            return self._found(connection, session_id, handoff_id)

    def listed(
        self,
        *,
        agent: str | None = None,
        session_id: str | None = None,
        status: str | None = "offered",
        limit: int = 50,
        cursor: str | None = None,
    ) -> Listing[Offer]:
        """Those that all filters let through, in the order in which they were offered; a `status` of None lets all.

        Raises `InvalidInput`.
        """
        if status is not None and status not in STATUSES:
            raise InvalidInput("status", f"must be one of {', '.join(STATUSES)}, not {status!r}")
        limit = whole("limit", limit, 1, 10_000)
        with transaction(self._engine) as connection:
            found = offers.listed(
                log.cursor(connection),
                self.tenant,
                receiver=None if agent is None else name("agent", agent),
                session_id=None if session_id is None else identifier("session_id", session_id),
                status=status,
                after=None if cursor is None else place_of(cursor),
                limit=limit + 1,
            )
        more = len(found) > limit
        return Listing(found[:limit], cursor_of(found[limit - 1].place) if more else None)

    def known(self, context: Context, key: str) -> Known | None:
        """What is known of a key: what was decided, what the user told or wants, whichever was said last.

        What the user wants may have been said in another session. Raises `SessionNotFound`, `InvalidInput`.
        """
        reference("key", key)
        with suppress(StreamUnavailable, NotCommittedYet):
            self._settle(context.session_id)
        with context.reading() as state:
            said, user_id = deepcopy(known(state, key)), state.user_id
        with transaction(self._engine) as connection:
            if not said:
                wish = self._wishes(connection, user_id).get(key)
                return None if wish is None else wish.as_known(key)
            return max(self._placed(connection, context.session_id, said), key=lambda each: each.seq or 0)

    def provided(self, context: Context) -> dict[str, Known]:
        """What the user told, by key. Raises `SessionNotFound`."""
        with suppress(StreamUnavailable, NotCommittedYet):
            self._settle(context.session_id)
        with context.reading() as state:
            said = deepcopy(provided(state))
        with transaction(self._engine) as connection:
            return {each.key: each for each in self._placed(connection, context.session_id, said)}

    def _placed(self, connection: Connection, session_id: str, said: Sequence[Known]) -> list[Known]:
        """With their places in the log: no clock tells which was said last."""
        if not said:
            return []
        key = sessions.find(connection, self.tenant, session_id)[0].key
        ids = [UUID(each.event_id) for each in said]
        places = log.recorded(log.cursor(connection), [(key, event_id) for event_id in ids])
        return [each.placed(places.get((key, event_id))) for each, event_id in zip(said, ids, strict=True)]

    def _wishes(self, connection: Connection, user_id: str | None) -> dict[str, Wish]:
        """What the user wants, as last said in any session."""
        if user_id is None:
            return {}
        found: dict[str, Wish] = {}
        for event in users.preferences(connection, self.tenant, user_id):
            said = _preference(event)
            if said is not None:
                found[said.key] = Wish(
                    said.value, said.confidence, str(event.id), event.session_id, event.seq, event.occurred_at
                )
        return found

    def _found(self, connection: Connection, session_id: str, handoff_id: str) -> Offer:
        found = offers.find(log.cursor(connection), self.tenant, session_id, handoff_id)
        if found is None:
            raise HandoffNotFound(handoff_id, f"session {session_id!r} has no handoff {handoff_id!r}")
        return found

    def _in_time(self, work: Callable[[Connection], T | Over]) -> T:
        while True:
            done = self._committed(work)
            if not isinstance(done, Over):
                return done


def _preference(event: Event) -> PreferenceStated | None:
    """None for one that cannot be read: greeting the user tells of it."""
    try:
        said = event.payload
    except InvalidEvent:
        return None
    return said if isinstance(said, PreferenceStated) else None
