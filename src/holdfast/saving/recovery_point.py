"""The ids of saves, as the guide to persistence writes them: `RECOVERY-240124-001-103000`, `…-AUTO-SAVE-15`."""

from collections.abc import Container
from datetime import UTC, datetime
from itertools import count

__all__ = ["auto_save_point", "recovery_point"]


def recovery_point(session_id: str, at: datetime, taken: Container[str] = ()) -> str:
    """The id of a save that somebody asked for at that time, by the database's clock, told in UTC.

    The format has no room for the day or for two saves in a second: of an id that is `taken` a second, `-2`, is made,
    or a third.
    """
    first = f"{_of(session_id)}-{at.astimezone(UTC):%H%M%S}"
    numbered = (f"{first}-{number}" for number in count(2))
    return first if first not in taken else next(each for each in numbered if each not in taken)


def auto_save_point(session_id: str, number: int) -> str:
    """The id of a session's nth save that nobody asked for."""
    return f"{_of(session_id)}-AUTO-SAVE-{number}"


def _of(session_id: str) -> str:
    return f"RECOVERY-{session_id.removeprefix('SESSION-')}"
