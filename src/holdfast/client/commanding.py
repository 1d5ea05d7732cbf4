"""Recovery as somebody asks for it: of a session that may not be there, of the last one, by the guide's commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from holdfast.client.recovering import look_and_recover, recorded
from holdfast.client.session import Session
from holdfast.errors import HoldfastError, SessionNotFound, StoreUnavailable, Unavailable
from holdfast.events import identifier, name
from holdfast.recovering.commands import ContextSummary, RecoverSession, ResumeTask, parse
from holdfast.recovering.observation import Observation
from holdfast.recovering.probe import Probe
from holdfast.recovering.report import Mode, RecoveryReport
from holdfast.recovering.resuming import knows, resumed, summarised

if TYPE_CHECKING:
    from holdfast.client.holdfast import Holdfast

__all__ = ["command", "recover"]

SEARCHED = 100
"""Sessions, the newest, in which a task is looked for."""


def recover(
    holdfast: Holdfast,
    session_id: str | None,
    mode: Mode,
    world: Sequence[Probe],
    *,
    user_id: str | None = None,
    agent: str | None = None,
    record: bool,
) -> RecoveryReport:
    """As `Holdfast.recover` says."""
    if agent is not None:
        name("agent", agent)
    found = _last_active(holdfast, user_id) if session_id is None else identifier("session_id", session_id)
    observation, report = _looked(holdfast, found, mode, world)
    return _recorded(holdfast, report, observation, agent) if record else report


def command(
    holdfast: Holdfast,
    said: str | Mapping[str, Any],
    world: Sequence[Probe],
    *,
    user_id: str | None,
    agent: str | None,
) -> dict[str, Any]:
    """As `Holdfast.command` says."""
    asked = parse(said)
    if user_id is not None:
        identifier("user_id", user_id)
    if agent is not None:
        name("agent", agent)
    match asked:
        case RecoverSession(session_id, mode):
            report = recover(holdfast, session_id, mode, world, user_id=user_id, agent=agent, record=True)
            return summarised(report)
        case ContextSummary(session_id):
            report = recover(holdfast, session_id, "quick", world, record=False)
            return summarised(report, project=True)
        case ResumeTask(task_id, session_id):
            session_id = session_id or _session_of(holdfast, task_id, user_id)
            observation, report = _looked(holdfast, session_id, "quick", world)
            if report.problem is not None:
                raise report.problem
            resumed(report, task_id, asked.from_step)  # what is wrong with it is said before anything is recorded
            return resumed(_recorded(holdfast, report, observation, agent), task_id, asked.from_step)


def _looked(
    holdfast: Holdfast, session_id: str, mode: Mode, world: Sequence[Probe]
) -> tuple[Observation | None, RecoveryReport]:
    losses = holdfast._spooled()  # noqa: SLF001  # client and commands are one surface
    return look_and_recover(session_id, holdfast._recoveries, mode, world, losses)  # noqa: SLF001  # as above


def _recorded(
    holdfast: Holdfast, report: RecoveryReport, observation: Observation | None, agent: str | None
) -> RecoveryReport:
    if report.problem is not None:
        return report
    # Who goes on is whoever worked there before, unless somebody says otherwise; only what was recovered tells.
    session = Session(holdfast, report.session_id, agent or report.state.agent.type or "agent")
    return recorded(session, report, observation)


def _last_active(holdfast: Holdfast, user_id: str | None) -> str:
    try:
        return holdfast.service.last_active(user_id)
    except StoreUnavailable as error:
        raise StoreUnavailable(
            f"which session was last active only Postgres knows, so give the session's id: {error.message}"
        ) from error


def _session_of(holdfast: Holdfast, task_id: str, user_id: str | None) -> str:
    """The newest session that knows the task, among the newest of the user or of all."""
    newest = holdfast.sessions(user_id=user_id, limit=SEARCHED).items
    unread = []
    for each in newest:
        try:
            if knows(holdfast.service.state(each.id), task_id):
                return each.id
        except Unavailable:
            raise
        except HoldfastError as error:
            unread.append(f"{each.id} ({error.message})")
    whose = f" of user {user_id!r}" if user_id else ""
    but = f"; these could not be read: {', '.join(unread)}" if unread else ""
    raise SessionNotFound(
        "", f"no session{whose} knows the task {task_id!r}; searched were the newest {len(newest):,}{but}"
    )
