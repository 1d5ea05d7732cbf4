"""The shared context on an agent's side: reading it, adding to it, and beginning a session with one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from holdfast.client.session import Session
from holdfast.events import identifier, name
from holdfast.sharing.document import events_of, from_yaml
from holdfast.sharing.document.layout import ROOT

if TYPE_CHECKING:
    from holdfast.client.holdfast import Holdfast

__all__ = ["import_context"]


def import_context(
    holdfast: Holdfast,
    given: str | bytes | Mapping[str, Any],
    *,
    session_id: str | None,
    user_id: str | None,
    agent: str | None,
    source: str | None,
) -> Session:
    """As `Holdfast.import_context` says."""
    if agent is not None:
        name("agent", agent)
    if user_id is not None:
        identifier("user_id", user_id)
    document = from_yaml(given) if isinstance(given, str | bytes) else given
    begun, *then = events_of(document, user_id=user_id, source=source)
    own = document[ROOT].get("id")
    if session_id is None and own is not None:
        session_id = identifier(f"{ROOT}.id", own)
    elif session_id is not None:
        identifier("session_id", session_id)
    actor = agent or begun["actor"]
    known = holdfast.service.records.brought_back(then)
    started = holdfast.service.start(begun, actor=actor, session_id=session_id, then=[*known, *then])
    return Session(holdfast, started, actor)
