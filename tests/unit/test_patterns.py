"""Habits are found where there are some, and nowhere else."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from habits import FROM, Habits, Work, shuffled, some, traces, wanders, works
from holdfast.errors import InvalidInput
from holdfast.remembering.patterns import ALPHA, MIN_CONFIDENCE, MIN_SUPPORT, Pattern, Trace, patterns

USERS = 200


def told(found: Sequence[Pattern]) -> dict[str, Pattern]:
    return {each.text.rsplit(" (", 1)[0]: each for each in found}


def daily(hours: float, sessions: int = 20) -> list[Work]:
    """Whoever comes back so many hours after the beginning of the last session."""
    return [Work(at=FROM + timedelta(hours=hours * number), steps=["a"]) for number in range(sessions)]


def misled(users: Sequence[Sequence[Work]]) -> int:
    """How many of them are said to have a habit."""
    return sum(bool(patterns(traces(str(number), of_user))) for number, of_user in enumerate(users))


@pytest.mark.parametrize("seed", range(20))
def test_every_habit_that_was_planted_is_found(seed: int) -> None:
    found = told(patterns(traces("ada", works(Random(seed), 30, Habits()))))
    assert {
        "User works in weekly cycles, on Mondays",
        "User typically goes on with sketch after draft",
        "It typically comes to the question: who signs",
        "User prefers to see projections before finalising",
        "User typically requests document at the end",
        "User consistently chooses CTV, Paid Search for channels",
        "User consistently chooses ROAS for measure",
    } <= found.keys()
    assert any("starts with audience" in text for text in found)
    assert any("similar values of budget" in text for text in found)
    assert "stable_urgent" not in {each.name for each in found.values()}


def test_with_fewer_sessions_fewer_are_found_and_of_three_none() -> None:
    counts = [
        sum(len(patterns(traces("ada", works(Random(seed), sessions, Habits(share=1))))) for seed in range(10))
        for sessions in (3, 6, 12, 24)
    ]
    assert counts[0] == 0 < counts[1] < counts[2] < counts[3]


@pytest.mark.parametrize("share", [1.0, 0.9, 0.8])
def test_users_with_any_habits_are_told_them(share: float) -> None:
    of_users = [works(Random(f"{seed}"), 24, some(Random(seed), share)) for seed in range(30)]
    kinds = Counter(
        kind for number, each in enumerate(of_users) for kind in {p.kind for p in patterns(traces(str(number), each))}
    )
    assert kinds["timing"] >= 25
    assert kinds["workflow"] >= 28
    assert kinds["preference"] >= 28


def test_users_without_habits_have_none() -> None:
    users = [wanders(Random(f"{seed}"), Random(seed).randint(4, 40)) for seed in range(USERS)]
    assert misled(users) <= ALPHA * USERS


@pytest.mark.parametrize("share", [0.9, 1.0])
def test_habits_dealt_out_anew_are_none(share: float) -> None:
    random = Random(f"dealt {share}")
    users = [works(random, random.randint(6, 30), some(random, share)) for _ in range(USERS)]
    assert misled(shuffled(random, users)) <= ALPHA * USERS
    assert misled(users[:40]) >= 38


def test_a_pattern_says_what_shows_it() -> None:
    of_user = traces("ada", works(Random(1), 30, Habits()))
    ids = {trace.session_id for trace in of_user}
    for each in patterns(of_user):
        assert len(each.evidence) == len(set(each.evidence)) == each.support >= MIN_SUPPORT
        assert {session for session, _ in each.evidence} <= ids
        assert each.support <= each.sessions <= 30
        assert MIN_CONFIDENCE <= each.confidence < each.support / each.sessions
        assert f"{each.support} of {each.sessions}" in each.text


def test_a_habit_that_always_holds_is_told_as_such() -> None:
    found = told(patterns(traces("ada", works(Random(3), 12, Habits(share=1)))))
    assert found["User always starts with audience"].value == {"kind": "step", "name": "audience"}


def test_what_one_pattern_says_no_other_repeats() -> None:
    found = patterns(traces("ada", works(Random(3), 30, Habits(share=1))))
    before = {each.value["name"] for each in found if each.name == "before_finalising"}
    assert "projections" in before
    assert not before & {each.value["name"] for each in found if each.name == "ends_with"}
    assert [each.value["value"] for each in found if each.name == "stable_channels"] == [["CTV", "Paid Search"]]


def test_a_session_under_way_has_not_ended_with_anything() -> None:
    ended = traces("ada", works(Random(3), 30, Habits(share=1)))
    under_way = [each.model_copy(update={"status": "active"}) for each in ended]
    assert "ends_with" in {each.name for each in patterns(ended)}
    assert "ends_with" not in {each.name for each in patterns(under_way)}


@pytest.mark.parametrize(("choice", "few", "enough"), [("ROAS", 5, 6), (500_000, 6, 7), (True, 8, 10)])
def test_so_many_equal_choices_are_a_habit(choice: object, few: int, enough: int) -> None:
    made = [Work(at=FROM + timedelta(days=n, hours=6 * n), choices={"it": choice}) for n in range(enough)]
    assert [each for each in patterns(traces("ada", made[:few])) if each.kind == "preference"] == []
    assert [each.support for each in patterns(traces("ada", made)) if each.kind == "preference"] == [enough]


def test_three_channels_of_four_are_no_preference() -> None:
    random = Random(4)
    made = [
        Work(at=FROM + timedelta(days=n), choices={"channels": random.sample(["a", "b", "c", "d"], 3)})
        for n in range(12)
    ]
    assert [each for each in patterns(traces("ada", made)) if each.kind == "preference"] == []


def test_the_order_of_the_traces_does_not_matter() -> None:
    of_user = traces("ada", works(Random(2), 20, Habits()))
    assert patterns(of_user) == patterns(Random(7).sample(of_user, len(of_user)))


def test_hours_are_those_of_the_zone() -> None:
    early = [Work(at=FROM + timedelta(days=day, hours=7, minutes=30)) for day in range(15)]
    assert "User typically works mornings" in told(patterns(traces("ada", early)))
    assert "User typically works afternoons" in told(patterns(traces("ada", early), zone="Asia/Tokyo"))
    with pytest.raises(InvalidInput, match="time zone such as"):
        patterns([], zone="Mars/Olympus")
    with pytest.raises(InvalidInput, match="time zone such as"):
        patterns([], zone="../etc")


def test_several_sessions_of_one_day_are_one_sign() -> None:
    busy = [Work(at=FROM + timedelta(days=day, hours=8 + hour)) for day in range(4) for hour in range(3)]
    assert not [each for each in patterns(traces("ada", busy)) if each.name.startswith("works_")]


def test_who_returns_within_a_day_is_known_to() -> None:
    (found,) = [each for each in patterns(traces("ada", daily(20))) if each.name == "returns_soon"]
    assert found.value == {"hours": 24, "median": pytest.approx(20, abs=0.2)}
    assert "User often returns within 24 hours (19 of 19 times; the median is" in found.text
    assert "returns_soon" not in {each.name for each in patterns(traces("ada", daily(50)))}


def test_sessions_of_one_sitting_are_no_return() -> None:
    assert "returns_soon" not in {each.name for each in patterns(traces("ada", daily(0.2)))}


def test_a_weekday_without_a_cycle_is_told_as_a_weekday() -> None:
    monthly = [Work(at=FROM + timedelta(days=28 * number, hours=8)) for number in range(12)]
    assert "User works on Mondays" in told(patterns(traces("ada", monthly)))


def test_every_workday_is_no_weekly_cycle() -> None:
    daily_ = [Work(at=FROM + timedelta(days=7 * week + day, hours=9)) for week in range(12) for day in range(5)]
    assert not {"weekly_cycle", "weekday"} & {each.name for each in patterns(traces("ada", daily_))}


def test_a_fork_is_not_looked_at() -> None:
    of_user = traces("ada", works(Random(1), 12, Habits(share=1)))
    forks = [each.model_copy(update={"forked": True}) for each in of_user]
    assert patterns(forks) == []


def test_a_list_that_differs_may_have_an_item_that_does_not() -> None:
    others = ["Social", "Display", "Radio", "Print", "Cinema", "Mail"]
    random = Random(1)
    of_user = [
        Work(at=FROM + timedelta(days=3 * n), choices={"channels": ["CTV", *random.sample(others, 1)]})
        for n in range(16)
    ]
    assert "User consistently has CTV among channels" in told(patterns(traces("ada", of_user)))


@pytest.mark.parametrize(("key", "value"), [("measure", "ROAS"), ("budget", 500_000)])
def test_a_refused_default_speaks_against_it(key: str, value: object) -> None:
    of_user = [Work(at=FROM + timedelta(days=n), choices={key: value}) for n in range(8)]
    kept = traces("ada", of_user)
    (found,) = [each for each in patterns(kept) if each.kind == "preference"]
    refusing = traces("ada", [Work(at=FROM + timedelta(days=20 + n), refused=[key]) for n in range(20, 28)])
    renamed = [each.model_copy(update={"session_id": f"late-{each.session_id}"}) for each in refusing]
    assert found.sessions == 8
    assert [each for each in patterns([*kept, *renamed]) if each.kind == "preference"] == []


def test_options_that_are_told_count() -> None:
    """Of two options one is soon chosen again and again; of ten it is not."""
    made = traces("ada", [Work(at=FROM + timedelta(days=n), choices={"measure": "ROAS"}) for n in range(7)])

    def among(options: int) -> list[Trace]:
        return [
            each.model_copy(
                update={"choices": {"measure": each.choices["measure"].model_copy(update={"options": options})}}
            )
            for each in made
        ]

    assert [each.kind for each in patterns(among(10))] == ["preference"]
    assert patterns(among(2)) == []


def test_odd_times_are_no_harm() -> None:
    ends = [datetime(1970, 1, 1, tzinfo=UTC), datetime(2199, 12, 31, 23, 59, tzinfo=UTC)]
    of_user = traces("ada", [Work(at=at) for at in ends])
    assert patterns(of_user, zone="America/New_York") == []
    assert patterns([Trace(session_id="empty", user_id="ada")]) == []
