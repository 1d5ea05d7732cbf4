"""What is larger than an event, in pieces that are events."""

from collections.abc import Iterator
from typing import Any, Final

import orjson

from holdfast.errors import InvalidInput
from holdfast.events.encoding import MAX_EVENT_BYTES
from holdfast.sharing.document.forms import key_at

__all__ = ["MAX_PIECE", "pieces"]

MAX_PIECE: Final = MAX_EVENT_BYTES - 32 * 1024
"""Bytes of JSON in a piece: an event has an envelope, and other fields."""


def pieces(where: str, value: dict[str, Any] | list[Any], *, deep: bool = True) -> Iterator[Any]:
    """The value, cut where it has to be: of an object some keys at a time, of a list some items, in their order.

    Merged again key by key, and if it is `deep` at every depth, they are the value; there is at least one. Raises
    `InvalidInput` for a single text, list or, unless it is `deep`, object that is too large.
    """
    if isinstance(value, dict):
        yield from _of_object(where, value, deep=deep)
        return
    piece: list[Any] = []
    room = MAX_PIECE
    for place, item in enumerate(value):
        size = _size(f"{where}[{place}]", item)
        if size > room and piece:
            yield piece
            piece, room = [], MAX_PIECE
        piece.append(item)
        room -= size
    yield piece


def _of_object(where: str, value: dict[str, Any], *, deep: bool) -> Iterator[dict[str, Any]]:
    piece: dict[str, Any] = {}
    room = MAX_PIECE
    for key, each in value.items():
        inner = key_at(where, key) if deep else _beside(where, key)
        for part in _parts(inner, each) if deep else (each,):
            size = _size(inner, part) + len(_json(where, key)) + 1
            if size > room and piece:  # a second part of the same key is one that did not fit the first
                yield piece
                piece, room = {}, MAX_PIECE
            piece[key] = part
            room -= size
    yield piece


def _beside(where: str, path: str) -> str:
    """Where a key leads that is a path itself."""
    return ".".join(filter(None, [where, path])).encode(errors="backslashreplace").decode()


def _parts(where: str, value: Any) -> Iterator[Any]:
    if isinstance(value, dict) and value and len(_json(where, value)) > MAX_PIECE // 2:
        yield from _of_object(where, value, deep=True)
    else:
        yield value


def _size(where: str, value: Any) -> int:
    size = len(_json(where, value)) + 1
    if size > MAX_PIECE:
        raise InvalidInput(where, f"has {size:,} bytes; one value can have {MAX_PIECE:,}")
    return size


def _json(where: str, value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError as error:
        raise InvalidInput(where, f"cannot be written as JSON: {error}") from error
