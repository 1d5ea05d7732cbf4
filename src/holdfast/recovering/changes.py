"""What is otherwise in a second look than in the first, named, for each kind of probe.

A look says of which kind it is, so that its changes can be named where the probe itself is not at hand. What is in a
log can be of any shape: what does not read as expected is passed over, or told as the difference of two values.
"""

from collections.abc import Iterator
from typing import Any

from holdfast.events.payload import Json
from holdfast.events.values import shown
from holdfast.recovering.observation import Change, table
from holdfast.recovering.patterns import shows
from holdfast.saving.diff import MISSING, differences

__all__ = ["named", "short", "values"]


def named(probe: str, before: Json, now: Json) -> list[Change]:
    """The changes between two looks of the probe of that name; none between two that are equal."""
    kinds = {look.get("kind") if isinstance(look, dict) else None for look in (before, now)}
    kind = kinds.pop() if len(kinds) == 1 else None
    namer = _NAMERS.get(kind) if isinstance(kind, str) else None
    return list(namer(probe, before, now)) if namer else values(probe, before, now)


def values(probe: str, before: Json, now: Json) -> list[Change]:
    """Each place where two values of JSON differ."""
    return [
        Change(
            probe=probe,
            kind=f"value_{difference.kind}",
            subject=difference.where or None,
            before=None if difference.before is MISSING else difference.before,
            after=None if difference.after is MISSING else difference.after,
            sentence=f"{difference.where or probe} is {_value(difference.after)}, it was {_value(difference.before)}",
        )
        for difference in differences(before, now)
    ]


def short(commit: Json) -> str:
    """A commit as git shows it."""
    return commit[:10] if isinstance(commit, str) else "no commit"


def _value(value: Any) -> str:
    return "absent" if value is MISSING else shown(value)


def _git(probe: str, before: dict[str, Any], now: dict[str, Any]) -> Iterator[Change]:
    if before.get("repository") is not True or now.get("repository") is not True:
        yield from _repository(probe, before, now)
        return
    for kind, what, tell in (("branch", "branch", _branch), ("head", "last commit", short), ("operation", *_OPERATION)):
        if kind in before and kind in now and before[kind] != now[kind]:
            sentence = f"the {what} is {tell(now[kind])}, it was {tell(before[kind])}"
            yield Change(probe, kind, None, before[kind], now[kind], sentence)
    yield from _dirty(probe, before, now)


def _repository(probe: str, before: dict[str, Any], now: dict[str, Any]) -> Iterator[Change]:
    then, is_now = before.get("repository"), now.get("repository")
    if then == is_now:
        return
    if is_now is None:
        yield Change(probe, "probe_failed", None, then, None, f"git can no longer be asked: {now.get('why')}")
        return
    what = "is a git repository" if is_now is True else f"is no git repository ({now.get('why')})"
    was = "it was one" if then is True else "it was none, or git could not be asked"
    yield Change(probe, "repository", None, then, is_now, f"{now.get('root') or now.get('path')} {what}; before, {was}")


def _branch(name: Json) -> str:
    return shown(name) if name else "none (the head is detached)"


_OPERATION = ("operation that is under way", lambda name: f"a {name}" if name else "none")


def _dirty(probe: str, before: dict[str, Any], now: dict[str, Any]) -> Iterator[Change]:
    if "dirty" not in before or "dirty" not in now:
        return
    then, is_now = table(before, "dirty"), table(now, "dirty")
    # Of lists that were cut only what is in both can be compared.
    cut = before.get("dirty_count") != len(then) or now.get("dirty_count") != len(is_now)
    for path in sorted({**then, **is_now}):
        if (cut and not (path in then and path in is_now)) or _as_dirty(then.get(path), is_now.get(path)):
            continue
        kind = "dirty" if path in is_now else "clean"
        yield Change(probe, kind, path, then.get(path), is_now.get(path), _dirty_sentence(path, then, is_now))
    if cut and before.get("dirty_count") != now.get("dirty_count"):
        counts = before.get("dirty_count"), now.get("dirty_count")
        sentence = f"{counts[1]} files have uncommitted changes; before: {counts[0]} (too many to name each)"
        yield Change(probe, "dirty", None, *counts, sentence)


