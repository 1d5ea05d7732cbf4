"""The demo's agent: the same plan every time, every event of it valid, and the state that it adds up to."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from holdfast.demo.check import compare
from holdfast.demo.places import PLACES
from holdfast.demo.planner import AGENT, PARTS, TRIP, Planner
from holdfast.events import DecisionMade, Draft, Event, MessageAdded, Payload, TaskProgressed, draft
from holdfast.session import State, fold

NOW = datetime(2026, 1, 29, 10, tzinfo=UTC)


@pytest.fixture
def plan(tmp_path: Path) -> list[Payload]:
    return list(Planner(TRIP, tmp_path).work())


def drafts(plan: list[Payload]) -> list[Draft]:
    return [draft(event, session_id="trip", actor=AGENT, now=lambda: NOW) for event in plan]


def logged(plan: list[Payload]) -> list[Event]:
    return [
        Event("trip", seq, each.id, each.type, each.version, each.actor, NOW, NOW, _json(each), b"")
        for seq, each in enumerate(drafts(plan), 1)
    ]


def _json(each: Draft) -> dict[str, object]:
    return each.payload.model_dump(mode="json", exclude_unset=True)


def state(plan: list[Payload]) -> State:
    return fold(logged(plan))


def test_the_plan_is_the_same_every_time(plan: list[Payload], tmp_path: Path) -> None:
    assert list(Planner(TRIP, tmp_path).work()) == plan


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
    after = state(plan)
    assert [task.outcome for task in after.tasks_completed] == ["success"]
    assert not after.tasks
    assert not after.unsettled_effects
    assert not after.pending_decisions
    assert not after.orchestrator_context.active_orchestrators
    assert after.preferences["diet"].value == "vegetarian"
    assert list(after.artifacts) == ["itinerary.md"]
    assert (tmp_path / "itinerary.md").read_text("utf-8") in (tmp_path / "mail.txt").read_text("utf-8")


def numbered(*ids: UUID) -> list[Event]:
    given = (uuid4(), *ids)
    return [Event("trip", seq, each, "custom.step", 1, AGENT, NOW, NOW, {}, b"") for seq, each in enumerate(given, 1)]


def test_the_check_finds_what_is_missing_doubled_added_or_out_of_order() -> None:
    a, b, c = uuid4(), uuid4(), uuid4()
    whole = compare([a, b], numbered(a, b))
    assert (whole.missing, whole.repeated, whole.unknown, whole.ordered) == (0, 0, 0, True)
    assert not whole.ok, "the chain and the itinerary are not looked at yet"
    assert compare([a, b], numbered(a)).missing == 1
    assert compare([a, b], numbered(a, b, b)).repeated == 1
    assert compare([a, b], numbered(a, b, c)).unknown == 1
    assert not compare([a, b], numbered(b, a)).ordered
    assert not compare([a, b], numbered(a, b)[::-1]).ordered
