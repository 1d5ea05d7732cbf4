"""What habits let one expect of the session under way."""

from random import Random
from typing import Any

import pytest

from habits import Habits, log, traces, works
from holdfast.remembering.patterns import Known, Suggestions, Trace, patterns, suggestions, traced

PAST = traces("ada", works(Random(1), 30, Habits(share=0.95)))
HABITS = patterns(PAST)


def now(*happened: tuple[str, dict[str, Any]]) -> Trace:
    return traced(None, log("NOW", happened), session_id="NOW", user_id="ada")


def step(name: str) -> tuple[str, dict[str, Any]]:
    return "task.progressed", {"current_step": name}


def artifact(kind: str) -> tuple[str, dict[str, Any]]:
    return "artifact.produced", {"path": kind, "type": kind}


def told(key: str, value: Any) -> tuple[str, dict[str, Any]]:
    return "information.provided", {"key": key, "value": value}


def prefilled(found: Suggestions) -> dict[str, Any]:
    return {each.about: each.value for each in found.prefilled}


def test_where_nothing_is_known_nothing_is_suggested() -> None:
    assert suggestions([], [], None, {}) == Suggestions()
    assert suggestions(PAST[:2], patterns(PAST[:2]), now(step("budget")), {}) == Suggestions()


def test_a_session_that_begins_is_told_the_first_step_the_choices_and_the_questions() -> None:
    for begun in (None, now(("session.started", {"user_id": "ada"}))):
        found = suggestions(PAST, HABITS, begun, {})
        assert found.next_step is not None
        assert found.next_step.value in {"audience", "draft"}
        assert prefilled(found) == {
            "budget": PAST[-1].choices["budget"].value,
            "channels": ["CTV", "Paid Search"],
            "measure": "ROAS",
        }
        assert {"who signs", "projections", "document"} <= {each.value for each in found.questions}


def test_every_suggestion_has_its_pattern_confidence_and_evidence() -> None:
    found = suggestions(PAST, HABITS, None, {})
    assert found.next_step is not None
    for each in (found.next_step, *found.prefilled, *found.questions):
        assert each.pattern is not None
        assert (each.confidence, each.evidence) == (each.pattern.confidence, each.pattern.evidence)
        assert each.confidence >= 0.5
        assert each.evidence


def test_the_next_step_follows_from_what_has_been_done() -> None:
    after = suggestions(PAST, HABITS, now(step("audience"), artifact("draft")), {}).next_step
    assert after is not None
    assert after.value == "sketch"
    before = suggestions(PAST, HABITS, now(step("audience")), {}).next_step
    assert before is not None
    assert before.value in {"projections", "draft"}
    end = suggestions(PAST, HABITS, now(step("projections"), artifact("draft"), artifact("sketch")), {}).next_step
    assert end is not None
    assert (end.about, end.value) == ("artifact", "document")


def test_what_has_been_done_is_not_suggested_again() -> None:
    done = [step("audience"), step("projections"), *map(artifact, ("draft", "sketch", "document"))]
    found = suggestions(PAST, HABITS, now(*done, ("decision.escalated", {"question": "Who signs?"})), {})
    assert found.next_step is None
    assert found.questions == ()


def test_what_was_chosen_or_refused_is_not_prefilled() -> None:
    present = now(told("Budget", 100), ("preference.refused", {"key": "measure"}))
    assert prefilled(suggestions(PAST, HABITS, present, {})) == {"channels": ["CTV", "Paid Search"]}


def test_only_what_was_refused_is_kept_back() -> None:
    other = now(("preference.refused", {"key": "measure", "value": "CPA"}))
    assert "measure" in prefilled(suggestions(PAST, HABITS, other, {}))
    same = now(("preference.refused", {"key": "measure", "value": "ROAS"}))
    assert "measure" not in prefilled(suggestions(PAST, HABITS, same, {}))


def test_a_preference_goes_before_a_habit() -> None:
    known = {"measure": Known("CPA", 0.95, "ada prefers CPA", (("S", "e"),)), "style": Known("concise", 0.6)}
    found = suggestions(PAST, HABITS, None, known)
    assert prefilled(found)["measure"] == "CPA"
    assert prefilled(found)["style"] == "concise"
    assert found.prefilled[0].about == "measure"
    assert found.prefilled[0].pattern is None
    assert found.prefilled[0].evidence == (("S", "e"),)


def test_what_the_user_excluded_is_not_prefilled() -> None:
    known = {"excluded_channels": Known(["ctv"], 0.9)}
    assert prefilled(suggestions(PAST, HABITS, None, known))["channels"] == ["Paid Search"]
    known = {"excluded_channels": Known(["CTV", "Paid Search"], 0.9)}
    assert "channels" not in prefilled(suggestions(PAST, HABITS, None, known))


def test_a_session_that_has_ended_needs_nothing() -> None:
    assert suggestions(PAST, HABITS, now(("session.closed", {})), {}) == Suggestions()
    assert suggestions(PAST, HABITS, now(("session.paused", {})), {}) != Suggestions()


def test_a_session_is_told_nothing_that_it_alone_shows() -> None:
    assert suggestions([PAST[0]], HABITS, PAST[0].model_copy(update={"status": "active"}), {}).questions == ()


@pytest.mark.parametrize("share", [0.8, 1.0])
def test_prefilled_choices_are_mostly_those_that_are_made(share: float) -> None:
    """Of sessions that were not looked at, the share in which the choice is what it was said to be."""
    right = asked = 0
    for seed in range(20):
        of_user = traces("ada", works(Random(seed), 26, Habits(share=share)))
        past, coming = of_user[:-1], of_user[-1]
        likely = prefilled(suggestions(past, patterns(past), None, {}))
        for key in ("channels", "measure"):
            if key in likely:
                asked += 1
                right += coming.choices[key].value == likely[key]
    assert asked >= 30
    assert right / asked >= share - 0.15
