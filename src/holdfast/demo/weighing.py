"""How the agent weighs places against each other, and says why it chose one."""

from collections.abc import Iterable

from holdfast.demo.places import Visit
from holdfast.demo.weather import Weather

__all__ = ["confidence", "fitting", "is_wet", "reasons"]

WET = 50
"""Percent of rain from which one stays indoors."""


def is_wet(sky: Weather) -> bool:
    """Whether one stays indoors."""
    return sky["rain_percent"] >= WET


def fitting(visits: Iterable[Visit], sky: Weather, euros: int) -> list[Visit]:
    """Those that keep to the user's wishes and to what is left of the budget, the best first."""
    fit = [
        visit
        for visit in visits
        if visit["open"] and visit["vegetarian"] and visit["price"] <= euros and (visit["indoors"] or not is_wet(sky))
    ]
    return sorted(fit, key=_worth, reverse=True)


def confidence(fit: list[Visit]) -> float:
    """Higher, the further the best is ahead of the next."""
    ahead = _worth(fit[0]) - _worth(fit[1]) if len(fit) > 1 else 1.0
    return round(min(0.95, 0.6 + ahead), 2)


def reasons(fit: list[Visit], sky: Weather) -> str:
    """Why it was the best."""
    best = fit[0]
    where = "indoors" if best["indoors"] else "in the open"
    price = f"{best['price']} euros" if best["price"] else "free"
    return f"{sky['condition']}, {sky['temperature']} degrees: {where}, {price}, best of {len(fit)} that fit"


def _worth(visit: Visit) -> float:
    return visit["rating"] - visit["queue_minutes"] / 60
