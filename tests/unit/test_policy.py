"""When a session is saved: the installation's way, and what a session says of itself."""

from dataclasses import replace
from typing import Any, get_args

import orjson
import pytest
from hypothesis import given

from holdfast.errors import InvalidInput
from holdfast.events import KNOWN, autosave_of, seconds, validate
from holdfast.events.autosave import TriggerName
from holdfast.saving.policy import REASONS, TAIL, TRIGGERS, Policy, Trigger, policy_of
from holdfast.saving.tiers import TIERS
from strategies import event_data, patient

DEFAULTS = Policy(
    enabled=True,
    intervals={"context": 30, "conversation": 60, "project_state": 300, "full": 900},
    keep=5,
    triggers=frozenset(REASONS),
    tail=500,
)

# As the guide to persistence has it.
GUIDE = {
    "enabled": True,
    "intervals": {
        "context": "30 seconds",
        "conversation": "60 seconds",
        "projectState": "5 minutes",
        "fullSnapshot": "15 minutes",
    },
    "triggers": ["task-completion", "major-decision", "file-modification", "error-occurrence", "user-request"],
    "storage": {"location": "tracking/session-snapshots/", "format": "json", "compression": "gzip"},
}


@pytest.mark.parametrize(
    ("given_interval", "expected"),
    [
        ("30s", 30),
        ("30 seconds", 30),
        ("5 min", 300),
        ("5 minutes", 300),
        ("1 h", 3600),
        ("1.5 hours", 5400),
        ("500ms", 0.5),
        ("100 ms", 0.1),
        ("2 days", 172_800),
        ("45", 45),
        (45, 45),
        (0.1, 0.1),
        (366 * 86_400, 366 * 86_400),
    ],
)
def test_an_interval_is_seconds_or_text(given_interval: object, expected: float) -> None:
    assert seconds("interval", given_interval) == pytest.approx(expected)


@pytest.mark.parametrize(
    "odd",
    [
        *("", "s", "soon", "30 fortnights", "-5s", "1e3 s", "5  minutes", "٣s", "30S", "9" * 50, "99ms"),
        *(None, True, [], 0, -1, 0.09, 366 * 86_400 + 1, float("nan"), float("inf"), 10**30),
    ],
)
def test_what_is_no_interval_is_refused(odd: object) -> None:
    with pytest.raises(
        InvalidInput, match=r"^interval: must be (seconds, or text such as|from 0\.1 seconds to 366 days)"
    ):
        seconds("interval", odd)


def test_every_trigger_is_a_type_of_event_and_a_name_that_a_session_may_use() -> None:
    assert set(TRIGGERS) <= set(KNOWN.types)
    assert set(REASONS) == {each.reason for each in TRIGGERS.values()} | {TAIL.reason}
    assert set(REASONS) == set(get_args(TriggerName))


def test_the_guides_way_is_the_default() -> None:
    assert DEFAULTS.overridden(GUIDE) == DEFAULTS


def test_an_interval_of_ones_own_is_the_contexts_and_a_limit_for_the_rest() -> None:
    assert DEFAULTS.overridden({"interval": "5s"}).intervals == {**DEFAULTS.intervals, "context": 5}
    slower = {"context": 120, "conversation": 120, "project_state": 300, "full": 900}
    assert DEFAULTS.overridden({"interval": 120}).intervals == slower
    both = DEFAULTS.overridden({"interval": 120, "intervals": {"conversation": 10, "full": None}})
    assert both.intervals == {**slower, "conversation": 10}


def test_triggers_of_ones_own_leave_what_bounds_a_recovery() -> None:
    few = DEFAULTS.overridden({"triggers": ["file-modification"]})
    assert few.triggers == {"file-modification", "session-end", "tail-size", "user-request"}
    assert few.trigger("file.modified") == Trigger("file-modification", "project_state")
    assert few.trigger("task.completed") is None
    assert few.trigger("session.closed") == Trigger("session-end", "full")
    assert few.trigger("message.added") is None


