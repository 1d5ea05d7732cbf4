"""What binds whoever carries out a task: the boundaries of its scope, and what was approved of the brand."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from holdfast.sharing.slices import REDACTED, Slice
from holdfast.sharing.slices.paths import Path

__all__ = ["Constraint", "approved", "constraints"]


class Constraint(NamedTuple):
    """A line of text."""

    text: str
    origin: Path
    """What it says in the document."""


def constraints(part: Slice, document: Mapping[str, Any]) -> list[Constraint]:
    """Those that the slice shows, each once: the boundaries in their order, then the decisions.

    `document` holds the boundaries as they were written. Channels that no boundary names make a line of their own.
    """
    found: dict[str, Constraint] = {}
    for each in [*_boundaries(part, document), *_decisions(part)]:
        found.setdefault(each.text, each)
    return list(found.values())


def approved(decision: object) -> str | None:
    """The text of a decision that somebody approved."""
    if isinstance(decision, dict) and decision.get("approved_by"):
        text = decision.get("decision")
        return text if isinstance(text, str) and text != REDACTED else None
    return None


def _boundaries(part: Slice, document: Mapping[str, Any]) -> list[Constraint]:
    task = part.content.get("task")
    scope = task.get("scope") if isinstance(task, dict) else None
    if not isinstance(scope, dict):
        return []
    path: Path = ("task", "scope", "boundaries")
    lines = scope.get("boundaries")
    found = [
        Constraint(line, part.origin((*path, at)))
        for at, line in enumerate(lines if isinstance(lines, list) else [])
        if isinstance(line, str) and line != REDACTED
    ]
    channels = scope.get("channels")
    if isinstance(channels, list) and channels:
        found.append(_of_channels(channels, part.origin(("task", "scope", "channels")), document))
    # Where it was one of the boundaries it goes back to its place.
    return sorted(found, key=lambda each: each.origin[-1] if isinstance(each.origin[-1], int) else -1)


def _of_channels(channels: list[str], origin: Path, document: Mapping[str, Any]) -> Constraint:
    if origin[-2:-1] == ("boundaries",):
        return Constraint(document["active_task"]["scope"]["boundaries"][origin[-1]], origin)
    return Constraint(f"Only channels: {', '.join(channels)}", origin)


def _decisions(part: Slice) -> Iterator[Constraint]:
    knowledge = part.content.get("knowledge")
    decisions = knowledge.get("brand_decisions") if isinstance(knowledge, dict) else None
    for at, decision in enumerate(decisions if isinstance(decisions, list) else []):
        text = approved(decision)
        if text is not None:
            yield Constraint(text, part.origin(("knowledge", "brand_decisions", at, "decision")))
