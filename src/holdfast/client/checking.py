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
    from holdfast.client.session.log import Item, Log

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
    context = session._context  # noqa: SLF001  # the parts of a session are one surface
    with context.reading() as state:
        task = _task(state, task_id)
        scope, told = (task.scope, task.description) if task else (None, None)
    verdict = check(given, scope, task=told, judge=judge)  # a judge may take its time
    with context.reading() as state:
        verdict = with_precedent(verdict, state)
        if not record:
            return verdict
        events, verdict = _told(session, verdict, state, escalate_to)
    session.append(*events)
    return verdict


def _told(session: Log, verdict: Verdict, state: State, escalate_to: str | None) -> tuple[list[Item], Verdict]:
    """What is to be recorded of a verdict; and the verdict, with its question's id where one is asked now."""
    if verdict.result == "ALLOWED":
        return [_allowed(verdict)], verdict
    if verdict.result == "BLOCKED":
        return [_blocked(verdict)], verdict
    if verdict.decision_id is not None:
        return [], verdict
    # Two that check the same at once make the same events, of the same ids, and the question is asked once.
    tenant = session._holdfast.settings.tenant  # noqa: SLF001  # as above
    one = f"holdfast check {tenant}/{session.id} {asked_before(verdict, state)} {recorded(verdict.task or '')!r}"
    question_id = uuid5(NAMESPACE_OID, f"{one} {recorded(verdict.request)}")
    verdict = replace(verdict, decision_id=f"decision-{question_id.hex[:12]}")
    question, blocked = _question(verdict, escalate_to or _owner(state)), _blocked(verdict)
    return [_event(question_id, question), _event(uuid5(question_id, "blocked"), blocked)], verdict


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
