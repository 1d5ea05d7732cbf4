"""Observing: a probe that raises, hangs or lies stops nothing, and is never taken to have seen nothing."""

import sqlite3
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given

from holdfast.errors import EventTooLarge, InvalidInput
from holdfast.events import MAX_EVENT_BYTES, draft
from holdfast.recovering.changes import named as namer
from holdfast.recovering.world import world_changes
from holdfast.world import Change, Files, Git, Observation, Probe, Tasks, observe
from observing import changes, checks, look, named, seen, state_of, told
from strategies import json_objects, json_values, patient


class Own(Probe):
    """A user's probe, with as little as it takes."""

    def __init__(self, see: Callable[[], Any], name: str = "own") -> None:
        self.name, self.see = name, see

    def look(self) -> dict[str, Any]:
        found: dict[str, Any] = self.see()
        return found


class Plain:
    """A user's probe that derives from nothing, and names its changes itself."""

    name = "schema"

    def __init__(self, version: Any) -> None:
        self.version = version

    def look(self) -> dict[str, Any]:
        return {"version": self.version}

    def changes(self, before: dict[str, Any], now: dict[str, Any]) -> list[Change]:
        if before == now:
            return []
        return [Change("schema", "migrated", None, before["version"], now["version"], f"now {now['version']}")]


def failing(error: BaseException) -> Own:
    def see() -> None:
        raise error

    return Own(see)


