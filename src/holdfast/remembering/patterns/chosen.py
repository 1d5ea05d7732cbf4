"""What a user chooses, in a form in which two choices can be compared."""

import math
import re
from typing import Any

__all__ = ["Chosen", "as_number", "chosen"]

Chosen = bool | int | float | str | list[str]
"""Numbers stay numbers; a list is a set: in order, each item once."""

LENGTH = 200
ITEMS = 20

_AMOUNT = re.compile(
    r"[$€£¥]? ?(\d{1,3}(?:,\d{3})+|\d{1,15})(\.\d{1,6})? ?([kKmM])?(?: ?(?:USD|EUR|GBP|CHF|JPY|[$€£¥]))?"
)
_TIMES = {"": 1, "k": 1_000, "m": 1_000_000}


def chosen(value: Any) -> Chosen | None:
    """None for what cannot be compared: nothing, objects, lists of lists."""
    if isinstance(value, str):
        amount = _AMOUNT.fullmatch(value.strip()[:40])
        return _text(value) or None if amount is None else _amount(amount)
    if isinstance(value, list):
        items = sorted({_text(str(item)) for item in value if isinstance(item, str | int | float)} - {""})
        return items[:ITEMS] or None
    return value if isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)) else None


def as_number(value: Chosen) -> float | None:
    """The amount, where it is one."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _text(text: str) -> str:
    return " ".join(text[: 2 * LENGTH].split())[:LENGTH]


def _amount(amount: re.Match[str]) -> int | float:
    whole, part, unit = amount.groups()
    if part is None:
        return int(whole.replace(",", "")) * _TIMES[(unit or "").lower()]
    value = round(float(whole.replace(",", "") + part) * _TIMES[(unit or "").lower()], 6)
    return int(value) if value == int(value) else value
