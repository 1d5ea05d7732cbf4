"""A document becomes a session: ordinary events, with the times and the actors that the document gives."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from uuid_utils.compat import uuid7

from holdfast import clock
from holdfast.errors import InvalidInput
from holdfast.events import Draft, Event, identifier, instant, name, whole
from holdfast.events.values import shown
from holdfast.session import State, fold
from holdfast.session.paths import steps
from holdfast.sharing.document.beyond import difference
from holdfast.sharing.document.composed import content
from holdfast.sharing.document.forms import (
    ANYWHERE,
    ARTIFACT,
    CAMPAIGN,
    DECISION,
    HISTORY,
    INVOCATION,
    LEARNED,
    PENDING,
    TASK,
    VALIDATION,
    Form,
    Made,
    key_at,
    object_at,
    objects_at,
)
from holdfast.sharing.document.layout import CONFLICTS, ROOT, keyed
from holdfast.sharing.document.pieces import pieces
from holdfast.sharing.document.read import MAX_BYTES

__all__ = ["events_of"]

KIND: Final = "campaign"
_NOT_FURTHER: Final = frozenset([*CAMPAIGN.fields, "occurred_at", "actor"])
_STARTED: Final = Form("session.started", {"user_id": "user_id", "started_at": "occurred_at"})
_BUDGET: Final = Form("budget.set", {})
_IMPORTED: Final = Form("context.imported", {})


def events_of(
    document: Mapping[str, Any],
    *,
    user_id: str | None = None,
    source: str | None = None,
    now: Callable[[], datetime] = clock.now,
) -> list[dict[str, Any]]:
    """The events of a session that has this document, each with an id; the first of them begins the session.

    `user_id` is whose session it is, by default the campaign's owner. What the document holds beyond the protocol goes
    into the last. Raises `InvalidInput`, naming the path, for what is there and is not what the protocol says.
    """
    text = _json(document)
    arrival = _Arrival(json.loads(text)[ROOT], now)
    told = [arrival.begun(user_id), *arrival.told()]
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
    return [_envelope(each.draft) for each in [*told, *arrival.imported(told, digest, source)]]


def _json(document: object) -> str:
    if not isinstance(document, Mapping) or not isinstance(document.get(ROOT), Mapping):
        raise InvalidInput("document", f"must be an object with the key {ROOT}, below which the context is")
    try:
        text = json.dumps(document, allow_nan=False, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput("document", f"cannot be written as JSON: {error}") from error
    size = len(text.encode(errors="surrogatepass"))
    if size > MAX_BYTES:
        raise InvalidInput("document", f"has {size:,} bytes as JSON; the limit is {MAX_BYTES:,}")
    return text


class _Arrival:
    """One document on its way in."""

    def __init__(self, given: dict[str, Any], now: Callable[[], datetime]) -> None:
        self.given = given
        self.campaign = object_at(f"{ROOT}.campaign", given.get("campaign"))
        self.history = objects_at(f"{ROOT}.history", given.get("history"))
        self.compute = object_at(f"{ROOT}.compute", given.get("compute"))
        self.invocations = objects_at(f"{ROOT}.compute.invocation_log", self.compute.get("invocation_log"))
        self.updated_at = self._time("last_updated") or self._time("started_at") or now()
        self.started_at = self._time("started_at") or self.updated_at
        self.actor = self._first_actor()
        self.task_id = str(uuid7())

    def _first_actor(self) -> str:
        where, first = self.history[0] if self.history else ("", {})
        return name(f"{where}.actor", first["actor"]) if first.get("actor") is not None else "agent"

    def _time(self, key: str) -> datetime | None:
        value = self.given.get(key)
        return None if value is None else instant(f"{ROOT}.{key}", value)

    def begun(self, user_id: str | None) -> Made:
        """The session begins."""
        owner = user_id if user_id is not None else self.campaign.get("campaign_owner")
        if owner is None:
            raise InvalidInput("user_id", "is required: the document names no campaign_owner whose session it could be")
        where = "user_id" if user_id is not None else f"{ROOT}.campaign.campaign_owner"
        data = {"user_id": identifier(where, owner), "kind": KIND, "occurred_at": self.started_at}
        return _STARTED.made(ROOT, {}, actor=self.actor, **data)

    def told(self) -> list[Made]:
        """What happened, by the times that the document gives; each section's entries stay in their order."""
        timed: list[tuple[datetime, Made]] = []
        for section in (
            self._campaign,
            self._budget,
            self._task,
            self._knowledge,
            self._invocations,
            self._pending,
            self._decisions,
            self._artifacts,
            self._validations,
            self._history,
        ):
            latest = self.started_at
            for made in section():
                latest = max(latest, made.draft.occurred_at)
                timed.append((latest, made))
        return [made for _, made in sorted(timed, key=lambda each: each[0])]

    def _campaign(self) -> Iterator[Made]:
        if self.campaign:
            further = {key: value for key, value in self.campaign.items() if key not in _NOT_FURTHER}
            known = {key: value for key, value in self.campaign.items() if key != "details"}
            at = {"occurred_at": self.started_at}
            yield CAMPAIGN.made(f"{ROOT}.campaign", known, actor=self.actor, **further | at)

    def _budget(self) -> Iterator[Made]:
        calls, tokens = self._limit("budget_remaining", "calls"), self._limit("budget_tokens_remaining", "tokens")
        if (calls, tokens) != (None, None):
            limits = {"max_skill_calls": calls, "max_tokens": tokens}
            said = {key: value for key, value in limits.items() if value is not None}
            where = f"{ROOT}.compute"
            yield _BUDGET.made(where, {}, actor=self.actor, level="session", occurred_at=self.started_at, **said)

    def _limit(self, remaining: str, of: str) -> int | None:
        left = self._figure(remaining)
        return None if left is None else left + self._used(of) + self._unlogged(of)

    def _figure(self, key: str) -> int | None:
        value = self.compute.get(key)
        return None if value is None else whole(f"{ROOT}.compute.{key}", value, 0, 2**40)

    def _used(self, of: str) -> int:
        """What the log of invocations adds up to."""
        default = 1 if of == "calls" else 0
        used = 0
        for where, each in self.invocations:
            value = each.get(of)
            used += default if value is None else whole(f"{where}.{of}", value, 0, 2**40)
        return used

    def _unlogged(self, of: str) -> int:
        total = self._figure("skills_invoked" if of == "calls" else "tokens_used")
        return max(0, (total or 0) - self._used(of))

    def _task(self) -> Iterator[Made]:
        where = f"{ROOT}.active_task"
        task = object_at(where, self.given.get("active_task"))
        if task:
            described = {"description": task.get("type") or "task", "task_id": self.task_id}
            at = task.get("started_at") or self.started_at
            known = {key: _given(value) for key, value in task.items() if key not in {"task_id", "details"}}
            yield TASK.made(where, known, actor=self.actor, **described, occurred_at=at)

    def _knowledge(self) -> Iterator[Made]:
        contested, now = list(self._contested()), {"occurred_at": self.updated_at}
        for area, known in object_at(f"{ROOT}.knowledge", self.given.get("knowledge")).items():
            where = key_at(f"{ROOT}.knowledge", area)
            if not isinstance(known, dict | list):
                raise InvalidInput(where, f"must be an object or a list, not {shown(known)}")
            mine = [keys for of, keys, _, _ in contested if of == area]
            uncontested = _without(known, mine) if isinstance(known, dict) else known
            for piece in pieces(where, uncontested):
                yield LEARNED.made(where, {}, actor=self.actor, area=area, facts=piece, **now)
        for area, keys, claim, where in contested:
            facts = _nested(keys, claim.get("value"))
            yield LEARNED.made(where, claim, actor=self.actor, area=area, facts=facts, **now)

    def _contested(self) -> Iterator[tuple[str, list[str], dict[str, Any], str]]:
        """What sources claimed, where the document shows it as `document` does: area, keys, claim and its place."""
        conflicts = self.given.get(CONFLICTS)
        for place, conflict in enumerate(conflicts if isinstance(conflicts, list) else ()):
            if not isinstance(conflict, dict) or not isinstance(conflict.get("claims"), list):
                continue
            area, path = conflict.get("area"), conflict.get("path")
            keys = steps(path) if isinstance(path, str) else None
            claims = [claim for claim in conflict["claims"] if isinstance(claim, dict) and claim.get("source")]
            if isinstance(area, str) and area and keys:
                for claim in claims:
                    yield area, keys, claim, f"{ROOT}.{CONFLICTS}[{place}]"

    def _invocations(self) -> Iterator[Made]:
        rest = {"calls": self._unlogged("calls"), "tokens": self._unlogged("tokens")}
        if any(rest.values()):
            yield INVOCATION.made(f"{ROOT}.compute", {}, actor=self.actor, occurred_at=self.started_at, **rest)
        yield from self._entries(INVOCATION, self.invocations)

    def _pending(self) -> Iterator[Made]:
        return self._entries(PENDING, self._section("pending_decisions"))

    def _decisions(self) -> Iterator[Made]:
        return self._entries(DECISION, self._section("decisions_made"))

    def _artifacts(self) -> Iterator[Made]:
        return self._entries(ARTIFACT, self._section("artifacts"))

    def _history(self) -> Iterator[Made]:
        return self._entries(HISTORY, self.history)

    def _validations(self) -> Iterator[Made]:
        for validator, said in object_at(f"{ROOT}.validations", self.given.get("validations")).items():
            where = key_at(f"{ROOT}.validations", validator)
            entry = object_at(where, said)
            at = entry.get("last_run") or self.updated_at
            yield VALIDATION.made(where, _plain(entry), actor=self.actor, validator=validator, occurred_at=at)

    def _section(self, name: str) -> list[tuple[str, dict[str, Any]]]:
        return objects_at(f"{ROOT}.{name}", self.given.get(name))

    def _entries(self, form: Form, entries: list[tuple[str, dict[str, Any]]]) -> Iterator[Made]:
        for where, entry in entries:
            # Of an entry that is not an event of the history, `details` would make one.
            told = entry if form is HISTORY else _plain(entry)
            yield form.made(where, told, actor=self.actor, occurred_at=self.updated_at)

    def imported(self, told: list[Made], digest: str, source: str | None) -> Iterator[Made]:
        """That it was imported, and what the other events do not say of it."""
        last = {"occurred_at": self.updated_at}
        probe = _IMPORTED.made(ROOT, {}, actor=self.actor, digest=digest, **last)
        state = _folded([*told, probe])
        wanted = {**self.given, "id": state.session_id}
        if "id" not in self.given:
            wanted = {"id": state.session_id, **self.given}
        extra = difference(keyed(content(state), self.task_id), keyed(wanted, self.task_id))
        *some, rest = pieces(ROOT, extra, deep=False)
        for piece in some:
            yield _IMPORTED.made(ROOT, {}, actor=self.actor, extra=piece, **last)
        said = {"digest": digest, "source": source, "extra": rest}
        yield _IMPORTED.made(ROOT, {}, actor=self.actor, **{key: each for key, each in said.items() if each}, **last)


