"""The table of steps: for each type of event, the one function that says what it does to the state."""

from collections.abc import Callable
from typing import Any, TypeVar

from holdfast.events import Event, Payload
from holdfast.session.state import State

__all__ = ["STEPS", "folds"]

P = TypeVar("P", bound=Payload)

STEPS: dict[str, Callable[[State, Event, Any], None]] = {}
"""Filled while the steps are imported. A step changes the state in place, and fits every valid event and state."""


def folds(payload: type[P]) -> Callable[[Callable[[State, Event, P], None]], Callable[[State, Event, P], None]]:
    """Makes the function below the step of that type of event."""

    def enter(step: Callable[[State, Event, P], None]) -> Callable[[State, Event, P], None]:
        if payload.TYPE in STEPS:
            raise ValueError(f"{payload.TYPE} has a step already")
        STEPS[payload.TYPE] = step
        return step

    return enter
