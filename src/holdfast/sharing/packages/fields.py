"""Fields of what an agent hands in, checked by name: each returns the value, or says what is wrong with which field."""

from collections.abc import Mapping
from typing import Any

from holdfast.errors import InvalidInput
from holdfast.events.values import name, shown

__all__ = ["items_at", "name_at", "object_at", "text_at", "unwrapped"]


def unwrapped(given: object, key: str) -> Mapping[str, Any]:
    """The object under that key, or `given` itself where it does not have the key."""
    parts = object_at(key, given)
    return object_at(key, parts[key]) if key in parts else parts


def object_at(field: str, value: object) -> Mapping[str, Any]:
    """An object."""
    _required(field, value)
    if not isinstance(value, Mapping):
        raise InvalidInput(field, f"must be an object, not {shown(value)}")
    return value


def items_at(field: str, value: object, needed: str) -> list[dict[str, Any]]:
    """A list of objects, each of which has a text under `needed`; an absent one is empty."""
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        raise InvalidInput(field, f"must be a list, not {shown(value)}")
    for at, each in enumerate(value):
        text_at(f"{field}[{at}].{needed}", object_at(f"{field}[{at}]", each).get(needed))
    return [dict(each) for each in value]


def text_at(field: str, value: object) -> str:
    """Text that says something."""
    _required(field, value)
    if not isinstance(value, str) or not value.strip() or value != value.encode(errors="replace").decode():
        raise InvalidInput(field, f"must be text of at least 1 character, not {shown(value)}")
    return value


def name_at(field: str, value: object) -> str:
    """A name."""
    _required(field, value)
    return name(field, value)


def _required(field: str, value: object) -> None:
    if value is None:
        raise InvalidInput(field, "is required")
