"""A trace: how one session went, in short. Of traces, and of nothing else, patterns are computed."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from holdfast.remembering.patterns.chosen import Chosen
from holdfast.remembering.patterns.steps import Step, StepKind, Way
from holdfast.session.parts.base import Mutable

__all__ = ["CHOICES", "RECIPE", "Choice", "Final", "Refusal", "Trace"]

RECIPE = "trace/1"
"""The version of what a trace is. Raised when it changes: traces of before are then made anew."""

CHOICES = 40
"""Different things that are chosen or refused in a session, and questions that are open, of which is known which."""


class Choice(Mutable):
    """What was chosen last."""

    key: str
    """As it was written: `excluded_channels`."""
    value: Chosen
    event_id: str
    options: int = 0
    """Of how many, where the event says so."""


class Refusal(Mutable):
    """A default that was not wanted; without a value, whatever it was."""

    value: Chosen | None
    event_id: str


class Final(Mutable):
    """Something was made final: a document, a task, or nothing but the session. Of several, the last."""

    by: Literal["document", "task", "session"]
    event_id: str
    before: dict[StepKind, Step]
    """By kind the step right before."""


class Trace(Mutable):
    """How a session went up to an event. A pure function of the log up to there; small, however long the log is.

    Like a state it is derived, never edited. Times are those that the agents gave, for sessions that come from
    elsewhere happened when they happened.
    """

    session_id: str
    user_id: str
    upto: int = 0
    """The last event that it has taken in."""
    kind: str | None = None
    status: str = "active"
    forked: bool = False
    """Its beginning is another session's."""
    started_at: datetime | None = None
    """Of the first event that no timer caused."""
    started_by: str | None = None
    """That event's id."""
    ended_at: datetime | None = None
    """Of the last such event; never before `started_at`."""
    ways: dict[StepKind, Way] = Field(default_factory=dict)
    final: Final | None = None
    choices: dict[str, Choice] = Field(default_factory=dict)
    """By name."""
    refused: dict[str, Refusal] = Field(default_factory=dict)
    """By name. What is chosen afterwards takes its place, and the other way round."""
    questions: Way = Field(default_factory=Way)
    """What was asked."""
    open: dict[str, str] = Field(default_factory=dict)
    """The names of the questions that are not answered, by the decision's id."""

    def text(self) -> str:
        """As JSON; `of` reads it back."""
        return self.model_dump_json(exclude_defaults=True)

    @classmethod
    def of(cls, text: str | bytes) -> "Trace":
        """The trace that was written so."""
        return cls.model_validate_json(text)

    @property
    def over(self) -> bool:
        """Whether the work has come to rest, for now at least."""
        return self.status != "active"
