"""How plainly something is said: the strengths of findings. What they do to confidence is the rule of `memory`."""

from typing import Any

__all__ = ["ASKED", "CHOSEN", "LEANING", "LESSON", "PLAIN", "SAID_SO", "TOLD_BY_AGENT", "sureness"]

SAID_SO = 1.0
"""A typed event says just this."""

PLAIN = 0.9
"""In words, as something that holds always: "I always take the aisle", "from now on short answers"."""

ASKED = 0.7
"""A request that does not say for how long: "please keep it brief"."""

LEANING = 0.6
"""A liking, said with reserve: "I'd rather have an aisle seat"."""

LESSON = 0.5
"""A lesson that stands among other things, as in a task's summary."""

TOLD_BY_AGENT = 0.5
"""An agent says it of the user."""

CHOSEN = 0.3
"""Nobody said it: it follows from what was chosen, and once may be chance."""

_LEVELS = {"HIGH": 1.0, "MEDIUM": 0.7, "LOW": 0.4}


def sureness(confidence: Any) -> float:
    """An event's own confidence as a number from 0 to 1; what names none is sure."""
    if isinstance(confidence, str):
        return _LEVELS.get(confidence, 1.0)
    return min(1.0, max(0.0, float(confidence))) if isinstance(confidence, int | float) else 1.0
