"""The continuation plan: what to do next, in order. What is uncertain comes first, then what the log says is open."""

from collections.abc import Iterator, Sequence

from holdfast.recovering.effects import Standing
from holdfast.recovering.findings import Check
from holdfast.recovering.history import Repair
from holdfast.recovering.summary import shortened
from holdfast.session import State

__all__ = ["next_steps", "of_the_work"]


UNKNOWN = (
    "Find out what was done to the outside from event {} on before anything is done again: these events are missing, "
    "and effects may be among them"
)


def next_steps(
    state: State,
    effects: Sequence[Standing],
    checks: Sequence[Check],
    interrupted: Sequence[Repair],
    *,
    missing_from: int | None = None,
) -> list[str]:
    """Sentences for whoever goes on.

    `interrupted` are the calls at the end of the history that have no result; `missing_from` is the first event that
    is not there, where one is not.
    """
    return list(
        dict.fromkeys(
            [
                *(_uncertain(each) for each in effects if each.standing == "uncertain"),
                *([] if missing_from is None else [UNKNOWN.format(missing_from)]),
                *_verifications(checks),
                *(f"Decide what to do about an interrupted call: {each.what}" for each in interrupted),
                *_repeatable(effects),
                *of_the_work(state),
            ]
        )
    )


def _uncertain(each: Standing) -> str:
    effect = each.effect
    key = f" by its key {effect.idempotency_key}" if effect.idempotency_key else ""
    return (
        f"Find out{key} whether this was done, and settle it before anything else: {each.text} "
        f"(effect {effect.id}, intended and never settled)"
    )


def _verifications(checks: Sequence[Check]) -> Iterator[str]:
    for check in checks:
        if check.critical and check.outcome == "failed":
            yield f"Verify by hand ({check.name}): {'; '.join(check.evidence)}"


def _repeatable(effects: Sequence[Standing]) -> Iterator[str]:
    for each in effects:
        if each.standing == "safe_to_repeat":
            why = "declared safe to repeat" if each.effect.status == "intended" else "it is known to have failed"
            yield f"Do it again if it is still wanted ({why}): {each.text}"


def of_the_work(state: State) -> list[str]:
    """What the log says is open: questions, and of the active task what blocks it and its steps."""
    return [*(f"Get an answer: {shortened(each.question)}" for each in state.pending_decisions.values()), *_task(state)]


def _task(state: State) -> Iterator[str]:
    task = state.active_task
    if task is None:
        return
    for blocker in task.blockers:
        yield f"Clear the blocker: {shortened(blocker)}"
    if task.current_step:
        yield shortened(task.current_step)
    for step in task.next_steps:
        if step != task.current_step:
            yield shortened(step)
