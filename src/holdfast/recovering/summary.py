"""The summary of a session's context, out of its state and its last words, and no claim beyond these."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from holdfast.session import Message, State
from holdfast.session.parts import Decision, Task

__all__ = ["context_summary", "decided", "last_action", "progress", "shortened"]

CHARACTERS = 240
"""As much of one text as a summary repeats."""
DECISIONS = 8
FACTS = 12
"""How many decisions, and how many facts, are told; the newest."""


def context_summary(state: State, last: Sequence[Message]) -> str:
    """What the session is about, how far it is, what was decided, and what was said last; a line each."""
    return "\n".join(_lines(state, last))


def _lines(state: State, last: Sequence[Message]) -> Iterator[str]:
    subject = f": {shortened(state.title)}" if state.title else ""
    yield f"Session {state.session_id} of {state.user_id} ({state.kind or 'general'}, {state.status}){subject}"
    if state.forked_from:
        yield f"It has the past of {state.forked_from.session_id} up to event {state.forked_from.seq}."
    if state.summary:
        yield f"Summary: {shortened(state.summary, 4 * CHARACTERS)}"
    if state.active_task:
        yield from _task(state.active_task)
    for task in state.tasks_completed[-3:]:
        what = shortened(task.description or task.task_id or "a task")
        yield f"Ended ({task.outcome}): {what}" + (f"; {shortened(task.summary)}" if task.summary else "")
    if state.decisions_made:
        told = "; ".join(decided(each) for each in state.decisions_made[-DECISIONS:])
        yield f"Decided{_of(len(state.decisions_made), DECISIONS)}: {told}"
    for pending in state.pending_decisions.values():
        yield f"Waits for an answer: {shortened(pending.question)}"
    known = {key: told.value for key, told in state.information.items()}
    known |= state.wishes
    if known:
        facts = ", ".join(f"{key}: {value_text(value)}" for key, value in list(known.items())[-FACTS:])
        yield f"Known from the user{_of(len(known), FACTS)}: {facts}"
    yield from _said(state, last)


def _task(task: Task) -> Iterator[str]:
    done = f", {task.progress:g}% complete" if task.progress is not None else ""
    what = f": {shortened(task.description)}" if task.description else ""
    yield f"Task {task.task_id}{what}{done}"
    if task.current_step:
        yield f"Current step: {shortened(task.current_step)}"
    if task.last_action:
        yield f"Last action: {shortened(task.last_action)}"
    if task.blockers:
        yield f"Blocked by: {'; '.join(map(shortened, task.blockers))}"


def _said(state: State, last: Sequence[Message]) -> Iterator[str]:
    count = sum(each.messages for each in state.conversations.values())
    if count:
        yield f"{count:,} message{'s' if count > 1 else ''} so far."
    for role in ("user", "assistant"):
        text = next((text for each in reversed(last) if each.role == role and (text := _text(each.content))), None)
        if text:
            yield f"Last from the {role}: {shortened(text)}"


def decided(decision: Decision) -> str:
    """A decision in a few words: what was decided, behind its question or the name of the value that it sets."""
    value = decision.value if decision.decision is None else decision.decision
    subject = decision.question or decision.type
    return f"{shortened(subject)} {value_text(value)}" if subject else value_text(value)


def progress(task: Task | None) -> str | None:
    """As the guide writes it: `85%`. None where the log does not tell."""
    return None if task is None or task.progress is None else f"{task.progress:g}%"


def last_action(state: State) -> str | None:
    """What was done last: as the active task tells it, otherwise the last step or the last task that was completed."""
    task = state.active_task
    if task and task.last_action:
        return task.last_action
    if task and task.completed_steps:
        return f"completed {task.completed_steps[-1]}"
    if state.tasks_completed:
        ended = state.tasks_completed[-1]
        return f"ended {ended.description or ended.task_id or 'a task'} ({ended.outcome})"
    return None


def shortened(text: str, characters: int = CHARACTERS) -> str:
    """A text on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= characters else f"{line[: characters - 1].rstrip()}…"


def value_text(value: Any) -> str:
    """A value of JSON in a few words."""
    return shortened(value if isinstance(value, str) else orjson.dumps(value).decode())


def _of(count: int, told: int) -> str:
    return f" (the last {told} of {count})" if count > told else ""


def _text(content: str | list[dict[str, Any]] | None) -> str:
    if isinstance(content, list):
        return " ".join(str(part["text"]) for part in content if "text" in part)
    return content or ""
