"""A trace is a pure function of the log, and small."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habits import FROM, log
from holdfast.events import Event
from holdfast.remembering.patterns import MIN_SUPPORT, Trace, patterns, suggestions, traced
from holdfast.remembering.patterns.chosen import chosen
from holdfast.remembering.patterns.steps import KEPT, NAMES, Way, named
from strategies import SESSION, events, json_values, patient


def made(*happened: tuple[str, dict[str, Any]], before: Trace | None = None) -> Trace:
    return traced(before, log(SESSION, happened), session_id=SESSION, user_id="ada")


def steps(*names: str) -> list[tuple[str, dict[str, Any]]]:
    return [("task.progressed", {"current_step": name}) for name in names]


def calls(*names: str) -> tuple[str, dict[str, Any]]:
    return "message.added", {"role": "assistant", "tool_calls": [{"id": "a", "name": each} for each in names]}


@patient
@given(events(), st.lists(st.integers(0, 12), max_size=3))
def test_wherever_the_log_is_cut_the_trace_is_the_same(happened: list[Event], cuts: list[int]) -> None:
    whole = traced(None, happened, session_id=SESSION, user_id="ada")
    trace = None
    for cut in sorted(cuts):
        # Each part begins with what was there before: what is taken in twice counts once.
        trace = traced(trace, happened[:cut], session_id=SESSION, user_id="ada")
        trace = Trace.of(trace.text())
    assert traced(trace, happened, session_id=SESSION, user_id="ada") == whole
    assert Trace.of(whole.text()) == whole


@patient
@given(events(max_size=40))
def test_any_log_can_be_looked_at(happened: list[Event]) -> None:
    trace = traced(None, happened, session_id=SESSION, user_id="ada")
    others = [trace.model_copy(update={"session_id": f"{number}"}) for number in range(6)]
    found = patterns(others)
    for each in found:
        assert MIN_SUPPORT <= each.support <= each.sessions <= len(others)
        assert {session for session, _ in each.evidence} <= {other.session_id for other in others}
    suggested = suggestions(others, found, trace, {})
    for one in (*suggested.prefilled, *suggested.questions):
        assert one.pattern in found, "nothing is suggested that no pattern says"


def test_what_was_passed_in_is_not_changed() -> None:
    before = made(*steps("audience"))
    text = before.text()
    traced(before, log(SESSION, steps("audience", "budget")), session_id=SESSION, user_id="ada")
    assert before.text() == text


def test_steps_are_kept_in_their_order_with_the_event_that_first_bears_them() -> None:
    happened = log(SESSION, steps("Audience", "audience", "Step 2: Set_Budget", "audience"))
    way = traced(None, happened, session_id=SESSION, user_id="ada").ways["step"]
    ids = [str(event.id) for event in happened]
    assert [(step.name, step.event_id) for step in way.first] == [
        ("audience", ids[0]),
        ("set budget", ids[2]),
        ("audience", ids[3]),
    ]
    assert way.counts == {"audience": 3, "set budget": 1}
    assert way.total == 4


def test_a_completed_step_that_was_worked_on_is_not_taken_again() -> None:
    trace = made(
        ("task.progressed", {"completed_steps": ["audience"], "current_step": "budget"}),
        ("task.progressed", {"completed_steps": ["budget"], "current_step": "channels"}),
    )
    assert [step.name for step in trace.ways["step"].first] == ["audience", "budget", "channels"]


def test_a_trace_stays_small() -> None:
    trace = made(*[calls(*[f"tool {n}" for n in range(i, i + 50)]) for i in range(2000)])
    way = trace.ways["tool"]
    assert len(way.first) == len(way.last) == KEPT
    assert way.left_out == 2000 * 50 - 2 * KEPT
    assert way.first[0].name == "tool 0"
    assert way.last[-1].name == "tool 2048"
    assert len(way.counts) == NAMES
    assert len(trace.text()) < 8000
    assert way.mentions("tool 1500") > 50_000


def test_every_kind_of_step_is_taken() -> None:
    trace = made(
        ("session.started", {"user_id": "ada", "kind": "planning"}),
        ("task.assigned", {"description": "x", "type": "campaign_plan", "current_step": "brief"}),
        ("workflow.tracked", {"orchestrator_name": "planner", "workflow_id": "w"}),
        ("workflow.tracked", {"orchestrator_name": "other", "workflow_id": "w", "status": "completed"}),
        ("agent.consulted", {"agent": "analyst"}),
        ("service.used", {"service": "parser"}),
        ("validation.reported", {"validator": "brand", "status": "pass"}),
        ("decision.made", {"type": "budget", "value": 1}),
        ("information.provided", {"key": "audience", "value": "women"}),
        calls("Search"),
        ("message.added", {"role": "assistant", "content": [{"type": "tool_use", "name": "render"}]}),
        ("artifact.produced", {"path": "a/plan.XLSX"}),
    )
    assert {kind: [step.name for step in way.first] for kind, way in trace.ways.items()} == {
        "task": ["campaign plan"],
        "step": ["brief"],
        "workflow": ["planner"],
        "agent": ["analyst", "parser"],
        "validation": ["brand"],
        "decision": ["budget"],
        "information": ["audience"],
        "tool": ["search", "render"],
        "artifact": ["xlsx"],
    }
    assert trace.kind == "planning"


def test_the_step_before_the_last_final_thing_is_known() -> None:
    trace = made(
        *steps("audience"),
        ("task.completed", {}),
        *steps("projections"),
        ("artifact.produced", {"path": "plan.pdf"}),
        *steps("tidying"),
        ("task.completed", {"outcome": "failed"}),
        ("session.closed", {}),
    )
    assert trace.final is not None
    assert (trace.final.by, trace.final.before["step"].name) == ("document", "projections")
    assert "artifact" not in trace.final.before


def test_a_session_that_makes_nothing_final_is_final_at_its_close() -> None:
    trace = made(*steps("audience"), ("session.closed", {}))
    assert trace.final is not None
    assert trace.final.by == "session"


def test_what_timers_do_is_no_activity() -> None:
    trace = made(*steps("audience"), ("session.paused", {}), ("session.expired", {}))
    assert trace.started_at == trace.ended_at == FROM
    assert trace.status == "expired"
    assert made(*steps("a", "b")).ended_at == FROM + timedelta(minutes=1)


def test_a_clock_that_goes_back_ends_nothing_before_it_began() -> None:
    late, early = log(SESSION, steps("a"), FROM)[0], log(SESSION, steps("a", "b"), FROM - timedelta(days=1))[1]
    trace = traced(None, [late, early], session_id=SESSION, user_id="ada")
    assert trace.ended_at == trace.started_at == FROM


def test_the_last_choice_counts_and_a_refused_default_is_none() -> None:
    trace = made(
        ("information.provided", {"key": "Budget", "value": "$250k"}),
        ("decision.made", {"type": "budget", "value": 300_000, "options": [1, 2, 300_000]}),
        ("preference.stated", {"key": "style", "value": "concise"}),
        ("preference.refused", {"key": "style", "value": "concise"}),
        ("preference.refused", {"key": "budget", "value": 5}),
        ("decision.escalated", {"question": "Which agency?", "decision_id": "d"}),
        ("decision.answered", {"decision_id": "d", "decision": "North"}),
    )
    assert {name: (each.value, each.options) for name, each in trace.choices.items()} == {
        "budget": (300_000, 3),
        "which agency": ("North", 0),
    }
    assert trace.refused.keys() == {"style", "budget"}
    assert list(trace.questions.counts) == ["which agency"]
    assert trace.open == {}
    later = made(("preference.stated", {"key": "style", "value": "long"}))
    assert "style" not in later.refused


def test_a_fork_is_known_for_one() -> None:
    assert made(("session.forked", {"from_session": "a", "at_seq": 1})).forked


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (500_000, 500_000),
        (0.5, 0.5),
        (True, True),
        ("500K", 500_000),
        ("$1.5m", 1_500_000),
        ("€ 2,500,000", 2_500_000),
        ("250000 USD", 250_000),
        ("2.5", 2.5),
        (" Paid   Search ", "Paid Search"),
        ("", None),
        (None, None),
        ({}, None),
        (["b", "a", "a"], ["a", "b"]),
        ([{}], None),
        ([], None),
    ],
)
def test_a_choice_is_brought_into_a_form_that_can_be_compared(value: Any, expected: Any) -> None:
    assert chosen(value) == expected
    assert type(chosen(value)) is type(expected)


@patient
@given(json_values, st.text())
def test_anything_can_be_chosen_and_named(value: Any, text: str) -> None:
    once = chosen(value)
    assert once is None or chosen(once) == once
    assert len(named(text)) <= 60
    assert named(named(text)) == named(text) or text[:1].isdigit() or any(c.isdigit() for c in text)


def test_a_way_without_steps_has_come_nowhere() -> None:
    assert Way().newest is None
    assert Way().mentions("a") == 0
