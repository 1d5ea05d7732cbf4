"""What was handed over, against the log: each thing once, within its limits, and nothing that was known asked for."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from holdfast.client import Session
from holdfast.demo.leaflets import TASK
from holdfast.demo.writer import Rested
from holdfast.events import BudgetSet, ComputeReleased, ComputeReserved, ComputeSettled, Event, TaskAssigned
from holdfast.session import State, fold
from holdfast.sharing.document import updates_of
from holdfast.sharing.packages import skill_result

__all__ = ["Handed", "Seen", "Usage", "handed", "in_package", "merged", "usage"]


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of it while it happened."""

    rested: Sequence[Rested]
    """What the second agent says that it rests on."""
    refused: int
    """Answers that were refused, since the question was answered."""


LIFE = ("handoff.offered", "handoff.accepted", "handoff.completed")


@dataclass(frozen=True, slots=True)
class Usage:
    """Calls of a task, as the log tells them."""

    limit: int | None
    used: int
    open: int
    """Reservations that were neither settled nor given back."""
    kept: bool
    """Whether no event left more used and set aside than the limit of then."""


@dataclass(frozen=True, slots=True)
class Handed:
    """What was found."""

    life: tuple[int, ...]
    """How often it was offered, accepted and completed."""
    rested: int
    """What the second agent says that it rests on …"""
    unfounded: int
    """… and of it what the package does not say, or by another event."""
    usage: Usage
    ledger: int | None
    """Calls used by the guard's own figures; None where they do not add up with the log."""
    out_of_scope: int
    """Requests that a line of the scope blocked."""
    over_budget: int
    """Requests that the budget blocked."""
    asked: int
    """Questions that were put to the user."""
    answered: int
    refused: int
    """Answers to a question that was answered."""
    merged: int
    """Leaflets of the result that the session has, as they are on disk …"""
    reported: int
    """… of how many."""

    @property
    def ok(self) -> bool:
        """Whether it is all as it should be."""
        return self.once and self.within and self.rested > 0 and not self.unfounded and 0 < self.merged == self.reported

    @property
    def once(self) -> bool:
        """Handed over once; what the budget did not allow asked once, and answered once."""
        return self.life == (1, 1, 1) and self.asked == self.over_budget == self.answered == self.refused == 1

    @property
    def within(self) -> bool:
        """Whether the task kept to its scope and its budget, and the figures agree."""
        return self.out_of_scope == 1 and self.usage.kept and not self.usage.open and self.ledger == self.usage.used


def handed(session: Session, events: Sequence[Event], state: State, seen: Seen, folder: Path) -> Handed:
    """Judge a session's log, and the leaflets in the folder."""
    counted = Counter(event.type for event in events)
    offered = next((event for event in events if event.type == LIFE[0]), None)
    blocked = [event.data for event in events if event.type == "request.blocked"]
    report = session.budget()
    figures = report.level("task", TASK)
    made = [state.artifacts.get(path) for path in _reported(events)]
    there = [each for each in made if each is not None and _digest(folder / each.path) == each.digest]
    return Handed(
        life=tuple(counted[each] for each in LIFE),
        rested=len(seen.rested),
        unfounded=sum(not (offered and in_package(offered, each, events)) for each in seen.rested),
        usage=usage(events),
        ledger=figures.calls_used if figures and report.adds_up and not figures.calls_over else None,
        out_of_scope=sum(each.get("line") is not None for each in blocked),
        over_budget=sum(each.get("estimated_cost") is not None for each in blocked),
        asked=counted["decision.escalated"],
        answered=counted["decision.answered"],
        refused=seen.refused,
        merged=len(there),
        reported=len(made),
    )


def in_package(offered: Event, known: Rested, events: Sequence[Event]) -> bool:
    """Whether the offer's package says this, and names the event that does."""
    package, ids = offered.data["package"], {str(event.id): event.seq for event in events}
    for part in ("session_context", "user_preferences"):
        if package[part].get(known.key) == known.value:
            named = offered.data["rests_on"].get(f"{part}.{known.key}", [])
            return [ids.get(each) for each in named] == [known.seq]
    return False


def usage(events: Sequence[Event]) -> Usage:
    """The task's calls, event by event."""
    limit, used, kept = None, 0, True
    aside: dict[str, int] = {}
    for event in events:
        said = event.payload
        if isinstance(said, TaskAssigned) and said.task_id == TASK:
            limit = said.budget.max_skill_calls if said.budget else None
        elif isinstance(said, BudgetSet):
            limit = said.max_skill_calls
        elif isinstance(said, ComputeReserved):
            aside[said.reservation_id] = said.calls
        elif isinstance(said, ComputeSettled | ComputeReleased):
            aside.pop(str(said.reservation_id), None)
            used += said.calls if isinstance(said, ComputeSettled) else 0
        kept = kept and (limit is None or used + sum(aside.values()) <= limit)
    return Usage(limit, used, len(aside), kept)


def merged(events: Sequence[Event]) -> set[UUID]:
    """The events that the result of the handoff became: those right before its completion, where they say the same."""
    done = next((event for event in events if event.type == LIFE[2]), None)
    offered = next((event for event in events if event.type == LIFE[0]), None)
    if done is None or offered is None:
        return set()
    update = skill_result(done.data["result"]).context_update
    expected = updates_of(update, actor=done.actor, known=fold(events[: offered.seq]), base=offered.seq)
    before = events[max(0, done.seq - 1 - len(expected)) : done.seq - 1]
    same = [(each["type"], each["data"]) for each in expected] == [(each.type, each.data) for each in before]
    return {each.id for each in before} if same else set()


def _reported(events: Sequence[Event]) -> list[str]:
    results: list[Mapping[str, object]] = [event.data["result"] for event in events if event.type == LIFE[2]]
    return [str(each["path"]) for result in results for each in skill_result(result).artifacts]


def _digest(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None
