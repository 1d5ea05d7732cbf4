"""Parts of listings: a list, and the way to what comes after it."""

import base64
import binascii
from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from holdfast.errors import InvalidInput
from holdfast.events import instant, whole

__all__ = ["Listing", "cursor_of", "place_of"]

T = TypeVar("T")
U = TypeVar("U")


class Listing(list[T]):
    """Part of a listing. `next` is the cursor of the part after it; None at the end."""

    def __init__(self, items: Iterable[T], next: str | None = None) -> None:  # noqa: A002  # the word of the pages
        super().__init__(items)
        self.next = next

    @property
    def items(self) -> list[T]:
        """The part itself, as a plain list."""
        return list(self)

    def of(self, items: Iterable[U]) -> "Listing[U]":
        """The same part, as these."""
        return Listing(items, self.next)


def cursor_of(place: tuple[datetime, int, str]) -> str:
    """The text that leads to what comes after this place."""
    at, key, name = place
    return base64.urlsafe_b64encode(f"{at.isoformat()} {key} {name}".encode()).decode()


def place_of(cursor: str) -> tuple[datetime, int, str]:
    """The place that `cursor_of` wrote down. Raises `InvalidInput`."""
    try:
        at, key, name = base64.urlsafe_b64decode(cursor.encode()).decode().split(" ", 2)
        return instant("cursor", at), whole("cursor", int(key)), name
    except (ValueError, AttributeError, binascii.Error) as error:
        raise InvalidInput("cursor", "is not a page's `next`") from error
