"""The carry: all of a session's past that its next summary needs, and nothing else, so that its size is bounded."""

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import Field, ValidationError

from holdfast.errors import SnapshotDamaged
from holdfast.recovering.summary import shortened, value_text
from holdfast.remembering.summary.summary import LINE_CHARACTERS
from holdfast.remembering.summary.wording import LISTED
from holdfast.saving.packing import packed, unpacked
from holdfast.session import RECIPE as FOLDED
from holdfast.session import State
from holdfast.session.parts import (
    Campaign,
    Consultation,
    Conversation,
    Fault,
    History,
    Information,
    Mutable,
    Preference,
    World,
)

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

DECISIONS = 100
ARTIFACTS = 100
ENDED = 20
FACTS = 20
FAULTS = 20
CONSULTED = 10
TOPICS = 10
LATE = 500
"""What is carried on of what is over: decisions, artifacts, tasks that ended, what the user told, errors, agents that
were asked, conversations with a topic; and ids of what was settled, to tell who comes too late. What is open is carried
on until it is not: to forget an effect of which nobody knows whether it happened is no saving.
"""

FAST = 1
"""zlib's level: a carry is small, and written for each summary."""

Kept = tuple[str, list[str]]
"""A sentence that stays as it is, and the ids of its events."""


class Heard(Mutable):
    """Words of a message."""

    text: str
    event_id: str


class Sources(Mutable):
    """Which events bear what the state holds, where the state does not say so itself. By id or key, event ids."""

    tasks: dict[str, dict[str, str]] = Field(default_factory=dict)
    """Of each open task, the event that last said each of its fields."""
    effects: dict[str, str] = Field(default_factory=dict)
    handoffs: dict[str, str] = Field(default_factory=dict)
    topics: dict[str, str] = Field(default_factory=dict)
    own: dict[str, str] = Field(default_factory=dict)
    """Of fields of the state itself: `started`, `status`, `summary`, `phase`, `critical_issues` …"""


class Carry(Mutable):
    """A trimmed state, and where what it says comes from. The same fold goes on with it as with a whole one."""

    folded: int
    way: int
    """By which recipes it was made. Without defaults, so that each carry says so itself."""
    upto: int = 0
    """The last event that was taken in."""
    told: int | None = None
    """Up to where the last summary goes that was told of it."""
    state: State = Field(default_factory=State)
    sources: Sources = Field(default_factory=Sources)
    heard: dict[str, Heard] = Field(default_factory=dict)
    """`asked`: the first words of the user; `user`, `assistant`: the last ones of either."""
    decisions: list[Kept] = Field(default_factory=list)
    """Made or lapsed, in their order. What is decided stays so: it is put into words once, and not in the state."""
    settled: list[str] = Field(default_factory=list)
    """The ids of the last decisions that were."""
    made: int = 0
    """How many decisions were made in all."""
    artifacts: dict[str, tuple[str, str, str | None]] = Field(default_factory=dict)
    """By path: the sentence, its event, and the type, which one that is made anew inherits. Not in the state either."""
    ended: list[Kept] = Field(default_factory=list)
    """Tasks that ended, as decisions."""
    passed: list[str] = Field(default_factory=list)
    """The ids of the last handoffs that are over."""
    dropped: dict[str, int] = Field(default_factory=dict)
    """How many decisions and artifacts are no longer carried."""
    last_dropped: dict[str, str] = Field(default_factory=dict)
    """The event of the newest of these."""

    def packed(self) -> bytes:
        """As gzip of JSON; `opened` reads it."""
        return packed(self.model_dump_json(exclude_defaults=True).encode(), FAST)

    @classmethod
    def new(cls) -> "Carry":
        """Of a session of which nothing was taken in."""
        return cls(folded=FOLDED, way=WAY)

    @classmethod
    def opened(cls, stored: bytes) -> "Carry | None":
        """The carry of `packed`. None where it cannot be gone on with: it is of another recipe, or not whole."""
        try:
            carry = cls.model_validate_json(unpacked("a carry", stored))
        except (SnapshotDamaged, ValidationError):  # one of another release may have other fields
            return None
        return carry if (carry.folded, carry.way) == (FOLDED, WAY) else None

    def cut(self) -> None:
        """Let go of what is over and needs no words, and cut long texts; before it is told, so that it always is so."""
        _open(self)
        _handoffs(self)
        _rest(self)

    def let_go(self) -> None:
        """Let go of what was told often enough, after it was told once more."""
        _over(self)
        self.told = self.upto


