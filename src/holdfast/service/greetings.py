"""Greeting, as far as it only reads: who comes, do they want to go on with something, and how do they want things."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from holdfast.errors import InvalidEvent, InvalidInput, NotCommittedYet, SessionNotFound, StreamUnavailable
from holdfast.events import Event, PreferenceStated, identifier
from holdfast.events.values import shown
from holdfast.greeting.answer import APOLOGY, NOTHING_EARLIER, WELCOME, WELCOME_BACK, last_time
from holdfast.greeting.intent import THRESHOLD, Intent, resume_intent
from holdfast.logs import get_logger
from holdfast.recovering.report import RecoveryReport
from holdfast.remembering.completion import Step
from holdfast.remembering.record import UserRecord
from holdfast.service.recoveries import Recoveries
from holdfast.store import sessions, users
from holdfast.store.transaction import transaction
from holdfast.store.users import Record

__all__ = ["Greetings", "Step", "Welcome"]

logger = get_logger(__name__)

IDENTIFY = "IDENTIFY USER"
RESUME = "CHECK FOR SESSION RESUME"
LOAD = "LOAD PREFERENCES"
CREATE = "CREATE NEW SESSION"
"""The steps of the protocol, by its own names."""


@dataclass(frozen=True, slots=True)
class Welcome:
    """What a user is answered, before any session is begun or gone on with."""

    user_id: str
    intent: Intent
    last_session_id: str | None
    session_count: int
    preferences: dict[str, Any]
    resumable: str | None
    """The session that the user is offered to go on with."""
    answer: str
    problems: tuple[str, ...]
    steps: tuple[Step, ...]


@dataclass(slots=True)
class _Earlier:
    """What became of the wish to go on."""

    offered: str | None
    answer: str
    outcome: str
    problems: list[str]
    damaged: dict[str, int]
    """Sessions that are not what was committed, and the last event of each that is."""


class Greetings:
    """One tenant's greetings. They read, and change nothing."""

    def __init__(
        self,
        engine: Engine,
        recoveries: Recoveries,
        settle: Callable[[str], None],
        remembered: Callable[[str], UserRecord],
        *,
        tenant: str,
    ) -> None:
        """`settle` commits what waits in front of a session; `remembered` is what memory has of a user."""
        self._engine = engine
        self._recoveries = recoveries
        self._settle = settle
        self._remembered = remembered
        self.tenant = tenant

    def greet(self, user_id: str, text: str, *, threshold: float | None = None) -> Welcome:
        """The protocol, but that no session is begun. Raises `InvalidInput`."""
        identifier("user_id", user_id)
        if not isinstance(text, str):
            raise InvalidInput("text", f"must be text, not {shown(text)}")
        threshold = THRESHOLD if threshold is None else threshold
        if type(threshold) not in {int, float} or not 0 <= threshold <= 1:
            raise InvalidInput("threshold", f"must be a number from 0 to 1, not {shown(threshold)}")
        record = self.record(user_id)
        intent = resume_intent(text, threshold=threshold)
        late = self._committed(record.last_session_id)
        earlier = self._earlier(user_id, intent, record)
        preferences, unread = self._preferences(user_id, earlier.damaged)
        return Welcome(
            user_id,
            intent,
            record.last_session_id,
            record.session_count,
            preferences,
            earlier.offered,
            earlier.answer,
            (*late, *earlier.problems, *unread),
            (
                Step(IDENTIFY, _known(record)),
                Step(RESUME, earlier.outcome),
                Step(LOAD, ", ".join(preferences) or "none is known"),
                Step(CREATE, "is due" if earlier.offered is None else "waits for the answer: resume, or start fresh"),
            ),
        )

    def record(self, user_id: str) -> Record:
        """The user's sessions, in short."""
        identifier("user_id", user_id)
        with transaction(self._engine) as connection:
            return users.record(connection, self.tenant, user_id)

    def preferences(self, user_id: str) -> dict[str, Any]:
        """What the user wants, by key: as it is remembered, or as was said since anything was learned."""
        identifier("user_id", user_id)
        return self._preferences(user_id, {})[0]

    def _committed(self, session_id: str | None) -> list[str]:
        """Commit what the user's newest session still has in Redis, so that it counts; what is wrong where not."""
        try:
            if session_id is not None:
                self._settle(session_id)
        except (NotCommittedYet, StreamUnavailable) as error:
            return [f"What was said last may be missing: {error.message}"]
        return []

    def _earlier(self, user_id: str, intent: Intent, record: Record) -> _Earlier:
        if not intent.wanted:
            answer = WELCOME_BACK if record.session_count else WELCOME
            return _Earlier(None, answer, f"not asked for (score {intent.score:.2f})", [], {})
        asked = f"asked for (score {intent.score:.2f})"
        try:
            found = self._candidate(user_id, intent.session_id)
        except SessionNotFound as error:
            return self._lost(user_id, intent.session_id, asked, error.message, {})
        if found is None:
            return _Earlier(None, NOTHING_EARLIER, f"{asked}, and there is none to resume", [], {})
        session_id, title = found
        report = self._recoveries.recover(session_id, "quick")
        problem = self._wrong(user_id, report)
        if problem is not None:
            return self._lost(user_id, session_id, asked, problem, {session_id: report.last_good_seq})
        outcome = f"{asked}: {session_id}, {report.last_good_seq:,} events, is offered"
        return _Earlier(session_id, last_time(report.state, title), outcome, list(report.warnings), {})

    def _candidate(self, user_id: str, named: str | None) -> tuple[str, str | None] | None:
        """The session to go on with and its title. Raises `SessionNotFound` for one that is named and is another's."""
        with transaction(self._engine) as connection:
            chosen = named or users.last_at_work(connection, self.tenant, user_id)
            if chosen is None:
                return None
            found = sessions.find(connection, self.tenant, chosen, archived=True)[0]
        if found.user_id != user_id:
            # The very words of a session that is not there: whether another user has one must not be learned here.
            raise SessionNotFound(chosen, f"there is no session {chosen!r}")
        return found.id, found.title

    def _wrong(self, user_id: str, report: RecoveryReport) -> str | None:
        """Why the session cannot be gone on with: lost, damaged, or not in keeping with what the log says."""
        if report.problem is not None:
            return report.problem.message
        if report.damage is not None:
            return report.damage
        if report.state.user_id != user_id:
            return f"session {report.session_id} says that it is another user's"
        with transaction(self._engine) as connection:
            stated = list(users.preferences(connection, self.tenant, user_id))
        own = [each for each in stated if each.session_id == report.session_id and each.seq <= report.last_good_seq]
        told = {key: wish.value for key, wish in report.state.preferences.items()}
        if told != _newest(own)[0]:
            return f"the preferences in session {report.session_id} do not match those in its log"
        return None

    def _lost(
        self, user_id: str, session_id: str | None, asked: str, problem: str, damaged: dict[str, int]
    ) -> _Earlier:
        logger.error("greeting.not_resumed", user_id=user_id, session_id=session_id, problem=problem)
        return _Earlier(None, APOLOGY, f"{asked}, and could not be loaded", [problem], damaged)

    def _preferences(self, user_id: str, damaged: dict[str, int]) -> tuple[dict[str, Any], list[str]]:
        """What is remembered, and the newest of each key that nothing was learned of yet; and what could not be read.

        What a damaged session says behind its damage is left out.
        """
        remembered = {key: wish.value for key, wish in self._remembered(user_id).preferences.items()}
        with transaction(self._engine) as connection:
            stated = list(users.preferences(connection, self.tenant, user_id, unlearned=True))
        found, unread = _newest(each for each in stated if each.seq <= damaged.get(each.session_id, each.seq))
        for problem in unread:
            logger.error("greeting.preference_unread", user_id=user_id, problem=problem)
        return remembered | found, unread


def _newest(stated: Iterable[Event]) -> tuple[dict[str, Any], list[str]]:
    found: dict[str, Any] = {}
    unread = []
    for event in stated:
        try:
            said = event.payload
        except InvalidEvent as error:
            unread.append(
                f"session {event.session_id}, event {event.seq}: a preference cannot be read ({error.message})"
            )
            continue
        if isinstance(said, PreferenceStated):
            found[said.key] = said.value
    return found, unread


def _known(record: Record) -> str:
    if record.last_session_id is None:
        return "new: no session yet"
    many = "1 session" if record.session_count == 1 else f"{record.session_count:,} sessions"
    return f"{many}; the last: {record.last_session_id}"
