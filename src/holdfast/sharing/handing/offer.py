"""The offer: what the receiving agent gets, sliced for it, no larger than an event can be, and traced to its events."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from holdfast.errors import EventTooLarge, InvalidInput
from holdfast.session import State
from holdfast.session.parts import Decision
from holdfast.sharing.document import document
from holdfast.sharing.handing.knowing import Wish
from holdfast.sharing.handing.sources import of_document
from holdfast.sharing.packages import Package, context_package, skill_invocation
from holdfast.sharing.slices import REDACTED, View
from holdfast.sharing.slices.paths import below

__all__ = ["Wanted", "made"]

MOST_BYTES = 240 * 1024
"""Of an offer's data, so that the event has room for its envelope."""

MOST_TOKENS, LEAST_TOKENS = 32_000, 500
"""What a package may take, by estimate; it is halved until the offer fits with the events that it rests on."""

SKILL = "skill_invocation"


@dataclass(frozen=True)
class Wanted:
    """What an agent hands over."""

    to: str
    capability: str | None = None
    task: str | None = None
    """What the receiver is to do, as a skill: then it gets a `skill_invocation` too."""
    step: int | None = None
    context: Mapping[str, Any] = field(default_factory=dict)
    """What the receiver is told beside what the user said."""
    constraints: Sequence[str] = ()
    """What binds the skill beside the task's boundaries."""


def made(
    state: State, wanted: Wanted, view: View, *, wishes: Mapping[str, Wish], begun: str, own: str
) -> dict[str, Any]:
    """The packages as fields of `handoff.offered`, by what the receiver's view shows of the document.

    Of the context package it hides what it excludes or redacts. `begun` is the event that began the session, `own` the
    offer's. Raises `InvalidInput`, and `EventTooLarge` where what is never left out is too large for an event.
    """
    tokens = MOST_TOKENS
    while True:
        found = _made(state, wanted, _within(view, tokens), wishes, begun, own)
        size = len(orjson.dumps(found))
        if size <= MOST_BYTES:
            return found
        if tokens <= LEAST_TOKENS:
            raise EventTooLarge("package", f"has {size:,} bytes; an offer holds {MOST_BYTES:,}")
        tokens //= 2


def _made(state: State, wanted: Wanted, view: View, wishes: Mapping[str, Wish], begun: str, own: str) -> dict[str, Any]:
    package = _package(state, wanted, view, wishes, begun, own)
    found: dict[str, Any] = {
        "package": {part: _in_its_form(part, each) for part, each in package.content.items()},
        "rests_on": {path: list(ids) for path, ids in package.rests_on.items()},
        "dropped": [each.as_mapping() for each in package.dropped],
    }
    if wanted.task is not None:
        skill = skill_invocation(document(state), wanted.to, wanted.task, view, sources=of_document(state))
        orders = skill.content[SKILL]
        bound = orders["context"]["constraints"]
        further = [each for each in wanted.constraints if each not in bound]
        own_paths = [f"{SKILL}.{name}" for name in ("skill", "task")]
        own_paths += [f"{SKILL}.context.constraints[{len(bound) + at}]" for at in range(len(further))]
        bound += further
        found[SKILL] = orders
        found["rests_on"] |= {f"{SKILL}.{path}": list(ids) for path, ids in skill.rests_on.items()}
        found["rests_on"] |= {path: [own] for path in own_paths}
        found["dropped"] += [each.as_mapping() | {"path": f"{SKILL}.{each.path}"} for each in skill.dropped]
    return {name: each for name, each in found.items() if each or name == "package"}


def _package(state: State, wanted: Wanted, view: View, wishes: Mapping[str, Wish], begun: str, own: str) -> Package:
    granted = {key: each for key, each in state.defaults.items() if not each.refused}
    preferences = {key: wish.value for key, wish in wishes.items()} | state.wishes
    information = {key: said.value for key, said in state.information.items()} | dict(wanted.context)
    decisions = list(_standing(state.decisions_made))
    sources = {"session_id": [begun], "user_id": [begun], "current_step": [own], "requesting_capability": [own]}
    for key, wish in wishes.items():
        sources[below("user_preferences", key)] = [wish.event_id]
    for key, default in granted.items():
        sources[below("user_preferences", key)] = [default.event_id]
    for key, wanted_so in state.preferences.items():
        sources[below("user_preferences", key)] = [wanted_so.event_id]
    for key, said in state.information.items():
        sources[below("session_context", key)] = [said.event_id]
    for key in wanted.context:
        sources[below("session_context", key)] = [own]
    for at, made_before in enumerate(decisions):
        sources[f"decisions_made[{at}]"] = [made_before.event_id]
    if state.session_id is None:
        raise InvalidInput("session", "has not begun")
    return context_package(
        session_id=state.session_id,
        user_id=state.user_id,
        preferences=preferences,
        information=information,
        decisions=[each.model_dump() for each in decisions],
        step=_step(state) if wanted.step is None else wanted.step,
        capability=wanted.capability,
        sources=sources,
        view=replace(view, include=("**",), max_bytes={}),
    )


def _in_its_form(part: str, value: Any) -> Any:
    """A part of the package that is hidden as a whole is still what the protocol says: an object, or a list of them."""
    if part == "decisions_made":
        hidden = {"type": REDACTED}
        return [each if isinstance(each, dict) else hidden for each in value] if isinstance(value, list) else []
    return {} if part in {"user_preferences", "session_context"} and value == REDACTED else value


def _standing(made_before: Sequence[Decision]) -> Iterable[Decision]:
    """Those that hold: of what was decided anew, the last. What is about nothing, and asks nothing, says nothing."""
    last = {each.type: at for at, each in enumerate(made_before) if each.type is not None}
    for at, each in enumerate(made_before):
        if (each.type is None or last[each.type] == at) and (each.type or each.question):
            yield each


def _step(state: State) -> int | None:
    """The number of the step that the task is at."""
    task = state.active_task
    return len(task.completed_steps) + 1 if task is not None and task.completed_steps else None


def _within(view: View, tokens: int) -> View:
    return replace(view, max_tokens=tokens if view.max_tokens is None else min(view.max_tokens, tokens))
