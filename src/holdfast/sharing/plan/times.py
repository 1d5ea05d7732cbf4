"""Times, as the plan writes them."""

from datetime import UTC, datetime
from typing import overload

__all__ = ["written"]


@overload
def written(at: datetime) -> str: ...


@overload
def written(at: datetime | None) -> str | None: ...


def written(at: datetime | None) -> str | None:
    """As `2025-11-09T10:00:00Z`; a fraction of a second is shown where there is one."""
    return None if at is None else at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
