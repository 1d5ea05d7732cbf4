"""The slice: what an agent gets to see of the context, and what was left out."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from holdfast.errors import InvalidInput
from holdfast.events.values import name, shown
from holdfast.recovering.history.tokens import of_bytes
from holdfast.sharing.slices.branch import size_of
from holdfast.sharing.slices.dropped import Dropped
from holdfast.sharing.slices.fitting import fitted
from holdfast.sharing.slices.paths import Path, written
from holdfast.sharing.slices.relevance import OF_CONTEXT, words_of
from holdfast.sharing.slices.shape import Origins, shaped
from holdfast.sharing.slices.view import View
from holdfast.sharing.slices.visible import visible

__all__ = ["Slice", "inside", "redactions", "sliced"]


@dataclass(frozen=True)
class Slice:
    """The part of the context that one agent sees. It has nothing in common with the document that it was made of."""

    name: str
    """As `context_for_content_worker`."""
    content: dict[str, Any]
    dropped: tuple[Dropped, ...]
    """What the view includes and the slice does not have, or hides."""
    tokens: int
    """What `as_document` takes as JSON text, by estimate."""
    limit: int | None
    """The most that it might have taken."""
    origins: Origins = field(repr=False, compare=False)

    def as_document(self) -> dict[str, Any]:
        """In the layout of the protocol."""
        return {self.name: self.content}

    def origin(self, path: Path) -> Path:
        """The path in the document of what the content has at `path`."""
        return self.origins.of(path)


def sliced(document: Mapping[str, Any], agent: str, view: View, *, task: str | None = None) -> Slice:
    """What that agent sees of a `session_context` document, given with that key or without.

    `task` is what the agent is about to do, where that is another thing than the document's active task: it says what
    is relevant, beside the task's description and objectives. The same document, view and task give the same slice.
    Raises `InvalidInput` when what is never left out is over the view's limits.
    """
    context = inside(document)
    title = f"context_for_{_slug(agent)}"
    seen = visible(context, view)
    content, origins = shaped(seen)
    found = fitted(content, origins, view, OF_CONTEXT, words=_words(context, task), around=size_of({title: {}}))
    hidden = redactions([*seen.redacted, *found.secrets])
    tokens = of_bytes(size_of({title: found.content}))
    return Slice(title, found.content, (*found.dropped, *hidden), tokens, view.max_tokens, origins)


def inside(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parts of the document, which may stand under `session_context`."""
    parts: object = document
    if isinstance(parts, Mapping):
        parts = parts.get("session_context", parts)
    if not isinstance(parts, Mapping):
        raise InvalidInput("session_context", f"must be an object, not {shown(parts)}")
    return parts


def redactions(paths: Iterable[Path]) -> list[Dropped]:
    """What is hidden, all items of a list as one."""
    counted = Counter(written(path, anywhere=True) for path in paths)
    return [Dropped(path, "redacted", many, 0) for path, many in counted.items()]


def _words(context: Mapping[str, Any], task: str | None) -> list[str]:
    active = context.get("active_task")
    active = active if isinstance(active, dict) else {}
    scope = active.get("scope")
    objectives = scope.get("objectives") if isinstance(scope, dict) else None
    return words_of([task, active.get("description"), *(objectives if isinstance(objectives, list) else [])])


def _slug(agent: str) -> str:
    return re.sub(r"\W+", "_", name("agent", agent).lower()).strip("_") or "agent"