def test_who_asks_is_answered_even_where_autosave_is_off() -> None:
    off = DEFAULTS.overridden({"enabled": False})
    assert off.trigger("save.requested") == Trigger("user-request", None)
    assert {event_type for event_type in KNOWN.types if off.trigger(event_type)} == {"save.requested"}


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ({"enabled": 1}, "enabled: must be true or false, not 1"),
        ({"interval": "often"}, "interval: must be seconds, or text"),
        ({"intervals": {"weekly": 5}}, "intervals: 'weekly' is no tier; they are context, conversation, project_state"),
        ({"intervals": {"full": 0}}, r"intervals\.full: must be from 0\.1 seconds"),
        ({"intervals": 5}, "intervals: must be an object, with an interval for each tier, not 5"),
        ({"triggers": ["full-moon"]}, "triggers: 'full-moon' is none; they are task-completion, major-decision"),
        ({"triggers": [["user-request"]]}, "triggers: a list is none; they are"),
        ({"triggers": "user-request"}, "triggers: must be a list, not 'user-request'"),
        ({"backup_count": 0}, "backup_count: must be a whole number from 1 to 1,000, not 0"),
        ({"backup_count": 1001}, "backup_count: must be a whole number"),
    ],
)
def test_what_is_wrong_is_named(override: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=f"^{message}"):
        DEFAULTS.overridden(override)


def test_an_installations_way_is_checked_too() -> None:
    with pytest.raises(InvalidInput, match=r"intervals\.full"):
        Policy(enabled=True, intervals={**DEFAULTS.intervals, "full": 0}, keep=5, triggers=frozenset(), tail=1)
    with pytest.raises(InvalidInput, match="tail"):
        Policy(enabled=True, intervals=DEFAULTS.intervals, keep=5, triggers=frozenset(), tail=0)


@pytest.mark.parametrize(
    ("started", "override"),
    [
        ({}, None),
        ({"autosave": None, "persistence": None}, None),
        ({"autosave": {}}, None),
        ({"autosave": True}, {"enabled": True}),
        ({"autosave": False}, {"enabled": False}),
        (
            {"autosave": GUIDE},
            {
                "enabled": True,
                "intervals": {"context": 30, "conversation": 60, "project_state": 300, "full": 900},
                "triggers": GUIDE["triggers"],
            },
        ),
        (
            {"persistence": {"auto_save": False, "save_interval": "30s", "backup_count": 2}},
            {"enabled": False, "interval": 30, "backup_count": 2},
        ),
        ({"persistence": {"save_interval": "whenever", "backup_count": 0}}, None),
        (
            {
                "persistence": {"auto_save": False, "save_interval": 10},
                "autosave": {"enabled": True, "backup_count": 9},
            },
            {"enabled": True, "interval": 10, "backup_count": 9},
        ),
    ],
)
def test_what_a_session_says_at_its_start_is_found(started: dict[str, Any], override: dict[str, Any] | None) -> None:
    data = {"user_id": "ann", **started}
    validate("session.started", 1, orjson.dumps(data))
    assert autosave_of(data) == override


@patient
@given(event_data("session.started"))
def test_whatever_a_session_may_say_makes_a_policy(started: dict[str, Any]) -> None:
    override = autosave_of(started)
    policy = policy_of(DEFAULTS, None if override is None else orjson.dumps(override).decode())
    assert set(policy.intervals) == set(TIERS)
    assert (policy == DEFAULTS) or override is not None
    assert policy.tail == DEFAULTS.tail


def test_a_policy_is_made_once() -> None:
    assert policy_of(DEFAULTS, None) == DEFAULTS, "or one that is equal to it"
    assert policy_of(DEFAULTS, '{"interval":5}') is policy_of(DEFAULTS, '{"interval":5}')
    others = DEFAULTS.overridden({"backup_count": 9})
    assert policy_of(others, '{"interval":5}').keep == 9


def test_intervals_are_floats_whatever_was_given() -> None:
    """Two policies that are equal stand for each other in `policy_of`, and Postgres takes no mixed lists."""
    given = replace(DEFAULTS, intervals={"context": 30, "conversation": 60, "project_state": 300, "full": 900})
    assert {type(each) for each in policy_of(given, None).intervals.values()} == {float}
