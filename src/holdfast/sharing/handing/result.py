"""The result: what the receiving agent says came of it, in the protocol's form or in words of its own."""

from collections.abc import Mapping
from typing import Any

from holdfast.errors import InvalidInput
from holdfast.events.values import shown
from holdfast.sharing.packages import SkillResult, skill_result

__all__ = ["reported"]

UPDATES = ("context_updates", "context_update")


def reported(given: object, agent: str) -> SkillResult:
    """The result in the protocol's form. A mapping that is not in it is what a skill put out, and a success.

    What it has under `context_updates` is merged, too. Raises `InvalidInput`, which names the field.
    """
    if given is None:
        return SkillResult(agent, "success")
    if not isinstance(given, Mapping):
        raise InvalidInput("result", f"must be an object, not {shown(given)}")
    if "skill_result" in given or {"skill", "status"} <= set(given):
        return skill_result(given)
    outputs = {name: each for name, each in given.items() if name not in UPDATES}
    updates: Any = next((given[name] for name in UPDATES if given.get(name) is not None), {})
    return skill_result({"skill": agent, "status": "success", "outputs": outputs, "context_updates": updates})
