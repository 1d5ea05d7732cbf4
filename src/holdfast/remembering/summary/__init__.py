"""Summaries: a range of a session's log in a few lines, each with the events that it rests on.

Carry + new events ──> taking.py ──> Carry ──> telling.py ──> lines ──> Summary      carry.py, summary.py
                       (the fold)      └─ trimmed: what the next summary builds on
prompt.py ──> a model ──> said.py: checked ──> Summary                               nothing that no event bears
"""

from holdfast.remembering.summary.carry import Carry
from holdfast.remembering.summary.prompt import RECIPE_MODEL, Prompt, prompt
from holdfast.remembering.summary.said import ModelLine, ModelSummary, NoSummary, checked
from holdfast.remembering.summary.summarise import RECIPE, summarise
from holdfast.remembering.summary.summary import (
    LINE_CHARACTERS,
    SECTIONS,
    TEXT_CHARACTERS,
    Line,
    Section,
    StandsIn,
    Summary,
)

__all__ = [
    "LINE_CHARACTERS",
    "RECIPE",
    "RECIPE_MODEL",
    "SECTIONS",
    "TEXT_CHARACTERS",
    "Carry",
    "Line",
    "ModelLine",
    "ModelSummary",
    "NoSummary",
    "Prompt",
    "Section",
    "StandsIn",
    "Summary",
    "checked",
    "prompt",
    "summarise",
]
