"""Looking at the world: a session saves what it saw, and a recovery names what changed since."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from holdfast import Holdfast
from holdfast.errors import EventTooLarge, InvalidInput
from holdfast.recovering.checks import check_world
from holdfast.recovering.world import world_changes
from holdfast.world import Files, Git, Probe, Tasks, observe
from observing import Repository

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git on this machine")


@pytest.fixture
def work(tmp_path: Path) -> Repository:
    work = Repository(tmp_path / "work")
    work.commit("sms.py", "one")
    return work


@pytest.fixture
def probes(work: Repository, tmp_path: Path) -> list[Probe]:
    (tmp_path / "tasks.json").write_text(json.dumps({"TASK-6-004": "in progress"}), encoding="utf-8")
    return [Git(work.path), Files("*.py", work.path), Tasks(tmp_path / "tasks.json")]


def test_what_was_seen_is_in_the_state(hf: Holdfast, work: Repository, probes: list[Probe]) -> None:
    session = hf.start("u")
    observation = session.observe(*probes)
    world = session.state().world
    assert (world.working_branch, world.pending_changes) == ("main", False)
    assert world.files["sms.py"].digest == hashlib.sha256(b"one").hexdigest()
    assert {name: look.seen for name, look in world.probes.items()} == {
        name: observation.seen(name) for name in ("git", "files", "tasks")
    }
    assert world.observed_at == session.events()[-1].occurred_at
    assert session.events()[-1].type == "world.observed"
    assert world.probes["git"].seen["head"] == work("rev-parse", "HEAD")


def test_a_save_looks_first(hf: Holdfast, probes: list[Probe]) -> None:
    session = hf.start("u")
    snapshot = session.save(world=probes)
    then = session.state(at=snapshot.id)
    assert snapshot.seq == 2
    assert world_changes(then, observe(probes), probes) == []
    assert session.save().id == snapshot.id  # and one without probes looks at nothing


@pytest.mark.promise(6)
def test_changes_behind_the_sessions_back_are_named_and_its_own_are_not(
    hf: Holdfast, work: Repository, probes: list[Probe], tmp_path: Path
) -> None:
    session = hf.start("u")
    session.append({"type": "task.assigned", "data": {"task_id": "TASK-6-004", "description": "SMS"}})
    session.save(world=probes)
    own = work.write("own.py", "mine").read_bytes()
    session.append(
        {
            "type": "file.modified",
            "data": {"path": "own.py", "change": "created", "digest": hashlib.sha256(own).hexdigest()},
        }
    )
    work.write("sms.py", "somebody else's")
    work("checkout", "--quiet", "-b", "other")
    (tmp_path / "tasks.json").write_text(json.dumps({"TASK-6-004": "done"}), encoding="utf-8")
    state, observation = session.state(), observe(probes)
    changes = world_changes(state, observation, probes)
    assert [(change.probe, change.kind, change.subject) for change in changes] == [
        ("git", "branch", None),
        ("files", "file_modified", "sms.py"),
        ("tasks", "task_status", "TASK-6-004"),
    ]
    assert [check.outcome for check in check_world(state, observation, changes)] == [
        "failed", "failed", "failed", "passed",
    ]  # fmt: skip
    session.observe(*probes)
    assert world_changes(session.state(), observe(probes), probes) == []


def test_a_probe_that_fails_does_not_stop_a_save(hf: Holdfast, probes: list[Probe], tmp_path: Path) -> None:
    session = hf.start("u")
    session.save(world=probes)
    (tmp_path / "tasks.json").unlink()
    session.save(world=probes)
    look = session.state().world.probes["tasks"]
    assert look.seen["tasks"] == {"TASK-6-004": "in progress"}
    assert str(look.failed).startswith("FileNotFoundError")


def test_what_does_not_fit_an_event_is_refused_before_anything_is_sent(hf: Holdfast, tmp_path: Path) -> None:
    session = hf.start("u")
    for number in range(600):
        (tmp_path / f"{number:03}-{'x' * 200}").touch()
    with pytest.raises(EventTooLarge, match=r"an event takes 258,048\. Most of it, \d+,\d+, is of the probe 'files'"):
        session.save(world=[Files("*", tmp_path, limit=1000)])
    with pytest.raises(InvalidInput, match="probes: must be at least one"):
        session.observe()
    assert session.observe(Files("*", tmp_path)).failed("files") == (
        "InvalidInput: paths: are more than 500 files; name fewer, or raise `limit`"
    )
    assert [event.type for event in session.events()] == ["session.started", "world.observed"]
    assert session.snapshots() == []
