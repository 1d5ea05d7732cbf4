"""What an agent tells its user about a recovery, in the styles of the guide's examples.

Recovered, with changes detected, emergency, failed. Each claim stands on the log, or on a check that has passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from holdfast.recovering.observation import told
from holdfast.recovering.summary import last_action, progress, shortened
from holdfast.recovering.wording import NOT_RECORDED, current_task, cut, numbered, remarks, verdicts
from holdfast.saving.contents import project_state

if TYPE_CHECKING:
    from holdfast.recovering.report import RecoveryReport
    from holdfast.session import State

__all__ = ["announcement"]

FILES = frozenset({"dirty", "clean", "file_created", "file_deleted", "file_modified", "file_unreadable"})
TASKS = frozenset({"task_gone", "task_new", "task_status"})

WELL = frozenset({"excellent", "fine", "good", "green", "healthy", "ok"})
"""Words for the health of a project with which it may be said that nothing is in the way."""


def announcement(report: RecoveryReport) -> str:
    """The answer to "continue from …". Effects of which nobody knows whether they happened are named in each style."""
    if report.status == "failed":
        lines = _failed(report)
    elif report.mode == "emergency":
        lines = _emergency(report)
    elif report.changes:
        lines = _changed(report)
    else:
        lines = _recovered(report)
    return "\n".join(lines)


def _recovered(report: RecoveryReport) -> Iterator[str]:
    state = report.state
    yield from (f"Recovering from {report.session_id}...", "")
    yield "✅ **Session Recovered Successfully**" if report.ok else "⚠️ **Session Recovered Partially**"
    action = last_action(state)
    yield f"- **Previous Task**: {current_task(state)}"
    yield f"- **Progress**: {_progress(state)}"
    yield f"- **Last Action**: {shortened(action) if action else NOT_RECORDED}"
    yield from _steps(report, "- **Next Steps**: ", "  ")
    yield from _doubts(report)
    yield from (f"- {each}" for each in remarks(report))
    yield from ("", "**Changes Since Last Session**:")
    yield from (f"- {each}" for each in verdicts(report))
    yield from ("", f"**Ready to Continue**: {_question(report)}")


def _changed(report: RecoveryReport) -> Iterator[str]:
    state = report.state
    yield from (f"🔄 **Loading {report.session_id} with Change Detection**", "")
    yield f"**Original Context** ({told(state.last_activity)}):"
    yield f"- Task: {current_task(state)}"
    yield f"- Progress: {_progress(state)}"
    yield from ("", "**Detected Changes**:", *_changes(report), "")
    yield "⚠️ **Manual Verification Requested**" if report.action else "✅ **Synchronizing Context**..."
    yield from ("", "**Updated Status**:", *(f"- {each}" for each in verdicts(report)))
    whole = "All of the session was recovered." if report.ok else "The session was recovered partially."
    yield from ("", f"**Current State**: {whole}", *_doubts(report), *(f"- {each}" for each in remarks(report)))
    yield from ("", *_steps(report, "**Next Steps**: ", ""))
    yield from ("", f"**{_question(report)}**")


def _emergency(report: RecoveryReport) -> Iterator[str]:
    state = report.state
    project = project_state(state, at=None)["projectState"]
    yield from ("🚨 **Emergency Recovery Mode Activated**", "", "**Critical Project Info**:")
    yield f"- **Current Phase**: {shortened(project['currentPhase'] or NOT_RECORDED)}"
    yield f"- **Active Critical Tasks**: {_joined([_task(state, each) for each in project['activeTasks']])}"
    yield f"- **Recent Completions**: {_joined(project['recentCompletions'])}"
    yield _blockers(state)
    yield from _doubts(report)
    yield from (f"- {each}" for each in remarks(report))
    if report.changes:
        yield from ("", "**Detected Changes**:", *_changes(report))
    failed = [each for each in report.checks if each.outcome == "failed"]
    if failed:
        yield from ("", "⚠️ **Manual Verification Requested**:")
        yield from (f"- The check {each.name} failed: {shortened('; '.join(each.evidence))}" for each in failed)
    context, *more = report.context_summary.splitlines()
    yield from ("", f"**Quick Context**: {context}", *more)
    yield from ("", *_steps(report, "**Next Steps**: ", ""))
    yield from ("", f"**{_question(report) if report.uncertain else 'What do you need to address first?'}**")


def _failed(report: RecoveryReport) -> Iterator[str]:
    yield report.context_summary
    yield from ("", "**What Went Wrong**:", *(f"- {each}" for each in remarks(report)))
    yield from ("", *_steps(report, "**Next Steps**: ", ""))
    yield from ("", f"Session {report.session_id} is kept as it is. **Shall I start a fresh session?**")


def _progress(state: State) -> str:
    done = progress(state.active_task)
    return f"{done} complete" if done else NOT_RECORDED


def _steps(report: RecoveryReport, heading: str, indent: str) -> Iterator[str]:
    if not report.next_steps:
        yield f"{heading}{NOT_RECORDED}"
        return
    yield heading.rstrip()
    yield from numbered(report.next_steps, indent)


def _doubts(report: RecoveryReport) -> Iterator[str]:
    for each in report.uncertain:
        yield f"- ⚠️ **Uncertain**: {shortened(each.doubt)}"


def _question(report: RecoveryReport) -> str:
    """What is proposed: never to go on over something uncertain."""
    if report.uncertain:
        return f"Shall I first find out whether this was done: {shortened(report.uncertain[0].text)}?"
    if report.next_steps:
        return f"Shall I proceed with: {shortened(report.next_steps[0])}?"
    return "What shall I do next?"


def _changes(report: RecoveryReport) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for change in report.changes:
        heading = "Files Modified" if change.kind in FILES else "Tasks" if change.kind in TASKS else "Also Changed"
        groups.setdefault(heading, []).append(_marked(change.sentence, change.subject))
    for heading, sentences in groups.items():
        yield f"⚠️ **{heading}**:"
        yield from (f"- {each}" for each in cut(sentences))


def _marked(sentence: str, subject: str | None) -> str:
    return f"`{subject}`{sentence.removeprefix(subject)}" if subject and sentence.startswith(subject) else sentence


def _task(state: State, task_id: str) -> str:
    task = state.tasks.get(task_id)
    return f"{task_id} ({shortened(task.description)})" if task and task.description else task_id


def _blockers(state: State) -> str:
    """That nothing is in the way is said only where the log says that the project is well."""
    world = state.world
    blockers = [*world.critical_issues, *(each for task in state.tasks.values() for each in task.blockers)]
    if blockers:
        return f"- **Critical Blockers**: {_joined(blockers)}"
    if world.project_health is None:
        return f"- **Critical Blockers**: none recorded; the project's health is {NOT_RECORDED}"
    seen = f" (as of {told(world.observed_at)})" if world.observed_at else ""
    health = f"the project's health is recorded as {shortened(world.project_health)}{seen}"
    well = world.project_health.strip().casefold() in WELL
    return f"- **No Critical Blockers**: {health}" if well else f"- **Critical Blockers**: none recorded; {health}"


def _joined(texts: list[str]) -> str:
    return ", ".join(cut(texts)) or NOT_RECORDED
