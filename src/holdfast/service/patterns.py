"""One tenant's patterns: the habits that a user's sessions show, and what they suggest to one that is under way."""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Engine

from holdfast.events import identifier
from holdfast.pipeline.tracing import trace_at
from holdfast.remembering.memory import Evidence
from holdfast.remembering.patterns import Known, Pattern, Suggestions, patterns, suggestions
from holdfast.remembering.record import UserRecord, Wish
from holdfast.session.status import ENDED
from holdfast.store import evidence, log, sessions, traces
from holdfast.store.transaction import transaction

__all__ = ["Patterns"]

SESSIONS = 60
"""How many of a user's newest sessions are looked at: a habit of long ago is none."""


class Patterns:
    """One tenant's patterns. They are computed when they are asked for, of traces, and stored nowhere."""

    def __init__(
        self,
        engine: Engine,
        settle: Callable[[str], None],
        record: Callable[[str], UserRecord],
        *,
        tenant: str,
    ) -> None:
        """`settle` commits what waits in front of a session; `record` tells what a user is known to prefer."""
        self._engine = engine
        self._settle = settle
        self._record = record
        self.tenant = tenant

    def patterns(self, user_id: str, zone: str = "UTC") -> list[Pattern]:
        """The habits of the user, the surest of each kind first; hours are those of the zone.

        Sessions that never came to rest are not looked at. Raises `InvalidInput`.
        """
        identifier("user_id", user_id)
        with transaction(self._engine) as connection:
            found = traces.newest(log.cursor(connection), self.tenant, user_id, SESSIONS)
        return patterns(found, zone=zone)

    def suggest(self, session_id: str) -> Suggestions:
        """What the user's other sessions, and what is remembered of the user, suggest to this one as it is now.

        Nothing, where it has ended. Raises `SessionNotFound`.
        """
        identifier("session_id", session_id)
        self._settle(session_id)
        with transaction(self._engine) as connection:
            session, _ = sessions.find(connection, self.tenant, session_id, archived=True)
            if session.status in ENDED:
                return Suggestions()
            now = trace_at(connection, session.key, session.id, session.user_id, session.events)
            rows = log.cursor(connection)
            past = [
                each
                for each in traces.newest(rows, self.tenant, session.user_id, SESSIONS + 1)
                if each.session_id != session_id
            ]
        return suggestions(past, patterns(past), now, self._known(session.user_id))

    def _known(self, user_id: str) -> Mapping[str, Known]:
        """Preferences that nothing speaks against as much as for."""
        record = self._record(user_id)
        wishes = {key: wish for key, wish in record.preferences.items() if key not in record.contested}
        ids = [memory.id for wish in wishes.values() for memory in wish.memories]
        with transaction(self._engine) as connection:
            said = evidence.of_memories(log.cursor(connection), self.tenant, ids)
        return {key: _of(wish, said) for key, wish in wishes.items()}


def _of(wish: Wish, said: Mapping[str, Sequence[Evidence]]) -> Known:
    """The wish, with what was said for it."""
    pieces = [piece for memory in wish.memories for piece in said.get(memory.id, ()) if piece.finding.stance == "for"]
    places = dict.fromkeys((piece.session_id, str(piece.finding.event_id)) for piece in pieces)
    return Known(wish.value, wish.confidence, "; ".join(each.text for each in wish.memories), tuple(places))
