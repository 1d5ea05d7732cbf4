"""The carry: all of a session's past that its next summary needs, and nothing else, so that its size is bounded."""

from typing import Any

import orjson
from pydantic import Field, ValidationError

from holdfast.errors import SnapshotDamaged
from holdfast.recovering.summary import shortened, value_text
from holdfast.saving.packing import packed, unpacked
from holdfast.session import RECIPE as FOLDED
from holdfast.session import State
from holdfast.session.parts import Compute, Decision, Mutable, Orchestration, World

__all__ = [
    "ARTIFACTS",
    "CONSULTED",
    "DECISIONS",
    "ENDED",
    "FACTS",
    "FAULTS",
    "TOPICS",
    "WAY",
    "Carry",
    "Heard",
    "Sources",
]

WAY = 1
"""The version of what is carried, raised when older ones cannot be gone on with."""

DECISIONS = 200
ARTIFACTS = 200
ENDED = 50
FACTS = 40
FAULTS = 50
CONSULTED = 10
TOPICS = 10
STEPS = 50
LATE = 500
"""What is carried on of what is over: decisions, artifacts, tasks that ended, what the user told, errors, agents that
were asked, conversations with a topic, steps of an open task; and ids of what was settled, to tell who comes too late.
What is open is carried on until it is not: to forget an effect of which nobody knows whether it happened is no saving.
"""


class Heard(Mutable):
    """Words of a message."""

    text: str
    event_id: str


class Sources(Mutable):
    """Which events bear what the state holds, where the state does not say so itself. By id or key, event ids."""

    tasks: dict[str, dict[str, str]] = Field(default_factory=dict)
    """Of each open task, the event that last said each of its fields."""
    asked: dict[str, str] = Field(default_factory=dict)
    """By the event that decided, the one that had asked."""
    effects: dict[str, str] = Field(default_factory=dict)
    handoffs: dict[str, str] = Field(default_factory=dict)
    topics: dict[str, str] = Field(default_factory=dict)
    ended: list[str] = Field(default_factory=list)
    """Beside the state's `tasks_completed`."""
    lapsed: list[str | None] = Field(default_factory=list)
    """Beside its `decisions_lapsed`; None for one that only says that its id is settled."""
    own: dict[str, str] = Field(default_factory=dict)
    """Of fields of the state itself: `started`, `status`, `summary`, `phase`, `critical_issues` …"""


class Carry(Mutable):
    """A state that was trimmed, and where what it says comes from. The same fold goes on with it as with a whole one."""

    folded: int = FOLDED
    way: int = WAY
    upto: int = 0
    """The last event that was taken in."""
    told: int | None = None
    """Up to where the last summary goes that was told of it."""
    state: State = Field(default_factory=State)
    sources: Sources = Field(default_factory=Sources)
    heard: dict[str, Heard] = Field(default_factory=dict)
    """`asked`: the first words of the user; `user`, `assistant`: the last ones of either."""
    dropped: dict[str, int] = Field(default_factory=dict)
    """How many decisions, artifacts and others are no longer carried, by kind."""
    last_dropped: dict[str, str] = Field(default_factory=dict)
    """The event of the newest of these, by kind."""

    def packed(self) -> bytes:
        """As gzip of JSON; `opened` reads it."""
        return packed(orjson.dumps(self.model_dump(mode="json", exclude_defaults=True)))

    @classmethod
    def opened(cls, stored: bytes) -> "Carry | None":
        """The carry of `packed`. None where it cannot be gone on with: it is of another recipe, or not whole."""
        try:
            said = orjson.loads(unpacked("a carry", stored))
            # Before it is read in full: a carry of another release may have other fields.
            if said.get("folded", FOLDED) != FOLDED or said.get("way", WAY) != WAY:
                return None
            return cls.model_validate_json(orjson.dumps(said))
        except (SnapshotDamaged, ValidationError, ValueError, AttributeError):
            return None

    def trimmed(self) -> "Carry":
        """The same without what is over and told, and with long texts cut; in place."""
        _open_ones(self)
        _ended_ones(self)
        _settled_ones(self)
        _rest(self)
        return self


