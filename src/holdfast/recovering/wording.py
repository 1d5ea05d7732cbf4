"""How a report is put into words, for a model and for a user: never more than the log and the probes bear out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from holdfast.recovering.summary import shortened
from holdfast.session import State

if TYPE_CHECKING:
    from holdfast.recovering.report import RecoveryReport

__all__ = ["NOT_RECORDED", "current_task", "cut", "numbered", "remarks", "verdicts"]

NOT_RECORDED = "not recorded"
"""What the log does not tell."""

LISTED = 20
"""Entries of one list that are told; how many more there are is the last of them."""

_PASSED: Final = {
    "project-state-consistency": "Project state is consistent",
    "file-modification-check": "All files are current",
    "task-status-verification": "Task statuses are current",
    "dependency-validation": "Task dependencies are valid",
}
"""What may be said where the check of that name has passed, and not otherwise."""


def current_task(state: State) -> str:
    """The task that is worked on; where none is open, the one that ended last."""
    task = state.active_task
    if task is not None:
        return f"{task.task_id} ({shortened(task.description)})" if task.description else task.task_id
    if state.tasks_completed:
        ended = state.tasks_completed[-1]
        what = " ".join(filter(None, (ended.task_id, ended.description and f"({shortened(ended.description)})")))
        return f"none is open; the last, {what or 'which has no name'}, ended: {ended.outcome}"
    return NOT_RECORDED


def verdicts(report: RecoveryReport) -> Iterator[str]:
    """What the four checks say, a line each. A check that was not made claims nothing."""
    critical = [each.outcome for each in report.checks if each.critical]
    if critical and set(critical) == {"passed"}:
        yield "No critical changes detected"
    for check in report.checks:
        if check.outcome == "passed":
            yield _PASSED[check.name]
        elif check.outcome == "failed":
            yield f"⚠️ The check {check.name} failed: {shortened('; '.join(check.evidence))}"
    unmade: dict[str, list[str]] = {}
    for check in report.checks:
        if check.outcome == "not_checked":
            unmade.setdefault(shortened("; ".join(check.evidence)), []).append(check.name)
    for why, names in unmade.items():
        yield f"Not checked ({', '.join(names)}): {why}"


def remarks(report: RecoveryReport) -> list[str]:
    """What is missing, was refused or cannot be told: the warnings that are not of the checks, changes or effects."""
    told = {*(each.sentence for each in report.changes), *(each.doubt for each in report.uncertain)}
    return cut([each for each in report.warnings if each not in told and not each.startswith("The check ")])


def cut(texts: Sequence[str]) -> list[str]:
    """The texts on a line each, as many as are told."""
    more = len(texts) - LISTED
    told = [shortened(each) for each in texts[:LISTED]]
    return [*told, f"and {more:,} more"] if more > 0 else told


def numbered(texts: Sequence[str], indent: str = "") -> list[str]:
    """A numbered list, a line each."""
    return [f"{indent}{number}. {text}" for number, text in enumerate(cut(texts), 1)]
