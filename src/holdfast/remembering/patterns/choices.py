"""What the user chooses again and again: similar amounts, the same channels, the same measures."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from statistics import median_low
from typing import Any

from holdfast.remembering.patterns.chance import Guess, surely
from holdfast.remembering.patterns.chosen import Chosen, as_number
from holdfast.remembering.patterns.pattern import Pattern
from holdfast.remembering.patterns.trace import Choice, Trace

__all__ = ["choices"]

SIMILAR = 1.25
"""Amounts are similar where neither is more than so many times the other."""

ONE_IN = {"amount": 3, "switch": 2, "word": 4}
"""The least number of choices that somebody without a habit is taken to have, where it is not said how many there were:
an amount is similar to the usual one, a switch is on, a word is a certain one of so many."""

ITEMS = 4
"""The same for the items of a list: how many there are to choose from."""

_SWITCHES = frozenset({"yes", "no", "on", "off", "true", "false", "y", "n", "none", "ja", "nein"})

Made = list[tuple[Trace, Choice]]


def choices(traces: Sequence[Trace]) -> Iterator[Guess]:
    """What could be a habit in the choices of these sessions, the oldest first.

    A session in which a default was refused, and nothing else chosen, is one that could have shown it and did not.
    """
    made: dict[str, Made] = defaultdict(list)
    refused: Counter[str] = Counter()
    for trace in traces:
        refused.update(trace.refused.keys() - trace.choices.keys())
        for name, choice in trace.choices.items():
            made[name].append((trace, choice))
    for name, those in made.items():
        yield from _of_key(name, those, refused[name])


def _of_key(name: str, made: Made, refused: int) -> Iterator[Guess]:
    amounts = [(trace, choice, amount) for trace, choice in made if (amount := as_number(choice.value)) is not None]
    if len(amounts) > len(made) / 2:
        yield _similar(name, amounts, len(made) + refused)
        return
    yield _same(name, made, refused)
    lists = [(trace, choice) for trace, choice in made if isinstance(choice.value, list)]
    if len(lists) > len(made) / 2:
        yield from _items(name, lists, len(made) - len(lists) + refused)


def _similar(name: str, amounts: list[tuple[Trace, Choice, float]], of: int) -> Guess:
    """Amounts near their median, which is one of them."""
    usual = median_low(amount for _, _, amount in amounts)
    shown = [(trace, choice) for trace, choice, amount in amounts if _near(amount, usual)]
    newest = shown[-1][1]
    spread = _spread([amount for _, _, amount in amounts if _near(amount, usual)])
    text = f"User consistently chooses similar values of {name}, around {usual:,g}"
    value = {"key": newest.key, "value": newest.value, "median": usual, "spread": spread}
    # The one that is the median agrees with itself, which is no sign of anything.
    chances = [1.0] + [1 / ONE_IN["amount"]] * (of - 1)
    return _guess(f"similar {name}", text, value, shown, chances)


def _same(name: str, made: Made, refused: int) -> Guess:
    values = Counter(_mark(choice.value) for _, choice in made)
    mark, _ = values.most_common(1)[0]
    shown = [(trace, choice) for trace, choice in made if _mark(choice.value) == mark]
    newest = shown[-1][1]
    text = f"User consistently chooses {_told(newest.value)} for {name}"
    value = {"key": newest.key, "value": newest.value}
    one_in = max(2, *(choice.options for _, choice in made)) if newest.options else _one_in(made)
    chances = [1 / one_in] * (len(made) + refused)
    return _guess(f"stable {name}", text, value, shown, chances, ways=one_in)


def _items(name: str, lists: Made, others: int) -> Iterator[Guess]:
    """Items of lists, where the lists differ. By chance each has them out of all that the user ever took."""
    sizes = [len(_items_of(choice)) for _, choice in lists]
    ever = Counter(item for _, choice in lists for item in _items_of(choice))
    out_of = max(len(ever), 2 * max(sizes), ITEMS)
    chances = [size / out_of for size in sizes] + [0.0] * others
    for item in ever:
        shown = [(trace, choice) for trace, choice in lists if item in _items_of(choice)]
        value = {"key": shown[-1][1].key, "item": item}
        yield _guess(f"stable {name}", f"User consistently has {item} among {name}", value, shown, chances)


def _guess(name: str, text: str, value: Any, shown: Made, chances: list[float], ways: float = 1.0) -> Guess:
    of = len(chances)
    evidence = tuple((trace.session_id, choice.event_id) for trace, choice in shown)
    said = f"{text} ({len(shown)} of {of} sessions)"
    named = name.replace(" ", "_")
    pattern = Pattern("preference", named, said, len(shown), of, surely(len(shown), of), value, evidence)
    return Guess(pattern, tuple(chances), ways)


def _near(amount: float, usual: float) -> bool:
    less, more = sorted((abs(amount), abs(usual)))
    return amount == usual or (amount * usual > 0 and more <= less * SIMILAR)


def _spread(amounts: list[float]) -> float:
    """How far they go apart, as a share of the middle."""
    low, high = min(amounts), max(amounts)
    return round((high - low) / abs(low + high) * 2, 3) if low + high else 0.0


def _one_in(made: Made) -> int:
    switches = all(isinstance(c.value, bool) or str(c.value).casefold() in _SWITCHES for _, c in made)
    return ONE_IN["switch" if switches else "word"]


def _mark(value: Chosen) -> Any:
    """Equal for what is the same choice, however it is written."""
    if isinstance(value, list):
        return tuple(sorted(item.casefold() for item in value))
    return value.casefold() if isinstance(value, str) else (type(value) is bool, value)


def _items_of(choice: Choice) -> list[str]:
    return choice.value if isinstance(choice.value, list) else []


def _told(value: Chosen) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
