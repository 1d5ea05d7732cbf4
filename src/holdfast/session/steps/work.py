"""Steps of the work family."""

from holdfast.clock import after
from holdfast.events import (
    ArtifactProduced,
    Event,
    StateExpired,
    StateSet,
    TaskAssigned,
    TaskCompleted,
    TaskProgressed,
    ValidationReported,
)
from holdfast.session.parts import Artifact, CompletedTask, Task, Validation, Value
from holdfast.session.state import State
from holdfast.session.steps.lifecycle import learn_of_agent
from holdfast.session.table import folds


@folds(TaskAssigned)
def task_assigned(state: State, event: Event, said: TaskAssigned) -> None:
    """The active task from now on. One that was assigned before starts anew; others stay open."""
    task_id = said.task_id or str(event.id)
    state.tasks.pop(task_id, None)  # so that it becomes the last in order
    state.tasks[task_id] = Task(
        task_id=task_id,
        description=said.description,
        type=said.type,
        assigned_to=said.assigned_to,
        started_at=said.started_at or event.occurred_at,
        phase=said.phase,
        scope=said.scope,
        budget=said.budget,
        current_step=said.current_step,
        next_steps=said.next_steps,
        depends_on=said.depends_on,
        event_id=str(event.id),
    )
    state.active_task_id = task_id
    state.world.current_phase = said.phase or state.world.current_phase


@folds(TaskProgressed)
def task_progressed(state: State, event: Event, said: TaskProgressed) -> None:
    """Steps done are added, the rest replaced. A task that was never assigned is opened: nothing reported is lost."""
    task_id = said.task_id or state.active_task_id or str(event.id)
    task = state.tasks.get(task_id)
    if task is None:
        task = state.tasks[task_id] = Task(task_id=task_id, started_at=event.occurred_at)
        state.active_task_id = state.active_task_id or task_id
    task.completed_steps.extend(step for step in said.completed_steps if step not in task.completed_steps)
    task.current_step = said.current_step or task.current_step
    task.last_action = said.last_action or task.last_action
    if said.next_steps is not None:
        task.next_steps = said.next_steps
    if said.blockers is not None:
        task.blockers = said.blockers
    if said.progress is not None:
        task.progress = said.progress
    learn_of_agent(state, said.agent_state)


@folds(TaskCompleted)
def task_completed(state: State, event: Event, said: TaskCompleted) -> None:
    """Closed; the latest of those still open becomes the active one, if this one was."""
    task_id = said.task_id or state.active_task_id
    task = state.tasks.pop(task_id, None) if task_id is not None else None
    state.tasks_completed.append(
        CompletedTask(
            task_id=task_id,
            description=task.description if task else None,
            outcome=said.outcome,
            summary=said.summary,
            result=said.result,
            completed_at=event.occurred_at,
        )
    )
    if task_id == state.active_task_id:
        state.active_task_id = next(reversed(state.tasks), None)


@folds(StateSet)
def state_set(state: State, event: Event, said: StateSet) -> None:
    """The last value of each key."""
    state.values[said.key] = Value(
        value=said.value,
        set_at=event.occurred_at,
        set_by=event.actor,
        orchestrator_metadata=said.orchestrator_metadata,
        metadata=said.metadata,
        ttl=said.ttl,
        expires_at=after(event.recorded_at, said.ttl),
        event_id=str(event.id),
    )


@folds(StateExpired)
def state_expired(state: State, event: Event, said: StateExpired) -> None:  # noqa: ARG001
    """Taken away, unless it was set anew."""
    value = state.values.get(said.key)
    if value is not None and said.set_by_event in (None, value.event_id):
        del state.values[said.key]


@folds(ArtifactProduced)
def artifact_produced(state: State, event: Event, said: ArtifactProduced) -> None:
    """The last version of each path."""
    before = state.artifacts.get(said.path)
    state.artifacts[said.path] = Artifact(
        path=said.path,
        type=said.type or (before.type if before else None),
        produced_by=said.produced_by or event.actor,
        timestamp=said.timestamp or event.occurred_at,
        status=said.status,
        digest=said.digest,
        event_id=str(event.id),
    )


@folds(ValidationReported)
def validation_reported(state: State, event: Event, said: ValidationReported) -> None:
    """The last word of each validator. One that is pending has not looked yet, unless it says when."""
    state.validations[said.validator] = Validation(
        status=said.status,
        last_run=said.last_run or (None if said.status == "pending" else event.occurred_at),
        issues=said.issues,
        blockers=said.blockers,
        notes=said.notes,
        event_id=str(event.id),
    )