def _folded(told: list[Made]) -> State:
    return fold(_event(seq, each.draft) for seq, each in enumerate(told, 1))


def _event(seq: int, made: Draft) -> Event:
    return Event(
        session_id=ANYWHERE,
        seq=seq,
        id=made.id,
        type=made.type,
        version=made.version,
        actor=made.actor,
        occurred_at=made.occurred_at,
        recorded_at=made.occurred_at,
        data=orjson.loads(made.data),
        digest=b"",
    )


def _envelope(made: Draft) -> dict[str, Any]:
    event: dict[str, UUID | str | datetime | Any] = {
        "id": made.id,
        "type": made.type,
        "actor": made.actor,
        "occurred_at": made.occurred_at,
        "data": orjson.loads(made.data),
    }
    return event


def _given(value: Any) -> Any:
    """Of a scope or a budget what is not null, which says no more than an absent key."""
    return {key: each for key, each in value.items() if each is not None} if isinstance(value, dict) else value


def _plain(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key != "details"}


def _without(facts: dict[str, Any], paths: list[list[str]]) -> dict[str, Any]:
    """The facts, but for what is at these paths."""
    inner: dict[str, list[list[str]]] = {}
    for key, *rest in paths:
        inner.setdefault(key, []).append(rest)
    made = {}
    for key, value in facts.items():
        rests = inner.get(key)
        if rests is None or not isinstance(value, dict) or [] in rests:
            if rests is None or [] not in rests:
                made[key] = value
        else:
            made[key] = _without(value, rests)
    return made


def _nested(keys: list[str], value: Any) -> dict[str, Any]:
    for key in reversed(keys):
        value = {key: value}
    made: dict[str, Any] = value
    return made
