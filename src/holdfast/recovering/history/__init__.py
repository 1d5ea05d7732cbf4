"""A history that a model accepts: messages of the log in, messages for an API out. Pure, and linear in what it reads.

    Message ──> Spoken                          spoken.py      what one message says: pieces, calls, results
                  └─> repaired ──> Turns        repair.py      each call with its one result, in no provider's format
                        │   └────> Repairs      turn.py        what was put right, for the report
                        └─> rendered ──> History   rendering.py
                              ├─ window         window.py      the newest part that fits, and the words for the rest
                              │                 leaving.py     … a summary that claims nothing beyond the messages
                              │                 tokens.py      … what it costs, by estimate
                              └─ format         openai.py anthropic.py, and blocks.py: what is not plain text

A view: the log is not changed. The same messages and the same arguments give the same history, always.
"""

from holdfast.recovering.history.rendering import History, rendered
from holdfast.recovering.history.repair import repaired
from holdfast.recovering.history.turn import Call, Repair, Result, Turn

__all__ = ["Call", "History", "Repair", "Result", "Turn", "rendered", "repaired"]
