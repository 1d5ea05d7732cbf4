"""Invented users, what they say in their sessions, and what should be remembered of them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import yaml

from holdfast.events import KNOWN, Event
from holdfast.remembering.memory import Finding

__all__ = ["HALVES", "STANDS", "Label", "Learner", "Told", "events_of", "learners", "standing", "told"]

HALVES = ("tuned", "untouched")

Label = tuple[str, str, Any]
"""Kind, key and value of a memory."""

_FIRST = datetime(2026, 3, 2, 9, tzinfo=UTC)
_SPACE = UUID("6c1d5c1e-59a0-4d0c-9b8a-0a3b7f3f2c11")


@dataclass(frozen=True)
class Learner:
    """A user and their sessions, the oldest first; each a list of events as agents give them: type, actor, data."""

    user: str
    sessions: list[list[dict[str, Any]]]
    expected: list[Label]
    allowed: list[Label]
    """True too, but not demanded; a value of None stands for any."""
    forbidden: list[Label]


@dataclass(frozen=True)
class Told:
    """How well preferences are told: counts, so that halves can be added up."""

    right: int
    found: int
    wanted: int
    wrong: list[str]

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.wanted if self.wanted else 1.0


def learners(half: str) -> list[Learner]:
    """The users of one half of the set."""
    text = (Path(__file__).parent / "learning_set" / f"{half}.yaml").read_text()
    return [
        Learner(
            each["user"],
            [[_event(each["user"], item) for item in session] for session in each["sessions"]],
            *(
                [(kind, key, value) for kind, key, value in each.get(name, [])]
                for name in ("expected", "allowed", "forbidden")
            ),
        )
        for each in yaml.safe_load(text)
    ]


def _event(user: str, item: dict[str, Any]) -> dict[str, Any]:
    [(name, said)] = item.items()
    if name in {"user", "assistant", "system", "tool"}:
        actor = user if name == "user" else "agent"
        return {"type": "message.added", "actor": actor, "data": {"role": name, "content": said}}
    assert name in KNOWN.types, name
    return {"type": name, "actor": "agent", "data": said}


def events_of(learner: Learner, number: int) -> list[Event]:
    """One session's events, as they come out of the log; a session is a week after the one before."""
    session_id = f"{learner.user}-{number}"
    at = [_FIRST + timedelta(days=7 * number, minutes=seq) for seq in range(len(learner.sessions[number]) + 1)]
    return [
        Event(
            session_id=session_id,
            seq=seq,
            id=uuid5(_SPACE, f"{session_id}/{seq}"),
            type=each["type"],
            version=1,
            actor=each["actor"],
            occurred_at=at[seq],
            recorded_at=at[seq],
            data=each["data"],
            digest=b"",
        )
        for seq, each in enumerate(learner.sessions[number], 1)
    ]


STANDS = 0.5
"""How strong the evidence for a memory must be together for it to stand: said once, or chosen twice."""


def standing(findings: Iterable[Finding]) -> set[Label]:
    """What stands at the end: of a key that has one value, what was said last; a choice does not outweigh a word."""
    weight: Counter[tuple[str, str, str]] = Counter()
    values: dict[str, Any] = {}
    single: dict[tuple[str, str], list[Finding]] = {}
    for each in sorted((each for each in findings if not each.temporary), key=lambda each: (each.said_at, each.seq)):
        values[repr(each.value)] = str(each.value) if isinstance(each.value, dict | list) else each.value
        label = (each.kind, each.key, repr(each.value))
        weight[label] = 0 if each.stance == "against" else weight[label] + each.strength  # type: ignore[assignment]
        if each.single:
            single.setdefault((each.kind, each.key), []).append(each)
    stands = {label for label, sum_of in weight.items() if sum_of >= STANDS}
    for (kind, key), said in single.items():
        alive = [each for each in said if (kind, key, repr(each.value)) in stands]
        last = next((each for each in reversed(alive) if each.source != "inferred"), alive[-1] if alive else None)
        if last is not None:
            stands = {label for label in stands if label[:2] != (kind, key)} | {(kind, key, repr(last.value))}
    return {(kind, key, values[value]) for kind, key, value in stands}


def told(found: Sequence[tuple[Learner, set[Label]]], kind: str = "preference") -> Told:
    """Of what was found of each learner, how much is right, and how much of what should be found there is."""
    right = wanted = count = 0
    wrong: list[str] = []
    for learner, labels in found:
        expected = {label for label in learner.expected if label[0] == kind}
        mine = {
            label for label in labels if label[0] == kind and not (label not in expected and _allowed(label, learner))
        }
        right, wanted, count = right + len(mine & expected), wanted + len(expected), count + len(mine)
        wrong += [f"{learner.user}: wrong {label[1:]}" for label in sorted(mine - expected, key=repr)]
        wrong += [f"{learner.user}: missed {label[1:]}" for label in sorted(expected - mine, key=repr)]
    return Told(right, count, wanted, wrong)


def _allowed(label: Label, learner: Learner) -> bool:
    return any(label[:2] == each[:2] and each[2] in (None, label[2]) for each in learner.allowed)