class Untellable(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


def test_what_probes_see_is_told_with_the_time() -> None:
    before = datetime.now(UTC)
    observation = observe([Own(lambda: {"a": 1}), Plain(3)])
    assert before <= observation.at <= datetime.now(UTC)
    assert observation.probes == {"own": {"seen": {"a": 1}}, "schema": {"seen": {"version": 3}}}
    assert Observation.model_validate_json(observation.model_dump_json()) == observation


@pytest.mark.promise(6)
@pytest.mark.parametrize(
    ("error", "why"),
    [
        (ConnectionError("down"), "ConnectionError: down"),
        (ValueError(), "ValueError"),
        (SystemExit(3), "SystemExit: 3"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        (RuntimeError("line\nby line\x00 " + "x" * 5000), "RuntimeError: line by line\x00 " + "x" * 486),
        (RuntimeError("half a character: \ud800"), "RuntimeError: half a character: ?"),
        (Untellable(), "Untellable"),
    ],
)
def test_a_probe_that_raises_stops_nothing_and_has_seen_nothing(error: BaseException, why: str) -> None:
    observation = observe([failing(error), Plain(3)])
    assert (observation.failed("own"), observation.seen("own")) == (why, None)
    assert observation.seen("schema") == {"version": 3}
    made = draft(observation.event(), session_id="s", actor="a")
    assert orjson.loads(made.data)["probes"]["own"] == {"failed": why}


@pytest.mark.promise(6)
def test_a_probe_that_hangs_is_left_behind() -> None:
    over = threading.Event()
    began = time.monotonic()
    try:
        observation = observe([Own(lambda: {"waited": over.wait(60)}), Plain(3)], patience=0.2)
    finally:
        over.set()
    assert time.monotonic() - began < 10
    assert observation.failed("own") == "it did not answer within 0.2 s"
    assert observation.seen("schema") == {"version": 3}


@pytest.mark.parametrize(
    "lie", [None, [], "text", 3, {"a": object()}, {"a": float("nan")}, {1: 2}, {"a": "\ud800"}, {"a": 2**70}]
)
def test_what_is_no_json_was_not_seen(lie: Any) -> None:
    assert observe([Own(lambda: lie)]).failed("own") is not None


def test_a_look_that_contains_itself_or_is_too_deep_was_not_seen() -> None:
    endless: dict[str, Any] = {}
    endless["itself"] = endless
    assert "nested more than 100 levels deep" in str(observe([Own(lambda: endless)]).failed("own"))


def test_what_is_seen_is_as_it_will_come_back_from_the_log() -> None:
    at = datetime(2026, 1, 29, 10, tzinfo=UTC)
    own = Own(lambda: {"pair": (1, 2), "at": at})
    assert observe([own]).seen("own") == {"pair": [1, 2], "at": "2026-01-29T10:00:00+00:00"}
    assert changes(state_of(look(own)), own) == []


def test_a_probe_sees_the_context_of_whoever_asks() -> None:
    tenant: ContextVar[str] = ContextVar("tenant")
    tenant.set("acme")
    assert observe([Own(lambda: {"tenant": tenant.get()})]).seen("own") == {"tenant": "acme"}


def test_a_connection_that_is_bound_to_a_thread_is_told_as_such() -> None:
    connection = sqlite3.connect(":memory:")
    try:
        observation = observe([Tasks(lambda: dict(connection.execute("SELECT 'T1', 'open'").fetchall()))])
    finally:
        connection.close()
    assert "same thread" in str(observation.failed("tasks"))


def test_two_probes_of_one_name_are_refused() -> None:
    with pytest.raises(InvalidInput, match="two probes are named 'git'; give one of them another name"):
        observe([Git(), Git("elsewhere")])
    assert set(observe([Git(), Git("elsewhere", name="other")]).probes) == {"git", "other"}


@pytest.mark.parametrize("name", ["", " ", None, 3, "x" * 129])
def test_a_probe_without_a_name_is_refused(name: Any) -> None:
    with pytest.raises(InvalidInput, match="world"):
        observe([Own(dict, name)])


def test_more_than_an_event_can_hold_is_refused_before_it_is_sent() -> None:
    heavy = Own(lambda: {"text": "x" * (MAX_EVENT_BYTES - 4096)}, "heavy")
    with pytest.raises(EventTooLarge, match=r"an event takes 258,048\. Most of it, 258,\d{3}, is of the probe 'heavy'"):
        observe([heavy, Plain(3)]).event()
    fits = observe([Own(lambda: {"text": "x" * (MAX_EVENT_BYTES - 4200)}), Plain(3)]).event()
    assert draft(fits, session_id="s" * 128, actor="a" * 128, conversation="c" * 128).data


def test_an_observation_of_any_shape_is_folded_and_compared() -> None:
    state = state_of(("world.observed", {"probes": {"git": 5, "files": {"seen": {"kind": "files", "files": []}}}}))
    assert state.world.probes["git"].seen == 5
    assert world_changes(state, seen(git={"kind": "git"}, files={"kind": "files"}, tasks={"kind": ["x"]})) == []


@patient
@given(json_values, json_values)
def test_any_two_looks_can_be_compared(before: Any, now: Any) -> None:
    keys = ("files", "dirty", "tasks", "paths", "not_followed", "root", "branch", "head", "dirty_count")
    for kind in ("git", "files", "tasks"):
        then, later = ({**dict.fromkeys(keys, side), "kind": kind, "repository": True} for side in (before, now))
        assert namer(kind, then, then) == []
        state = state_of(told(seen(**{kind: then})), ("file.modified", {"path": "a", "digest": "1" * 64}))
        checks(state, seen(**{kind: later}))


@patient
@given(json_objects)
def test_what_is_as_it_was_has_not_changed(value: dict[str, Any]) -> None:
    own = Own(lambda: value)
    assert own.changes(value, value) == []
    assert changes(state_of(look(own)), own) == []


def test_the_changes_of_ones_own_probe_are_where_the_looks_differ() -> None:
    state = state_of(look(Own(lambda: {"build": {"number": 7}, "gone": 1})))
    found = changes(state, Own(lambda: {"build": {"number": 8}, "new": None}))
    assert [(change.kind, change.subject, change.before, change.after) for change in found] == [
        ("value_changed", "build.number", 7, 8),
        ("value_removed", "gone", 1, None),
        ("value_added", "new", None, None),
    ]
    assert found[0].sentence == "build.number is 8, it was 7"
    assert found[0].as_json()["probe"] == "own"


def test_a_probe_of_ones_own_names_its_changes_and_elsewhere_they_are_told_as_differences() -> None:
    state = state_of(look(Plain(3)))
    assert changes(state, Plain(3)) == []
    assert [change.sentence for change in changes(state, Plain(4))] == ["now 4"]
    assert [change.sentence for change in world_changes(state, observe([Plain(4)]))] == ["version is 4, it was 3"]


@pytest.mark.parametrize("answer", [KeyError("x"), [1], None])
def test_a_probe_that_cannot_name_changes_hides_none(answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def name_them(*_: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(Plain, "changes", name_them)
    found = changes(state_of(look(Plain(3))), Plain(4))
    assert named(found) == {("probe_failed", None), ("value_changed", "version")}
    assert found[0].sentence.startswith("the probe 'schema' looked, but could not name what changed: ")


@pytest.mark.promise(6)
def test_a_probe_that_fails_leaves_what_it_saw_before_and_that_is_compared_later() -> None:
    tasks = Tasks({"T1": "open"})
    state = state_of(look(tasks), look(Tasks("absent.json")))
    known = state.world.probes["tasks"]
    assert (known.seen, known.seen_seq) == ({"kind": "tasks", "tasks": {"T1": "open"}}, 1)
    assert str(known.failed).startswith("FileNotFoundError")
    (failed,) = changes(state, Tasks("absent.json"))
    assert (failed.kind, failed.sentence.partition(":")[0]) == (
        "probe_failed",
        "the probe 'tasks' could not look, so nothing is known of what it sees",
    )
    assert named(changes(state, Tasks({"T1": "done"}))) == {("task_status", "T1")}
    assert state_of(look(tasks), look(Tasks("absent.json")), look(tasks)).world.probes["tasks"].failed is None


def test_what_was_never_seen_before_has_not_changed(tmp_path: Any) -> None:
    probes = [Git(tmp_path), Files("*", tmp_path), Tasks({"T1": "done"}), Plain(3)]
    assert changes(state_of(), *probes) == []
    assert world_changes(state_of(look(*probes)), None) == []


def test_a_branch_that_was_told_by_hand_is_compared() -> None:
    now = seen(git={"kind": "git", "repository": True, "branch": "main", "head": "1", "dirty": {}, "dirty_count": 0})
    assert named(world_changes(state_of(("world.observed", {"working_branch": "feature"})), now)) == {("branch", None)}
    later = state_of(told(now), ("world.observed", {"working_branch": "feature"}))
    assert [change.sentence for change in world_changes(later, now)] == ["the branch is 'main', it was 'feature'"]


def test_a_branch_that_was_told_by_hand_is_not_that_of_every_repository() -> None:
    plain = {"kind": "git", "repository": True, "root": "/w", "head": "1", "dirty": {}, "dirty_count": 0}
    two = seen(git={**plain, "branch": "main"}, docs={**plain, "branch": "pages"})
    assert world_changes(state_of(told(two)), two) == []


def test_a_file_that_was_only_seen_since_is_not_the_sessions_own() -> None:
    git = {"kind": "git", "repository": True, "root": "/w", "branch": "m", "head": "1", "dirty": {}, "dirty_count": 0}
    state = state_of(
        ("file.modified", {"path": "a.py"}), told(seen(git=git)), ("world.observed", {"files": {"a.py": "1"}})
    )
    now = seen(git={**git, "dirty": {"a.py": {"status": "modified"}}, "dirty_count": 1})
    assert named(world_changes(state, now)) == {("dirty", "a.py")}


def test_git_says_nothing_of_what_is_known_by_its_digest() -> None:
    dirty = {"a.py": {"status": "modified", "size": 1, "modified": 1}}
    git = {"kind": "git", "repository": True, "root": "/w", "branch": "m", "head": "1", "dirty": {}, "dirty_count": 0}
    files = {"kind": "files", "root": "/w", "paths": ["a.py"], "files": {"a.py": {"type": "file", "sha256": "1"}}}
    state = state_of(told(seen(git=git, files=files)))
    now = {**git, "dirty": dirty, "dirty_count": 1}
    assert world_changes(state, seen(git=now, files=files)) == []
    assert named(world_changes(state, seen(git=now))) == {("dirty", "a.py")}
    changed = {**files, "files": {"a.py": {"type": "file", "sha256": "2"}}}
    assert [change.probe for change in world_changes(state, seen(git=now, files=changed))] == ["files"]
    unseen = {**changed, "paths": ["b.py"], "files": {"b.py": None}}  # nobody looked at the file's digest now
    assert [change.probe for change in world_changes(state, seen(git=now, files=unseen))] == ["git"]


def test_one_probe_is_no_list_of_probes() -> None:
    with pytest.raises(InvalidInput, match="world: must be a list of probes, such as"):
        observe(Tasks({}))  # type: ignore[arg-type]  # what is tested
