"""What is remembered of invented users in the end, by the rule; and whether its confidence means what it says."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby, pairwise
from math import comb
from typing import NamedTuple

import pytest

from holdfast.remembering.extracting import extract
from holdfast.remembering.memory import Evidence, Memory
from holdfast.remembering.memory.lasting import faded
from holdfast.remembering.memory.settled import settled
from holdfast.remembering.record import APPLIED
from learning import HALVES, Label, Learner, Told, events_of, learners, told

BINS = (0.0, 0.3, 0.5, 0.7, 1.0)


class Held(NamedTuple):
    """A preference that is held of a user, how sure it is a day after the last session, and whether it is right."""

    memory: Memory
    confidence: float
    right: bool


def label(memory: Memory) -> Label:
    value = str(memory.value) if isinstance(memory.value, dict | list) else memory.value
    return memory.kind, memory.key, value


def held(learner: Learner) -> Iterator[Held]:
    last = events_of(learner, len(learner.sessions) - 1)[-1].occurred_at + timedelta(days=1)
    said = [
        Evidence(finding, f"{learner.user}-{number}", "run")
        for number in range(len(learner.sessions))
        for finding in extract(events_of(learner, number), user_id=learner.user)
    ]
    subjects = sorted(said, key=subject)
    true = {(kind, key, str(value)) for kind, key, value in learner.expected}
    may_be = {(kind, key, str(value)) for kind, key, value in learner.allowed}
    for _, some in groupby(subjects, key=subject):
        for memory in settled(some, tenant="t", owner=learner.user):
            if memory.kind == "preference" and memory.status in {"current", "contested"} and not memory.temporary:
                kind, key, value = label(memory)
                known = (kind, key, str(value)) in true | may_be or (kind, key, "None") in may_be
                sure = faded(memory.confidence, memory.kind, memory.last_seen, last)
                yield Held(memory, sure, known)


def subject(evidence: Evidence) -> tuple[str, str, str]:
    return evidence.finding.owner_kind, evidence.finding.kind, evidence.finding.key


def everybody() -> list[Learner]:
    return [learner for half in HALVES for learner in learners(half)]


def granted(half: str) -> Told:
    """What is taken for granted at the next start, of the preferences that are labelled."""
    return told(
        [
            (
                learner,
                {
                    label(each.memory)
                    for each in held(learner)
                    if each.confidence >= APPLIED and each.memory.status == "current"
                },
            )
            for learner in learners(half)
        ],
        "preference",
    )


@pytest.mark.promise(10)
def test_what_is_taken_for_granted_is_right_and_little_is_missed() -> None:
    halves = [granted(half) for half in HALVES]
    right = sum(each.right for each in halves)
    assert right / sum(each.found for each in halves) >= 0.9
    assert right / sum(each.wanted for each in halves) >= 0.9
    for each in halves:
        assert each.precision >= 0.9, each.wrong
        assert each.recall >= 0.85, each.wrong


@pytest.mark.parametrize(("low", "high"), list(pairwise(BINS)))
def test_confidence_is_no_more_than_the_share_that_is_right(low: float, high: float) -> None:
    """Of memories that are so sure, fewer are right than that says only where luck explains it (one in twenty)."""
    found = [each for learner in everybody() for each in held(learner) if low <= each.confidence < high]
    right = sum(each.right for each in found)
    mean = sum(each.confidence for each in found) / max(1, len(found))
    assert chance(right, len(found), mean) > 0.05, f"{right} of {len(found)} are right, and {mean:.2f} is claimed"


def chance(right: int, found: int, share: float) -> float:
    """The probability that so many or fewer are right, were the share what is claimed."""
    return sum(comb(found, each) * share**each * (1 - share) ** (found - each) for each in range(right + 1))
