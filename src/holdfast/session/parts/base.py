"""What all parts of a session's state have in common."""

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

__all__ = ["Mutable"]


class Mutable(BaseModel):
    """A part that the fold changes in place, in a copy that is its own."""

    # Strict, so that what comes back from JSON is what went in, or an error.
    model_config = ConfigDict(strict=True, extra="forbid", use_attribute_docstrings=True)

    if not TYPE_CHECKING:
        # pydantic's own remembers which fields were set, which costs more than most steps, and nobody asks.
        __setattr__ = object.__setattr__
