"""The visible part of a document in the shape of `context_for_...`: campaign, task, knowledge, budget, and the rest."""

from dataclasses import dataclass, field
from typing import Any

from holdfast.sharing.slices.channels import channels_in, channels_of
from holdfast.sharing.slices.paths import Path
from holdfast.sharing.slices.visible import Visible

__all__ = ["Origins", "shaped"]

BUDGET = {"tokens_remaining": "budget_tokens_remaining", "calls_remaining": "budget_remaining"}
"""The figures of the slice's budget, and what the document calls them in `compute`."""

_BOUNDARIES: Path = ("active_task", "scope", "boundaries")


@dataclass
class Origins:
    """Where in the document the parts of a slice are from."""

    places: dict[Path, tuple[int, ...]]
    """Of lists that lost items, by their paths in the document: the places there of those that are left."""
    moved: dict[Path, Path] = field(default_factory=dict)
    """Paths of the slice that the document has elsewhere, with all that is below them."""
    made: dict[Path, Path] = field(default_factory=dict)
    """Paths of the slice that were made, with all that is below them, of one value of the document."""

    def of(self, path: Path) -> Path:
        """The path in the document of what the slice has at `path`."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.made:
                return self.made[path[:length]]
            if path[:length] in self.moved:
                return self._through_lists(self.moved[path[:length]], path[length:])
        return self._through_lists((), path)

    def left(self, path: Path, kept: list[int]) -> None:
        """Of the list that the document has at `path`, only these items of those left so far are left."""
        before = self.places.get(path)
        self.places[path] = tuple(kept) if before is None else tuple(before[at] for at in kept)

    def _through_lists(self, above: Path, below: Path) -> Path:
        for step in below:
            places = self.places.get(above) if isinstance(step, int) else None
            above = (*above, places[step] if places is not None and isinstance(step, int) else step)
        return above


def shaped(seen: Visible) -> tuple[dict[str, Any], Origins]:
    """The parts by name. What the shape does not name keeps the name that the document has for it."""
    rest = dict(seen.tree)
    origins = Origins(seen.places)
    made: dict[str, Any] = {}
    if "campaign" in rest:
        made["campaign"] = rest.pop("campaign")
    if "active_task" in rest:
        made["task"] = _task(rest.pop("active_task"), origins)
    if "knowledge" in rest:
        made["knowledge"] = rest.pop("knowledge")
    if isinstance(rest.get("compute"), dict):
        _move_budget(made, rest, origins)
    return {**made, **{name: part for name, part in rest.items() if name not in made}}, origins


def _move_budget(made: dict[str, Any], rest: dict[str, Any], origins: Origins) -> None:
    compute = rest.pop("compute")
    budget = {name: compute[of_compute] for name, of_compute in BUDGET.items() if of_compute in compute}
    if budget:
        made["budget"] = budget
        origins.moved.update({("budget", name): ("compute", BUDGET[name]) for name in budget})
    others = {name: each for name, each in compute.items() if name not in BUDGET.values()}
    if others or not compute:
        rest["compute"] = others


def _task(task: Any, origins: Origins) -> Any:
    origins.moved["task",] = ("active_task",)
    if not isinstance(task, dict) or not isinstance(task.get("scope"), dict):
        return task
    return {**task, "scope": _scope(task["scope"], origins)}


def _scope(scope: dict[str, Any], origins: Origins) -> dict[str, Any]:
    """With the channels as a list of their own; the boundaries that said just that are not repeated."""
    lines = scope["boundaries"] if isinstance(scope.get("boundaries"), list) else []
    given = channels_in(scope.get("channels"))
    said = [channels_of(line) for line in lines]
    channels = given or next((each for each in said if each), [])
    if not channels:
        return scope
    others = [at for at, each in enumerate(said) if each != channels]
    if not given:
        origins.made["task", "scope", "channels"] = origins.of(("task", "scope", "boundaries", said.index(channels)))
    shown = {"channels": channels, **{key: each for key, each in scope.items() if key != "channels"}}
    if len(others) == len(lines):
        return shown
    origins.left(_BOUNDARIES, others)
    return {**shown, "boundaries": [lines[at] for at in others]}
