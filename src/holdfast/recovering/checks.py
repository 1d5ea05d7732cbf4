"""The four checks of the guide to persistence: whether the saved context still fits the world, each with its evidence.

A check passes only where something was compared. What nobody looked at, or could not look at, is said to be so.
"""

from collections.abc import Sequence

from holdfast.events.values import shown
from holdfast.recovering.changes import short
from holdfast.recovering.dependencies import dependencies
from holdfast.recovering.findings import NEVER_OBSERVED, ON_FAILURE, Check, Findings, Outcome, many
from holdfast.recovering.known import Expected
from holdfast.recovering.observation import Change, Observation, table
from holdfast.recovering.sight import Sight
from holdfast.recovering.words import over, undone
from holdfast.session import State

__all__ = ["ON_FAILURE", "Check", "Outcome", "check_world"]


_NOTHING = "no probe looked at it"


def check_world(state: State, observation: Observation | None, changes: Sequence[Change]) -> list[Check]:
    """The four checks, in the guide's order. `changes` are those of `world_changes`; without an observation, none."""
    sight = Sight(state, observation, changes)
    nothing = _NOTHING if sight.ever else NEVER_OBSERVED
    return [
        _consistency(sight).check("project-state-consistency", nothing),
        _modification(sight).check("file-modification-check", nothing),
        _statuses(sight).check("task-status-verification", nothing),
        dependencies(sight).check("dependency-validation", nothing),
    ]


def _consistency(sight: Sight) -> Findings:
    """The branch, and what the session made. New commits are ordinary."""
    found = Findings()
    for probe, seen, before in sight.looks("git"):
        if seen.get("repository") is None:
            found.unknown.append(f"the probe {probe!r} could not tell: {seen.get('why')}")
        elif before is not None:
            _of_git(found, sight, probe, seen)
    for probe, _, before in sight.looks(None):
        _of_own(found, sight, probe, before)
    found.unknown += [why for kind in ("git", None) for _, why in sight.missing(kind)]
    branch = sight.state.world.working_branch
    if branch and not list(sight.looks("git")) and not list(sight.missing("git")):
        found.unknown.append(f"the branch was {branch!r}; no probe looked at it now")
    _of_artifacts(found, sight)
    if found.empty and list(sight.looks("git")):
        found.notes.append("there is nothing to compare with: no branch was known before")
    return found


def _of_git(found: Findings, sight: Sight, probe: str, seen: dict[str, object]) -> None:
    differ = [each for each in sight.changed(probe, "branch", "repository") if each.after is not True]
    found.wrong += [each.sentence for each in differ]
    noted = sight.changed(probe, "head", "operation", "repository")
    found.notes += [each.sentence for each in noted if each not in differ]
    if not differ:
        branch = f"the branch is {seen['branch']!r}" if seen.get("branch") else "no branch is checked out"
        what = branch if seen.get("repository") is True else "there is no git repository"
        found.right.append(f"{what}, as at {sight.when(probe)}")


def _of_own(found: Findings, sight: Sight, probe: str, before: Expected | None) -> None:
    """What users' own probes saw. Whether a difference matters is not known here, so it neither fails nor passes."""
    differ = [each for each in sight.changes if each.probe == probe]
    found.notes += [f"probe {probe!r}: {each.sentence}" for each in differ]
    if before is not None and not differ:
        found.right.append(f"the probe {probe!r} sees what it saw at {sight.when(probe)}")


def _of_artifacts(found: Findings, sight: Sight) -> None:
    there = 0
    for path in sight.state.artifacts:
        if sight.removed_by_session(path):
            continue
        for probe, is_there, was_there in sight.file(path):
            there += is_there
            if not is_there and was_there is not False:
                found.wrong.append(f"{path}, which the session produced, is gone (probe {probe!r})")
            elif not is_there:
                found.notes.append(f"{path}, which the session produced, was not there before either")
        for probe, why in sight.missing("files"):
            known = sight.state.world.probes.get(probe)
            if known is not None and sight.remembers_file(path, known.seen):
                found.unknown.append(f"{path}, which the session produced: {why}")
    if there:
        found.right.append(
            f"{many(there, 'artifact')} of the session, of {len(sight.state.artifacts):,}, seen to be there"
        )


