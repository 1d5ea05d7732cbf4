"""Scope: what belongs to a task, and what does not. Pure, without a model, and explained.

    Scope ──> lines           lines.py       each line as a rule: objective, only, never, unless, out of scope
    Request ──> parts         asked.py       what is asked for, what only stands beside it, what is left out
                                             … in words that can be compared: words.py, vocabulary.py
    part x line ──> findings  exact.py       fields against lists: decided exactly
                              limiting.py    "Only …": channels, languages, environments, files
                              forbidding.py  "No …", "No … without …", and what is out of scope
                              serving.py     objectives: how much of what is asked for they explain
    findings ──> Verdict      wording.py     the worst decides; what is not clear is asked
                              judge.py       … of a model, where one is given and a rule leaves it to one

The one entrance is `check`.
"""

from holdfast.sharing.scope.check import check
from holdfast.sharing.scope.request import Request
from holdfast.sharing.scope.verdict import Evidence, Verdict

__all__ = ["Evidence", "Request", "Verdict", "check"]
