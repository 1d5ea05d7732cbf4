"""A summary, and how its lines become a text that can be read at one go."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["LINE_CHARACTERS", "SECTIONS", "TEXT_CHARACTERS", "Line", "Section", "StandsIn", "Summary", "text_of"]

Section = Literal["progress", "decisions", "open", "artifacts", "blockers"]

SECTIONS: Final[dict[Section, str]] = {
    "progress": "Progress",
    "decisions": "Decided",
    "open": "Open",
    "artifacts": "Made",
    "blockers": "In the way",
}
"""In the order in which they are told, each with its heading."""

LINE_CHARACTERS = 500
TEXT_CHARACTERS = 4000
"""The most that a line, and that the text of a summary, may have. The lines themselves leave nothing out."""

_NEWEST_FIRST: Final = frozenset({"decisions", "artifacts"})
"""Sections of which the text keeps the last lines, where it cannot keep all: what came later counts more."""


class Line(BaseModel):
    """A sentence of a summary, and the events that bear it."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    section: Section
    text: Annotated[str, Field(min_length=1, max_length=LINE_CHARACTERS)]
    events: Annotated[tuple[str, ...], Field(min_length=1)]
    """Their ids."""


class StandsIn(BaseModel):
    """Of a built-in summary: a model is to write a better one of the same range, and what came of it so far."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    attempts: int
    """How often a model was asked."""
    problem: str | None
    """Why the last attempt came to nothing."""
    next_try: datetime | None
    """When it is asked again."""
    asking: bool
    """It is being asked just now."""


class Summary(BaseModel):
    """What a session's log says from event `first` to event `upto`. It goes through JSON and comes back equal."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    session_id: str
    first: int
    upto: int
    base: int | None
    """Up to where the summary goes that this one builds on: only the events after it were read."""
    recipe: str
    """How it was made: two of one range and recipe say the same, but for a model's."""
    made_by: str
    """`builtin`, or the model's name."""
    reason: str
    """Why it was made, as `pause`, `close`, `size`, `timer`, `asked`."""
    made_at: datetime
    counts: dict[str, int] = {}
    """How many there are of some things, as `events`, `messages`, `decisions`, `open`."""
    lines: tuple[Line, ...]
    stands_in: StandsIn | None = None
    """Set where a model's summary of the same range is still to come: until then, this one stands in for it."""

    @property
    def text(self) -> str:
        """The lines under their headings, at most `TEXT_CHARACTERS`; what is left out is counted."""
        return text_of(self.lines)

    def of(self, section: Section) -> tuple[Line, ...]:
        """The lines of one section."""
        return tuple(line for line in self.lines if line.section == section)


def text_of(lines: Sequence[Line]) -> str:
    """The lines under their headings. Each section may use its share of the text, and what those before it leave."""
    by_section = {section: [each.text for each in lines if each.section == section] for section in SECTIONS}
    told = [(section, texts) for section, texts in by_section.items() if texts]
    parts: list[str] = []
    left = TEXT_CHARACTERS
    for place, (section, texts) in enumerate(told):
        behind = sum(min(_size(each), _share(len(told))) for _, each in told[place + 1 :])
        part = "\n".join(_told(section, texts, left - behind))
        parts.append(part)
        left -= len(part) + 1
    return "\n".join(parts)


def _told(section: Section, texts: Sequence[str], room: int) -> Iterator[str]:
    """The heading, and as many lines as there is room for: never less than one, which a share has room for."""
    heading = f"{SECTIONS[section]}:"
    room -= len(heading) + MORE
    newest = section in _NEWEST_FIRST
    kept: list[str] = []
    for text in reversed(texts) if newest else texts:
        line = f"- {text}"
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    more = len(texts) - len(kept)
    yield heading
    if more and newest:
        yield f"- {more:,} before these"
    yield from reversed(kept) if newest else kept
    if more and not newest:
        yield f"- and {more:,} more"


MORE = 40
"""Characters set aside for the line that counts what is left out."""


def _size(texts: Sequence[str]) -> int:
    """What a section takes that is told in full."""
    return sum(len(each) + 3 for each in texts) + 20 + MORE


def _share(sections: int) -> int:
    """What each section is sure of: room for its heading and its first line."""
    return max(TEXT_CHARACTERS // (sections + 1), LINE_CHARACTERS + 2 * MORE)
