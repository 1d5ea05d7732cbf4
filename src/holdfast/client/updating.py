"""An update of the shared context, by an agent: everything in one append, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from holdfast.events import Draft
from holdfast.outcome import Receipt
from holdfast.session import State
from holdfast.sharing.document import updates_of

if TYPE_CHECKING:
    from holdfast.client.session.log import Log

__all__ = ["committed", "drafts"]


def drafts(session: Log, update: Mapping[str, Any], base: int | None, known: State) -> list[Draft]:
    """The events that the update becomes; `known` is the session's state. Raises `InvalidInput`."""
    events = updates_of(update, actor=session.agent, known=known, base=base)
    return session._drafts(tuple(events), None, None)  # noqa: SLF001  # the parts of a session are one surface


def committed(session: Log, drafts: list[Draft]) -> list[Receipt]:
    """Commit them, all or none, as `Session.update_context` says."""
    if not drafts:
        return []
    session._holdfast._flush_first()  # noqa: SLF001  # as above
    return session._holdfast.service.contexts.update(drafts)  # noqa: SLF001  # as above
