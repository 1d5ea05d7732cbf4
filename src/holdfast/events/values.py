"""What a single value may be: an identifier, a name, a time. Each check returns the value, or says what is wrong."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from holdfast.clock import EARLIEST, LATEST
from holdfast.errors import InvalidInput

__all__ = [
    "MAX_LENGTH",
    "Identifier",
    "Instant",
    "Name",
    "identifier",
    "instant",
    "name",
    "reference",
    "shown",
    "whole",
]

MAX_LENGTH = 128
"""Characters that an identifier or a name may have."""


def identifier(field: str, value: object) -> str:
    """`value`, when it can identify something: 1 to 128 printable characters, no whitespace. Else `InvalidInput`."""
    # Every kind of whitespace but the plain space is already unprintable, as is a lone surrogate.
    if isinstance(value, str) and 0 < len(value) <= MAX_LENGTH and value.isprintable() and " " not in value:
        return value
    raise InvalidInput(field, f"must be 1 to {MAX_LENGTH} printable characters without whitespace, not {shown(value)}")


def name(field: str, value: object) -> str:
    """`value`, when it can name someone: 1 to 128 printable characters, spaces only inside. Else `InvalidInput`."""
    if isinstance(value, str) and 0 < len(value) <= MAX_LENGTH and value.isprintable() and value.strip() == value:
        return value
    raise InvalidInput(
        field, f"must be 1 to {MAX_LENGTH} printable characters, spaces only between words, not {shown(value)}"
    )


def reference(field: str, value: object) -> str:
    """`value`, when an event can have called something so, and a row can be found by it. Else `InvalidInput`."""
    if isinstance(value, str) and value and "\0" not in value and value == value.encode(errors="replace").decode():
        return value
    raise InvalidInput(field, f"must be text of at least 1 character, without NUL, not {shown(value)}")


def whole(field: str, value: object, least: int = 0, most: int = 2**63 - 1) -> int:
    """`value`, when it is a whole number from `least` to `most`. Else `InvalidInput`."""
    if type(value) is int and least <= value <= most:
        return value
    limit = "2**63 - 1" if most == 2**63 - 1 else f"{most:,}"
    raise InvalidInput(field, f"must be a whole number from {least} to {limit}, not {shown(value)}")


def instant(field: str, value: object) -> datetime:
    """`value` as an aware time in UTC: a datetime or ISO 8601 text, taken as UTC when it names no zone.

    Raises `InvalidInput` when it is no time, or lies outside [EARLIEST, LATEST).
    """
    given = _read(value) if isinstance(value, str) else value
    if not isinstance(given, datetime):
        raise InvalidInput(field, f"must be a time such as 2026-01-29T10:00:00Z, not {shown(value)}")
    at = _in_utc(given)
    if at is None or not EARLIEST <= at < LATEST:
        raise InvalidInput(field, f"must be from {EARLIEST:%Y-%m-%d} to before {LATEST:%Y-%m-%d}, not {shown(value)}")
    return at


def _read(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _in_utc(at: datetime) -> datetime | None:
    """None for the first and the last hours that a datetime can tell, when they are not those of UTC."""
    try:
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError:
        return None


def shown(value: object) -> str:
    """`value` for a message: its repr cut to a length that a line can hold, with its length when it was cut."""
    # The cut comes first, so that a value of any size costs nothing.
    if isinstance(value, str | bytes):
        text = repr(value[:40])
        return text if len(value) <= 40 else f"{text}… ({len(value)} characters)"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, bool | None):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int) and value.bit_length() > 128:
        return f"a number of {value.bit_length()} bits"
    text = str(value) if isinstance(value, int | float | datetime) else f"a {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:60]}…"


Identifier = Annotated[str, AfterValidator(lambda value: identifier("value", value))]
Name = Annotated[str, AfterValidator(lambda value: name("value", value))]
Instant = Annotated[datetime, BeforeValidator(lambda value: instant("value", value))]
