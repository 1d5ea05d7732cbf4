"""Handing over: what a receiving agent gets, and what is known so that nobody asks again, out of a state. Pure.

state, wishes ──> made ──> the data of handoff.offered       offer.py
                   └─ the events that each part rests on     sources.py
state, key ──> known                                         knowing.py
what came of it ──> SkillResult, or plain                    result.py
"""

from holdfast.sharing.handing.knowing import Known, Wish, known, provided
from holdfast.sharing.handing.offer import Wanted, made
from holdfast.sharing.handing.result import reported

__all__ = ["Known", "Wanted", "Wish", "known", "made", "provided", "reported"]
