"""A message, as it is read from a conversation's history."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from holdfast.errors import InvalidInput
from holdfast.events import Event, MessageAdded, ToolCall

__all__ = ["MAIN", "Message", "message"]

MAIN = "main"
"""The conversation of messages whose publisher named none."""


@dataclass(frozen=True, slots=True)
class Message:
    """Something that was said: a `message.added` event, with its place in the log."""

    seq: int
    role: Literal["system", "user", "assistant", "tool"]
    content: str | list[dict[str, Any]] | None
    tool_calls: list[ToolCall]
    tool_call_id: str | None
    name: str | None
    conversation: str
    actor: str
    orchestrator_context: dict[str, Any] | None
    timestamp: datetime
    """As the message gives it; otherwise when the event occurred."""


def message(event: Event) -> Message:
    """The message that the event added. Raises `InvalidInput` for an event of another type."""
    said = event.payload
    if not isinstance(said, MessageAdded):
        raise InvalidInput("event", f"must be a message.added, not a {event.type}")
    return Message(
        seq=event.seq,
        role=said.role,
        content=said.content,
        tool_calls=said.tool_calls or [],
        tool_call_id=said.tool_call_id,
        name=said.name,
        conversation=event.conversation or MAIN,
        actor=event.actor,
        orchestrator_context=said.orchestrator_context,
        timestamp=said.timestamp or event.occurred_at,
    )
