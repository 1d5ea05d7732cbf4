"""The probe of git, on real repositories in every state that people leave them in."""

import os
import shutil
import stat
import time
from pathlib import Path

import psutil
import pytest

from holdfast.testing import wait_until
from holdfast.world import Git, observe
from holdfast.world.porcelain import status
from observing import Repository, changes, look, named, state_of

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git on this machine")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    repository = Repository(tmp_path / "work")
    repository.commit("a.py", "1")
    return repository


@pytest.fixture
def git(repository: Repository) -> Git:
    return Git(repository.path)


def test_branch_head_and_uncommitted_changes_are_seen(repository: Repository, git: Git) -> None:
    head = repository.commit("b.py", "1")
    repository.commit("gone.py", "1")
    repository("reset", "--quiet", "--soft", head)
    repository.write("a.py", "changed")
    repository.write("naïve dir/new file.txt", "x")
    (repository.path / "b.py").unlink()
    seen = git.look()
    assert (seen["repository"], seen["branch"], seen["head"], seen["operation"]) == (True, "main", head, None)
    assert (seen["root"], seen["dirty_count"]) == (os.path.realpath(repository.path), 4)
    assert {path: about["status"] for path, about in seen["dirty"].items()} == {
        "a.py": "modified",
        "b.py": "deleted",
        "gone.py": "added",
        "naïve dir/new file.txt": "untracked",
    }
    assert seen["dirty"]["a.py"]["size"] == len("changed")


def test_a_repository_is_found_from_within(repository: Repository) -> None:
    repository.write("deep/er/x.py", "1")
    assert Git(repository.path / "deep" / "er").look()["root"] == os.path.realpath(repository.path)


def test_a_clean_repository_has_nothing_pending(git: Git) -> None:
    event = observe([git]).event()
    assert (event.working_branch, event.pending_changes, event.files) == ("main", False, None)


def test_no_commit_yet_is_an_answer(tmp_path: Path) -> None:
    seen = Git(Repository(tmp_path / "new").path).look()
    assert (seen["branch"], seen["head"], seen["dirty"]) == ("main", None, {})


def test_a_detached_head_is_an_answer(repository: Repository, git: Git) -> None:
    repository("checkout", "--quiet", "--detach")
    observation = observe([git])
    seen = observation.seen("git")
    assert (seen["branch"], seen["head"]) == (None, repository("rev-parse", "HEAD"))
    assert "working_branch" not in observation.event().model_fields_set


@pytest.mark.parametrize("operation", ["merge", "rebase", "cherry-pick", "revert"])
def test_what_is_under_way_is_an_answer(repository: Repository, git: Git, operation: str) -> None:
    base = repository("rev-parse", "HEAD")
    repository.commit("a.py", "ours")
    repository("checkout", "--quiet", "-b", "theirs", base)
    repository.commit("a.py", "theirs")
    repository(operation, base if operation == "revert" else "main", check=False)
    seen = git.look()
    assert seen["operation"] == operation
    assert seen["dirty"]["a.py"]["status"] == "unmerged"


def test_a_bisection_and_a_work_tree_of_its_own_are_answers(repository: Repository, tmp_path: Path) -> None:
    repository("worktree", "add", "--quiet", str(tmp_path / "second"), "-b", "second")
    repository("bisect", "start")
    second = Git(tmp_path / "second").look()
    assert (second["branch"], second["operation"]) == ("second", None)
    assert Git(repository.path).look()["operation"] == "bisect"


