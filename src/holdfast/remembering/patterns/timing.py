"""When the user works: the part of the day, how soon they come back, and in which rhythm of weeks."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo
from statistics import median
from typing import Any, NamedTuple

from holdfast.remembering.patterns.chance import Guess, surely
from holdfast.remembering.patterns.pattern import Pattern
from holdfast.remembering.patterns.trace import Trace

__all__ = ["timing"]

PARTS = ("nights", "mornings", "afternoons", "evenings")
"""Of the day, each of six hours from midnight on."""

COIN = 0.5
"""The chance that a session falls into a certain part of the day, or soon after the one before. Not a quarter: nobody
works round the clock, and who works by day has two parts to choose from."""

WORKDAYS = 5
"""Days among which chance takes those of a week. Not seven, for who works only on workdays has no habit yet."""

SITTING = timedelta(hours=1)
"""Sessions that begin so soon after the last are of the same sitting, and nobody came back."""

SOON = timedelta(hours=24)
WEEKLY = 0.6
"""The share of weeks, from the first to the last, that have a session where the user works in weekly cycles."""

DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


class _Begun(NamedTuple):
    trace: Trace
    start: datetime
    """In the zone."""
    end: datetime

    @property
    def place(self) -> tuple[str, str]:
        return self.trace.session_id, self.trace.started_by or ""


def timing(traces: Sequence[Trace], zone: tzinfo) -> Iterator[Guess]:
    """What could be a habit in the times of these sessions, as a clock in that zone shows them."""
    begun = sorted((each for trace in traces for each in _begun(trace, zone)), key=lambda each: each.start)
    first_of_day: dict[date, _Begun] = {}
    for each in begun:
        first_of_day.setdefault(each.start.date(), each)
    # Sessions of one day are of one mind: each day counts once.
    yield from _parts(list(first_of_day.values()))
    yield from _weeks(first_of_day)
    yield from _returns(begun)


def _begun(trace: Trace, zone: tzinfo) -> Iterator[_Begun]:
    if trace.started_at is not None and trace.ended_at is not None:
        try:
            yield _Begun(trace, trace.started_at.astimezone(zone), trace.ended_at.astimezone(zone))
        except OverflowError:  # the first hours that a time can tell, in a zone that is behind them
            return


def _parts(days: list[_Begun]) -> Iterator[Guess]:
    for number, part in enumerate(PARTS):
        shown = [each for each in days if each.start.hour // 6 == number]
        text = f"User typically works {part} ({len(shown)} of {len(days)} days)"
        yield _guess(f"works_{part}", text, part, shown, [COIN] * len(days))


def _returns(begun: list[_Begun]) -> Iterator[Guess]:
    returns: list[tuple[timedelta, _Begun]] = []
    end = begun[0].end if begun else None
    for each in begun[1:]:
        if end is not None and each.start - end >= SITTING:
            returns.append((each.start - end, each))
        end = max(end or each.end, each.end)
    if not returns:
        return
    soon = [each for after, each in returns if after <= SOON]
    hours = round(median(after / timedelta(hours=1) for after, _ in returns), 1)
    text = f"User often returns within 24 hours ({len(soon)} of {len(returns)} times; the median is {hours:g} hours)"
    yield _guess("returns_soon", text, {"hours": 24, "median": hours}, soon, [COIN] * len(returns))


def _weeks(days: dict[date, _Begun]) -> Iterator[Guess]:
    weeks: dict[date, list[date]] = defaultdict(list)
    for day in days:
        weeks[day - timedelta(days=day.weekday())].append(day)
    chances = [min(1.0, len(each) / WORKDAYS) for each in weeks.values()]
    span = (max(weeks) - min(weeks)).days // 7 + 1 if weeks else 1
    cycle = len(weeks) / span >= WEEKLY
    for number, name in enumerate(DAYS):
        shown = [days[day] for day in days if day.weekday() == number]
        habit = "works in weekly cycles, on" if cycle else "works on"
        text = f"User {habit} {name} ({len(shown)} of {len(weeks)} weeks with sessions)"
        yield _guess("weekly_cycle" if cycle else "weekday", text, name, shown, chances)


def _guess(name: str, text: str, value: Any, shown: list[_Begun], chances: list[float]) -> Guess:
    evidence = tuple(each.place for each in shown)
    confidence = surely(len(shown), len(chances))
    pattern = Pattern("timing", name, text, len(shown), len(chances), confidence, value, evidence)
    return Guess(pattern, tuple(chances))