def _open_ones(carry: Carry) -> None:
    """What is open stays, with as much of its texts as is told."""
    state, sources = carry.state, carry.sources
    for task in state.tasks.values():
        task.description, task.current_step = _cut(task.description), _cut(task.current_step)
        task.last_action, task.phase, task.type = _cut(task.last_action), None, _cut(task.type)
        task.completed_steps = [each[:LATE] for each in task.completed_steps[-STEPS:]]
        task.next_steps, task.blockers = _cut_all(task.next_steps), _cut_all(task.blockers)
        task.scope, task.budget, task.depends_on = None, None, []
    sources.tasks = {key: told for key, told in sources.tasks.items() if key in state.tasks}
    for pending in state.pending_decisions.values():
        pending.question, pending.context = shortened(pending.question) or "?", None
        pending.options, pending.default = _texts(pending.options[:STEPS]), _text(pending.default)
        pending.escalation_path = _cut_all(pending.escalation_path)
    state.effects = {key: each for key, each in state.effects.items() if each.status == "intended"}
    sources.effects = {key: told for key, told in sources.effects.items() if key in state.effects}
    for effect in state.effects.values():
        effect.arguments, effect.result = {}, None
        effect.action, effect.target = _cut(effect.action), _cut(effect.target)
        effect.idempotency_key = _cut(effect.idempotency_key)
    for validation in state.validations.values():
        validation.issues, validation.blockers = _texts(validation.issues[:STEPS]), _cut_all(validation.blockers)
        validation.notes = _cut(validation.notes)
    state.validations = {key: each for key, each in state.validations.items() if each.status != "pass"}


def _ended_ones(carry: Carry) -> None:
    """Tasks, handoffs and errors: the newest."""
    state, sources = carry.state, carry.sources
    state.tasks_completed, sources.ended = state.tasks_completed[-ENDED:], sources.ended[-ENDED:]
    for ended in state.tasks_completed:
        ended.result, ended.description, ended.summary = None, _cut(ended.description), _cut(ended.summary)
    over = [key for key, each in state.handoffs.items() if each.status not in {"offered", "accepted"}]
    for key in over[:-LATE]:
        del state.handoffs[key]
    for handoff in state.handoffs.values():
        handoff.result, handoff.reason, handoff.outcome = None, _cut(handoff.reason), _cut(handoff.outcome)
        handoff.requesting_capability = _cut(handoff.requesting_capability)
    sources.handoffs = {key: told for key, told in sources.handoffs.items() if key in state.handoffs}
    # The last of each kind, in the order of these: an agent in a loop reports the same a thousand times.
    faults = {(each.error_type, shortened(each.message), each.source): each for each in reversed(state.errors)}
    state.errors = list(faults.values())[:FAULTS][::-1]
    for fault in state.errors:
        fault.message, fault.error_type = shortened(fault.message), _cut(fault.error_type)
        fault.source = shortened(fault.source)


def _settled_ones(carry: Carry) -> None:
    """Decisions and artifacts: the newest; of decisions before them, that their ids are settled."""
    state, sources = carry.state, carry.sources
    old = state.decisions_made[:-DECISIONS]
    if old:
        carry.dropped["decisions"] = carry.dropped.get("decisions", 0) + len(old)
        carry.last_dropped["decisions"] = old[-1].event_id
        state.decisions_made = state.decisions_made[-DECISIONS:]
    for decision in state.decisions_made:
        _cut_decision(decision)
    kept = {each.event_id for each in state.decisions_made}
    sources.asked = {key: told for key, told in sources.asked.items() if key in kept}
    _lapsed_ones(carry, old)
    gone = list(state.artifacts)[:-ARTIFACTS]
    for path in gone:
        carry.last_dropped["artifacts"] = state.artifacts.pop(path).event_id or carry.last_dropped["artifacts"]
    if gone:
        carry.dropped["artifacts"] = carry.dropped.get("artifacts", 0) + len(gone)


def _lapsed_ones(carry: Carry, old: list[Decision]) -> None:
    state, sources = carry.state, carry.sources
    lapsed = list(zip(state.decisions_lapsed, sources.lapsed, strict=True))
    settled = [each for each in lapsed if each[1] is None]
    told = [each for each in lapsed if each[1] is not None]
    ...
