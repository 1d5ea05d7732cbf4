"""Preferences on labelled sessions of invented users. Only one half was looked at while the extractor was written."""

import pytest

from holdfast.events import KNOWN
from holdfast.remembering.extracting import extract
from learning import HALVES, Learner, Told, events_of, learners, standing, told


def learned(learner: Learner) -> list[tuple[str, str, object]]:
    findings = [
        finding
        for number in range(len(learner.sessions))
        for finding in extract(events_of(learner, number), user_id=learner.user)
    ]
    return sorted(standing(findings), key=repr)


def measured(half: str, kind: str = "preference") -> Told:
    return told([(learner, set(learned(learner))) for learner in learners(half)], kind)


@pytest.mark.parametrize("half", HALVES)
def test_preferences_are_found_and_others_are_not(half: str) -> None:
    result = measured(half)

    assert result.precision >= 0.9, result.wrong
    assert result.recall >= 0.9, result.wrong


@pytest.mark.parametrize("half", HALVES)
def test_nothing_that_must_not_be_learned_stands(half: str) -> None:
    for learner in learners(half):
        assert not set(learned(learner)) & set(learner.forbidden), learner.user


def test_the_set_is_large_enough_and_says_what_events_may_say() -> None:
    everybody = [learner for half in HALVES for learner in learners(half)]
    assert len({learner.user for learner in everybody}) == len(everybody) >= 14
    assert sum(len(learner.sessions) for learner in everybody) >= 36
    for learner in everybody:
        for number in range(len(learner.sessions)):
            for event in events_of(learner, number):
                KNOWN.load(event.type, event.version, event.data)
