"""The conversation family: what was said, and what each conversation is about."""

from typing import Literal

from holdfast.events.payload import Json, Part, Payload, Text
from holdfast.events.values import Instant

__all__ = ["ConversationContextUpdated", "MessageAdded", "ToolCall"]


class ToolCall(Part):
    """A call of a tool that a message asks for."""

    id: Text
    name: Text
    arguments: dict[str, Json] | str = {}
    """An object, or the text that the model wrote, which may not be JSON."""


class MessageAdded(Payload):
    """Something was said in a conversation. Which one, the envelope's `conversation` says."""

    TYPE = "message.added"

    role: Literal["system", "user", "assistant", "tool"]
    content: str | list[dict[str, Json]] | None = None
    """Text, or a list of parts as models take them."""
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None
    """The call that a message of role `tool` answers."""
    name: str | None = None
    timestamp: Instant | None = None
    orchestrator_context: dict[str, Json] | None = None


class ConversationContextUpdated(Payload):
    """What a conversation is about changed. Keys of `orchestrator_context` are set one by one; the rest is replaced."""

    TYPE = "conversation.context_updated"

    conversation_id: str | None = None
    orchestrator_context: dict[str, Json] = {}
    topic: str | None = None
    sub_topic: str | None = None
    technical_focus: str | None = None
    recent_discussions: list[str] | None = None
    summary: str | None = None
