"""Knowing: what the user told, what was decided, what the user wants, and which event says so."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, NamedTuple

from holdfast.events import Confidence
from holdfast.session import State
from holdfast.session.parts import Decision, Information, Preference

__all__ = ["Known", "Wish", "known", "provided"]

USER = "user"
"""Who states preferences."""


@dataclass(frozen=True, slots=True)
class Known:
    """Something that need not be asked."""

    key: str
    value: Any
    where: Literal["information", "decision", "preference"]
    provided_by: str
    provided_at: datetime
    """By the clock of whoever said it."""
    event_id: str
    session_id: str | None
    seq: int | None = None
    """The event's place in the session's log."""
    confidence: Confidence | None = None

    def placed(self, seq: int | None) -> "Known":
        """The same, with its place."""
        return replace(self, seq=seq)


class Wish(NamedTuple):
    """A preference that the user stated, in whatever session."""

    value: Any
    confidence: Confidence | None
    event_id: str
    session_id: str | None
    seq: int | None
    stated_at: datetime

    def as_known(self, key: str) -> Known:
        """As what need not be asked."""
        return Known(
            key, self.value, "preference", USER, self.stated_at, self.event_id, self.session_id, self.seq,
            self.confidence,
        )  # fmt: skip


def known(state: State, key: str) -> list[Known]:
    """What the session says of a key, by information, decision and preference: one of each at most, without places.

    A decision is found by what it is about, as `budget`, or by its id.
    """
    found = []
    if key in state.information:
        found.append(_told(state, key, state.information[key]))
    made = next((each for each in reversed(state.decisions_made) if key in (each.type, each.id)), None)
    if made is not None:
        found.append(_decided(state, key, made))
    if key in state.preferences:
        found.append(_wanted(state, key, state.preferences[key]))
    return found


def provided(state: State) -> list[Known]:
    """All that the user told, in the order of the keys' first mention."""
    return [_told(state, key, each) for key, each in state.information.items()]


def _told(state: State, key: str, said: Information) -> Known:
    return Known(key, said.value, "information", said.provided_by, said.provided_at, said.event_id, state.session_id)


def _decided(state: State, key: str, made: Decision) -> Known:
    value = made.decision if made.value is None else made.value
    return Known(
        key, value, "decision", made.decided_by, made.timestamp, made.event_id, state.session_id,
        confidence=made.confidence,
    )  # fmt: skip


def _wanted(state: State, key: str, said: Preference) -> Known:
    return Known(
        key, said.value, "preference", USER, said.stated_at, said.event_id, state.session_id,
        confidence=said.confidence,
    )  # fmt: skip
