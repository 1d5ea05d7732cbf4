"""An agent's `context_update` becomes events: all of them, or an error that names the place in the update."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from holdfast.errors import CampaignStepRefused, InvalidInput
from holdfast.events.values import shown, whole
from holdfast.session import State
from holdfast.session.campaign import following, legal
from holdfast.sharing.document.forms import (
    ANSWER,
    ARTIFACT,
    CAMPAIGN,
    COMPLETED,
    DECISION,
    HISTORY,
    INFORMATION,
    LEARNED,
    PENDING,
    PROGRESSED,
    TASK,
    USED,
    VALIDATION,
    Form,
    key_at,
    known_only,
    object_at,
    objects_at,
)
from holdfast.sharing.document.pieces import pieces

__all__ = ["updates_of"]

WRAPPERS: Final = ("context_update", "context_updates")
"""What the protocol calls an update: by itself, and in a skill's result."""

SECTIONS: Final = frozenset(
    {
        "campaign",
        "active_task",
        "knowledge",
        "information",
        "decisions_made",
        "pending_decisions",
        "artifacts",
        "validations",
        "compute",
        "history",
        "base",
    }
)


def updates_of(update: Mapping[str, Any], *, actor: str, known: State, base: int | None = None) -> list[dict[str, Any]]:
    """The events of an update by `actor`, given with or without the key `context_update` around it.

    `base`, here or in the update, is the last event that the actor had seen: what was said up to there it replaces
    knowingly. `known` is the session's state: a decision that waits there is answered, and a campaign must be able to
    take the step. Raises `InvalidInput` naming the path, and `CampaignStepRefused`.
    """
    root, given = _unwrapped(update)
    known_only(root, given, SECTIONS)
    newest = known.history.last_seq
    if given.get("base") is not None:
        base = whole(f"{root}.base", given["base"], most=newest)
    elif base is not None:
        whole("base", base, most=newest)
    reader = _Update(root, given, actor, known, base)
    return [made for section in reader.sections() for made in section]


def _unwrapped(update: object) -> tuple[str, dict[str, Any]]:
    if not isinstance(update, Mapping):
        raise InvalidInput(WRAPPERS[0], f"must be an object, not {shown(update)}")
    for name in WRAPPERS:
        if set(update) == {name}:
            return name, object_at(name, update[name])
    return WRAPPERS[0], dict(update)


class _Update:
    """One update on its way in."""

    def __init__(self, root: str, given: dict[str, Any], actor: str, known: State, base: int | None) -> None:
        self.root, self.given, self.actor, self.known, self.base = root, given, actor, known, base

    def sections(self) -> Iterator[Iterator[dict[str, Any]]]:
        """In the order of what rests on what: knowledge before decisions, work before its figures."""
        yield self._campaign()
        yield self._task()
        yield self._information()
        yield self._knowledge()
        yield self._listed("artifacts", ARTIFACT)
        yield self._validations()
        yield self._decisions()
        yield self._listed("pending_decisions", PENDING)
        yield self._compute()
        yield self._listed("history", HISTORY)

    def _at(self, name: str) -> tuple[str, dict[str, Any]]:
        where = f"{self.root}.{name}"
        return where, object_at(where, self.given.get(name))

    def _made(self, form: Form, where: str, entry: Mapping[str, Any], **said: Any) -> dict[str, Any]:
        known_only(where, entry, form.keys)
        return form.made(where, entry, actor=self.actor, **said).event

    def _campaign(self) -> Iterator[dict[str, Any]]:
        where, campaign = self._at("campaign")
        if not campaign:
            return
        further = {key: value for key, value in campaign.items() if key not in CAMPAIGN.fields}
        event = CAMPAIGN.made(where, campaign, actor=self.actor, **further).event
        before = self.known.campaign.status if self.known.campaign else None
        status = event["data"].get("status")
        if status is not None and not legal(before, status):
            raise CampaignStepRefused(status, str(before), following(before))
        yield event

    def _task(self) -> Iterator[dict[str, Any]]:
        where, task = self._at("active_task")
        known_only(where, task, TASK.keys | PROGRESSED.keys | COMPLETED.keys)
        # What an assignment and a report both have belongs to the assignment, where there is one.
        assigned = {key: value for key, value in task.items() if key in TASK.keys}
        if not task.get("description"):
            only = sorted(set(task) & (TASK.keys - PROGRESSED.keys - COMPLETED.keys))
            if only:
                raise InvalidInput(f"{where}.description", f"is required with {only[0]}: that assigns a task")
            assigned = {}
        if assigned:
            yield TASK.made(where, assigned, actor=self.actor).event
        of = {"task_id": task["task_id"]} if task.get("task_id") else {}
        progressed = {key: task[key] for key in task if key in PROGRESSED.keys and key not in {*assigned, "task_id"}}
        if progressed:
            yield PROGRESSED.made(where, progressed, actor=self.actor, **of).event
        completed = {key: task[key] for key in task if key in COMPLETED.keys and key not in {*assigned, "task_id"}}
        if completed:
            yield COMPLETED.made(where, completed, actor=self.actor, **of).event

    def _information(self) -> Iterator[dict[str, Any]]:
        where, value = f"{self.root}.information", self.given.get("information")
        if isinstance(value, Mapping):
            for key, each in value.items():
                yield self._made(INFORMATION, key_at(where, key), {}, key=key, value=each)
            return
        yield from self._listed("information", INFORMATION)

    def _knowledge(self) -> Iterator[dict[str, Any]]:
        where, knowledge = self._at("knowledge")
        known = {} if self.base is None else {"base": self.base}
        for area, facts in knowledge.items():
            place = key_at(where, area)
            if not isinstance(facts, dict | list):
                raise InvalidInput(place, f"must be an object or a list, not {shown(facts)}")
            for piece in pieces(place, facts):
                yield self._made(LEARNED, place, {}, area=area, facts=piece, **known)

    def _validations(self) -> Iterator[dict[str, Any]]:
        where, validations = self._at("validations")
        for validator, said in validations.items():
            place = key_at(where, validator)
            yield self._made(VALIDATION, place, object_at(place, said), validator=validator)

    def _decisions(self) -> Iterator[dict[str, Any]]:
        where = f"{self.root}.decisions_made"
        for at, entry in objects_at(where, self.given.get("decisions_made")):
            known_only(at, entry, DECISION.keys)
            asked = entry.get("id")
            waits = isinstance(asked, str) and asked in self.known.pending_decisions
            answer = waits and entry.get("decision") is not None
            yield (ANSWER if answer else DECISION).made(at, entry, actor=self.actor).event

    def _compute(self) -> Iterator[dict[str, Any]]:
        where, compute = self._at("compute")
        if compute:
            skill = {} if compute.get("reservation_id") else {"skill": self.actor}
            yield self._made(USED, where, compute, **skill)

    def _listed(self, name: str, form: Form) -> Iterator[dict[str, Any]]:
        for at, entry in objects_at(f"{self.root}.{name}", self.given.get(name)):
            yield self._made(form, at, entry)
