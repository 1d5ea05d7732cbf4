"""The demo's agent: the same plan every time, broken off anywhere and gone on with; and what the check finds."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from holdfast.demo.check import Compared, Published, Verdict, compare, fences
from holdfast.demo.outside import Outside
from holdfast.demo.places import PLACES
from holdfast.demo.planner import Planner
from holdfast.demo.trip import AGENT, BOOKED, PARTS, TRIP
from holdfast.events import (
    DecisionMade,
    Draft,
    EffectSettled,
    Event,
    MessageAdded,
    Payload,
    TaskProgressed,
    draft,
)
from holdfast.recovering.history import repaired
from holdfast.session import Message, fold, message
from planning import HANDED, Batch, flat, outside, steps

NOW = datetime(2026, 1, 29, 10, tzinfo=UTC)


@pytest.fixture
def plan(tmp_path: Path) -> list[Payload]:
    return flat(list(steps(Planner(TRIP, outside(tmp_path)))))


def drafts(plan: list[Payload]) -> list[Draft]:
    return [draft(event, session_id="trip", actor=AGENT, now=lambda: NOW) for event in plan]


def logged(plan: list[Payload], after: Sequence[Event] = ()) -> list[Event]:
    """A log that goes on with these."""
    return [
        *after,
        *(
            Event("trip", seq, each.id, each.type, each.version, each.actor, NOW, NOW, _json(each), b"")
            for seq, each in enumerate(drafts(plan), len(after) + 1)
        ),
    ]


def _json(each: Draft) -> dict[str, Any]:
    return each.payload.model_dump(mode="json", exclude_unset=True)


def history(events: Sequence[Event]) -> list[Message]:
    return [message(event) for event in events if event.type == "message.added"]


def test_the_plan_is_the_same_every_time(plan: list[Payload], tmp_path: Path) -> None:
    assert flat(list(steps(Planner(TRIP, outside(tmp_path / "again"))))) == plan


def test_every_event_is_valid_and_there_are_enough_to_watch(plan: list[Payload]) -> None:
    assert 150 <= len(drafts(plan)) <= 300


def test_every_call_of_a_tool_is_answered_right_after_it(plan: list[Payload]) -> None:
    said = [event for event in plan if isinstance(event, MessageAdded)]
    calls = [(place, call) for place, message in enumerate(said) for call in message.tool_calls or ()]
    assert len(calls) > 50
    assert all(said[place + 1].tool_call_id == call.id for place, call in calls)
    assert len({call.id for _, call in calls}) == len(calls)


def test_decisions_keep_to_what_the_user_said(plan: list[Payload]) -> None:
    made = [event for event in plan if isinstance(event, DecisionMade)]
    chosen = [PLACES[str(event.decision)] for event in made]
    assert len(made) == len(TRIP.days) * len(PARTS)
    assert len(set(chosen)) == len(chosen)
    assert all(place.vegetarian for place in chosen if place.kind == "food")
    assert sum(place.price for place in chosen) <= TRIP.budget
    assert all(event.rationale and isinstance(event.confidence, float) for event in made)
    assert all(str(event.question).partition(" ")[0] != PLACES[str(event.decision)].closed for event in made)


def test_progress_only_grows_and_ends_at_all_of_it(plan: list[Payload]) -> None:
    progress = [event.progress for event in plan if isinstance(event, TaskProgressed)]
    assert progress == sorted(progress, key=lambda percent: percent or 0)
    assert progress[-1] == 100


def test_at_the_end_nothing_is_open(plan: list[Payload], tmp_path: Path) -> None:
    after = fold(logged(plan))
    assert [task.outcome for task in after.tasks_completed] == ["success"]
    assert not after.tasks
    assert not after.unsettled_effects
    assert not after.pending_decisions
    assert not after.orchestrator_context.active_orchestrators
    assert after.preferences["diet"].value == "vegetarian"
    assert list(after.artifacts) == ["itinerary.md"]
    (mail,) = outside(tmp_path).mails.entries()
    assert mail["text"] == (tmp_path / "itinerary.md").read_text("utf-8")


def test_the_task_says_at_every_step_what_comes_next(plan: list[Payload]) -> None:
    said = [event for event in plan if isinstance(event, TaskProgressed)]
    announced = [event.current_step for event in said[:-2]]
    assert announced == [event.completed_steps[0] for event in said[1:-1]]
    assert " ".join(BOOKED) in str(announced)


def gone_on_with(before: list[Event], reached: Outside) -> list[Event]:
    """The log when somebody went on with it: first of all it is settled what became of the effects."""
    settled: list[Payload] = []
    for effect in fold(before).unsettled_effects:
        known = reached.look(effect.action or "", effect.idempotency_key or "")
        if known is not None:
            settled.append(EffectSettled(effect_id=effect.id, outcome="done", result=known))
        elif effect.action != "write_file":  # that is declared as safe to repeat
            settled.append(EffectSettled(effect_id=effect.id, outcome="failed"))
    found = logged(settled, before)
    planner = Planner(TRIP, reached, state=fold(found), history=history(found))
    return logged(flat(list(steps(planner))), found)


def test_a_plan_that_is_broken_off_anywhere_is_gone_on_with_and_nothing_is_done_twice(tmp_path: Path) -> None:
    batches = list(steps(Planner(TRIP, outside(tmp_path / "whole"))))
    log = logged(flat(batches))
    whole, length = fold(log), 0
    for cut in range(len(batches) + 1):
        reached = outside(tmp_path / str(cut))
        work = steps(Planner(TRIP, reached))
        length = len(flat([next(work) for _ in range(cut)]))
        events = gone_on_with(log[:length], reached)
        after = fold(events)
        chosen = [(each.id, each.decision) for each in after.decisions_made]
        assert chosen == [(each.id, each.decision) for each in whole.decisions_made], cut
        assert len(reached.bookings.entries()) == len(reached.mails.entries()) == 1, cut
        assert not after.tasks, cut
        assert [task.result for task in after.tasks_completed] == [task.result for task in whole.tasks_completed], cut
        assert {each.status for each in after.effects.values()} == {"done"}, cut
        assert after.artifacts["itinerary.md"].digest == whole.artifacts["itinerary.md"].digest, cut
        said = [each.content for each in history(events) if str(each.content).startswith(TRIP.days)]
        assert [str(text).partition(":")[0] for text in said] == list(TRIP.days), cut
        repairs = repaired(history(events))[1]
        assert [repair.problem for repair in repairs] in ([], ["interrupted_call"]), cut
    assert length == len(log)


def test_a_call_to_book_that_was_broken_off_gets_the_answer_that_was_found(tmp_path: Path) -> None:
    reached = outside(tmp_path)
    before: list[Batch] = []
    for batch in steps(Planner(TRIP, reached)):
        if isinstance(batch[0], EffectSettled):
            break
        before.append(batch)
    log = logged(flat(before))
    (asked,) = history(log)[-1].tool_calls
    after = history(gone_on_with(log, reached))
    answer = after[len(history(log))]
    assert (answer.role, answer.tool_call_id) == ("tool", asked.id)
    assert "Le Procope" in str(answer.content)
    assert repaired(after)[1] == []


def numbered(*ids: UUID) -> list[Event]:
    given = (uuid4(), *ids)
    return [Event("trip", seq, each, "custom.step", 1, AGENT, NOW, NOW, {}, b"") for seq, each in enumerate(given, 1)]


def test_the_check_finds_what_is_missing_doubled_added_or_out_of_order() -> None:
    a, b, c = uuid4(), uuid4(), uuid4()
    told = Published([a, b])
    whole = compare(told, numbered(a, b))
    assert (whole.missing, whole.repeated, whole.unknown, whole.ordered) == (0, 0, 0, True)
    assert whole.ok
    assert compare(told, numbered(a)).missing == 1
    assert compare(told, numbered(a, b, b)).repeated == 1
    assert compare(told, numbered(a, b, c)).unknown == 1
    assert not compare(told, numbered(b, a)).ordered
    assert not compare(told, numbered(a, b)[::-1]).ordered


def test_what_was_published_too_late_may_be_refused_and_nothing_else_may() -> None:
    a, b, c = uuid4(), uuid4(), uuid4()
    late = Published([a, b, c], late=[b], refused=[b])
    found = compare(late, numbered(a, c))
    assert found.ok
    assert (found.acknowledged, found.refused) == (3, 1)
    assert compare(Published([a, b, c], late=[b]), numbered(a, c)).missing == 1, "refused, and not kept"
    assert compare(Published([a, b, c], refused=[b]), numbered(a, c)).missing == 1, "in time, and refused"
    on_its_way = compare(Published([a, b, c], late=[b]), numbered(a, b, c))
    assert on_its_way.ok
    assert on_its_way.refused == 0


def test_what_calls_of_the_client_commit_is_no_stranger() -> None:
    a = uuid4()
    events = numbered(a, uuid4())
    events[2] = replace(events[2], type="session.recovered")
    found = compare(Published([a]), events)
    assert found.ok
    assert found.own == {"session.recovered": 1}


def fenced(*said: str | int | None) -> list[Event]:
    """A log: `+3` takes the lease, `-3` gives it back, anything else is the fence of an ordinary event."""
    events = numbered(*(uuid4() for _ in said))
    for place, each in enumerate(said, 1):
        if isinstance(each, str):
            kind = "lease.taken" if each[0] == "+" else "lease.released"
            events[place] = replace(events[place], type=kind, data={"fence": int(each[1:])})
        else:
            events[place] = replace(events[place], fence=each)
    return events


def test_fences_only_grow_and_each_event_has_that_of_its_lease() -> None:
    assert fences(fenced(None)) == []
    assert fences(fenced("+1", 1, 1, "+2", 2, "-2", None, "+5", 5)) == [1, 2, 5]
    assert fences(fenced("+2", "+2")) is None
    assert fences(fenced("+2", "+1")) is None
    assert fences(fenced("+1", 1, "+2", 1)) is None, "a stale writer's event was committed"
    assert fences(fenced("+1", None)) is None
    assert fences(fenced("+1", "-1", 1)) is None
    assert fences(fenced("+1", "+2", "-1")) is None
    answered = fenced("+1", None, 1)
    answered[2] = replace(answered[2], type="decision.answered")
    assert fences(answered) == [1], "who decides holds no lease"


def test_the_verdict_is_good_only_where_nothing_is_wrong() -> None:
    events = Compared(3, 0, 0, 0, 0, ordered=True)
    good = Verdict(
        events, 4, 4, [1, 2], itinerary=True, bookings=1, mails=1, open_effects=0, decided_twice=0, handed=HANDED
    )
    assert good.ok
    for wrong in (
        {"events": replace(events, missing=1)},
        {"events": replace(events, repeated=1)},
        {"events": replace(events, unknown=1)},
        {"events": replace(events, ordered=False)},
        {"verified": None},
        {"verified": 3},
        {"fences": None},
        {"itinerary": False},
        {"bookings": 0},
        {"bookings": 2},
        {"mails": 2},
        {"open_effects": 1},
        {"decided_twice": 1},
        {"handed": replace(HANDED, merged=2)},
    ):
        assert not replace(good, **wrong).ok, wrong
