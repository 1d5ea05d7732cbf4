"""What a session expects a probe to see: the probe's last look, and what the session itself did since.

What the session did after the look is its own change and no foreign one. Where it cannot be told whether somebody else
changed the same once more (the session gave no digest), nothing is claimed, and the path is named.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from holdfast.events.payload import Json
from holdfast.recovering.observation import table
from holdfast.recovering.patterns import shows
from holdfast.recovering.words import over
from holdfast.session import State
from holdfast.session.parts import File, Look

__all__ = ["Expected", "expected", "places"]


@dataclass(slots=True)
class Expected:
    """What a probe would see if nobody but the session had done anything."""

    seen: dict[str, Json]
    own: frozenset[str] = frozenset()
    """The paths that the session changed since the look, as the probe tells paths."""
    untold: list[str] = field(default_factory=list)
    """Those of which it cannot be told whether somebody else changed them too."""


def expected(state: State, probe: str, now: Mapping[str, Json]) -> Expected | None:
    """What is expected of the look `now`; None where nothing is known that it could be compared with."""
    look = state.world.probes.get(probe)
    seen = look.seen if look is not None and look.seen_at is not None else None
    known = seen if isinstance(seen, dict) else None
    kind = now.get("kind")
    if kind == "files":
        return _files(state, look, known, now)
    if kind == "git":
        return _git(state, look, known, now)
    if known is None:
        return None
    return _tasks(state, known, now) if kind == "tasks" else Expected(known)


def places(path: str, root: str, directory: str | None) -> list[str]:
    """The names that a path of the session's may have for a probe that looks from `root` on: the likely one first.

    A relative path starts in the session's working directory where that is known to lie below the root.
    """
    whole = path
    if not posixpath.isabs(path):
        inside = directory is not None and _below(root, posixpath.normpath(directory)) is not None
        whole = posixpath.join(directory if inside and directory is not None else root, path)
    whole = posixpath.normpath(whole)
    relative = _below(root, whole)
    return [whole] if relative is None else [relative, whole]


def sha256_of(digest: str | None) -> str | None:
    """The SHA-256 that a digest of the session's is, or None when it is none, or of another kind."""
    match = re.fullmatch(r"(?:sha-?256[:=-])?([0-9a-f]{64})", digest.strip().lower()) if digest else None
    return match[1] if match else None


def _below(root: str, path: str) -> str | None:
    if path == root:
        return "."
    return path[len(root.rstrip("/")) + 1 :] if path.startswith(f"{root.rstrip('/')}/") else None


def _since(state: State, look: Look | None) -> Iterator[tuple[str, File | None, bool]]:
    """Each file that something was learned of after the look, and whether the session did it.

    The file is None for a path that the session renamed away.
    """
    seq = look.seen_seq or 0 if look is not None else 0
    for path, file in state.world.files.items():
        if max(file.modified_seq or 0, file.observed_seq or 0) > seq:
            changed = (file.modified_seq or 0) > seq
            yield path, file, changed
            if changed:
                yield from ((former, None, True) for former in file.former_paths if former not in state.world.files)


def _files(state: State, look: Look | None, known: dict[str, Json] | None, now: Mapping[str, Json]) -> Expected | None:
    root, is_now = str(now.get("root")), table(now, "files")
    before = dict(table(known, "files"))
    result = Expected({**(known or {}), "kind": "files", "files": before})
    if known is None:
        result.seen["paths"] = None
    own = set()
    for path, file, _ in _since(state, look):
        likely = places(path, root, state.world.working_directory)
        place = next((each for each in likely if each in before or shows(now, each)), None)
        if place is None:
            continue
        own.add(place)
        digest = sha256_of(file.digest) if file else None
        if file is None or _gone(file):
            before[place] = None
        elif digest is not None:
            before[place] = {"sha256": digest}
        else:
            result.untold.append(place)
            before[place] = is_now.get(place)
    result.own = frozenset(own)
    return result if known is not None or own else None


def _gone(file: File) -> bool:
    """By the later of the two: a digest that is null says "not there" of what was seen, "not told" of what was done."""
    if (file.observed_seq or 0) > (file.modified_seq or 0):
        return file.digest is None
    return file.change == "deleted"


def _git(state: State, look: Look | None, known: dict[str, Json] | None, now: Mapping[str, Json]) -> Expected | None:
    branch = state.world.working_branch
    if known is None:
        return Expected({"kind": "git", "repository": True, "branch": branch}) if branch else None
    before = dict(known)
    alone = sum(isinstance(each.seen, dict) and each.seen.get("kind") == "git" for each in state.world.probes.values())
    if alone == 1 and branch and before.get("branch"):
        before["branch"] = branch  # said without the probe, since its look would have said it too
    before["dirty"] = dirty = dict(table(known, "dirty"))
    is_now = table(now, "dirty")
    own = set()
    for path, _, changed in _since(state, look):
        if changed:
            own.add(places(path, str(now.get("root")), state.world.working_directory)[0])
    for path in own:
        if path in is_now:
            dirty[path] = is_now[path]
        else:
            dirty.pop(path, None)
    if own and _whole(known, table(known, "dirty")):
        before["dirty_count"] = len(dirty)
    return Expected(before, frozenset(own))


def _whole(seen: Mapping[str, Json], listed: Mapping[str, Any]) -> bool:
    return seen.get("dirty_count") == len(listed)


def _tasks(state: State, known: dict[str, Json], now: Mapping[str, Json]) -> Expected:
    """A task that the session ended and that is over now went as the session said."""
    is_now, before = table(now, "tasks"), dict(table(known, "tasks"))
    for task in state.tasks_completed:
        if task.task_id in is_now and task.task_id not in state.tasks and over(is_now[task.task_id]):
            before[task.task_id] = is_now[task.task_id]
    return Expected({**known, "tasks": before})
