"""What was done to the outside."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from holdfast.session.parts.base import Mutable

__all__ = ["Effect"]


class Effect(Mutable):
    """Something done to the outside. As long as it is `intended`, nobody knows whether it happened."""

    id: str
    status: Literal["intended", "done", "failed", "abandoned"]
    action: str | None = None
    target: str | None = None
    arguments: dict[str, Any] = Field(default_factory=dict)
    idempotency_key: str | None = None
    repeatable: bool = False
    intended_at: datetime | None = None
    settled_at: datetime | None = None
    result: Any = None
    error: str | None = None
