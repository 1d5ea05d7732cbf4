"""What a document says otherwise than the session's events do: found when it arrives, put back when it leaves.

A difference counts as long as the events say at that place what they said when the document arrived. What has changed
since is shown as it is.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from holdfast.session.paths import below, steps

__all__ = ["applied", "difference"]

Tree = dict[str, Any]
Patch = dict[str, Any]
"""`keys`: those of an object, in order. `now`: what the document says. `was`: a digest of what the events say."""


def difference(told: Tree, wanted: Tree) -> dict[str, Patch]:
    """By path, what makes `wanted` of what the events tell: `applied(told, difference(told, wanted)) == wanted`."""
    found: dict[str, Patch] = {}
    _differ("", told, wanted, found)
    return found


def applied(told: Tree, patches: Mapping[str, Any]) -> Tree:
    """What the events tell, with the differences that still count; what is none in this form is passed over."""
    root = _Node()
    for path, patch in patches.items():
        keys = steps(path) if _is_patch(patch) else None
        node: _Node | None = root
        for key in keys or ():
            node = node.children.setdefault(key, _Node()) if node else None
        if node is not None and keys is not None:
            node.patch = patch
    made: Tree = _apply(told, root)
    return made


def _is_patch(said: Any) -> bool:
    """Anyone can append an event that says it was imported."""
    keys = said.get("keys", []) if isinstance(said, dict) else None
    return isinstance(keys, list) and all(isinstance(key, str) for key in keys)


@dataclass
class _Node:
    patch: Patch = field(default_factory=dict)
    children: "dict[str, _Node]" = field(default_factory=dict)


def _differ(path: str, told: Any, wanted: Any, found: dict[str, Patch]) -> None:
    if not (isinstance(told, dict) and isinstance(wanted, dict)):
        if _text(told) != _text(wanted):
            found[path] = {"now": wanted, "was": _digest(told)}
        return
    if list(told) != list(wanted):
        found[path] = {"keys": list(wanted)}
    for key, value in wanted.items():
        if key in told:
            _differ(below(path, key), told[key], value, found)
        else:
            found[below(path, key)] = {"now": value}
    for key in told.keys() - wanted.keys():
        found[below(path, key)] = {"was": _digest(told[key])}


def _apply(told: Any, node: _Node) -> Any:
    if not isinstance(told, dict):
        return told
    made = dict(told)
    for key, child in node.children.items():
        patch = child.patch
        if key not in told:
            if "now" in patch and "was" not in patch:
                made[key] = patch["now"]
        elif "was" not in patch:
            made[key] = _apply(told[key], child)
        elif patch["was"] == _digest(told[key]):
            if "now" in patch:
                made[key] = patch["now"]
            else:
                del made[key]
    keys = node.patch.get("keys")
    return made if keys is None else _ordered(made, keys)


def _ordered(made: Tree, keys: list[str]) -> Tree:
    """In the document's order; what has come since behind that which it came behind."""
    order = [key for key in keys if key in made]
    placed = set(order)
    last: str | None = None
    for key in made:
        if key not in placed:
            order.insert(order.index(last) + 1 if last is not None else 0, key)
            placed.add(key)
        last = key
    return {key: made[key] for key in order}


def _text(value: Any) -> bytes:
    return orjson.dumps(value)


def _digest(value: Any) -> str:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
