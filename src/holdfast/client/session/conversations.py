"""The conversations of a session, in the words of the state plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from holdfast.client import conversing
from holdfast.client.session.log import Log
from holdfast.sharing.plan import Window

__all__ = ["Conversations"]


class Conversations(Log):
    """The conversations of a session, in the words of the state plan."""

    def add_conversation_message(
        self,
        agent_type: str,
        role: str,
        content: Any,
        orchestrator_context: Mapping[str, Any] | None = None,
        *,
        timestamp: datetime | str | None = None,
        actor: str | None = None,
    ) -> dict[str, Any]:
        """Commit what was said in the conversation with that agent; returns it in the state plan's form.

        The first message of a conversation gives it an id. `timestamp` is when it was said, if not now. Raises as
        `append` does.
        """
        return conversing.message_added(
            self, agent_type, role, content, orchestrator_context, timestamp=timestamp, actor=actor
        )

    def get_conversation_history(
        self,
        agent_type: str | None = None,
        *,
        conversation_id: str | None = None,
        limit: int | None = None,
        after: int | None = None,
        before: int | None = None,
    ) -> Window:
        """What was said in a conversation, named by its agent or its id, in order: a list in the plan's form.

        With `limit` it is the newest that many before `before`; given `after`, the first that many after it. Both are
        places in the log: of this window they are in its `first` and `last`. Raises `SessionNotFound`, `InvalidInput`.
        """
        return conversing.history(self, agent_type, conversation_id, limit=limit, after=after, before=before)

    def update_conversation_orchestrator_context(
        self, agent_type: str, orchestrator_context: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Set keys of what the conversation knows of its orchestrator, and keep the others; returns all of it."""
        return conversing.context_updated(self, agent_type, orchestrator_context)

    def open_conversation(self, agent_type: str, conversation_id: str | None = None) -> str:
        """Give the conversation an id by which `Holdfast.session_by_conversation` finds it; returns its id.

        Without one it keeps what it has, or gets one. Raises `ConversationTaken` where the id belongs to another.
        """
        return conversing.opened(self, agent_type, conversation_id)
