"""What is handed over: a task with its scope and its budget, and the leaflets that come of it. No model, no chance."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from holdfast.demo.places import look_up
from holdfast.demo.trip import PARTS, Trip
from holdfast.events import Budget, Scope, TaskAssigned

__all__ = [
    "CALLS",
    "CALLS_ESTIMATED",
    "IDEA",
    "NEEDED",
    "TASK",
    "TOKENS_ESTIMATED",
    "WRITER",
    "Leaflet",
    "order",
    "task",
]

WRITER = "leaflet-writer"
TASK = "leaflets"
NEEDED = ("destination", "days", "budget", "diet")
"""What a leaflet cannot be written without."""
IDEA = "Also book a helicopter flight over Paris"
"""What the writer would do besides."""

CALLS_ESTIMATED = 1 + len(PARTS)
"""For a leaflet: a call for the way, and one for each place."""
TOKENS_ESTIMATED = 400
CALLS = 11
"""That the task may use: two leaflets, and not a third."""


def task(trip: Trip) -> TaskAssigned:
    """What the writer is to do, what it is not to do, and what it may use."""
    return TaskAssigned(
        task_id=TASK,
        description="Write a leaflet for each day",
        type="leaflet",
        assigned_to=WRITER,
        scope=Scope(
            objectives=["a leaflet for each day: its places, and what they cost"],
            boundaries=["no meat"],
            out_of_scope=["flights", "hotels"],
        ),
        budget=Budget(max_skill_calls=CALLS, max_tokens=TOKENS_ESTIMATED * len(trip.days)),
        next_steps=[f"the leaflet for {day}" for day in trip.days],
    )


def order(day: str) -> str:
    """What is to be done for a day."""
    return f"Write the leaflet for {day}"


@dataclass(frozen=True, slots=True)
class Leaflet:
    """A day on a page."""

    day: str
    path: str
    text: str
    euros: int
    calls: int
    """That it took: places that are free need no question of what they cost."""

    @classmethod
    def of(cls, day: str, places: Sequence[str], known: Mapping[str, Any]) -> "Leaflet":
        """Of a day, with what is known of the trip."""
        visits = [look_up(name, day) for name in places]
        text = f"# {known['destination']}, {day}\n\n"
        text += "".join(
            f"- {part}: {visit['place']}, {visit['price'] or 'no'} euros\n"
            for (part, _), visit in zip(PARTS, visits, strict=True)
        )
        euros = sum(visit["price"] for visit in visits)
        text += f"\n{euros} of {known['budget']}; {known['diet']}.\n"
        calls = 1 + sum(visit["price"] > 0 for visit in visits)
        return cls(day, f"leaflet-{day.lower()}.md", text, euros, calls)

    @property
    def digest(self) -> str:
        """Of its text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def tokens(self) -> int:
        """That it took: four characters each."""
        return len(self.text) // 4
