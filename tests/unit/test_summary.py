"""Summaries: what of a session is in them, where each line comes from, and the laws that hold for all of them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.events import KNOWN, Event
from holdfast.remembering.summary import LINE_CHARACTERS, SECTIONS, TEXT_CHARACTERS, Carry, Line, Section, Summary
from holdfast.remembering.summary import summarise as summarised
from holdfast.remembering.summary.carry import DECISIONS
from holdfast.remembering.summary.summary import text_of
from holdfast.session import State, fold
from strategies import SESSION, event_data, events, patient
from told import told

NOW = datetime(2026, 2, 1, tzinfo=UTC)


def summarise(carry: Carry | None, log: Sequence[Event]) -> tuple[Summary, Carry]:
    return summarised(carry, log, session_id=SESSION, reason="asked", made_at=NOW)


def of(*said: tuple[str, dict[str, Any]]) -> Summary:
    return summarise(None, told(*said))[0]


def texts(summary: Summary, section: Section) -> list[str]:
    return [line.text for line in summary.of(section)]


def in_cuts(log: list[Event], cuts: Sequence[int]) -> tuple[Summary, Carry]:
    """Summarised up to each of the cuts, each time from what the last one left, through its bytes."""
    carry = None
    for start, end in zip([0, *cuts], [*cuts, len(log)], strict=True):
        summary, left = summarise(carry, log[start:end])
        carry = Carry.opened(left.packed())
        assert carry == left
    assert carry is not None
    return summary, carry


def borne(summary: Summary, *sections: Section) -> set[str]:
    return {event_id for line in summary.lines if line.section in sections for event_id in line.events}


MEETING = [
    each for each in KNOWN.types if each.partition(".")[0] in {"decision", "handoff", "task", "artifact", "effect"}
]


@st.composite
def meeting(draw: st.DrawFn) -> list[Event]:
    """Events of few types, and ids that meet each other again and again."""
    types = draw(st.lists(st.sampled_from(MEETING), max_size=20))
    return told(*[(each, draw(event_data(each))) for each in types])


@pytest.mark.promise(5)
@settings(patient, max_examples=150)
@given(events(max_size=30) | meeting(), st.data())
def test_a_summary_is_the_same_however_often_one_was_made_before(log: list[Event], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(log)), max_size=4)))
    cut, carry = in_cuts(log, cuts)
    whole, whole_carry = summarise(None, log)
    assert cut.lines == whole.lines
    assert cut.counts == whole.counts
    assert carry == whole_carry


@pytest.mark.promise(5)
@settings(patient, max_examples=150)
@given(events(max_size=30) | meeting())
def test_every_decision_and_every_open_item_is_told(log: list[Event]) -> None:
    summary, _ = summarise(None, log)
    state = fold(log)
    assert {each.event_id for each in state.decisions_made} <= borne(summary, "decisions")
    assert {each.event_id for each in state.pending_decisions.values()} <= borne(summary, "open")
    assert not missing(state, summary, log)


def missing(state: State, summary: Summary, log: Sequence[Event]) -> list[str]:
    """What of a state's open items is in no line."""
    lines = summary.lines
    said = [line.text for line in lines]
    intended = {
        str(each.id): each.payload.model_dump().get("effect_id") for each in log if each.type == "effect.intended"
    }
    effects = {intended[each] or each for line in lines for each in line.events if each in intended}
    found = [f"effect {each.id}" for each in state.unsettled_effects if each.id not in effects]
    found += [f"task {each}" for each in state.tasks if not any(text.startswith(f"Task {each}") for text in said)]
    for task in state.tasks.values():
        steps = [text for text in said if text.startswith(f"Next for {task.task_id}: ")]
        blockers = [text for text in said if text.startswith(f"Task {task.task_id} is blocked: ")]
        found += [f"steps of {task.task_id}"] * (len(steps) != sum(map(said_anything, task.next_steps)))
        found += [f"blockers of {task.task_id}"] * (len(blockers) != sum(map(said_anything, task.blockers)))
    offers = sum(each.status in {"offered", "accepted"} for each in state.handoffs.values())
    found += ["handoffs"] * (sum(text.startswith(("On offer", "Handed over")) for text in said) != offers)
    for name, validation in state.validations.items():
        if validation.status != "pass" and not any(text.startswith(f"The validation {name} ") for text in said):
            found.append(f"validation {name}")
    return found


def said_anything(text: str) -> bool:
    return bool(text.split())


@settings(patient, max_examples=80)
@given(events(max_size=30))
def test_every_line_names_events_of_the_range(log: list[Event]) -> None:
    summary, _ = summarise(None, log)
    assert all(line.events for line in summary.lines)
    assert {each for line in summary.lines for each in line.events} <= {str(event.id) for event in log}
    assert (summary.first, summary.upto, summary.base) == (1, len(log), None)


