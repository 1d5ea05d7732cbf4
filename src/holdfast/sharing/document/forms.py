"""Entries of the document and the events that they are: which key of an entry is which field of an event.

An import and a `context_update` hold the same entries, and both are refused by the path of what is wrong with them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

from holdfast.errors import InvalidEvent, InvalidInput
from holdfast.events import Draft, draft
from holdfast.events.values import shown
from holdfast.session.paths import below

__all__ = [
    "ANSWER",
    "ANYWHERE",
    "ARTIFACT",
    "CAMPAIGN",
    "COMPLETED",
    "DECISION",
    "HISTORY",
    "INFORMATION",
    "INVOCATION",
    "LEARNED",
    "PENDING",
    "PROGRESSED",
    "TASK",
    "USED",
    "VALIDATION",
    "Form",
    "Made",
    "key_at",
    "known_only",
    "object_at",
    "objects_at",
]

ANYWHERE: Final = "context"

LONGEST_KEY: Final = 60
"""Characters of a key that an error shows."""


@dataclass(frozen=True, slots=True)
class Made:
    """An event that an entry became, and where the entry is."""

    event: dict[str, Any]
    draft: Draft


@dataclass(frozen=True, slots=True)
class Form:
    """How an entry of a section is an event."""

    type: str
    fields: Mapping[str, str]
    """The entry's key: the event's field. `occurred_at` and `actor` are the envelope's."""
    ignored: frozenset[str] = field(default=frozenset())
    """Keys that the events tell by themselves."""

    @property
    def keys(self) -> frozenset[str]:
        """What an entry may have."""
        return frozenset(self.fields) | self.ignored

    def made(self, where: str, entry: Mapping[str, Any], *, actor: str, **said: Any) -> Made:
        """The event of an entry, with what else is `said`. Null says nothing. Raises `InvalidInput` naming the path."""
        given = {self.fields[key]: value for key, value in entry.items() if key in self.fields and value is not None}
        data = {**said, **given}
        at, by = data.pop("occurred_at", None), data.pop("actor", actor)
        event: dict[str, Any] = {"type": self.type, "actor": by, "data": data}
        if at is not None:
            event["occurred_at"] = at
        try:
            return Made(event, draft(event, session_id=ANYWHERE, actor=actor))
        except InvalidEvent as error:
            raise InvalidInput(self._path(where, error.field), error.problem) from error

    def _path(self, where: str, told: str) -> str:
        name, _, rest = told.removeprefix("data.").partition(".")
        key = next((key for key, value in self.fields.items() if value == name), None)
        if key is None:
            return ".".join(filter(None, [where, "" if name in {"data", "event", "facts"} else name, rest]))
        return ".".join(filter(None, [where, key, rest]))


def _form(event_type: str, *same: str, ignored: Iterable[str] = (), **renamed: str) -> Form:
    return Form(event_type, {key: key for key in same} | renamed, frozenset(ignored))


CAMPAIGN: Final = _form("campaign.updated", "gtm_id", "title", "tier", "campaign_owner", "status", "details")

TASK: Final = _form(
    "task.assigned", "type", "description", "assigned_to", "started_at", "scope", "budget", "task_id", "phase",
    "next_steps", "depends_on", "details",
)  # fmt: skip

ARTIFACT: Final = _form(
    "artifact.produced", "type", "path", "produced_by", "status", "digest", "details", timestamp="occurred_at"
)

PENDING: Final = _form(
    "decision.escalated", "question", "context", "options", "escalated_to", "deadline", "default", "escalation_path",
    "details", id="decision_id", escalated_at="occurred_at", ignored=["status"],
)  # fmt: skip

DECISION: Final = _form(
    "decision.made", "type", "question", "decision", "value", "rationale", "confidence", "decided_by", "options",
    "details", id="decision_id", timestamp="occurred_at",
)  # fmt: skip

ANSWER: Final = _form(
    "decision.answered", "decision", "rationale", "confidence", "decided_by", "details", id="decision_id",
    timestamp="occurred_at", ignored=["question", "options", "type"],
)  # fmt: skip

VALIDATION: Final = _form("validation.reported", "last_run", "status", "issues", "blockers", "notes", "details")

INVOCATION: Final = _form("compute.settled", "skill", "calls", "tokens", "result", timestamp="occurred_at")

USED: Final = _form(
    "compute.settled", "skill", "calls", "result", "reservation_id", tokens_used="tokens", timestamp="occurred_at"
)

HISTORY: Final = _form("history.noted", "action", "details", "actor", timestamp="occurred_at")

LEARNED: Final = _form("knowledge.learned", "source", timestamp="occurred_at")

PROGRESSED: Final = _form(
    "task.progressed", "task_id", "completed_steps", "current_step", "next_steps", "blockers", "progress", "last_action"
)

COMPLETED: Final = _form("task.completed", "task_id", "outcome", "summary", "result", "details")

INFORMATION: Final = _form("information.provided", "key", "value", "provided_by", "note", timestamp="occurred_at")


def object_at(where: str, value: object) -> dict[str, Any]:
    """`value`, when it is an object; an empty one for null. Else `InvalidInput`."""
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return dict(value)
    raise InvalidInput(where, f"must be an object, not {shown(value)}")


def objects_at(where: str, value: object) -> list[tuple[str, dict[str, Any]]]:
    """The objects of a list, each with its path; none for null. Else `InvalidInput`."""
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        raise InvalidInput(where, f"must be a list, not {shown(value)}")
    entries = [(f"{where}[{place}]", entry) for place, entry in enumerate(value)]
    for at, entry in entries:
        if not isinstance(entry, Mapping):
            raise InvalidInput(at, f"must be an object, not {shown(entry)}")
    return [(at, dict(entry)) for at, entry in entries]


def key_at(where: str, key: object) -> str:
    """The path of what an object has under that key. `InvalidInput` for a key that is no text."""
    if not isinstance(key, str):
        raise InvalidInput(where, f"has a key that is no text: {shown(key)}")
    try:
        key.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(where, f"has a key with half a character (a lone surrogate) at {error.start}") from error
    return below(where, key if len(key) <= LONGEST_KEY else f"{key[:LONGEST_KEY]}…")


def known_only(where: str, entry: Mapping[str, Any], keys: Iterable[str]) -> None:
    """Raises `InvalidInput` for a key that is not among these, with the one that may have been meant."""
    keys = sorted(keys)
    for key in entry:
        if key not in keys:
            near = get_close_matches(str(key), keys, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(keys)}"
            raise InvalidInput(key_at(where, key), f"is not known; {hint}")
