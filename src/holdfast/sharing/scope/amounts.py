"""Amounts: whether a request names more of something than a line of the scope does, as 9,000 EUR against 2,000."""

import re
from collections.abc import Iterator

from holdfast.sharing.scope.asked import Asked
from holdfast.sharing.scope.finding import Finding
from holdfast.sharing.scope.lines import Line

__all__ = ["exceeding"]

UNITS = {
    **dict.fromkeys(("€", "eur", "euro", "euros"), "eur"),
    **dict.fromkeys(("$", "usd", "dollar", "dollars"), "usd"),
    **dict.fromkeys(("£", "gbp", "pound", "pounds"), "gbp"),
    **dict.fromkeys(("%", "percent"), "percent"),
    **{f"{unit}{plural}": unit for unit in ("token", "word", "character", "hour", "day") for plural in ("", "s")},
}
UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
AMOUNT = re.compile(
    rf"(?P<before>[€$£]|\b(?:eur|usd|gbp))? ?(?<![\d.,])"
    rf"(?P<number>\d{{1,3}}(?:[, ]\d{{3}}){{1,4}}|\d{{1,12}})(?P<part>\.\d{{1,6}})?"
    rf"(?P<thousand>k\b)?[ -]?(?P<after>(?:{UNIT})(?![a-z]))?"
)


def exceeding(part: Asked, line: Line) -> Iterator[Finding]:
    """A question, where the part names more of a unit than the line, which names some of it."""
    named = dict(_amounts(line.subject))
    for unit, amount in _amounts(part.plain):
        if unit in named and amount > named[unit]:
            reason = f"It names more than the scope does: {line.text}"
            yield Finding(
                "NEEDS_DECISION", "names more", reason, part.text, line, (f"{amount:g} {unit}",), 1.0,
                "Ask whoever set the scope.", options=("Yes, as much as that", "No, the scope holds"),
            )  # fmt: skip


def _amounts(text: str) -> list[tuple[str, float]]:
    """Each unit with how much of it, the largest amount of a unit last."""
    found = []
    for match in AMOUNT.finditer(text):
        unit = UNITS.get(match["after"] or match["before"] or "")
        if unit:
            whole = re.sub("[, ]", "", match["number"])
            found.append((unit, float(whole + (match["part"] or "")) * (1000 if match["thousand"] else 1)))
    return sorted(found)
