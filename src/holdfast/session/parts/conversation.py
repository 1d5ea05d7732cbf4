"""Conversations, as far as they are not messages."""

from datetime import datetime
from typing import Any

from pydantic import Field

from holdfast.session.parts.base import Mutable

__all__ = ["Conversation"]


class Conversation(Mutable):
    """What is known of a conversation besides its messages, which live in the log."""

    conversation_id: str | None = None
    messages: int = 0
    last_message_at: datetime | None = None
    orchestrator_context: dict[str, Any] = Field(default_factory=dict)
    topic: str | None = None
    sub_topic: str | None = None
    technical_focus: str | None = None
    recent_discussions: list[str] = Field(default_factory=list)
    summary: str | None = None
