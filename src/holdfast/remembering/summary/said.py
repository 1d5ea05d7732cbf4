"""What a model is asked to say, and what of it is believed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from holdfast.remembering.summary.prompt import RECIPE_MODEL
from holdfast.remembering.summary.summary import LINE_CHARACTERS, SECTIONS, Line, Section, Summary

__all__ = ["ModelLine", "ModelSummary", "NoSummary", "checked"]

LINES = 60
EVENTS = 50
"""How many lines a model's summary may have, and how many events a line may name."""


class NoSummary(ValueError):
    """What a model said is no summary of the events that it was given."""


class ModelLine(BaseModel):
    """One sentence of the summary."""

    # Lenient where nothing is lost: models add fields, and put numbers into text.
    model_config = ConfigDict(use_attribute_docstrings=True)

    section: Section
    """progress: what was done and where it stands; decisions: what was decided, by whom, how sure they were; open:
    questions, promises and work that are not finished; artifacts: what was made; blockers: what is in the way."""
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LINE_CHARACTERS)]
    """The sentence. It claims nothing that the events do not say."""
    events: Annotated[list[int], Field(min_length=1, max_length=EVENTS)]
    """The numbers of the events that bear it, as the prompt gives them."""


class ModelSummary(BaseModel):
    """The summary of a session."""

    lines: Annotated[list[ModelLine], Field(min_length=1, max_length=LINES)]


def checked(
    said: ModelSummary,
    known: Mapping[int, str],
    *,
    of: Summary,
    made_by: str,
    made_at: datetime,
) -> Summary:
    """The model's summary of the range of `of`, the built-in one. `known` has the ids of the events that it was given.

    What it leaves out of the decisions and of what is open is taken from the built-in one. Raises `NoSummary` where it
    names an event that it was not given, or says the same twice over.
    """
    unknown = sorted({seq for line in said.lines for seq in line.events if seq not in known})
    if unknown:
        numbers = ", ".join(map(str, unknown[:5])) + ("…" if len(unknown) > 5 else "")
        raise NoSummary(f"it names events that it was not given: {numbers}")
    texts = [" ".join(line.text.split()) for line in said.lines]
    if len(set(texts)) < len(texts):
        raise NoSummary("it says the same twice")
    lines = [
        Line(section=line.section, text=text, events=tuple(known[seq] for seq in dict.fromkeys(line.events)))
        for line, text in zip(said.lines, texts, strict=True)
    ]
    lines = sorted([*lines, *_left_out(of, lines)], key=lambda line: [*SECTIONS].index(line.section))
    return of.model_copy(update={"recipe": RECIPE_MODEL, "made_by": made_by, "made_at": made_at, "lines": tuple(lines)})


def _left_out(of: Summary, lines: list[Line]) -> list[Line]:
    """What was decided, is open or in the way, and the model does not speak of: a summary may not lose it."""
    told = {(line.section, event_id) for line in lines for event_id in line.events}
    return [
        line
        for line in of.lines
        if line.section in KEPT and not any((line.section, event_id) in told for event_id in line.events)
    ]


KEPT = frozenset({"decisions", "open", "blockers"})
