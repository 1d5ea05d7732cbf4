"""What an agent sees of the session's context: declared in the log, or as its role has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from holdfast.events import SliceDeclared
from holdfast.session import State
from holdfast.sharing.slices import Slice, View, role_of, sliced, view_for

if TYPE_CHECKING:
    from holdfast.client.session.log import Log
    from holdfast.outcome import Receipt

__all__ = ["declared", "slice_of", "view_of"]


def slice_of(session: Log, agent: str, *, task: str | None, max_tokens: int | None) -> Slice:
    """As `Session.slice` says."""
    view, document = session._context.look(lambda state: view_of(state, agent))  # noqa: SLF001  # the parts of a session are one surface
    if max_tokens is not None:
        view = View.from_mapping({"max_tokens": max_tokens}, view)
    return sliced(document, agent, view, task=task)


def view_of(state: State, agent: str) -> View:
    """What was declared for that agent; what is not, is as its role has it."""
    said = state.slices.get(agent)
    base = view_for(said.role if said and said.role else role_of(agent))
    if said is None:
        return base
    return View.from_mapping(said.model_dump(exclude={"role"}), base)


def declared(
    session: Log,
    agent: str,
    *,
    role: str | None,
    include: Sequence[str] | None,
    exclude: Sequence[str] | None,
    redact: Sequence[str] | None,
    max_tokens: int | None,
    max_bytes: int | Mapping[str, int] | None,
) -> Receipt:
    """As `Session.declare_slice` says."""
    said = SliceDeclared(
        agent=agent,
        role=role,
        include=None if include is None else list(include),
        exclude=None if exclude is None else list(exclude),
        redact=None if redact is None else list(redact),
        max_tokens=max_tokens,
        max_bytes=dict(max_bytes) if isinstance(max_bytes, Mapping) else max_bytes,
    )
    View.from_mapping(said.model_dump(exclude={"agent", "role", "secrets"}))  # what no view can be is told now
    return session.append(said)[0]
