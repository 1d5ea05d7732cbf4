"""From events to a trace: what each type of event says of how a session goes. Types not named here say nothing."""

from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import Any
from typing import Final as Constant

from holdfast.events import ENDED, KNOWN, Event
from holdfast.remembering.patterns.chosen import chosen
from holdfast.remembering.patterns.steps import Step, StepKind, Way, named
from holdfast.remembering.patterns.trace import CHOICES, Choice, Final, Refusal, Trace
from holdfast.session.status import OF_TIMERS, status_after

__all__ = ["DOCUMENTS", "traced"]

Said = dict[str, Any]

DOCUMENTS: Constant = frozenset(
    {"document", "doc", "docx", "pdf", "report", "presentation", "deck", "slides", "ppt", "pptx"}
)
"""Types of artifact with which work is made final."""


def traced(before: Trace | None, events: Sequence[Event], *, session_id: str, user_id: str) -> Trace:
    """The trace after `events`, which follow those that `before` was made of; the ones that it has are passed over.

    It depends on the log alone, not on where it was cut. Raises `UnknownEventType` for an event of a newer release.
    """
    trace = Trace(session_id=session_id, user_id=user_id) if before is None else before.model_copy(deep=True)
    for event in events:
        if event.seq > trace.upto:
            _take(trace, event)
    return trace


def _take(trace: Trace, event: Event) -> None:
    trace.upto = event.seq
    said = KNOWN.upcast(event.type, event.version, event.data)
    in_vain = event.type == "session.recovered" and said.get("status") == "failed"
    trace.status = status_after(trace.status, event.type, in_vain=in_vain)
    if event.type not in OF_TIMERS:
        if trace.started_at is None:
            trace.started_at, trace.started_by = event.occurred_at, str(event.id)
        trace.ended_at = max(trace.started_at, event.occurred_at)
    take = _TAKES.get(event.type)
    if take is None:
        return
    try:
        take(trace, said, str(event.id))
    except (KeyError, TypeError, ValueError, AttributeError):
        # It was altered behind our back: `Session.verify` tells. Nothing else must fail for it.
        return


def _go(trace: Trace, kind: StepKind, name: str | None, event_id: str) -> None:
    step = named(name)
    if step:
        trace.ways.setdefault(kind, Way()).go(step, event_id)


def _begun(trace: Trace, said: Said, event_id: str) -> None:  # noqa: ARG001  # as each of them
    trace.kind = said.get("kind")


def _forked(trace: Trace, said: Said, event_id: str) -> None:  # noqa: ARG001  # as each of them
    trace.forked = True


def _closed(trace: Trace, said: Said, event_id: str) -> None:  # noqa: ARG001  # as each of them
    if trace.final is None:
        _finalise(trace, "session", event_id)


def _message(trace: Trace, said: Said, event_id: str) -> None:
    if said["role"] != "assistant":
        return
    for call in said.get("tool_calls") or ():
        _go(trace, "tool", call["name"], event_id)
    content = said.get("content")
    for block in content if isinstance(content, list) else ():
        if block.get("type") == "tool_use" and isinstance(block.get("name"), str):
            _go(trace, "tool", block["name"], event_id)


def _workflow(trace: Trace, said: Said, event_id: str) -> None:
    if said.get("status") not in ENDED:
        _go(trace, "workflow", said["orchestrator_name"], event_id)


def _service(trace: Trace, said: Said, event_id: str) -> None:
    if said.get("invocations", 1):
        _go(trace, "agent", said["service"], event_id)


def _agent(trace: Trace, said: Said, event_id: str) -> None:
    _go(trace, "agent", said["agent"], event_id)


def _assigned(trace: Trace, said: Said, event_id: str) -> None:
    _go(trace, "task", said.get("type"), event_id)
    _go(trace, "step", said.get("current_step"), event_id)


def _progressed(trace: Trace, said: Said, event_id: str) -> None:
    for done in said.get("completed_steps") or ():
        way = trace.ways.get("step")
        # A step that was worked on before is not taken once more by its end.
        if way is None or named(done) not in way.counts:
            _go(trace, "step", done, event_id)
    _go(trace, "step", said.get("current_step"), event_id)


