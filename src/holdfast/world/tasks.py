"""The probe of tasks: their statuses, wherever they are kept."""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from holdfast.errors import InvalidInput
from holdfast.events.payload import Json
from holdfast.events.values import shown
from holdfast.recovering.probe import Probe

__all__ = ["Tasks"]

Source = Callable[[], Any] | Mapping[str, Any] | str | os.PathLike[str]


class Tasks(Probe):
    """The statuses of tasks by id, as a function returns them, a mapping holds them, or a JSON file says.

    A status is text, or null where it has none; a task may also be an object with a `status`, and all of them a list of
    objects with an `id` or `task_id`, under the key `tasks` or alone.
    """

    def __init__(self, source: Source, *, name: str = "tasks") -> None:
        self.name = name
        self._source = source

    def look(self) -> dict[str, Json]:
        """The statuses now. Raises what the source raises, and `InvalidInput` for what is none of the forms above."""
        return {"kind": "tasks", "tasks": _statuses(self._read())}

    def _read(self) -> Any:
        if isinstance(self._source, str | os.PathLike):
            return json.loads(Path(self._source).read_bytes())
        return self._source() if callable(self._source) else self._source


def _statuses(given: Any) -> dict[str, str | None]:
    inside = given.get("tasks") if isinstance(given, Mapping) else None
    if isinstance(inside, Mapping | list | tuple):
        given = inside
    if isinstance(given, Mapping):
        return {_id(task): _status(task, about) for task, about in given.items()}
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise InvalidInput("tasks", f"must be an object of statuses by id, or a list of tasks, not {shown(given)}")
    statuses: dict[str, str | None] = {}
    for about in given:
        if not isinstance(about, Mapping):
            raise InvalidInput("tasks", f"must each be an object with an `id` and a `status`, not {shown(about)}")
        task = _id(about.get("id", about.get("task_id")))
        if task in statuses:
            raise InvalidInput("tasks", f"has {shown(task)} twice")
        statuses[task] = _status(task, about)
    return statuses


def _id(task: object) -> str:
    if isinstance(task, int) and not isinstance(task, bool):
        return str(task)
    if isinstance(task, str) and task:
        return task
    raise InvalidInput("tasks", f"has a task whose id is {shown(task)}; it must be text or a whole number")


def _status(task: str, about: object) -> str | None:
    if isinstance(about, Mapping):
        if "status" not in about:
            raise InvalidInput(f"tasks.{task[:40]}", "has no `status`")
        about = about["status"]
    if about is None or isinstance(about, str):
        return about
    raise InvalidInput(f"tasks.{task[:40]}", f"must have a status that is text, not {shown(about)}")
