"""Values of JSON as one text each, and the ids of memories, which are made of it."""

import json
from typing import Any
from uuid import UUID, uuid5

__all__ = ["canonical", "memory_id"]

NAMESPACE = UUID("6d0d2b5e-6f0a-5b43-9a0b-0f6f4d3c1a77")


def canonical(value: Any) -> str:
    """The same text for values that say the same, and for no others: numbers as numbers, whatever order keys have."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"))


def memory_id(tenant: str, owner_kind: str, owner: str, kind: str, key: str, value: Any) -> str:
    """The id of what is remembered: whoever learns the same of the same owner makes the same."""
    return str(uuid5(NAMESPACE, json.dumps([tenant, owner_kind, owner, kind, key, canonical(value)])))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
