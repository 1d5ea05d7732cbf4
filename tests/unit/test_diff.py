"""Differences between two values of JSON: what is told is enough to make one of the other."""

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.saving.diff import MISSING, Difference, differences
from strategies import json_values, patient


def applied(before: Any, found: list[Difference]) -> Any:
    """`before` with the differences made. What was taken off a list goes from its end."""
    root = [deepcopy(before)]
    removed = [each for each in found if each.after is MISSING]
    for difference in [*(each for each in found if each.after is not MISSING), *reversed(removed)]:
        inside: Any = root
        path = (0, *difference.path)
        for part in path[:-1]:
            inside = inside[part]
        if difference.after is MISSING:
            del inside[path[-1]]
        elif isinstance(inside, list) and path[-1] == len(inside):
            inside.append(difference.after)
        else:
            inside[path[-1]] = difference.after
    return root[0]


def strictly(value: Any) -> str:
    """As text, which tells true from 1, with numbers told as numbers are compared."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(each) for key, each in value.items()}
        if isinstance(value, list):
            return [plain(each) for each in value]
        return int(value) if isinstance(value, float) and value.is_integer() else value

    return json.dumps(plain(value), sort_keys=True)


@settings(patient, max_examples=400)
@given(st.data())
def test_the_differences_make_the_one_into_the_other(data: st.DataObject) -> None:
    before = data.draw(json_values)
    after = data.draw(json_values | st.lists(st.just(before), max_size=2) | st.just(before))
    found = differences(before, after)
    assert strictly(applied(before, found)) == strictly(after)
    assert (found == []) == (strictly(before) == strictly(after))


@patient
@given(json_values, json_values)
def test_a_difference_is_told_once_and_as_deep_as_it_is(before: Any, after: Any) -> None:
    found = differences(before, after)
    paths = [each.path for each in found]
    assert not any(path[:end] in paths for path in paths for end in range(len(path)))
    assert len(set(paths)) == len(paths)
    for each in found:
        assert not all(isinstance(side, dict) for side in (each.before, each.after))
        assert not all(isinstance(side, list) for side in (each.before, each.after))


def test_what_was_added_removed_and_changed_is_told_where_it_is() -> None:
    before = {"progress": 80, "steps": ["a", "b", "c"], "blockers": [], "branch": None, "ok": 1}
    after = {"progress": 85, "steps": ["a", "x"], "blockers": ["key"], "phase": None, "ok": True}
    told = [(each.where, each.kind, each.before, each.after) for each in differences(before, after)]
    assert told == [
        ("progress", "changed", 80, 85),
        ("steps.1", "changed", "b", "x"),
        ("steps.2", "removed", "c", MISSING),
        ("blockers.0", "added", MISSING, "key"),
        ("branch", "removed", None, MISSING),
        ("ok", "changed", 1, True),
        ("phase", "added", MISSING, None),
    ]


@pytest.mark.parametrize(("before", "after"), [({}, []), (1, "1"), (None, {}), ([1], 1), (0, False), ({"a": 1}, None)])
def test_what_cannot_be_compared_is_told_as_a_whole(before: Any, after: Any) -> None:
    assert differences(before, after) == [Difference((), before, after)]


def test_absent_is_not_null() -> None:
    (difference,) = differences({}, {"a": None})
    assert (str(difference.before), difference.after) == ("absent", None)
    assert difference.as_json() == {"path": ["a"], "after": None}
    (difference,) = differences([None], [])
    assert difference.as_json() == {"path": [0], "before": None}