def test_a_bare_repository_is_an_answer(repository: Repository, tmp_path: Path) -> None:
    repository("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    seen = Git(tmp_path / "bare.git").look()
    assert (seen["repository"], seen["bare"], seen["branch"]) == (True, True, "main")
    assert seen["head"] == repository("rev-parse", "HEAD")


def test_no_repository_and_no_directory_are_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    (tmp_path / "plain").mkdir()
    plain, absent = Git(tmp_path / "plain").look(), Git(tmp_path / "absent").look()
    assert (plain["repository"], plain["why"]) == (False, "it is not a git repository")
    assert (absent["repository"], absent["why"]) == (False, "there is no such directory")


def test_no_git_is_an_answer_and_says_nothing_of_the_repository(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    before = look(git)
    monkeypatch.setenv("PATH", "/nowhere")
    seen = git.look()
    assert (seen["repository"], seen["why"]) == (None, "git is not installed")
    assert named(changes(state_of(before), git)) == {("probe_failed", None)}


def test_a_repository_that_git_refuses_is_not_taken_for_none(repository: Repository, git: Git) -> None:
    (repository.path / ".git" / "config").write_text("[broken", encoding="utf-8")
    with pytest.raises(OSError, match=r"git said: fatal: bad config line"):
        git.look()


def test_a_hook_that_runs_the_agent_does_not_lead_it_elsewhere(
    repository: Repository, git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Repository(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.path / ".git" / "index"))
    assert git.look()["head"] == repository("rev-parse", "HEAD")


def test_nothing_that_a_repository_brings_along_is_run(repository: Repository, git: Git, tmp_path: Path) -> None:
    script = tmp_path / "monitor"
    script.write_text(f"#!/bin/sh\ntouch {tmp_path}/was-run\n", encoding="utf-8")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    repository("config", "core.fsmonitor", str(script))
    repository("config", "core.pager", str(script))
    git.look()
    assert not (tmp_path / "was-run").exists()


def test_a_lock_that_somebody_left_does_not_stop_a_look(repository: Repository, git: Git) -> None:
    (repository.path / ".git" / "index.lock").touch()
    os.utime(repository.path / "a.py")  # git would like to refresh its index now
    assert git.look()["dirty"] == {}
    assert (repository.path / ".git" / "index.lock").exists()


def test_a_git_that_hangs_is_given_up_with_all_that_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "git"
    fake.write_text(f"#!/bin/sh\nsleep 60 & echo $! > {tmp_path}/child\nwait\n", encoding="utf-8")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    began = time.monotonic()
    with pytest.raises(TimeoutError, match=r"git rev-parse took longer than 0\.5 s"):
        Git(tmp_path, patience=0.5).look()
    assert time.monotonic() - began < 10
    child = int((tmp_path / "child").read_text())
    wait_until(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE)


def test_names_that_are_no_utf8_are_told_all_the_same(repository: Repository, git: Git) -> None:
    try:
        (repository.path / os.fsdecode(b"caf\xe9.txt")).touch()
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    assert observe([git]).seen("git")["dirty"].keys() == {"caf\\xe9.txt"}


def test_of_very_many_changes_the_number_is_told(repository: Repository, git: Git) -> None:
    for number in range(250):
        repository.write(f"new/{number:03}", "x")
    repository.write("a.py", "changed")
    seen = git.look()
    assert (seen["dirty_count"], len(seen["dirty"])) == (251, 200)
    assert "a.py" in seen["dirty"]
    state = state_of(look(git))
    (repository.path / "new" / "249").unlink()
    assert [change.sentence for change in changes(state, git)] == [
        "250 files have uncommitted changes; before: 251 (too many to name each)"
    ]


def test_nothing_changed_is_no_change(repository: Repository, git: Git) -> None:
    repository.write("a.py", "2")
    seen = git.look()
    assert git.changes(seen, seen) == git.changes(seen, git.look()) == []


def test_changes_are_named_one_by_one(repository: Repository, git: Git) -> None:
    repository.write("dirty.py", "1")
    repository.write("reverted.py", "1")
    state = state_of(look(git))
    repository("checkout", "--quiet", "-b", "feature")
    repository.write("dirty.py", "12")
    (repository.path / "reverted.py").unlink()
    repository.write("new.py", "1")
    found = changes(state, git)
    assert named(found) == {("branch", None), ("dirty", "dirty.py"), ("clean", "reverted.py"), ("dirty", "new.py")}
    assert found[0].sentence == "the branch is 'feature', it was 'main'"
    assert (found[0].before, found[0].after) == ("main", "feature")


def test_files_in_commits_since_are_named(repository: Repository, git: Git) -> None:
    before = repository.commit("old.py", "1")
    state = state_of(look(git))
    repository.commit("a.py", "2")
    (repository.path / "old.py").unlink()
    head = repository.commit("new.py", "1")
    found = changes(state, git)
    assert named(found) == {
        ("head", None), ("file_modified", "a.py"), ("file_deleted", "old.py"), ("file_created", "new.py"),
    }  # fmt: skip
    assert {change.sentence for change in found if change.kind != "head"} == {
        f"a.py was modified by commits after {before[:10]}",
        f"old.py was deleted by commits after {before[:10]}",
        f"new.py was created by commits after {before[:10]}",
    }
    assert (found[0].before, found[0].after) == (before, head)


def test_a_head_that_this_repository_does_not_know_is_told_without_files(git: Git, tmp_path: Path) -> None:
    seen = git.look()
    found = git.changes({**seen, "head": "0" * 40}, seen)
    assert named(found) == {("head", None)}
    assert named(git.changes({**seen, "head": f"--output={tmp_path}/written"}, seen)) == {("head", None)}
    assert not (tmp_path / "written").exists()


def test_what_the_session_did_itself_is_no_news(repository: Repository, git: Git) -> None:
    state = state_of(
        look(git),
        ("file.modified", {"path": "a.py"}),
        ("file.modified", {"path": str(repository.path.resolve() / "b.py"), "change": "created"}),
        ("file.modified", {"path": "d.py", "change": "renamed", "renamed_from": "c.py"}),
    )
    repository.write("a.py", "2")
    repository.commit("b.py", "1")
    repository.write("d.py", "1")
    repository.write("foreign.py", "1")
    assert named(changes(state, git)) == {("head", None), ("dirty", "foreign.py")}


def test_a_repository_that_went_or_came_is_told(repository: Repository, git: Git) -> None:
    state = state_of(look(git))
    shutil.rmtree(repository.path)
    assert named(changes(state, git)) == {("repository", None)}
    gone = state_of(look(git))
    Repository(repository.path)
    (found,) = changes(gone, git)
    assert (found.kind, found.before, found.after) == ("repository", False, True)


def test_the_format_of_git_is_read_to_the_letter() -> None:
    text = (
        b"# branch.oid 1234\0# branch.head feature/x\0# branch.ab +1 -0\0# tomorrow 1\0"
        b"1 .M N... 100644 100644 100644 1 2 a file with spaces\0"
        b"2 R. N... 100644 100644 100644 1 2 R100 new name\0? former name\0"
        b"1 MT N... 100644 100644 120000 1 2 link\0"
        b"u UU N... 100644 100644 100644 100644 1 2 3 conflict\0"
        b"1 .X N... 100644 100644 100644 1 2 odd\0"
        b"? unknown file\0! ignored\0"
    )
    told = status(text)
    assert (told.branch, told.head) == ("feature/x", "1234")
    assert told.dirty == [
        (b"a file with spaces", "modified"),
        (b"new name", "renamed"),
        (b"link", "of another type"),
        (b"conflict", "unmerged"),
        (b"odd", "changed"),
        (b"unknown file", "untracked"),
    ]
