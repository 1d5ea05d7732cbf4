"""What the demo hands over, and what its check finds of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from holdfast.demo.handed import Handed, Usage, in_package, merged, usage
from holdfast.demo.leaflets import CALLS, CALLS_ESTIMATED, IDEA, TOKENS_ESTIMATED, Leaflet, order, task
from holdfast.demo.planner import Planner
from holdfast.demo.trip import PARTS, TRIP
from holdfast.demo.writer import Rested
from holdfast.events import Event
from holdfast.session import fold
from holdfast.sharing.document import updates_of
from holdfast.sharing.scope import check
from planning import HANDED, flat, outside, steps

NOW = datetime(2026, 1, 29, 10, tzinfo=UTC)
KNOWN = {"destination": "Paris", "budget": "200 euros", "diet": "vegetarian"}
RESULT: dict[str, Any] = {
    "skill_result": {
        "skill": "leaflet-writer",
        "status": "success",
        "outputs": {"artifacts": [{"type": "leaflet", "path": "leaflet-monday.md"}]},
        "context_updates": {"knowledge": {"leaflets": {"Monday": {"euros": 58}}}},
    }
}


def log(*said: tuple[str, dict[str, Any]]) -> list[Event]:
    return [
        Event("trip", seq, uuid4(), each, 1, "leaflet-writer", NOW, NOW, data, b"")
        for seq, (each, data) in enumerate(said, 1)
    ]


@pytest.fixture
def leaflets(tmp_path: Any) -> list[Leaflet]:
    planner = Planner(TRIP, outside(tmp_path))
    flat(list(steps(planner)))
    places = {day: [planner.chosen[day, part]["place"] for part, _ in PARTS] for day in TRIP.days}
    return [Leaflet.of(day, places[day], KNOWN) for day in TRIP.days]


def test_the_budget_is_enough_for_two_leaflets_and_not_for_the_third(leaflets: Sequence[Leaflet]) -> None:
    left, seen = CALLS, []
    for each in leaflets:
        seen.append(left)
        left -= each.calls
    assert seen == [11, 7, 2]
    assert seen[0] >= CALLS_ESTIMATED
    assert seen[1] >= CALLS_ESTIMATED > seen[2]
    assert all(each.calls <= CALLS_ESTIMATED and 0 < each.tokens <= TOKENS_ESTIMATED for each in leaflets)


def test_a_leaflet_says_what_its_day_costs(leaflets: Sequence[Leaflet]) -> None:
    assert sum(each.euros for each in leaflets) <= TRIP.budget
    assert all(f"{each.euros} of 200 euros; vegetarian." in each.text for each in leaflets)
    assert len({each.digest for each in leaflets}) == len(leaflets)


def test_the_scope_has_room_for_the_leaflets_and_not_for_the_idea() -> None:
    said = task(TRIP)
    assert all(check(order(day), said.scope, task=said.description).allowed for day in TRIP.days)
    verdict = check(IDEA, said.scope, task=said.description)
    assert (verdict.result, verdict.line) == ("BLOCKED", "flights")


def reserved(name: str, calls: int) -> tuple[str, dict[str, Any]]:
    return "compute.reserved", {"reservation_id": name, "calls": calls}


def settled(name: str, calls: int) -> tuple[str, dict[str, Any]]:
    return "compute.settled", {"reservation_id": name, "calls": calls}


def test_the_calls_of_a_task_are_what_the_log_says_event_by_event() -> None:
    begun = ("task.assigned", {"task_id": "leaflets", "description": "x", "budget": {"max_skill_calls": 5}})
    more = ("budget.set", {"level": "task", "max_skill_calls": 9})
    assert usage(log(begun, reserved("a", 5), settled("a", 3))) == Usage(5, 3, 0, kept=True)
    assert usage(log(begun, reserved("a", 5), ("compute.released", {"reservation_id": "a"}))) == Usage(
        5, 0, 0, kept=True
    )
    assert usage(log(begun, reserved("a", 3), more, reserved("b", 6))) == Usage(9, 0, 2, kept=True)
    assert not usage(log(begun, reserved("a", 3), reserved("b", 3), more)).kept, "the limit of then counts"
    assert not usage(log(begun, reserved("a", 5), settled("a", 6))).kept


def test_what_was_not_asked_is_in_the_package_with_the_event_that_says_it() -> None:
    told = log(("information.provided", {"key": "budget", "value": "200 euros"}))[0]
    package = {"session_context": {"budget": "200 euros"}, "user_preferences": {}}
    data = {"package": package, "rests_on": {"session_context.budget": [str(told.id)]}}
    offered = log(("handoff.offered", data))[0]
    assert in_package(offered, Rested("budget", "200 euros", 1), [told])
    assert not in_package(offered, Rested("budget", "300 euros", 1), [told])
    assert not in_package(offered, Rested("budget", "200 euros", 2), [told])
    assert not in_package(offered, Rested("diet", "vegetarian", 1), [told])
    assert not in_package(replace(offered, data=data | {"rests_on": {}}), Rested("budget", "200 euros", 1), [told])


def completed() -> list[Event]:
    update = {**RESULT["skill_result"]["context_updates"], "artifacts": RESULT["skill_result"]["outputs"]["artifacts"]}
    offered = ("handoff.offered", {"to": "leaflet-writer"})
    became = updates_of(update, actor="leaflet-writer", known=fold(log(offered)), base=1)
    return log(
        offered,
        *((each["type"], each["data"]) for each in became),
        ("handoff.completed", {"handoff_id": "h", "result": RESULT}),
    )


def test_what_a_result_became_is_known_by_what_it_says() -> None:
    events = completed()
    assert merged(events) == {each.id for each in events[1:-1]}
    assert len(merged(events)) == 2
    events[1] = replace(events[1], data=events[1].data | {"area": "another"})
    assert merged(events) == set()
    assert merged(events[:-1]) == set()
    assert merged([]) == set()


@pytest.mark.parametrize(
    "wrong",
    [
        {"life": (1, 2, 1)},
        {"life": (1, 1, 0)},
        {"rested": 0},
        {"unfounded": 1},
        {"usage": replace(HANDED.usage, kept=False)},
        {"usage": replace(HANDED.usage, open=1)},
        {"usage": replace(HANDED.usage, used=12)},
        {"ledger": None},
        {"ledger": 14},
        {"out_of_scope": 0},
        {"over_budget": 0},
        {"asked": 2},
        {"answered": 2},
        {"refused": 0},
        {"merged": 2},
        {"merged": 0, "reported": 0},
    ],
)
def test_it_is_well_only_where_nothing_is_wrong(wrong: dict[str, Any]) -> None:
    assert HANDED.ok
    assert isinstance(HANDED, Handed)
    assert not replace(HANDED, **wrong).ok
