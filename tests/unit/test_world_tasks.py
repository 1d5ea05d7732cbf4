"""The probe of tasks, from a function, a mapping or a file."""

import json
from pathlib import Path
from typing import Any

import pytest

from holdfast.errors import InvalidInput
from holdfast.recovering.words import lost, over, undone
from holdfast.world import Tasks, observe
from observing import changes, look, named, state_of

STATUSES = {"T1": "open", "T2": None}

FORMS: list[Any] = [
    STATUSES,
    {"T1": {"status": "open", "title": "x"}, "T2": {"status": None}},
    {"tasks": STATUSES, "version": 1},
    {"tasks": [{"id": "T1", "status": "open"}, {"task_id": "T2", "status": None}]},
    [{"id": "T1", "status": "open"}, {"id": "T2", "status": None}],
]


@pytest.mark.parametrize("given", FORMS)
def test_statuses_come_in_these_forms(tmp_path: Path, given: Any) -> None:
    path = tmp_path / "tasks.json"
    path.write_text(json.dumps(given), encoding="utf-8")
    for source in (path, str(path), lambda: given):
        assert Tasks(source).look() == {"kind": "tasks", "tasks": STATUSES}
    if isinstance(given, dict):
        assert Tasks(given).look()["tasks"] == STATUSES


def test_a_number_is_an_id_and_a_task_may_be_called_tasks() -> None:
    assert Tasks({"tasks": "open"}).look()["tasks"] == {"tasks": "open"}
    assert Tasks(lambda: ({"id": number, "status": "open"} for number in (7, 8))).look()["tasks"] == {
        "7": "open",
        "8": "open",
    }


@pytest.mark.parametrize(
    "given",
    [
        "open",
        None,
        7,
        ["T1"],
        [{"status": "open"}],
        [{"id": "T1"}],
        [{"id": True, "status": "open"}],
        [{"id": "T1", "status": "open"}, {"id": "T1", "status": "done"}],
        {"T1": 3},
        {"": "open"},
        {"T1": {"state": "open"}},
    ],
)
def test_what_is_none_of_the_forms_is_refused(given: Any) -> None:
    with pytest.raises(InvalidInput, match="tasks"):
        Tasks(lambda: given).look()


def test_statuses_that_cannot_be_read_are_not_taken_for_none(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text('{"T1": ', encoding="utf-8")

    def unreachable() -> dict[str, str]:
        raise ConnectionError("the tracker is down")

    for source, why in (
        (tmp_path / "absent.json", "FileNotFoundError: "),
        (tmp_path / "broken.json", "JSONDecodeError: "),
        (unreachable, "ConnectionError: the tracker is down"),
    ):
        observation = observe([Tasks(source)])
        assert str(observation.failed("tasks")).startswith(why)
        assert observation.seen("tasks") is None


def test_changes_are_named_one_by_one() -> None:
    statuses = {"T1": "open", "T2": "open", "T3": "open"}
    tasks = Tasks(statuses)
    state = state_of(look(tasks))
    assert changes(state, tasks) == []
    statuses |= {"T1": "done", "T4": "open"}
    del statuses["T2"]
    found = changes(state, tasks)
    assert named(found) == {("task_status", "T1"), ("task_gone", "T2"), ("task_new", "T4")}
    assert [change.sentence for change in found] == [
        "task T1 is 'done', it was 'open'",
        "task T2 is gone; before, it was 'open'",
        "task T4 is new ('open')",
    ]


def test_a_task_that_the_session_ended_is_no_news_when_it_is_over() -> None:
    statuses = {"T1": "open", "T2": "open", "T3": "open"}
    tasks = Tasks(statuses)
    state = state_of(
        look(tasks),
        ("task.completed", {"task_id": "T1"}),
        ("task.completed", {"task_id": "T2"}),
        ("task.assigned", {"task_id": "T2", "description": "once more"}),
    )
    statuses |= {"T1": "done", "T2": "done", "T3": "done"}
    assert named(changes(state, tasks)) == {("task_status", "T2"), ("task_status", "T3")}


@pytest.mark.parametrize(
    "status", ["Done", "COMPLETED", "closed", "Cancelled", "won't fix", "Won\u2019t do", "timed_out"]
)
def test_these_words_mean_that_a_task_is_over(status: str) -> None:
    assert over(status)
    assert not undone(status)
    assert lost(status) == (status not in {"Done", "COMPLETED", "closed"})


@pytest.mark.parametrize("status", ["Open", "in-progress", "IN_PROGRESS", "To do", "reopened", "blocked"])
def test_these_words_mean_that_a_task_is_open(status: str) -> None:
    assert undone(status)
    assert not over(status)
    assert not lost(status)


@pytest.mark.parametrize("status", ["", "purple", None, 3, "not done", "undone"])
def test_other_words_mean_nothing(status: object) -> None:
    assert not over(status)
    assert not undone(status)
    assert not lost(status)
