"""The answers to the guide's commands, out of a report: with its fields, and a few that say which session it was."""

from typing import Any

from holdfast.errors import InvalidInput
from holdfast.events.values import shown
from holdfast.recovering.continuation import continuation_id
from holdfast.recovering.plan import of_the_work
from holdfast.recovering.report import RecoveryReport
from holdfast.recovering.summary import progress
from holdfast.saving.contents import project_state, stamp
from holdfast.session import State
from holdfast.session.parts import CompletedTask, Task

__all__ = ["knows", "resumed", "summarised"]


def summarised(report: RecoveryReport, *, project: bool = False) -> dict[str, Any]:
    """The response of RECOVER_SESSION: `status`, `contextSummary`, `nextSteps`, `warnings`.

    Beyond these `sessionId`, `recoveryType` (as it was done in the end) and `continuationId`; with `project` also
    `projectState` as the context snapshot has it: null where nothing was recovered, which is not an empty project.
    """
    said: dict[str, Any] = {
        "status": report.status,
        "contextSummary": report.context_summary,
        "nextSteps": report.next_steps,
        "warnings": report.warnings,
        "sessionId": report.session_id,
        "recoveryType": report.mode,
        "continuationId": report.continuation_id,
    }
    if project:
        failed = report.status == "failed"
        said["projectState"] = None if failed else project_state(report.state, at=None)["projectState"]
    return said


def knows(state: State, task_id: str) -> bool:
    """The session has, or had, a task of that id."""
    return task_id in state.tasks or _ended(state, task_id) is not None


def resumed(report: RecoveryReport, task_id: str, from_step: str | None) -> dict[str, Any]:
    """The response of RESUME_TASK: `taskContext`, `currentStep`, `progress`, `nextActions`.

    Beyond these `status` and `warnings` of the recovery, `sessionId` and `continuationId`. `currentStep` and `progress`
    are null where the log does not tell them. With `from_step` the work begins there anew, whatever was done after it.
    Raises `InvalidInput` for a task that the session does not know, and for a step that the task does not.
    """
    state = report.state
    task, ended = state.tasks.get(task_id), _ended(state, task_id)
    if task is None and ended is None:
        raise InvalidInput("taskId", _unknown(report, task_id))
    if task is None:
        if from_step is not None:
            raise InvalidInput("fromStep", f"the task {task_id!r} has ended, and of an ended one no steps are known")
        state = state.model_copy(update={"active_task_id": None})
    else:
        state = _at(state, task, from_step)
    general = set(of_the_work(report.state))
    return {
        "taskContext": _context(report.state, task_id, task, ended),
        "currentStep": state.active_task.current_step if state.active_task else None,
        "progress": progress(task),
        "nextActions": [*(each for each in report.next_steps if each not in general), *of_the_work(state)],
        "status": report.status,
        "warnings": report.warnings,
        "sessionId": report.session_id,
        "continuationId": continuation_id(report.session_id, state),
    }


def _at(state: State, task: Task, from_step: str | None) -> State:
    """The state in which this task is the active one, at that step."""
    if from_step is not None:
        steps = _steps(task)
        if from_step not in steps:
            known = ", ".join(map(repr, steps)) or "none"
            raise InvalidInput("fromStep", f"the task {task.task_id!r} has no step {shown(from_step)}; known: {known}")
        place = steps.index(from_step)
        update = {"completed_steps": steps[:place], "current_step": from_step, "next_steps": steps[place + 1 :]}
        task = task.model_copy(update=update)
    tasks = {**state.tasks, task.task_id: task}
    return state.model_copy(update={"tasks": tasks, "active_task_id": task.task_id})


def _steps(task: Task) -> list[str]:
    """Those that are known, in order: done, under way, to come."""
    current = [task.current_step] if task.current_step else []
    return list(dict.fromkeys([*task.completed_steps, *current, *task.next_steps]))


def _ended(state: State, task_id: str) -> CompletedTask | None:
    return next((each for each in reversed(state.tasks_completed) if each.task_id == task_id), None)


def _unknown(report: RecoveryReport, task_id: str) -> str:
    state = report.state
    ids = [*state.tasks, *(each.task_id for each in state.tasks_completed if each.task_id is not None)]
    known = ", ".join(map(repr, dict.fromkeys(ids))) or "none"
    but = "" if report.ok else "; not all of the session could be recovered"
    return f"session {report.session_id!r} has no task {shown(task_id)}; known: {known}{but}"


def _context(state: State, task_id: str, task: Task | None, ended: CompletedTask | None) -> dict[str, Any]:
    """What is known of the task. Decisions and artifacts are the session's: the log does not say of which task."""
    common = {
        "decisions": [each.model_dump(mode="json") for each in state.decisions_made],
        "artifacts": [each.model_dump(mode="json") for each in state.artifacts.values()],
    }
    if task is not None:
        return {
            "taskId": task_id,
            "description": task.description,
            "status": "active" if state.active_task_id == task_id else "open",
            "type": task.type,
            "assignedTo": task.assigned_to,
            "phase": task.phase,
            "startedAt": stamp(task.started_at),
            "scope": task.scope.model_dump(mode="json") if task.scope else None,
            "budget": _budget(task),
            "steps": {
                "completed": list(task.completed_steps),
                "current": task.current_step,
                "next": list(task.next_steps),
            },
            "lastAction": task.last_action,
            "blockers": list(task.blockers),
            "dependsOn": list(task.depends_on),
            **common,
        }
    return {
        "taskId": task_id,
        "description": ended.description if ended else None,
        "status": ended.outcome if ended else None,
        "scope": None,
        "budget": None,
        "steps": None,
        "blockers": [],
        "endedAt": stamp(ended.completed_at) if ended else None,
        "summary": ended.summary if ended else None,
        "result": ended.result if ended else None,
        **common,
    }


def _budget(task: Task) -> dict[str, Any] | None:
    if task.budget is None:
        return None
    return {
        **task.budget.model_dump(mode="json"),
        "skill_calls_used": task.skill_calls,
        "tokens_used": task.tokens_used,
    }
