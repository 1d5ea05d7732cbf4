"""Patterns: what a user's sessions have in common, and what it lets one expect of the next.

    events ──> traced ──> Trace            tracing.py   how one session went, in short: trace.py
                                           steps.py     the steps of a kind; chosen.py  what was chosen
    traces ──> patterns ──> Pattern        timing.py  workflow.py  choices.py    what may be a habit
                 │                         chance.py    what chance would have brought about is none
    patterns, the present trace ──> suggestions     suggest.py

No habit is told of fewer than `MIN_SUPPORT` sessions, of less confidence than `MIN_CONFIDENCE`, or that chance
explains: of users without habits one in a hundred at most (`ALPHA`) is said to have any.
"""

from holdfast.remembering.patterns.chance import ALPHA, MIN_CONFIDENCE, MIN_SUPPORT
from holdfast.remembering.patterns.found import patterns
from holdfast.remembering.patterns.pattern import Pattern
from holdfast.remembering.patterns.suggest import Known, Suggestion, Suggestions, suggestions
from holdfast.remembering.patterns.trace import RECIPE, Trace
from holdfast.remembering.patterns.tracing import traced

__all__ = [
    "ALPHA",
    "MIN_CONFIDENCE",
    "MIN_SUPPORT",
    "RECIPE",
    "Known",
    "Pattern",
    "Suggestion",
    "Suggestions",
    "Trace",
    "patterns",
    "suggestions",
    "traced",
]