def _completed(trace: Trace, said: Said, event_id: str) -> None:
    if said.get("outcome", "success") in {"success", "partial"}:
        _finalise(trace, "task", event_id)


def _artifact(trace: Trace, said: Said, event_id: str) -> None:
    what = named(said.get("type") or PurePosixPath(said["path"]).suffix)
    if what in DOCUMENTS:
        _finalise(trace, "document", event_id)
    _go(trace, "artifact", what, event_id)


def _validation(trace: Trace, said: Said, event_id: str) -> None:
    _go(trace, "validation", said["validator"], event_id)


def _decided(trace: Trace, said: Said, event_id: str) -> None:
    about = said.get("type") or said.get("question")
    _go(trace, "decision", about, event_id)
    _ask(trace, said.get("question"), event_id)
    value = said.get("value")
    _choose(trace, about, said.get("decision") if value is None else value, event_id, len(said.get("options") or ()))


def _escalated(trace: Trace, said: Said, event_id: str) -> None:
    _ask(trace, said["question"], event_id)
    if len(trace.open) < CHOICES:
        trace.open[said.get("decision_id") or event_id] = said["question"][:CUT]


def _answered(trace: Trace, said: Said, event_id: str) -> None:
    _choose(trace, trace.open.pop(said["decision_id"], None), said["decision"], event_id)


def _settled(trace: Trace, said: Said, event_id: str) -> None:  # noqa: ARG001  # as each of them
    trace.open.pop(said["decision_id"], None)


def _provided(trace: Trace, said: Said, event_id: str) -> None:
    _go(trace, "information", said["key"], event_id)
    _choose(trace, said["key"], said.get("value"), event_id)


def _stated(trace: Trace, said: Said, event_id: str) -> None:
    _choose(trace, said["key"], said.get("value"), event_id)


def _refused(trace: Trace, said: Said, event_id: str) -> None:
    name, value = named(said["key"]), chosen(said.get("value"))
    if not name or (name not in trace.refused and len(trace.refused) >= CHOICES):
        return
    trace.refused[name] = Refusal(value=value, event_id=event_id)
    choice = trace.choices.get(name)
    if choice is not None and value in (None, choice.value):
        del trace.choices[name]


def _ask(trace: Trace, question: str | None, event_id: str) -> None:
    name = named(question)
    if name:
        trace.questions.go(name, event_id)


def _choose(trace: Trace, key: str | None, value: Any, event_id: str, options: int = 0) -> None:
    name, what = named(key), chosen(value)
    if key is None or not name or what is None or (name not in trace.choices and len(trace.choices) >= CHOICES):
        return
    trace.choices[name] = Choice(key=key[:CUT], value=what, event_id=event_id, options=options)
    trace.refused.pop(name, None)


def _finalise(trace: Trace, by: Any, event_id: str) -> None:
    before = {kind: step for kind, way in trace.ways.items() if (step := _before(way)) is not None}
    trace.final = Final(by=by, event_id=event_id, before=before)


def _before(way: Way) -> Step | None:
    """The newest step that does not itself make something final."""
    return next((step for step in reversed(way.first + way.last) if step.name not in DOCUMENTS), None)


CUT = 200
"""Characters of a key or a question that are kept."""

_TAKES: Constant[dict[str, Callable[[Trace, Said, str], None]]] = {
    "session.started": _begun,
    "session.forked": _forked,
    "session.closed": _closed,
    "message.added": _message,
    "workflow.tracked": _workflow,
    "service.used": _service,
    "agent.consulted": _agent,
    "task.assigned": _assigned,
    "task.progressed": _progressed,
    "task.completed": _completed,
    "artifact.produced": _artifact,
    "validation.reported": _validation,
    "decision.made": _decided,
    "decision.escalated": _escalated,
    "decision.answered": _answered,
    "decision.lapsed": _settled,
    "decision.withdrawn": _settled,
    "information.provided": _provided,
    "preference.stated": _stated,
    "preference.refused": _refused,
}
