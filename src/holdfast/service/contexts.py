"""A session's shared context, as somebody follows it: looked at again, it costs what has come since."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from holdfast.events import Draft
from holdfast.outcome import Receipt
from holdfast.pipeline.rebuild import brought_up, state_at
from holdfast.pipeline.together import together
from holdfast.service.guarded import Guarded
from holdfast.session import State
from holdfast.sharing.document import document
from holdfast.store import log, sessions, snapshots
from holdfast.store.transaction import transaction

__all__ = ["Context", "Contexts"]

T = TypeVar("T")


class Context:
    """One session's context, which costs what has come since the last look. Threads may share it."""

    def __init__(self, engine: Engine, tenant: str, session_id: str) -> None:
        self._engine = engine
        self._tenant = tenant
        self.session_id = session_id
        self._turn = threading.Lock()
        self._state: State | None = None
        self._digest = b""
        self._document: dict[str, Any] | None = None

    @contextmanager
    def reading(self) -> Iterator[State]:
        """The state after all that is committed, to be read within the block. Raises `SessionNotFound`."""
        # The next look moves it on in place: nothing of it may be kept that the fold changes.
        with self._turn:
            yield self._brought_up()

    def look(self, of: Callable[[State], T]) -> tuple[T, dict[str, Any]]:
        """What `of` makes of the state, and the `session_context` document of that moment, to be read and not changed.

        Raises `SessionNotFound`.
        """
        with self.reading() as state:
            if self._document is None:
                self._document = document(state)
            return of(state), self._document

    def _brought_up(self) -> State:
        """A failure on the way leaves nothing half done: the next look begins anew."""
        state, self._state = self._state, None
        with transaction(self._engine) as connection:
            log.steady(connection)
            found, digest = sessions.find(connection, self._tenant, self.session_id)
            if state is None or self._digest != digest:
                self._document = None
                cursor = log.cursor(connection)
                # A log that was put back from elsewhere may have gone another way since.
                if state is None or snapshots.digest_at(cursor, found.key, state.history.last_seq) != self._digest:
                    state = state_at(connection, self._tenant, found.key, self.session_id, found.events)
                else:
                    state = brought_up(connection, found.key, self.session_id, state, found.events)
        self._state, self._digest = state, digest
        return state


class Contexts(Guarded):
    """One tenant's contexts."""

    def update(self, events: Sequence[Draft]) -> list[Receipt]:
        """Commit events of one session that are one change, behind what was published before: all or none.

        Raises what the log or a guard refuses one of them with.
        """
        self._settle(events[0].session_id)

        def commit(connection: Connection) -> list[Receipt]:
            return together(connection, self.tenant, events, rules=self._rules, look_first=True)

        return self._committed(commit)

    def of(self, session_id: str) -> Context:
        """The context of a session, to be followed."""
        return Context(self._engine, self.tenant, session_id)
