"""Checking a request against the scope of a task, and telling the session's log what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_OID, UUID, uuid5

from holdfast.errors import InvalidInput
from holdfast.events import DecisionEscalated, Payload, RequestAllowed, RequestBlocked, name
from holdfast.events.values import shown
from holdfast.session import State
from holdfast.session.parts import Task
from holdfast.sharing.scope import Request, Verdict, check
from holdfast.sharing.scope.judge import Judge
from holdfast.sharing.scope.precedent import asked_before, recorded, with_precedent

if TYPE_CHECKING:
    from holdfast.client.session.log import Log

__all__ = ["checked"]


def checked(
    session: Log,
    request: Request | str | Mapping[str, Any],
    *,
    task_id: str | None,
    escalate_to: str | None,
    judge: Judge | None,
    record: bool,
) -> Verdict:
    """As `Session.check` says."""
    given = Request.of(request)
    if escalate_to is not None:
        name("escalate_to", escalate_to)
    state = session._context.state()  # noqa: SLF001  # the parts of a session are one surface
    task = _task(state, task_id)
    verdict = check(given, task.scope if task else None, task=task.description if task else None, judge=judge)
    verdict = with_precedent(verdict, state)
    if not record:
        return verdict
    if verdict.result == "NEEDS_DECISION" and verdict.decision_id is None:
        # Two that check the same at once make the same events, of the same ids, and the question is asked once.
        tenant = session._holdfast.settings.tenant  # noqa: SLF001  # as above
        one = f"holdfast check {tenant}/{session.id} {asked_before(verdict, state)} {recorded(verdict.task or '')!r}"
        question_id = uuid5(NAMESPACE_OID, f"{one} {recorded(verdict.request)}")
        verdict = replace(verdict, decision_id=f"decision-{question_id.hex[:12]}")
        question, blocked = _question(verdict, escalate_to or _owner(state)), _blocked(verdict)
        session.append(_event(question_id, question), _event(uuid5(question_id, "blocked"), blocked))
    elif verdict.result == "BLOCKED":
        session.append(_blocked(verdict))
    elif verdict.result == "ALLOWED":
        session.append(_allowed(verdict))
    return verdict


def _task(state: State, task_id: object) -> Task | None:
    if task_id is None:
        return state.active_task
    task = state.tasks.get(task_id) if isinstance(task_id, str) else None
    if task is None:
        raise InvalidInput("task_id", f"is no open task of the session: {shown(task_id)}")
    return task


def _owner(state: State) -> str | None:
    return state.campaign.campaign_owner if state.campaign else None


def _question(verdict: Verdict, escalate_to: str | None) -> Payload:
    return DecisionEscalated(
        question=verdict.question or verdict.reason,
        decision_id=verdict.decision_id,
        context=verdict.context,
        options=list(verdict.options),
        escalated_to=escalate_to,
    )


def _event(event_id: UUID, said: Payload) -> dict[str, Any]:
    return {"id": event_id, "type": said.TYPE, "data": said}


def _allowed(verdict: Verdict) -> Payload:
    return RequestAllowed(
        request=recorded(verdict.request),
        reason=verdict.reason,
        task=recorded(verdict.task or "") or None,
        line=verdict.line,
    )


def _blocked(verdict: Verdict) -> Payload:
    return RequestBlocked(
        request=recorded(verdict.request),
        reason=verdict.reason,
        action=verdict.action,
        task=recorded(verdict.task or "") or None,
        line=verdict.line,
        decision_id=verdict.decision_id,
    )