def _modification(sight: Sight) -> Findings:
    """Files by their digests, and what git says of those whose digests nobody knows."""
    found = Findings()
    for probe, seen, before in sight.looks("files"):
        _of_files(found, sight, probe, seen, before)
    for probe, seen, before in sight.looks("git"):
        if seen.get("repository") is True and before is not None and "dirty" in before.seen:
            _of_tree(found, sight, probe)
    found.unknown += [why for kind in ("files", "git") for _, why in sight.missing(kind)]
    if found.empty and sight.state.world.files:
        known = many(len(sight.state.world.files), "file")
        found.unknown.append(f"the session knows {known}; no probe looked at them now")
    return found


def _of_files(found: Findings, sight: Sight, probe: str, seen: dict[str, object], before: Expected | None) -> None:
    now = table(seen, "files")
    if before is None:
        found.notes.append(f"the probe {probe!r} looked at {many(len(now), 'file')}; none was seen before")
        return
    differ = sight.changed(probe, "file_modified", "file_created", "file_deleted")
    found.wrong += [each.sentence for each in differ]
    found.unknown += [each.sentence for each in sight.changed(probe, "file_unreadable")]
    unreadable = {path for path, entry in now.items() if isinstance(entry, dict) and "unreadable" in entry}
    compared = table(before.seen, "files").keys() & now.keys()
    same = len(compared - {each.subject for each in differ} - set(before.untold) - unreadable)
    if same or not (differ or compared):
        found.right.append(f"{many(same, 'file')} as the session knows them (probe {probe!r})")
    found.notes += [f"{path} cannot be read" for path in sorted(unreadable)]
    found.notes += [
        f"{path} was changed by the session, which gave no SHA-256: whether it was changed again cannot be told"
        for path in before.untold
    ]


def _of_tree(found: Findings, sight: Sight, probe: str) -> None:
    moved = sight.changed(probe, "head")
    named = sight.changed(probe, "file_modified", "file_created", "file_deleted", "dirty")
    named += [] if moved else sight.changed(probe, "clean")
    found.wrong += [each.sentence for each in named]
    if moved and not named:
        head = f"the last commit is {short(moved[0].after)}, it was {short(moved[0].before)}"
        where = found.notes if found.right else found.unknown  # digests tell more than a commit
        where.append(f"{head}; which files of others that changed was not seen")
    elif not named:
        found.right.append(f"the uncommitted changes are those of {sight.when(probe)}, or the session's own")


def _statuses(sight: Sight) -> Findings:
    """Open tasks must not be over elsewhere, and those that the session ended not be open again."""
    found = Findings()
    known: set[str] = set()
    for probe, seen, before in sight.looks("tasks"):
        now, then = table(seen, "tasks"), table(before.seen, "tasks") if before else {}
        known |= (now.keys() | then.keys()) & sight.state.tasks.keys()
        _of_open(found, sight, probe, now, then)
        _of_ended(found, sight, probe, now, then)
    found.unknown += [why for _, why in sight.missing("tasks")]
    unseen = [task for task in sight.state.tasks if task not in known]
    if list(sight.looks("tasks")):
        found.notes += [f"task {task} of the session is not known to any probe" for task in unseen]
        if not sight.state.tasks and found.empty:
            found.right.append("the session has no task that a probe knows")
    elif not found.unknown and unseen:
        found.unknown.append(f"the session has {many(len(unseen), 'open task')}; no probe looked at statuses")
    return found


def _of_open(found: Findings, sight: Sight, probe: str, now: dict[str, object], then: dict[str, object]) -> None:
    for task in sight.state.tasks:
        if task in now and over(now[task]):
            found.wrong.append(f"task {task} is open in the session, and {shown(now[task])} for the probe {probe!r}")
        elif task in now:
            was = "" if task not in then or then[task] == now[task] else f", it was {shown(then[task])}"
            found.right.append(f"task {task} is open, and {shown(now[task])} for the probe {probe!r}{was}")
        elif task in then:
            found.wrong.append(f"task {task} is open in the session, and gone for the probe {probe!r}")


def _of_ended(found: Findings, sight: Sight, probe: str, now: dict[str, object], then: dict[str, object]) -> None:
    ended = {each.task_id: each.outcome for each in sight.state.tasks_completed if each.task_id is not None}
    for task, outcome in ended.items():
        if task not in now or task in sight.state.tasks:
            continue
        said = f"task {task} was ended by the session ({outcome}), and is {shown(now[task])} for the probe {probe!r}"
        if not undone(now[task]):
            found.right.append(said)
        elif task in then and then[task] == now[task]:
            found.notes.append(f"{said}, as before")
        elif outcome in {"success", "cancelled"}:
            found.wrong.append(said)
        else:
            found.notes.append(said)
