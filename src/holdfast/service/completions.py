"""One tenant's completions: the four steps of the protocol, done at once for a session that was paused or closed.

Each step is one that a worker does as well, when its timer is due: what cannot be done here and now is made up for.
"""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Engine

from holdfast.errors import HoldfastError
from holdfast.logs import get_logger
from holdfast.pipeline.learn import learn_all
from holdfast.pipeline.rules import Rules
from holdfast.remembering.completion import (
    EXTRACT,
    OFFER,
    STORE,
    SUMMARIZE,
    Completion,
    Remembered,
    Step,
    offer,
)
from holdfast.saving.snapshot import Snapshot
from holdfast.service.saves import Saves
from holdfast.service.summaries import Summaries
from holdfast.session.status import ENDED
from holdfast.store import log, memories, sessions, timers
from holdfast.store.transaction import transaction

__all__ = ["Completions"]

logger = get_logger(__name__)

T = TypeVar("T")

REASONS = {"paused": "pause", "closed": "close", "expired": "expiry", "failed": "failure"}


class Completions:
    """One tenant's."""

    def __init__(
        self,
        engine: Engine,
        saves: Saves,
        summaries: Summaries,
        *,
        tenant: str,
        rules: Rules,
    ) -> None:
        self._engine = engine
        self._saves = saves
        self._summaries = summaries
        self._rules = rules
        self.tenant = tenant

    def complete(self, session_id: str) -> Completion:
        """Summarise a session, learn from it, save it, and say what the user is told. Repeating it does no harm.

        Raises `SessionNotFound`. What fails besides is among the problems.
        """
        problems: list[str] = []
        with transaction(self._engine) as connection:
            status = sessions.find(connection, self.tenant, session_id)[0].status
        reason = REASONS.get(status, "asked")
        summary = _tried(lambda: self._summaries.make(session_id, reason), "the summary", problems)
        if self._rules.learn:
            _tried(lambda: learn_all(self._engine, self.tenant, session_id), "learning", problems)
        snapshot = _tried(lambda: self._saves.save(session_id, "full"), "the save", problems)
        with transaction(self._engine) as connection:
            cursor = log.cursor(connection)
            found = sessions.find(connection, self.tenant, session_id)[0]
            learned = [Remembered(*each) for each in memories.of_session(cursor, self.tenant, found.key)]
            until = None if found.status in ENDED else timers.due(cursor, found.key, timers.EXPIRE)
        held = [each for each in learned if each.memory.status in {"current", "contested"}]
        told = offer(held, until)
        return Completion(
            session_id=session_id,
            status=found.status,
            events=found.events,
            snapshot=snapshot,
            summary=summary,
            remembered=tuple(held),
            resumable_until=until,
            offer=told,
            steps=(
                Step(SUMMARIZE, "not made yet" if summary is None else f"{len(summary.lines)} lines"),
                Step(EXTRACT, f"{sum(each.new for each in held)} new, {sum(not each.new for each in held)} confirmed"),
                Step(STORE, _stored(held, snapshot)),
                Step(OFFER, told),
            ),
            problems=tuple(problems),
        )


def _stored(held: list[Remembered], snapshot: Snapshot | None) -> str:
    temporary = sum(each.memory.temporary for each in held)
    saved = "not saved yet" if snapshot is None else f"saved as {snapshot.id}"
    return f"{saved}; {len(held) - temporary} to keep, {temporary} for a while"


def _tried(work: Callable[[], T], what: str, problems: list[str]) -> T | None:
    """A part that fails is made up for by a worker: it is told, and keeps nothing else from being done."""
    try:
        return work()
    except HoldfastError as error:
        logger.warning("completion.later", what=what, problem=error.message)
        problems.append(f"{what} has to wait, and is made up for: {error.message}")
        return None
