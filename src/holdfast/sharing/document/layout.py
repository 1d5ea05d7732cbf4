"""The layout of the protocol: what comes in which order, and how the entries of its lists are told apart."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

__all__ = ["CONFLICTS", "ROOT", "SECTIONS", "keyed", "listed", "time"]

ROOT: Final = "session_context"
CONFLICTS: Final = "conflicts"

SECTIONS: Final = (
    "id",
    "started_at",
    "last_updated",
    "campaign",
    "active_task",
    "knowledge",
    CONFLICTS,
    "artifacts",
    "pending_decisions",
    "decisions_made",
    "validations",
    "compute",
    "history",
)
"""Of a document. `conflicts` is ours: it is there as long as sources differ."""

_IDENTIFIED: Final[tuple[tuple[tuple[str, ...], Callable[[dict[str, Any]], Any]], ...]] = (
    (("artifacts",), lambda entry: entry.get("path")),
    (("pending_decisions",), lambda entry: entry.get("id")),
    (("decisions_made",), lambda entry: entry.get("id")),
    (("history",), lambda entry: None),  # noqa: ARG005  # by their places: nothing is ever taken out
    (("compute", "invocation_log"), lambda entry: None),  # noqa: ARG005  # as above
    ((CONFLICTS,), lambda entry: f"{entry.get('area')} {entry.get('path')}"),
)


def time(at: datetime) -> str:
    """As the protocol writes it, in UTC: 2026-01-29T10:00:00Z, with a fraction where there is one."""
    return at.isoformat().replace("+00:00", "Z")


def keyed(content: dict[str, Any], task_id: str | None) -> dict[str, Any]:
    """The content of a document with its lists as objects, by what identifies an entry, and the task under its id."""
    made = dict(content)
    for path, identity in _IDENTIFIED:
        for node, key in _at(made, path):
            if isinstance(node[key], list):
                node[key] = _by(identity, node[key])
    task = made.get("active_task")
    if task_id is not None and isinstance(task, dict) and task:
        made["active_task"] = {task_id: task}
    return made


def listed(content: dict[str, Any], task_id: str | None) -> dict[str, Any]:
    """The other way round."""
    made = dict(content)
    for path, _ in _IDENTIFIED:
        for node, key in _at(made, path):
            if isinstance(node[key], dict):
                node[key] = list(node[key].values())
    task = made.get("active_task")
    if isinstance(task, dict) and task_id in task:
        made["active_task"] = task[task_id]
    return made


def _at(made: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[dict[str, Any], str]]:
    *before, last = path
    node = made
    for key in before:
        if not isinstance(node.get(key), dict):
            return
        node[key] = dict(node[key])
        node = node[key]
    if last in node:
        yield node, last


def _by(identity: Callable[[dict[str, Any]], Any], entries: list[Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for place, entry in enumerate(entries):
        known = identity(entry) if isinstance(entry, dict) else None
        key = known if isinstance(known, str) else f"#{place}"
        while key in made:
            key += "'"
        made[key] = entry
    return made