@settings(patient, max_examples=80)
@given(events(max_size=30))
def test_a_summary_goes_through_json_and_its_text_is_bounded(log: list[Event]) -> None:
    summary, _ = summarise(None, log)
    assert Summary.model_validate_json(summary.model_dump_json()) == summary
    assert len(summary.text) <= TEXT_CHARACTERS


@settings(patient, max_examples=80)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([*SECTIONS]),
            st.integers(1, LINE_CHARACTERS) | st.just(LINE_CHARACTERS) | st.integers(1, 40),
        ),
        max_size=60,
    )
)
def test_the_text_has_of_each_section_as_much_as_fits(given_lines: list[tuple[Section, int]]) -> None:
    lines = [Line(section=section, text="x" * size, events=("e",)) for section, size in given_lines]
    text = text_of(lines)
    assert len(text) <= TEXT_CHARACTERS
    for section in {section for section, _ in given_lines}:
        assert f"{SECTIONS[section]}:\n" in text
    if sum(size + 3 for _, size in given_lines) < TEXT_CHARACTERS - 400:
        assert text.count("- x") == len(lines)


def test_it_tells_progress_decisions_open_items_artifacts_and_blockers() -> None:
    summary = of(
        ("session.started", {"user_id": "ada", "kind": "planning", "title": "Spring campaign"}),
        ("message.added", {"role": "user", "content": "Plan a 500K Retail campaign"}),
        ("task.assigned", {"task_id": "T1", "description": "Plan", "next_steps": ["choose channels"]}),
        ("decision.made", {"type": "budget", "value": 500000, "confidence": "HIGH", "decided_by": "ada",
                           "rationale": "as last year"}),
        ("decision.escalated", {"decision_id": "D2", "question": "CTV or radio?", "escalated_to": "lead",
                                "options": ["CTV", "radio"]}),
        ("task.progressed", {"progress": 40, "blockers": ["no price list"], "current_step": "channels",
                             "completed_steps": ["audience"]}),
        ("artifact.produced", {"path": "plan.md", "type": "document", "status": "draft"}),
        ("effect.intended", {"effect_id": "E1", "action": "send_mail", "target": "press"}),
        ("handoff.offered", {"handoff_id": "H1", "to": "media-buyer", "requesting_capability": "BUY"}),
        ("validation.reported", {"validator": "legal", "status": "fail", "issues": ["no imprint"]}),
        ("error.raised", {"message": "quota", "error_type": "ApiError", "severity": "critical"}),
        ("session.paused", {"reason": "lunch"}),
    )  # fmt: skip
    assert (
        summary.text
        == """\
Progress:
- A session of ada (planning): Spring campaign
- It is paused: lunch
- Task T1, 40% done, now: channels, completed: audience
- 1 message
- The user began with: Plan a 500K Retail campaign
Decided:
- budget 500000 (by ada; how sure: HIGH): as last year
Open:
- Waits for an answer (asked of lead): CTV or radio?; options: CTV, radio
- Nobody knows whether this was done: send_mail E1 to press
- On offer to media-buyer: BUY
- The validation legal failed: no imprint
- Task T1: Plan
- Next for T1: choose channels
Made:
- plan.md (document, draft) by agent
In the way:
- Task T1 is blocked: no price list
- Reported by agent: ApiError: quota"""
    )
    assert summary.counts["open"] == 8


def test_an_answer_names_the_question_too() -> None:
    summary = of(
        ("decision.escalated", {"decision_id": "D", "question": "Which?"}),
        ("decision.answered", {"decision_id": "D", "decision": "this", "decided_by": "ada", "confidence": 0.8}),
    )
    (line,) = summary.of("decisions")
    assert line.text == "Which? this (by ada; how sure: 0.8)"
    assert [each[-1] for each in line.events] == ["1", "2"]


def test_what_is_over_is_not_open_any_more() -> None:
    log = told(
        ("task.assigned", {"task_id": "T", "description": "Plan"}),
        ("effect.intended", {"effect_id": "E", "action": "send"}),
        ("decision.escalated", {"decision_id": "D", "question": "Which?"}),
        ("handoff.offered", {"handoff_id": "H", "to": "bob"}),
        ("validation.reported", {"validator": "v", "status": "blocked", "blockers": ["x"]}),
        ("task.completed", {"task_id": "T", "outcome": "success", "summary": "planned"}),
        ("effect.settled", {"effect_id": "E", "outcome": "done"}),
        ("decision.lapsed", {"decision_id": "D", "decision": "that"}),
        ("handoff.completed", {"handoff_id": "H"}),
        ("validation.reported", {"validator": "v", "status": "pass"}),
    )
    before, _ = in_cuts(log[:5], [2])
    assert len(before.of("open")) + len(before.of("blockers")) == 6
    after, _ = in_cuts(log, [2, 5])
    assert not after.of("open")
    assert not after.of("blockers")
    assert "Ended (success): Plan; planned" in texts(after, "progress")
    assert texts(after, "decisions") == ["Not answered: Which?; that holds instead"]


