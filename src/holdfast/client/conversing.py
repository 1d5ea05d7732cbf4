"""Conversations on the agent's side: saying something, reading what was said, and the id that leads there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_OID, uuid5

from holdfast import clock
from holdfast.errors import InvalidInput
from holdfast.events import identifier, instant, whole
from holdfast.sharing.packages.fields import object_at
from holdfast.sharing.plan import Window, said

if TYPE_CHECKING:
    from holdfast.client.session.log import Item, Log

__all__ = ["context_updated", "history", "message_added", "opened"]


def message_added(
    session: Log,
    agent_type: str,
    role: str,
    content: Any,
    orchestrator_context: Mapping[str, Any] | None,
    *,
    timestamp: datetime | str | None,
    actor: str | None,
) -> dict[str, Any]:
    """As `Session.add_conversation_message` says."""
    identifier("agent_type", agent_type)
    at = clock.now() if timestamp is None else instant("timestamp", timestamp)
    data = {
        "role": role,
        "content": content,
        "timestamp": None if timestamp is None else at.isoformat(),
        "orchestrator_context": dict(object_at("orchestrator_context", orchestrator_context or {})) or None,
    }
    event: Item = {
        "type": "message.added",
        "occurred_at": at if timestamp is None else None,
        "data": {name: value for name, value in data.items() if value is not None},
    }
    _append(session, agent_type, event, actor)
    return said(role, content, at, data["orchestrator_context"])


def opened(session: Log, agent_type: str, conversation_id: str | None) -> str:
    """As `Session.open_conversation` says."""
    identifier("agent_type", agent_type)
    if conversation_id is not None:
        identifier("conversation_id", conversation_id)
    conversations = session._holdfast.service.conversations  # noqa: SLF001  # the two are one surface
    known = _last_given(session, agent_type, conversations.ids_of(session.id, agent_type))
    if known is not None and conversation_id in {None, known}:
        return known
    naming = _named(session, agent_type) if conversation_id is None else _event(conversation_id)
    (made,) = session._drafts((naming,), agent_type, None)  # noqa: SLF001  # as above
    session._holdfast._flush_first()  # noqa: SLF001  # as above
    conversations.open(made)
    session._conversing.add(agent_type)  # noqa: SLF001  # as above
    return conversation_id or _made_id(session.id, agent_type)


def history(
    session: Log,
    agent_type: str | None,
    conversation_id: str | None,
    *,
    limit: int | None,
    after: int | None,
    before: int | None,
) -> Window:
    """As `Session.get_conversation_history` says."""
    if (agent_type is None) == (conversation_id is None):
        raise InvalidInput("agent_type", "or conversation_id must be given, and not both")
    start = 0 if after is None else whole("after", after)
    messages = session._holdfast.service.conversations.messages(  # noqa: SLF001  # as above
        session.id,
        conversation=agent_type,
        conversation_id=conversation_id,
        after=start,
        before=None if before is None else whole("before", before),
        limit=None if limit is None else whole("limit", limit, 1),
        oldest=after is not None,
    )
    return Window(messages, start)


def context_updated(session: Log, agent_type: str, orchestrator_context: Mapping[str, Any]) -> dict[str, Any]:
    """As `Session.update_conversation_orchestrator_context` says."""
    identifier("agent_type", agent_type)
    context = session._context  # noqa: SLF001  # as above; it raises before anything is committed
    event: Item = {
        "type": "conversation.context_updated",
        "data": {"orchestrator_context": dict(object_at("orchestrator_context", orchestrator_context))},
    }
    _append(session, agent_type, event, None)
    with context.reading() as state:
        return dict(state.conversations[agent_type].orchestrator_context)


def _append(session: Log, agent_type: str, event: Item, actor: str | None) -> None:
    """Commit the event, and before it what gives the conversation its id, where it has none yet."""
    naming: list[Item] = []
    # Whether it has one only a process with Postgres can know; another leaves that to the next that has.
    if agent_type not in session._conversing and session._holdfast._service is not None:  # noqa: SLF001  # as above
        known = session._holdfast.service.conversations.ids_of(session.id, agent_type)  # noqa: SLF001  # as above
        naming = [] if known else [_named(session, agent_type)]
    session.append(*naming, event, conversation=agent_type, actor=actor)
    if session._holdfast._service is not None:  # noqa: SLF001  # as above
        session._conversing.add(agent_type)  # noqa: SLF001  # as above


def _last_given(session: Log, agent_type: str, ids: list[str]) -> str | None:
    """Of the ids that lead to a conversation the one that the document shows: which that is, only the log says."""
    if len(ids) < 2:
        return ids[0] if ids else None
    with session._context.reading() as state:  # noqa: SLF001  # as above
        shown = state.conversations[agent_type].conversation_id
    return shown if shown in ids else ids[0]


def _named(session: Log, agent_type: str) -> dict[str, Any]:
    # Two that open the conversation at once make the same event, of the same id, and it is committed once.
    tenant = session._holdfast.settings.tenant  # noqa: SLF001  # as above
    event_id = uuid5(NAMESPACE_OID, f"holdfast conversation {tenant}/{session.id}/{agent_type}")
    return {"id": event_id, **_event(_made_id(session.id, agent_type))}


def _event(conversation_id: str) -> dict[str, Any]:
    return {"type": "conversation.context_updated", "data": {"conversation_id": conversation_id}}


def _made_id(session_id: str, agent_type: str) -> str:
    """As `conv_guide_agent_0b5c1e…`: another for every session, and always the same for one."""
    short = sha256(f"{session_id}/{agent_type}".encode()).hexdigest()[:16]
    return f"conv_{re.sub(r'[^A-Za-z0-9_-]', '_', agent_type)[:80]}_{short}"
