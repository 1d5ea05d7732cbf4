"""What a skill reports back: `skill_result` of the context protocol."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from holdfast.errors import InvalidInput
from holdfast.events.values import shown, whole
from holdfast.sharing.packages.fields import items_at, name_at, object_at, text_at, unwrapped

__all__ = ["STATUSES", "SkillResult", "skill_result"]

STATUSES = ("success", "partial", "failed", "cancelled", "blocked")
"""How a skill's work may have ended."""

_FORMAT = "skill_result"
_FIELDS = frozenset({"skill", "status", "outputs", "context_updates", "next_suggested"})


@dataclass(frozen=True)
class SkillResult:
    """What a skill did, made and found out. `InvalidInput` names the field that is wrong."""

    skill: str
    status: str
    artifacts: tuple[dict[str, Any], ...] = ()
    context_updates: dict[str, Any] = field(default_factory=dict)
    """In the form of `context_update`, without the artifacts of the outputs."""
    next_suggested: str | None = None
    outputs: dict[str, Any] = field(default_factory=dict)
    """Beside the artifacts."""
    further: dict[str, Any] = field(default_factory=dict)
    """Fields that the protocol does not name; they are handed on unchanged."""

    def __post_init__(self) -> None:
        name_at(f"{_FORMAT}.skill", self.skill)
        if text_at(f"{_FORMAT}.status", self.status) not in STATUSES:
            raise InvalidInput(f"{_FORMAT}.status", f"must be one of {', '.join(STATUSES)}, not {shown(self.status)}")
        if self.next_suggested is not None:
            name_at(f"{_FORMAT}.next_suggested", self.next_suggested)
        items_at(f"{_FORMAT}.outputs.artifacts", self.artifacts, "path")
        _check_updates(f"{_FORMAT}.context_updates", self.context_updates)

    @property
    def context_update(self) -> dict[str, Any]:
        """The whole of it as one `context_update`: an artifact that is in both places is one, the update's fields last.

        Whose compute it is, and of which invocation, the update does not say: `skill` and `status` do.
        """
        artifacts: dict[str, dict[str, Any]] = {}
        for each in [*self.artifacts, *(self.context_updates.get("artifacts") or [])]:
            artifacts[each["path"]] = {**artifacts.get(each["path"], {}), **each}
        rest = {name: each for name, each in self.context_updates.items() if name != "artifacts" and each is not None}
        return {"artifacts": list(artifacts.values()), **rest} if artifacts else rest

    def as_document(self) -> dict[str, Any]:
        """In the layout of the protocol; `skill_result` reads it."""
        result = {
            "skill": self.skill,
            "status": self.status,
            "outputs": {"artifacts": [dict(each) for each in self.artifacts], **self.outputs},
            "context_updates": dict(self.context_updates),
            **({} if self.next_suggested is None else {"next_suggested": self.next_suggested}),
            **self.further,
        }
        return {_FORMAT: result}


def skill_result(given: Mapping[str, Any]) -> SkillResult:
    """What a skill reports, with the key `skill_result` or without. Raises `InvalidInput`, which names the field."""
    told = unwrapped(given, _FORMAT)
    outputs = object_at(f"{_FORMAT}.outputs", {} if told.get("outputs") is None else told["outputs"])
    updates = {} if told.get("context_updates") is None else told["context_updates"]
    return SkillResult(
        skill=told.get("skill"),  # type: ignore[arg-type] # it is checked when it is made
        status=told.get("status"),  # type: ignore[arg-type] # as above
        artifacts=tuple(items_at(f"{_FORMAT}.outputs.artifacts", outputs.get("artifacts"), "path")),
        context_updates=dict(object_at(f"{_FORMAT}.context_updates", updates)),
        next_suggested=told.get("next_suggested"),
        outputs={name: each for name, each in outputs.items() if name != "artifacts"},
        further={name: each for name, each in told.items() if name not in _FIELDS},
    )


def _check_updates(field: str, updates: Mapping[str, Any]) -> None:
    """What the receiver relies on; the rest is checked where it becomes events."""
    object_at(field, updates)
    items_at(f"{field}.artifacts", updates.get("artifacts"), "path")
    items_at(f"{field}.pending_decisions", updates.get("pending_decisions"), "question")
    for name in ("compute", "knowledge", "campaign", "validations"):
        if updates.get(name) is not None:
            object_at(f"{field}.{name}", updates[name])
    tokens = (updates.get("compute") or {}).get("tokens_used")
    if tokens is not None:
        whole(f"{field}.compute.tokens_used", tokens)
