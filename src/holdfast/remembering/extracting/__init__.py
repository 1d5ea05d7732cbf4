"""What a session's events say that is worth keeping: preferences, facts, decisions, learnings. No model, no clock.

    event ──> extract ──┬─ stated.py    preference.stated, preference.refused
                        ├─ told.py      information.provided, and what its choice implies
                        ├─ decided.py   decision.made, decision.answered
                        ├─ lessons.py   session.closed, knowledge.learned, task.completed
                        └─ spoken.py    message.added of the user: sentences.py ──> wishes, answers, choices, facts
                                        vocabulary/   what can be wished for, and by which words

Each event is read by itself, with at most `CONTEXT` events before it, so that a session that is read in pieces says the
same as one that is read at once. What is not understood is left out: a memory that is wrong does more harm than none.
English only. Never learned: secrets (`secrets.py`), and what came from memory in the first place (`recalled.py`).
"""

from holdfast.remembering.extracting.extract import RECIPE, extract
from holdfast.remembering.extracting.recalled import FOLDED, Given, Recalled, given_by
from holdfast.remembering.extracting.seen import CONTEXT

__all__ = ["CONTEXT", "FOLDED", "RECIPE", "Given", "Recalled", "extract", "given_by"]
