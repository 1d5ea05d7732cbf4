"""Telling: the lines of a carry. Each names the events that bear it; what no event bears is not told.

All decisions and artifacts that it has are told, which are the newest and every new one; and all that is open.
"""

from collections.abc import Iterable, Iterator

from holdfast.recovering.summary import shortened
from holdfast.remembering.summary.carry import CONSULTED, Carry, distinct
from holdfast.remembering.summary.progress import progress_of
from holdfast.remembering.summary.summary import LINE_CHARACTERS, Line, Section
from holdfast.remembering.summary.wording import effect_text, handoff_text, question_text, texts, validation_text
from holdfast.session import State
from holdfast.session.parts import Task

__all__ = ["tell"]

Told = tuple[str, Iterable[str | None]]
"""What is said, and the ids of the events that say so."""


def tell(carry: Carry) -> tuple[Line, ...]:
    """The lines, section by section. Within one the first is what matters most, but for what is told in its order."""
    return (
        *_lines("progress", progress_of(carry)),
        *_lines("decisions", _before(carry, "decisions", "decision")),
        *(_kept("decisions", text, events) for text, events in carry.decisions),
        *_lines("open", _open(carry)),
        *_lines("artifacts", _before(carry, "artifacts", "artifact")),
        *(_kept("artifacts", text, [event_id]) for text, event_id, _ in carry.artifacts.values()),
        *_lines("blockers", _blockers(carry)),
    )


def _kept(section: Section, text: str, events: list[str]) -> Line:
    """A line that was put into words when its event was taken in. There are hundreds, so it is not checked again."""
    return Line.model_construct(section=section, text=text, events=tuple(events))


def _lines(section: Section, told: Iterable[Told]) -> Iterator[Line]:
    for text, said in told:
        events = tuple(dict.fromkeys(each for each in said if each))
        if events:
            yield Line(section=section, text=shortened(text, LINE_CHARACTERS), events=events)


def _before(carry: Carry, kind: str, what: str) -> Iterator[Told]:
    """How many there are that are not listed any more, and where they are."""
    count = carry.dropped.get(kind, 0)
    if count:
        several = f"{what}s" if count > 1 else what
        place = f"the summary up to event {carry.told} and those that it builds on"
        yield f"{count:,} earlier {several}: {place} have them", (carry.last_dropped[kind],)


def _open(carry: Carry) -> Iterator[Told]:
    """First what others wait for, then what nobody knows, then the work."""
    state, sources = carry.state, carry.sources
    for pending in state.pending_decisions.values():
        yield question_text(pending), (pending.event_id,)
    for effect in state.unsettled_effects:
        yield effect_text(effect), (sources.effects.get(effect.id),)
    for handoff in state.handoffs.values():
        if handoff.status in {"offered", "accepted"}:
            yield handoff_text(handoff), (sources.handoffs.get(handoff.id),)
    for name, validation in state.validations.items():
        if validation.status in {"fail", "pending"}:
            yield validation_text(name, validation), (validation.event_id,)
    for task in reversed(state.tasks.values()):
        yield from _task(task, sources.tasks.get(task.task_id, {}))


def _task(task: Task, told: dict[str, str]) -> Iterator[Told]:
    name = shortened(task.task_id, 80)
    yield f"Task {name}" + (f": {shortened(task.description)}" if task.description else ""), (told.get("assigned"),)
    source = told.get("next_steps", told.get("assigned"))
    for step in texts(task.next_steps):
        yield f"Next for {name}: {step}", (source,)


def _blockers(carry: Carry) -> Iterator[Told]:
    state, sources = carry.state, carry.sources
    if state.status == "failed":
        yield f"The session failed: {shortened(state.status_reason or 'why is not said')}", (sources.own.get("status"),)
    for task in reversed(state.tasks.values()):
        source = sources.tasks.get(task.task_id, {}).get("blockers")
        for blocker in texts(task.blockers):
            yield f"Task {shortened(task.task_id, 80)} is blocked: {blocker}", (source,)
    for name, validation in state.validations.items():
        if validation.status == "blocked":
            yield validation_text(name, validation), (validation.event_id,)
        if validation.status != "pass":
            for blocker in texts(validation.blockers):
                yield f"The validation {shortened(name, 100)} waits for: {blocker}", (validation.event_id,)
    for issue in texts(state.world.critical_issues):
        yield f"Critical: {issue}", (sources.own.get("critical_issues"),)
    yield from _faults(state)
    for blocked in state.blocked_requests[-CONSULTED:]:
        what, why = shortened(blocked.request, 200), shortened(blocked.reason, 200)
        yield f"Not carried out: {what}: {why}", (blocked.event_id,)


def _faults(state: State) -> Iterator[Told]:
    """Errors of which no event says that they can be recovered from. None says that they were: they are only named."""
    for fault in reversed(distinct(state.errors)):
        if fault.severity != "warning" and fault.recoverable is not True:
            kind = f"{shortened(fault.error_type, 60)}: " if fault.error_type else ""
            yield f"Reported by {shortened(fault.source, 60)}: {kind}{shortened(fault.message)}", (fault.event_id,)
