"""The weather tool: the same forecast every time, for the days of the demo."""

from typing import TypedDict

__all__ = ["Weather", "weather"]

_FORECAST = {
    ("Saturday", "morning"): ("Sunny", 19, 5),
    ("Saturday", "lunch"): ("Sunny", 23, 5),
    ("Saturday", "afternoon"): ("Partly Cloudy", 24, 20),
    ("Saturday", "dinner"): ("Clear", 20, 10),
    ("Sunday", "morning"): ("Rain", 16, 80),
    ("Sunday", "lunch"): ("Rain", 17, 70),
    ("Sunday", "afternoon"): ("Showers", 18, 60),
    ("Sunday", "dinner"): ("Cloudy", 16, 30),
    ("Monday", "morning"): ("Partly Cloudy", 18, 15),
    ("Monday", "lunch"): ("Sunny", 22, 10),
    ("Monday", "afternoon"): ("Thunderstorm", 21, 75),
    ("Monday", "dinner"): ("Clear", 18, 10),
}


class Weather(TypedDict):
    """What the tool answers."""

    location: str
    day: str
    part: str
    temperature: int
    """Degrees Celsius."""
    condition: str
    rain_percent: int


def weather(location: str, day: str, part: str) -> Weather:
    """The forecast for a part of a day. Raises `KeyError` for one that the demo does not plan."""
    condition, temperature, rain = _FORECAST[day, part]
    return Weather(
        location=location, day=day, part=part, temperature=temperature, condition=condition, rain_percent=rain
    )
