"""Events as tests write them by hand: a minute apart, the nth with the id n."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from holdfast.events import Event
from strategies import SESSION

__all__ = ["START", "told"]

START = datetime(2026, 1, 29, 10, tzinfo=UTC)


def told(*said: tuple[str, dict[str, Any]], conversation: str | None = None) -> list[Event]:
    """Events a minute apart: the nth has the id n, and occurred n minutes after ten."""
    return [
        Event(
            session_id=SESSION,
            seq=seq,
            id=UUID(int=seq),
            type=event_type,
            version=1,
            actor="agent",
            occurred_at=START + timedelta(minutes=seq),
            recorded_at=START + timedelta(minutes=seq, seconds=1),
            data=data,
            digest=b"",
            conversation=conversation,
        )
        for seq, (event_type, data) in enumerate(said, 1)
    ]
