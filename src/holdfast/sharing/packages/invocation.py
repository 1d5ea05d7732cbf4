"""The orders of a skill: `skill_invocation` of the context protocol."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from holdfast.sharing.packages.constraints import approved, constraints
from holdfast.sharing.packages.fields import name_at, object_at, text_at, unwrapped
from holdfast.sharing.packages.sources import Package, Sources, traced
from holdfast.sharing.slices import Slice, View, sliced
from holdfast.sharing.slices.paths import Path
from holdfast.sharing.slices.slice import inside

__all__ = ["SkillInvocation", "read_skill_invocation", "skill_invocation"]

_FORMAT = "skill_invocation"


@dataclass(frozen=True)
class SkillInvocation:
    """What a skill is asked to do, and what it is given to know."""

    skill: str
    task: str
    context: dict[str, Any]


def skill_invocation(
    document: Mapping[str, Any], skill: str, task: str, view: View, *, sources: Sources | None = None
) -> Package:
    """{"skill_invocation": {skill, task, context}}, with what the view shows of the document to that skill.

    The context has campaign, knowledge, constraints and budget, and whatever else the view includes under its own
    name. What was approved of the brand is among the constraints, and not once more in the knowledge. `sources` are by
    paths of the document, `rests_on` is by paths inside `skill_invocation`. Raises `InvalidInput`.
    """
    name_at("skill", skill)
    text_at("task", task)
    part = sliced(document, skill, view, task=task)
    binding = constraints(part, inside(document))
    knowledge, left = _knowledge(part)
    content = {
        "campaign": part.content.get("campaign", {}),
        "knowledge": knowledge,
        "constraints": [each.text for each in binding],
        "budget": part.content.get("budget", {}),
        **_further(part),
    }
    orders = {"skill": skill, "task": task, "context": content}

    def origin(path: Path) -> Path:
        match path:
            case ("context", "constraints", int(at), *_):
                return binding[at].origin
            case ("context", "knowledge", "brand_decisions", int(at), *rest):
                return part.origin(("knowledge", "brand_decisions", left[at], *rest))
            case ("context", "scope", *rest):
                return part.origin(("task", "scope", *rest))
            case ("context", *rest):
                return part.origin(tuple(rest))
        return path

    found = traced(orders, origin, sources or {})
    return Package({_FORMAT: orders}, found.rests_on, found.unsourced, part.dropped)


def read_skill_invocation(given: Mapping[str, Any]) -> SkillInvocation:
    """What `skill_invocation` made, or another that has its fields. Raises `InvalidInput`, which names the field."""
    orders = unwrapped(given, _FORMAT)
    return SkillInvocation(
        skill=name_at(f"{_FORMAT}.skill", orders.get("skill")),
        task=text_at(f"{_FORMAT}.task", orders.get("task")),
        context=dict(object_at(f"{_FORMAT}.context", orders.get("context"))),
    )


def _knowledge(part: Slice) -> tuple[Any, list[int]]:
    """Without the decisions that are constraints; and the places of those that are left."""
    knowledge = part.content.get("knowledge", {})
    decisions = knowledge.get("brand_decisions") if isinstance(knowledge, dict) else None
    if not isinstance(decisions, list):
        return knowledge, []
    left = [at for at, each in enumerate(decisions) if approved(each) is None]
    rest = {area: facts for area, facts in knowledge.items() if area != "brand_decisions" or left}
    if left:
        rest["brand_decisions"] = [decisions[at] for at in left]
    return rest, left


def _further(part: Slice) -> dict[str, Any]:
    """What the view includes beyond what the protocol's example has."""
    named = {"campaign", "task", "knowledge", "budget", "constraints"}
    further = {name: each for name, each in part.content.items() if name not in named}
    task = part.content.get("task")
    scope = task.get("scope") if isinstance(task, dict) else None
    if isinstance(scope, dict):
        rest = {name: each for name, each in scope.items() if name not in {"boundaries", "channels"} and each}
        return {"scope": rest, **further} if rest else further
    return further
