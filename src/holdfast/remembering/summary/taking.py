"""Taking events in: the fold does what it does, and beside it is kept which event said what."""

from collections.abc import Callable, Iterable
from typing import Any

from holdfast.events import (
    ConversationContextUpdated,
    DecisionEscalated,
    EffectIntended,
    Event,
    HandoffOffered,
    InformationProvided,
    MessageAdded,
    PreferenceStated,
    SessionClosed,
    SessionExpired,
    SessionPaused,
    SessionStarted,
    TaskAssigned,
    TaskProgressed,
    ValidationReported,
    WorldObserved,
)
from holdfast.recovering.summary import shortened
from holdfast.remembering.summary.carry import LATE, Carry, Heard
from holdfast.remembering.summary.summary import LINE_CHARACTERS
from holdfast.remembering.summary.wording import artifact_text, decision_text, ended_text, lapsed_text
from holdfast.session import MAIN, advance
from holdfast.session.parts import Artifact, Handoff, LapsedDecision

__all__ = ["take"]

LIFE = frozenset({"started", "resumed", "paused", "recovered", "forked", "closed", "expired", "failed"})


def take(carry: Carry, events: Iterable[Event]) -> Carry:
    """The carry after these events, in place. They follow those that it has taken in.

    Raises `UnknownEventType` for an event that a newer release wrote; the carry is then half done.
    """
    for event in events:
        _take(carry, event)
        carry.upto = event.seq
    return carry


def _take(carry: Carry, event: Event) -> None:
    state, own, event_id = carry.state, carry.sources.own, str(event.id)
    status, phase = state.status, state.world.current_phase
    reminded = REMINDED.get(event.type.partition(".")[0])
    said = event.payload if reminded is not None or event.type in NOTED else None
    asking = reminded(carry, event, said) if reminded is not None else None
    known = len(state.decisions_lapsed)
    advance(state, (event,))
    if reminded is not None:
        _over(carry, event_id, asking, known)
    if state.status != status or (event.type.startswith("session.") and event.type[8:] in LIFE):
        own["status"] = event_id
    if _plain(state.world.current_phase) != _plain(phase):
        own["phase"] = event_id
    noted = NOTED.get(event.type)
    if noted is not None:
        noted(carry, event, said)


def _of_decision(carry: Carry, event: Event, said: Any) -> str | None:
    """Before an event about a decision: whether it is settled, which the state does not know any more.

    Returns the event that asked, where a question is pending.
    """
    decision_id = getattr(said, "decision_id", None)
    pending = carry.state.pending_decisions.get(decision_id) if decision_id else None
    if decision_id in carry.settled and pending is None:
        carry.state.decisions_lapsed = [
            LapsedDecision(id=decision_id, question=None, reason=None, decision=None, lapsed_at=event.occurred_at)
        ]
    return pending.event_id if pending else None


def _of_artifact(carry: Carry, event: Event, said: Any) -> None:
    """Before an artifact is made anew: of what type it was."""
    before = carry.artifacts.pop(said.path, None)
    if before is not None:
        carry.state.artifacts[said.path] = Artifact(
            path=said.path, type=before[2], produced_by="", timestamp=event.occurred_at, status=None, digest=None
        )


def _of_handoff(carry: Carry, event: Event, said: Any) -> None:
    """Before an event about a handoff: whether it is over."""
    handoff_id = said.handoff_id
    if handoff_id in carry.passed and handoff_id not in carry.state.handoffs:
        carry.state.handoffs[handoff_id] = Handoff(id=handoff_id, status="completed", updated_at=event.occurred_at)


def _of_task(carry: Carry, event: Event, said: Any) -> None:
    """Nothing has to be known before."""


REMINDED: dict[str, Callable[[Carry, Event, Any], str | None]] = {
    "decision": _of_decision,
    "artifact": _of_artifact,
    "handoff": _of_handoff,
    "task": _of_task,
}
"""By family, what the state has to be reminded of for a moment, so that the fold does with the event what it should."""


def _over(carry: Carry, event_id: str, asking: str | None, known: int) -> None:
    """Put into words what is over, and take it out of the state; the first `known` lapses were only a reminder."""
    state = carry.state
    for decision in state.decisions_made:
        carry.made += 1
        carry.decisions.append((_line(decision_text(decision)), [*filter(None, (asking, event_id))]))
        carry.settled.append(decision.id)
    for lapsed in state.decisions_lapsed[known:]:
        carry.decisions.append((_line(lapsed_text(lapsed)), [*filter(None, (asking, event_id))]))
        carry.settled.append(lapsed.id)
    for ended in state.tasks_completed:
        carry.ended.append((_line(ended_text(ended)), [event_id]))
    for path, artifact in state.artifacts.items():
        carry.artifacts[path] = (_line(artifact_text(artifact)), event_id, artifact.type)
    for over in (state.decisions_made, state.decisions_lapsed, state.tasks_completed, state.artifacts):
        over.clear()
    del carry.settled[:-LATE]


def _line(text: str) -> str:
    return shortened(text, LINE_CHARACTERS)


