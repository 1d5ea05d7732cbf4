"""One tenant's summaries: making one now, and reading those that there are."""

from collections.abc import Callable

from sqlalchemy import Connection, Engine

from holdfast.events import identifier, whole
from holdfast.pipeline.rules import Rules
from holdfast.pipeline.summarise import bring_up
from holdfast.remembering.summary import Summary
from holdfast.store import log, sessions, summaries
from holdfast.store.transaction import transaction

__all__ = ["Summaries"]


class Summaries:
    """One tenant's summaries. Every method raises `SessionNotFound` for a session that is not there."""

    def __init__(self, engine: Engine, settle: Callable[[str], None], *, tenant: str, rules: Rules) -> None:
        self._engine = engine
        self._settle = settle
        self._rules = rules
        self.tenant = tenant

    def make(self, session_id: str, reason: str = "asked") -> Summary:
        """The summary of all that was published so far, made now and here if there is none; no model is waited for.

        Raises `NotCommittedYet` and `StreamUnavailable`, where what was published cannot be committed first.
        """
        self._settle(identifier("session_id", session_id))
        with transaction(self._engine) as connection:
            key = self._key(connection, session_id)
        bring_up(self._engine, key, rules=self._rules, reason=reason)
        with transaction(self._engine) as connection:
            (newest,) = summaries.listed(log.cursor(connection), key, 1)
        return newest

    def newest(self, session_id: str) -> Summary | None:
        """The summary that covers most: a model's, or the built-in one, which may stand in for it. None: none yet."""
        return next(iter(self.listed(session_id, 1)), None)

    def listed(self, session_id: str, limit: int = 50) -> list[Summary]:
        """The session's summaries, the newest first; of one range a model's before the built-in one."""
        with transaction(self._engine) as connection:
            key = self._key(connection, identifier("session_id", session_id), archived=True)
            return summaries.listed(log.cursor(connection), key, whole("limit", limit, 1, 10_000))

    def _key(self, connection: Connection, session_id: str, *, archived: bool = False) -> int:
        return sessions.find(connection, self.tenant, session_id, archived=archived)[0].key
