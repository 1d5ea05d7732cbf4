"""The trip that is asked for, and who plans it."""

from dataclasses import dataclass

from holdfast.demo.places import Kind

__all__ = ["AGENT", "BOOKED", "ITINERARY", "PARTS", "TRIP", "UNDERSTUDY", "WORKFLOW", "Trip"]

AGENT = "itinerary-worker"
UNDERSTUDY = "understudy"
"""Another agent, which takes over when the first one hangs."""

WORKFLOW = "trip-to-paris"
ITINERARY = "itinerary.md"
PARTS: tuple[tuple[str, Kind], ...] = (
    ("morning", "culture"),
    ("lunch", "food"),
    ("afternoon", "culture"),
    ("dinner", "food"),
)
BOOKED = ("Sunday", "dinner")
"""The part of the trip for which a table is booked."""


@dataclass(frozen=True, slots=True)
class Trip:
    """What is asked of the agent."""

    user: str
    request: str
    destination: str
    days: tuple[str, ...]
    interests: tuple[Kind, ...]
    budget: int
    """Euros for one person."""

    @property
    def parts(self) -> list[tuple[str, str]]:
        """Every part of every day, in order."""
        return [(day, part) for day in self.days for part, _ in PARTS]


TRIP = Trip(
    user="ada",
    request="Plan 3 days in Paris: culture and food, 200 euros, no meat, no queues.",
    destination="Paris",
    days=("Saturday", "Sunday", "Monday"),
    interests=("culture", "food"),
    budget=200,
)