def _open(carry: Carry) -> None:
    """What is open stays, with as much of its texts as is told."""
    state, sources = carry.state, carry.sources
    for task in state.tasks.values():
        task.description, task.current_step = _cut(task.description), _cut(task.current_step)
        task.last_action, task.phase, task.type = _cut(task.last_action), None, _cut(task.type)
        task.completed_steps = [each[:LATE] for each in task.completed_steps[-LISTED:]]
        task.next_steps, task.blockers = _cut_all(task.next_steps), _cut_all(task.blockers)
        task.scope, task.budget, task.depends_on = None, None, []
    sources.tasks = {key: told for key, told in sources.tasks.items() if key in state.tasks}
    for pending in state.pending_decisions.values():
        pending.question, pending.context = shortened(pending.question), None
        pending.options, pending.default = _texts(pending.options[:LISTED]), _text(pending.default)
        pending.escalation_path = _cut_all(pending.escalation_path)
    state.effects = {key: each for key, each in state.effects.items() if each.status == "intended"}
    sources.effects = {key: told for key, told in sources.effects.items() if key in state.effects}
    for effect in state.effects.values():
        effect.arguments, effect.result = {}, None
        effect.action, effect.target = _cut(effect.action), _cut(effect.target)
        effect.idempotency_key = _cut(effect.idempotency_key)
    for validation in state.validations.values():
        validation.issues, validation.blockers = _texts(validation.issues[:LISTED]), _cut_all(validation.blockers)
        validation.notes = _cut(validation.notes)
    state.validations = {key: each for key, each in state.validations.items() if each.status != "pass"}


def _handoffs(carry: Carry) -> None:
    """Those that are not over; of the others, that they are."""
    state, sources = carry.state, carry.sources
    over = [key for key, each in state.handoffs.items() if each.status not in {"offered", "accepted"}]
    for key in over:
        del state.handoffs[key]
    before = [each for each in carry.passed if each not in over and each not in state.handoffs]  # or offered once more
    carry.passed = [*before, *over][-LATE:]
    for handoff in state.handoffs.values():
        handoff.result, handoff.reason, handoff.outcome = None, _cut(handoff.reason), None
        handoff.requesting_capability = _cut(handoff.requesting_capability)
    sources.handoffs = {key: told for key, told in sources.handoffs.items() if key in state.handoffs}


def distinct(faults: Sequence[Fault]) -> list[Fault]:
    """The last of each that says the same, in their order: an agent in a loop reports the same a thousand times."""
    last: dict[tuple[str | None, str, str], Fault] = {}
    for fault in reversed(faults):
        last.setdefault((_cut(fault.error_type), shortened(fault.message), shortened(fault.source)), fault)
        if len(last) == FAULTS:
            break
    return list(last.values())[::-1]


def _over(carry: Carry) -> None:
    """Decisions, artifacts and tasks that ended: the newest."""
    old = carry.decisions[:-DECISIONS]
    if old:
        _drop(carry, "decisions", len(old), old[-1][1][-1])
        carry.decisions = carry.decisions[-DECISIONS:]
    gone = list(carry.artifacts)[:-ARTIFACTS]
    if gone:
        _drop(carry, "artifacts", len(gone), carry.artifacts[gone[-1]][1])
        for path in gone:
            del carry.artifacts[path]
    carry.ended = carry.ended[-ENDED:]


