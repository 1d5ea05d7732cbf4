"""What goes from one agent to another, in the formats of the protocols, with the events that it rests on. Pure.

    context_package(...)     -> Package    context_package.py   the session protocol's package: what the user told
    skill_invocation(...)    -> Package    invocation.py        the context protocol's: the receiver's slice, as orders
                                  └─ constraints.py             … what binds whoever carries them out
    read_context_package, read_skill_invocation                 the receiver's side of both
    skill_result(document)   -> SkillResult   result.py         what came of it, and the context_update that is in it

A `Package` names the event behind each of its values, or says that there is none: `sources.py`.
"""

from holdfast.sharing.packages.context_package import context_package, read_context_package
from holdfast.sharing.packages.invocation import SkillInvocation, read_skill_invocation, skill_invocation
from holdfast.sharing.packages.result import STATUSES, SkillResult, skill_result
from holdfast.sharing.packages.sources import Package

__all__ = [
    "STATUSES",
    "Package",
    "SkillInvocation",
    "SkillResult",
    "context_package",
    "read_context_package",
    "read_skill_invocation",
    "skill_invocation",
    "skill_result",
]
