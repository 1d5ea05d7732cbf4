"""Whether what the open tasks depend on is still there, and was not given up."""

from holdfast.events.values import shown
from holdfast.recovering.findings import Findings
from holdfast.recovering.observation import table
from holdfast.recovering.sight import Sight
from holdfast.recovering.words import lost

__all__ = ["dependencies"]


def dependencies(sight: Sight) -> Findings:
    """Of each open task, each task and each file that it names. A name of which nothing is known is said to be so."""
    found = Findings()
    needs = [(task.task_id, need) for task in sight.state.tasks.values() for need in task.depends_on]
    for task, need in needs:
        one = Findings()
        _as_task(one, sight, need)
        _as_file(one, sight, need)
        if one.empty:
            one.unknown.append(f"nothing is known of {need}")
        for before, now in zip(_lists(one), _lists(found), strict=True):
            now.extend(f"task {task} depends on {need}: {line}" for line in before)
    if not needs and sight.ever:
        found.right.append("no open task depends on anything" if sight.state.tasks else "no task is open")
    return found


def _lists(found: Findings) -> tuple[list[str], ...]:
    return found.wrong, found.unknown, found.right, found.notes


def _as_task(found: Findings, sight: Sight, task: str) -> None:
    ended = [each for each in sight.state.tasks_completed if each.task_id == task]
    if task in sight.state.tasks:
        found.right.append("the session has it open")
    elif ended and ended[-1].outcome in {"failed", "cancelled"}:
        found.wrong.append(f"it ended as {ended[-1].outcome}")
    elif ended:
        found.right.append(f"the session ended it ({ended[-1].outcome})")
    for probe, seen, before in sight.looks("tasks"):
        now = table(seen, "tasks")
        if task in now and lost(now[task]):
            found.wrong.append(f"it is {shown(now[task])} for the probe {probe!r}")
        elif task in now:
            found.right.append(f"it is {shown(now[task])} for the probe {probe!r}")
        elif before is not None and task in table(before.seen, "tasks"):
            found.wrong.append(f"it is gone; the probe {probe!r} saw it at {sight.when(probe)}")
    for probe, why in sight.missing("tasks"):
        known = sight.state.world.probes.get(probe)
        if known is not None and task in table(known.seen, "tasks"):
            found.unknown.append(why)


def _as_file(found: Findings, sight: Sight, path: str) -> None:
    for probe, there, was_there in sight.file(path):
        if there:
            found.right.append(f"the file is there for the probe {probe!r}")
        elif was_there or (was_there is None and path in sight.state.world.files):
            found.wrong.append(f"the file is gone; it was there at {sight.when(probe)}")
        elif sight.removed_by_session(path):
            found.wrong.append("the session itself removed the file")
        else:
            found.unknown.append(f"there is no such file for the probe {probe!r}, and none was ever seen")
    for probe, why in sight.missing("files"):
        known = sight.state.world.probes.get(probe)
        if known is not None and sight.remembers_file(path, known.seen):
            found.unknown.append(why)