def test_who_answers_late_does_not_count_however_long_ago_it_was_settled() -> None:
    log = told(
        ("decision.made", {"decision_id": "D", "decision": "this"}),
        *[("decision.made", {"decision": f"{number}"}) for number in range(DECISIONS + 10)],
        ("decision.answered", {"decision_id": "D", "decision": "that"}),
    )
    summary, carry = in_cuts(log, [50, DECISIONS + 5, DECISIONS + 9])
    assert summary.counts["decisions"] == DECISIONS + 11
    assert not any(text.startswith("that") for text in texts(summary, "decisions"))
    assert len(carry.decisions) == DECISIONS


def test_a_handoff_that_is_over_is_not_taken_up_by_who_accepts_it_late() -> None:
    log = told(
        ("handoff.offered", {"handoff_id": "H", "to": "bob"}),
        ("handoff.completed", {"handoff_id": "H"}),
        ("session.paused", {}),
        ("handoff.accepted", {"handoff_id": "H", "accepted_by": "bob"}),
    )
    assert not in_cuts(log, [1, 2, 3])[0].of("open")


def test_an_artifact_that_is_made_anew_is_still_of_its_type() -> None:
    log = told(
        ("artifact.produced", {"path": "plan.md", "type": "document", "status": "draft"}),
        ("artifact.produced", {"path": "b"}),
        ("artifact.produced", {"path": "plan.md", "status": "final"}),
    )
    assert texts(in_cuts(log, [1, 2])[0], "artifacts") == ["b by agent", "plan.md (document, final) by agent"]


def test_older_decisions_are_counted_and_the_summary_is_named_that_has_them() -> None:
    log = told(*[("decision.made", {"decision": f"{number}"}) for number in range(3 * DECISIONS)])
    first, carry = summarise(None, log[: 2 * DECISIONS])
    assert len(first.of("decisions")) == 2 * DECISIONS  # all that is new is told
    second, _ = summarise(carry, log[2 * DECISIONS : 2 * DECISIONS + 1])
    older, *rest = second.of("decisions")
    place = f"the summary up to event {2 * DECISIONS} and those that it builds on"
    assert older.text == f"{DECISIONS} earlier decisions: {place} have them"
    assert len(rest) == DECISIONS + 1
    assert second.base == first.upto


def test_a_carry_is_small_whatever_the_session_was() -> None:
    def log(count: int) -> list[Event]:
        return told(
            *[
                event
                for number in range(count)
                for event in (
                    ("message.added", {"role": "user", "content": f"{number} " + "long " * 500}),
                    ("knowledge.learned", {"area": "a", "facts": {f"k{number}": number}}),
                    ("effect.intended", {"effect_id": f"e{number}", "action": "a", "arguments": {"x": "y" * 500}}),
                    ("effect.settled", {"effect_id": f"e{number}", "outcome": "done"}),
                    ("decision.made", {"type": f"t{number}", "value": "v" * 500, "rationale": "r" * 500}),
                    ("artifact.produced", {"path": f"p{number}"}),
                    ("error.raised", {"message": f"m{number}"}),
                    ("information.provided", {"key": f"k{number}", "value": number}),
                    ("compute.settled", {"calls": 1, "skill": f"s{number}"}),
                    ("agent.consulted", {"agent": "x", "output": "o" * 500}),
                    (f"custom.{number}", {}),
                )
            ]
        )

    sizes = [len(in_cuts(log(count), [])[1].packed()) for count in (1000, 2000)]
    assert sizes[1] < 1.02 * sizes[0] < 100_000


def test_a_carry_of_another_recipe_is_not_gone_on_with(monkeypatch: pytest.MonkeyPatch) -> None:
    _, carry = summarise(None, told(("session.started", {"user_id": "ada"})))
    for field in ("folded", "way"):
        other = carry.model_copy(update={field: 99})
        assert Carry.opened(other.packed()) is None
    stored = carry.packed()
    assert Carry.opened(stored) == carry
    for recipe in ("FOLDED", "WAY"):
        with monkeypatch.context() as patched:  # as the next release may have it
            patched.setattr(f"holdfast.remembering.summary.carry.{recipe}", 99)
            assert Carry.opened(stored) is None
    assert Carry.opened(carry.packed()[:-3]) is None
    assert Carry.opened(b"") is None


def test_the_last_errors_are_told_once_each() -> None:
    log = told(
        ("error.raised", {"message": "one"}),
        ("error.raised", {"message": "two", "recoverable": True}),
        ("error.raised", {"message": "three", "severity": "warning"}),
        *[("error.raised", {"message": "again"})] * 100,
    )
    summary, carry = in_cuts(log, [50])
    assert texts(summary, "blockers") == ["Reported by agent: again", "Reported by agent: one"]
    assert len(carry.state.errors) == 4
