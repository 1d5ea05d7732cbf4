"""A document as YAML, in the layout of the protocol: block style, texts quoted, so that nothing changes its type."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from holdfast.sharing.document.layout import CONFLICTS, ROOT

__all__ = ["to_yaml"]

HEADINGS: Final = {
    "id": "Session Identity",
    "campaign": "Campaign Reference",
    "active_task": "Active Task",
    "knowledge": "Accumulated Knowledge",
    CONFLICTS: "Conflicts: what sources say otherwise than others",
    "artifacts": "Artifacts Produced",
    "pending_decisions": "Pending Decisions",
    "decisions_made": "Completed Decisions",
    "validations": "Validation Status",
    "compute": "Compute Tracking",
    "history": "History",
}

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_NO_TEXT = frozenset(["null", "true", "false", "yes", "no", "on", "off", "y", "n"])
_LONGEST_KEY = 1000
"""What a reader of YAML must take before its colon is 1,024 characters."""


def to_yaml(document: dict[str, Any]) -> str:
    """The document as text that `from_yaml` reads back equal, and that is the same for the same document."""
    lines = []
    for key, value in document.items():
        if key == ROOT and isinstance(value, dict) and value:
            lines += [f"{key}:", *_sections(value)]
        else:
            lines += _entry(_key(key), value, "")
    return "\n".join(lines) + "\n" if lines else "{}\n"


def _sections(content: dict[str, Any]) -> Iterator[str]:
    for place, (key, value) in enumerate(content.items()):
        if key in HEADINGS:
            if place:
                yield ""
            yield f"  # === {HEADINGS[key]} ==="
        yield from _entry(_key(key), value, "  ")


def _entry(start: str, value: Any, indent: str) -> Iterator[str]:
    """A key, and what belongs to it."""
    start = start.replace("\n", f"\n{indent}")
    if isinstance(value, dict | list) and value:
        yield f"{indent}{start}"
        yield from _block(value, indent + "  ")
    else:
        yield f"{indent}{start} {_scalar(value)}"


def _block(value: dict[str, Any] | list[Any], indent: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _entry(_key(key), each, indent)
        return
    for each in value:
        if isinstance(each, dict | list) and each:
            first, *rest = _block(each, indent + "  ")
            yield f"{indent}- {first[len(indent) + 2 :]}"
            yield from rest
        else:
            yield f"{indent}- {_scalar(each)}"


def _key(key: str) -> str:
    plain = _WORD.fullmatch(key) and key.lower() not in _NO_TEXT
    text = key if plain else _quoted(key)
    return f"{text}:" if len(text) <= _LONGEST_KEY else f"? {text}\n:"


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, float):
        return _number(repr(value))
    return json.dumps(value)  # null, true, false, whole numbers, {} and []


def _number(text: str) -> str:
    """With a point, without which 1e+16 is text to older readers."""
    figure, e, exponent = text.partition("e")
    return text if "." in figure else f"{figure}.0{e}{exponent}"


def _quoted(text: str) -> str:
    """In JSON's quotes, which are YAML's too; what does not print is escaped, also for a terminal's sake."""
    quoted = json.dumps(text, ensure_ascii=False)
    if quoted.isprintable():
        return quoted
    return "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in quoted)