def _plain(text: str | None) -> str:
    """As the carry has it: what an event says must be compared with that, and mean the same before and after."""
    return shortened(text) if text else ""


def _started(carry: Carry, event: Event, said: SessionStarted) -> None:  # noqa: ARG001
    carry.sources.own["started"] = str(event.id)


def _rested(carry: Carry, event: Event, said: SessionPaused | SessionClosed | SessionExpired) -> None:
    """A summary that was given, and what comes next."""
    if said.summary:
        carry.sources.own["summary"] = str(event.id)
    task = carry.state.active_task
    if task is not None and isinstance(said, SessionPaused) and said.next_steps:
        carry.sources.tasks.setdefault(task.task_id, {})["next_steps"] = str(event.id)


def _forked(carry: Carry, event: Event, said: object) -> None:  # noqa: ARG001
    carry.sources.own["forked"] = str(event.id)


def _message(carry: Carry, event: Event, said: MessageAdded) -> None:
    """Counted; the first and the last words are kept."""
    event_id = str(event.id)
    carry.sources.own.setdefault("first_message", event_id)
    carry.sources.own["last_message"] = event_id
    text = shortened(_words(said.content)) if said.role in {"user", "assistant"} else ""
    if text:
        carry.heard[said.role] = Heard(text=text, event_id=event_id)
        if said.role == "user":
            carry.heard.setdefault("asked", Heard(text=text, event_id=event_id))


def _words(content: str | list[dict[str, Any]] | None) -> str:
    if isinstance(content, list):
        return " ".join(part["text"] for part in content if isinstance(part.get("text"), str))
    return content or ""


def _talk(carry: Carry, event: Event, said: ConversationContextUpdated) -> None:
    if said.topic or said.summary:
        key = event.conversation or MAIN
        carry.sources.topics.pop(key, None)  # so that it becomes the last in order
        carry.sources.topics[key] = str(event.id)


def _assigned(carry: Carry, event: Event, said: TaskAssigned) -> None:
    """Assigned anew, it starts anew."""
    task = carry.state.tasks[said.task_id or str(event.id)]
    task.description = _plain(task.description) or None
    carry.sources.tasks[task.task_id] = {"assigned": str(event.id)}


def _escalated(carry: Carry, event: Event, said: DecisionEscalated) -> None:
    pending = carry.state.pending_decisions[said.decision_id or str(event.id)]
    pending.question = _plain(pending.question)


def _progressed(carry: Carry, event: Event, said: TaskProgressed) -> None:
    task_id = said.task_id or carry.state.active_task_id or ""
    told = carry.sources.tasks.setdefault(task_id, {})
    given = {
        "completed_steps": bool(said.completed_steps),
        "current_step": bool(said.current_step),
        "last_action": bool(said.last_action),
        "next_steps": said.next_steps is not None,
        "blockers": said.blockers is not None,
        "progress": said.progress is not None,
    }
    told.update(dict.fromkeys([field for field, is_given in given.items() if is_given], str(event.id)))
    told.setdefault("assigned", str(event.id))  # nobody did: this is how it is known


def _intended(carry: Carry, event: Event, said: EffectIntended) -> None:
    carry.sources.effects[said.effect_id or str(event.id)] = str(event.id)


def _handoff(carry: Carry, event: Event, said: Any) -> None:
    """The event that offered it; where another session did, the one that speaks of it first."""
    handoff_id = said.handoff_id or str(event.id)
    if isinstance(said, HandoffOffered):
        carry.sources.handoffs[handoff_id] = str(event.id)
    carry.sources.handoffs.setdefault(handoff_id, str(event.id))
    _last(carry.state.handoffs, handoff_id)


def _validated(carry: Carry, event: Event, said: ValidationReported) -> None:  # noqa: ARG001
    _last(carry.state.validations, said.validator)


def _known(carry: Carry, event: Event, said: InformationProvided) -> None:  # noqa: ARG001
    _last(carry.state.information, said.key)


def _wished(carry: Carry, event: Event, said: PreferenceStated) -> None:  # noqa: ARG001
    _last(carry.state.preferences, said.key)


def _observed(carry: Carry, event: Event, said: WorldObserved) -> None:
    if said.critical_issues is not None:
        carry.sources.own["critical_issues"] = str(event.id)


def _last(table: dict[str, Any], key: str) -> None:
    """Let it be the last in order, which is how the newest are told from the others."""
    table[key] = table.pop(key)


NOTED: dict[str, Callable[[Carry, Event, Any], None]] = {
    "session.started": _started,
    "session.paused": _rested,
    "session.closed": _rested,
    "session.expired": _rested,
    "session.forked": _forked,
    "message.added": _message,
    "conversation.context_updated": _talk,
    "task.assigned": _assigned,
    "task.progressed": _progressed,
    "decision.escalated": _escalated,
    "effect.intended": _intended,
    "handoff.offered": _handoff,
    "handoff.accepted": _handoff,
    "handoff.refused": _handoff,
    "handoff.completed": _handoff,
    "handoff.expired": _handoff,
    "validation.reported": _validated,
    "information.provided": _known,
    "preference.stated": _wished,
    "world.observed": _observed,
}
