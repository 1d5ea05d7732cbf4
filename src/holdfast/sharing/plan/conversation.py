"""Conversations in the plan's form: their messages, and a window of them that knows its place in the log."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from holdfast.session import Message
from holdfast.session.parts import Conversation
from holdfast.sharing.plan.times import written

__all__ = ["Window", "conversation_entry", "message_entry", "said"]


class Window(list[dict[str, Any]]):
    """A stretch of a conversation, in order: a list of messages in the plan's form."""

    def __init__(self, messages: Sequence[Message], after: int = 0) -> None:
        super().__init__(message_entry(message) for message in messages)
        self.first = messages[0].seq if messages else None
        """The number of its first message: give it as `before` for what was said earlier. None where it is empty."""
        self.last = messages[-1].seq if messages else after
        """The number of its last message: give it as `after` for what is said from then on."""


def conversation_entry(conversation: Conversation, messages: Sequence[Message]) -> dict[str, Any]:
    """A conversation of the session document."""
    return {
        "conversation_id": conversation.conversation_id,
        "messages": [message_entry(message) for message in messages],
        "orchestrator_context": conversation.orchestrator_context,
    }


def message_entry(message: Message) -> dict[str, Any]:
    """A message; what the plan does not know of (calls of tools, names) is there where the message has it."""
    entry = said(message.role, message.content, message.timestamp, message.orchestrator_context)
    more = {
        "tool_calls": [call.model_dump() for call in message.tool_calls],
        "tool_call_id": message.tool_call_id,
        "name": message.name,
    }
    return entry | {name: value for name, value in more.items() if value}


def said(
    role: str, content: object, timestamp: datetime, orchestrator_context: dict[str, Any] | None
) -> dict[str, Any]:
    """`{"role", "content", "timestamp"}`, and the orchestrator's context where there is one."""
    entry: dict[str, Any] = {"role": role, "content": content, "timestamp": written(timestamp)}
    return entry | {"orchestrator_context": orchestrator_context} if orchestrator_context else entry