def _as_dirty(before: Json, now: Json) -> bool:
    if not isinstance(before, dict) or not isinstance(now, dict):
        return bool(before == now)
    return all(before[key] == now[key] for key in ("status", "size", "modified") if key in before and key in now)


def _dirty_sentence(path: str, before: dict[str, Any], now: dict[str, Any]) -> str:
    status = {side: entry.get("status") if isinstance(entry, dict) else entry for side, entry in (
        ("then", before.get(path)), ("now", now.get(path)))}  # fmt: skip
    if path not in now:
        return f"{path} has no uncommitted changes any more (it was {status['then']})"
    if path not in before:
        return f"{path} has uncommitted changes ({status['now']})"
    return f"{path} was changed again ({status['now']}; before: {status['then']})"


def _files(probe: str, before: dict[str, Any], now: dict[str, Any]) -> Iterator[Change]:
    then, is_now = table(before, "files"), table(now, "files")
    for path in sorted({**then, **is_now}):
        if not (shows(before, path) and shows(now, path)):
            continue  # what is in one look only says nothing where the other did not look for it
        was, entry = then.get(path), is_now.get(path)
        if not _as_file(was, entry):
            kind = _file_kind(was, entry)
            yield Change(probe, kind, path, was, entry, f"{path} {_file_sentence(kind, was, entry)}")


def _as_file(before: Json, now: Json) -> bool:
    if not isinstance(before, dict) or not isinstance(now, dict):
        return bool(before == now)
    # What only a digest is known of, as the session gave it, is compared by the digest.
    by_digest = "type" not in before and "sha256" in before and "sha256" in now
    keys = ["sha256"] if by_digest else ["unreadable", "sha256", "link", "type"]
    return all(before.get(key) == now.get(key) for key in keys)


def _file_kind(before: Json, now: Json) -> str:
    if now is None:
        return "file_deleted"
    if before is None:
        return "file_created"
    return "file_unreadable" if isinstance(now, dict) and "unreadable" in now else "file_modified"


def _file_sentence(kind: str, before: Json, now: Json) -> str:
    was, entry = (each if isinstance(each, dict) else {} for each in (before, now))
    at = f" at {_second(entry['modified'])}" if entry.get("modified") else ""
    plain = {
        "file_deleted": "was deleted",
        "file_created": f"is new (written{at})" if at else "is new",
        "file_unreadable": f"cannot be read any more: {entry.get('unreadable')}",
    }
    if kind in plain:
        return plain[kind]
    if "unreadable" in was:
        return f"can be read now; before: {was['unreadable']}"
    if was.get("type", "file") != entry.get("type"):
        return f"is a {entry.get('type')} now; before: a {was.get('type', 'file')}"
    if was.get("link") != entry.get("link"):
        return f"leads to {entry.get('link')} now; before: to {was.get('link')}"
    sizes = f" ({entry.get('size')} bytes; before: {was['size']})" if "size" in was else ""
    return f"was modified{at}{sizes}"


def _second(time: Json) -> str:
    return f"{str(time)[:19].replace('T', ' ')} UTC"


def _tasks(probe: str, before: dict[str, Any], now: dict[str, Any]) -> Iterator[Change]:
    then, is_now = table(before, "tasks"), table(now, "tasks")
    for task in sorted({**then, **is_now}):
        was, status = then.get(task), is_now.get(task)
        if task not in is_now:
            yield Change(probe, "task_gone", task, was, None, f"task {task} is gone; before, it was {shown(was)}")
        elif task not in then:
            yield Change(probe, "task_new", task, None, status, f"task {task} is new ({shown(status)})")
        elif was != status:
            yield Change(
                probe, "task_status", task, was, status, f"task {task} is {shown(status)}, it was {shown(was)}"
            )


_NAMERS = {"git": _git, "files": _files, "tasks": _tasks}
