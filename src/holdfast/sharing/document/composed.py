"""The document of a state: what the session knows, in the layout of the protocol, and no more than that."""

from typing import Any

from pydantic import BaseModel

from holdfast.session import State
from holdfast.session.parts import Area, Artifact, Campaign, Claim, Decision, Invocation, Note, PendingDecision, Task
from holdfast.session.parts import Validation as Validated
from holdfast.sharing.document.beyond import applied
from holdfast.sharing.document.layout import CONFLICTS, ROOT, SECTIONS, keyed, listed, time

__all__ = ["content", "document"]


def document(state: State) -> dict[str, Any]:
    """The session's context. It shares nothing with the state that a reader could change by changing the document.

    A section that holds nothing is absent, except `knowledge`; so is a field that is not known.
    """
    told = content(state)
    if state.imported is not None and state.imported.extra:
        task_id = state.active_task_id
        told = listed(applied(keyed(told, task_id), state.imported.extra), task_id)
    copied: dict[str, Any] = _copy({ROOT: told})
    return copied


def content(state: State) -> dict[str, Any]:
    """What the events tell, without what a document brought along beside them."""
    sections: dict[str, Any] = {
        "id": state.session_id,
        "started_at": time(state.started_at) if state.started_at else None,
        "last_updated": time(state.context_updated_at) if state.context_updated_at else None,
        "campaign": _campaign(state.campaign) if state.campaign else None,
        "active_task": _task(state.active_task) if state.active_task else None,
        "knowledge": {name: _area(area) for name, area in state.knowledge.items()},
        CONFLICTS: [
            {"area": name, "path": path, "claims": [_claim(claim) for claim in claims]}
            for name, area in state.knowledge.items()
            for path, claims in area.conflicts.items()
        ],
        "artifacts": [_artifact(each) for each in state.artifacts.values()],
        "pending_decisions": [_pending(each) for each in state.pending_decisions.values()],
        "decisions_made": [_decision(each) for each in state.decisions_made],
        "validations": {name: _validation(each) for name, each in state.validations.items()},
        "compute": _compute(state),
        "history": [_note(each) for each in state.notes],
    }
    return {name: sections[name] for name in SECTIONS if sections[name] or name == "knowledge"}


def _campaign(campaign: Campaign) -> dict[str, Any]:
    return _known(campaign.model_dump(include=set(Campaign.model_fields))) | (campaign.model_extra or {})


def _task(task: Task) -> dict[str, Any]:
    return _known(
        {
            "type": task.type,
            "description": task.description,
            "assigned_to": task.assigned_to,
            "started_at": time(task.started_at),
            "scope": _part(task.scope) or None,
            "budget": _part(task.budget) or None,
        }
    )


def _part(part: BaseModel | None) -> dict[str, Any]:
    """A scope or a budget, with what it holds beyond what is known of it."""
    if part is None:
        return {}
    said = part.model_dump(mode="json", include=set(type(part).model_fields))
    return {key: value for key, value in said.items() if value not in (None, [])} | (part.model_extra or {})


def _area(area: Area) -> Any:
    if not area.items:
        return area.facts
    if not area.facts:
        return area.items
    key = "items"
    while key in area.facts:
        key += "_"
    return {**area.facts, key: area.items}


def _claim(claim: Claim) -> dict[str, Any]:
    return {"value": claim.value, "source": claim.who, "timestamp": time(claim.at), "event_id": claim.event_id}


def _artifact(made: Artifact) -> dict[str, Any]:
    return _known(
        {
            "type": made.type,
            "path": made.path,
            "produced_by": made.produced_by,
            "timestamp": time(made.timestamp),
            "status": made.status,
        }
    )


def _pending(asked: PendingDecision) -> dict[str, Any]:
    return _known(
        {
            "id": asked.id,
            "question": asked.question,
            "context": asked.context,
            "options": asked.options or None,
            "escalated_to": asked.escalated_to,
            "escalated_at": time(asked.escalated_at),
            "status": asked.status,
            "deadline": time(asked.deadline) if asked.deadline else None,
        }
    )


def _decision(made: Decision) -> dict[str, Any]:
    return _known(
        {
            "id": made.id,
            "question": made.question,
            "decision": made.value if made.decision is None else made.decision,
            "decided_by": made.decided_by,
            "timestamp": time(made.timestamp),
        }
    )


def _validation(said: Validated) -> dict[str, Any]:
    """That there are no issues is said where nothing else says how it went."""
    told: dict[str, Any] = {"last_run": time(said.last_run) if said.last_run else None, "status": said.status}
    if said.issues or not (said.blockers or said.notes):
        told["issues"] = said.issues
    return told | _known({"notes": said.notes, "blockers": said.blockers or None})


def _compute(state: State) -> dict[str, Any]:
    used = state.compute
    anything = bool(used.invocation_log)
    return _known(
        {
            "skills_invoked": used.skills_invoked if anything else None,
            "budget_remaining": state.calls_remaining,
            "tokens_used": used.tokens_used if anything else None,
            "budget_tokens_remaining": state.tokens_remaining,
            "invocation_log": [_invocation(each) for each in used.invocation_log] or None,
        }
    )


def _invocation(used: Invocation) -> dict[str, Any]:
    return _known(
        {
            "skill": used.skill,
            "timestamp": time(used.timestamp),
            "calls": None if used.calls == 1 else used.calls,
            "tokens": used.tokens,
            "result": used.result,
        }
    )


def _note(noted: Note) -> dict[str, Any]:
    return _known(
        {
            "action": noted.action,
            "timestamp": time(noted.timestamp),
            "actor": noted.actor,
            "details": noted.details,
        }
    )


def _known(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(each) for key, each in value.items()}
    return [_copy(each) for each in value] if isinstance(value, list) else value