def _drop(carry: Carry, kind: str, count: int, last: str) -> None:
    carry.dropped[kind] = carry.dropped.get(kind, 0) + count
    carry.last_dropped[kind] = last


def _rest(carry: Carry) -> None:
    """Of everything else the newest, and of most of it nothing: fields that are not named here start anew."""
    state, sources = carry.state, carry.sources
    talks = [key for key in sources.topics if key in state.conversations][-TOPICS:]
    sources.topics = {key: sources.topics[key] for key in talks}
    carry.state = State(
        session_id=state.session_id, user_id=state.user_id, kind=state.kind, title=_cut(state.title),
        status=state.status, status_reason=_cut(state.status_reason), forked_from=state.forked_from,
        summary=None if state.summary is None else shortened(state.summary, LINE_CHARACTERS) or None,
        created_at=state.created_at,
        conversations={key: _topic(state.conversations[key]) for key in talks},
        agents_consulted=[_asked(each) for each in state.agents_consulted[-CONSULTED:]],
        tasks=state.tasks, active_task_id=state.active_task_id, validations=state.validations,
        campaign=_campaign(state.campaign),
        campaign_said={key: told for key, told in state.campaign_said.items() if key in Campaign.model_fields},
        information={key: _told(each) for key, each in [*state.information.items()][-FACTS:]},
        preferences={key: _told(each) for key, each in [*state.preferences.items()][-FACTS:]},
        pending_decisions=state.pending_decisions,
        blocked_requests=state.blocked_requests[-CONSULTED:],
        handoffs=state.handoffs, effects=state.effects,
        world=World(
            current_phase=_cut(state.world.current_phase),
            critical_issues=_cut_all(state.world.critical_issues),
        ),
        errors=distinct(state.errors),
        history=_history(state.history),
    )  # fmt: skip
    for blocked in carry.state.blocked_requests:
        blocked.request, blocked.reason = shortened(blocked.request), shortened(blocked.reason)
        blocked.action, blocked.line = _cut(blocked.action), None
    for fault in carry.state.errors:
        fault.message, fault.error_type = shortened(fault.message), _cut(fault.error_type)
        fault.source = shortened(fault.source)


def _topic(talk: Conversation) -> Conversation:
    return Conversation(topic=_cut(talk.topic), sub_topic=_cut(talk.sub_topic), summary=_cut(talk.summary))


def _asked(asked: Consultation) -> Consultation:
    return asked.model_copy(update={"question": _cut(asked.question), "output": _text(asked.output)})


def _campaign(campaign: Campaign | None) -> Campaign | None:
    if campaign is None:
        return None
    return Campaign(
        gtm_id=_cut(campaign.gtm_id),
        title=_cut(campaign.title),
        tier=campaign.tier,
        campaign_owner=_cut(campaign.campaign_owner),
        status=campaign.status,
    )


Told = TypeVar("Told", Information, Preference)


def _told(known: Told) -> Told:
    return known.model_copy(update={"value": value_text(known.value), "note": None})


def _history(history: History) -> History:
    """Types of the users' own are counted together: there may be any number of them."""
    by_type: dict[str, int] = {}
    for event_type, count in history.by_type.items():
        kind = "custom.*" if event_type.startswith("custom.") else event_type
        by_type[kind] = by_type.get(kind, 0) + count
    return History(total=history.total, last_seq=history.last_seq, by_type=by_type)


def _cut(text: str | None) -> str | None:
    """None for a text that says nothing."""
    return None if text is None else shortened(text) or None


def _cut_all(texts: Sequence[str]) -> list[str]:
    return [shortened(each) for each in texts[:LISTED]]


def _text(value: Any) -> str | None:
    return None if value is None else value_text(value)


def _texts(values: Sequence[Any]) -> list[Any]:
    return [value_text(each) for each in values]
