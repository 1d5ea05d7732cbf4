"""How the parts of a state are put into words, each in one sentence."""

from collections.abc import Sequence

from holdfast.recovering.effects import Standing
from holdfast.recovering.summary import decided, shortened, value_text
from holdfast.session.parts import Artifact, CompletedTask, Decision, Effect, Handoff, LapsedDecision, PendingDecision
from holdfast.session.parts import Validation as Validated

__all__ = [
    "LISTED",
    "artifact_text",
    "decision_text",
    "effect_text",
    "ended_text",
    "handoff_text",
    "lapsed_text",
    "question_text",
    "texts",
    "validation_text",
]

LISTED = 50
"""Entries of one list that are told: the steps of a task, the options of a question."""


def decision_text(decision: Decision) -> str:
    """With who decided and how sure they were, as the protocol asks."""
    sure = "how sure is not said" if decision.confidence is None else f"how sure: {decision.confidence}"
    why = f": {shortened(decision.rationale, 140)}" if decision.rationale else ""
    return f"{shortened(decided(decision), 260)} (by {shortened(decision.decided_by, 60)}; {sure}){why}"


def lapsed_text(lapsed: LapsedDecision) -> str:
    """What was not answered, and what holds instead."""
    what = shortened(lapsed.question or lapsed.id, 200)
    why = f": {shortened(lapsed.reason, 100)}" if lapsed.reason else ""
    if lapsed.withdrawn:
        return f"No longer asked: {what}{why}"
    instead = "nothing holds instead" if lapsed.decision is None else f"{value_text(lapsed.decision)} holds instead"
    return f"Not answered: {what}; {shortened(instead, 120)}{why}"


def question_text(pending: PendingDecision) -> str:
    """What is asked, of whom, until when, and what holds then."""
    whom = f" (asked of {shortened(pending.escalated_to, 60)})" if pending.escalated_to else ""
    until = f"; until {pending.deadline.isoformat()}" if pending.deadline else ""
    default = f", then {shortened(value_text(pending.default), 60)}" if pending.default is not None else ""
    options = f"; options: {', '.join(map(value_text, pending.options[:LISTED]))}" if pending.options else ""
    return f"Waits for an answer{whom}: {shortened(pending.question)}{until}{default}{options}"


def effect_text(effect: Effect) -> str:
    """That nobody knows of an effect whether it happened."""
    harm = " (to do it again does no harm)" if effect.repeatable else ""
    return f"{shortened(Standing(effect, 'uncertain').doubt, 400)}{harm}"


def handoff_text(handoff: Handoff) -> str:
    """To whom it goes, and what for."""
    what = handoff.requesting_capability or handoff.reason
    work = f": {shortened(what)}" if what else ""
    if handoff.status == "offered":
        return f"On offer to {shortened(handoff.to or 'whoever takes it', 100)}{work}"
    return f"Handed over to {shortened(handoff.accepted_by or handoff.to or 'another agent', 100)}, not yet done{work}"


def validation_text(name: str, validation: Validated) -> str:
    """What a validator said that is not content."""
    said = {"fail": "failed", "blocked": "is blocked", "pending": "has not looked yet"}.get(validation.status)
    issues = "; ".join(map(value_text, validation.issues[:LISTED])) or validation.notes
    return f"The validation {shortened(name, 100)} {said or validation.status}" + (f": {issues}" if issues else "")


def artifact_text(artifact: Artifact) -> str:
    """Where it is, what it is, and who made it."""
    kind = ", ".join(shortened(each, 60) for each in (artifact.type, artifact.status) if each)
    return f"{shortened(artifact.path, 300)}{f' ({kind})' if kind else ''} by {shortened(artifact.produced_by, 60)}"


def ended_text(task: CompletedTask) -> str:
    """How a task ended."""
    what = shortened(task.description or task.task_id or "a task", 200)
    return f"Ended ({task.outcome}): {what}" + (f"; {shortened(task.summary)}" if task.summary else "")


def texts(given: Sequence[str]) -> list[str]:
    """Those that say something, on a line each, as many as are told."""
    return [text for each in given[:LISTED] if (text := shortened(each))]
