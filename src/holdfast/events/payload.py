"""What all payloads have in common, and the kinds of field that several families use."""

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from holdfast.errors import InvalidInput
from holdfast.events.values import shown

__all__ = ["Confidence", "Count", "Json", "Part", "Payload", "Percent", "Text"]


class Part(BaseModel):
    """A piece of a payload. Strict about what it knows; what it does not know it keeps, and hands on unchanged."""

    # Unknown fields are kept so that a log written by a newer release survives an older reader.
    model_config = ConfigDict(strict=True, frozen=True, extra="allow", use_attribute_docstrings=True)


class Payload(Part):
    """What an event says: the typed form of its `data`. One class for each type of event."""

    TYPE: ClassVar[str]
    """The event's type, as `message.added`."""
    VERSION: ClassVar[int] = 1
    """The version of the fields, raised when an older reader would misread them."""


def _percent(value: object) -> object:
    match = re.fullmatch(r"(\d{1,3}(?:\.\d{1,6})?) ?%", value) if isinstance(value, str) else None
    if isinstance(value, str) and match is None:
        raise InvalidInput("value", f'must be a percentage, such as 85 or "85%", not {shown(value)}')
    return float(match[1]) if match else value


Json = Any
"""Any JSON value."""

Text = Annotated[str, Field(min_length=1)]
"""Text that says something."""

Count = Annotated[int, Field(ge=0, lt=2**53)]
"""A number of things: what every JSON reader can hold exactly."""

Percent = Annotated[float, Field(ge=0, le=100), BeforeValidator(_percent)]
"""0 to 100, or text as "85%"."""

Confidence = Literal["HIGH", "MEDIUM", "LOW"] | Annotated[float, Field(ge=0, le=1)]
"""A level, or a probability from 0 to 1."""
