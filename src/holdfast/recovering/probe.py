"""What looks at the world on an agent's behalf."""

from typing import Protocol

from holdfast.events.payload import Json
from holdfast.recovering.changes import named
from holdfast.recovering.observation import Change

__all__ = ["Probe"]


class Probe(Protocol):
    """Something that looks at a part of the world. Any object of this shape is one; it runs where the agent runs.

    A class that derives from it needs a `name` and a `look` only: its changes are then the places where looks differ.
    """

    name: str
    """By which its looks are told from those of others; the same at save and at recovery."""

    def look(self) -> dict[str, Json]:
        """What is there now, as a JSON object. What cannot be seen is raised, never left out."""
        ...

    def changes(self, before: dict[str, Json], now: dict[str, Json]) -> list[Change]:
        """What is otherwise in the second look; nothing for two looks that are equal."""
        return named(self.name, before, now)
