"""The guide tool: places in Paris. The places are real, their closing days too; prices and queues are made up."""

from dataclasses import dataclass
from typing import Literal, TypedDict

__all__ = ["PLACES", "Kind", "Place", "Visit", "look_up"]

Kind = Literal["culture", "food"]


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to go."""

    name: str
    kind: Kind
    price: int
    """Euros for one person."""
    rating: float
    """Out of five."""
    queue: int = 0
    """Minutes."""
    closed: str = ""
    """A day of the week."""
    indoors: bool = True
    vegetarian: bool = True


class Visit(TypedDict):
    """What the tool answers about a place on a day."""

    place: str
    open: bool
    price: int
    rating: float
    queue_minutes: int
    indoors: bool
    vegetarian: bool


PLACES = {
    place.name: place
    for place in (
        Place("Sainte-Chapelle", "culture", 13, 4.7, queue=35),
        Place("Luxembourg garden", "culture", 0, 4.6, indoors=False),
        Place("Musée d'Orsay", "culture", 16, 4.8, queue=20, closed="Monday"),
        Place("Musée Rodin", "culture", 14, 4.6, closed="Monday"),
        Place("Panthéon", "culture", 13, 4.4),
        Place("Butte Montmartre", "culture", 0, 4.5, indoors=False),
        Place("Musée de l'Orangerie", "culture", 12, 4.6, queue=15, closed="Tuesday"),
        Place("Musée Carnavalet", "culture", 0, 4.5, closed="Monday"),
        Place("Père Lachaise", "culture", 0, 4.4, indoors=False),
        Place("Musée de Cluny", "culture", 12, 4.3, closed="Monday"),
        Place("Enfants Rouges market", "food", 15, 4.4, closed="Monday", indoors=False),
        Place("Bouillon Chartier", "food", 20, 4.2, queue=30, vegetarian=False),
        Place("L'As du Fallafel", "food", 10, 4.5, queue=15, closed="Saturday"),
        Place("Breizh Café", "food", 22, 4.5, queue=10),
        Place("Bouillon Pigalle", "food", 21, 4.4, queue=25),
        Place("Le Procope", "food", 42, 4.1),
        Place("Bistrot Paul Bert", "food", 48, 4.5, closed="Monday", vegetarian=False),
        Place("Mosquée tea room", "food", 14, 4.3),
        Place("Chez Janou", "food", 32, 4.4, queue=10),
        Place("Angelina", "food", 24, 4.2, queue=20),
    )
}


def look_up(name: str, day: str) -> Visit:
    """A place as it will be found on that day. Raises `KeyError` for one that is not in the guide."""
    place = PLACES[name]
    return Visit(
        place=name,
        open=place.closed != day,
        price=place.price,
        rating=place.rating,
        queue_minutes=place.queue,
        indoors=place.indoors,
        vegetarian=place.vegetarian,
    )
