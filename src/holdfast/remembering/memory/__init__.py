"""Memory: what outlives a session, the evidence that it rests on, and how sure one may be of it.

finding.py ── evidence ──> confidence.py ──> settled.py ──> memory.py ──> change.py   what an extraction changed
                           lasting.py                              ├──> audit.py     what is wrong with them
                                                                   └──> recalled.py  telling them, marked
"""

from holdfast.remembering.memory.finding import KINDS, SOURCES, Evidence, Finding, Kind, OwnerKind, Source
from holdfast.remembering.memory.memory import Memory, MemoryStatus
from holdfast.remembering.memory.recalled import told, without_recalled

__all__ = [
    "KINDS",
    "SOURCES",
    "Evidence",
    "Finding",
    "Kind",
    "Memory",
    "MemoryStatus",
    "OwnerKind",
    "Source",
    "told",
    "without_recalled",
]
