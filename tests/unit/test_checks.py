"""The four checks of the guide to persistence: their evidence, and that none passes where nothing was compared."""

from typing import Any

import pytest

from holdfast.recovering.checks import ON_FAILURE, check_world
from holdfast.recovering.findings import LISTED
from holdfast.world import Observation
from observing import START, Said, checks, outcomes, seen, state_of, told

STATE, FILES, TASKS, NEEDS = (
    "project-state-consistency",
    "file-modification-check",
    "task-status-verification",
    "dependency-validation",
)
WHEN = "2026-01-29 10:01:00 UTC"


def git(branch: str | None = "main", head: str = "1" * 40, **more: Any) -> dict[str, Any]:
    plain = {"kind": "git", "repository": True, "root": "/w", "operation": None, "dirty": {}, "dirty_count": 0}
    return plain | {"branch": branch, "head": head} | more


def files(**found: str | None) -> dict[str, Any]:
    """Names with `_` for the dot, and what stands for a digest."""
    entries = {name.replace("_", "."): about and {"type": "file", "sha256": about} for name, about in found.items()}
    return {"kind": "files", "root": "/w", "paths": ["**/*"], "files": entries}


def tasks(**statuses: str | None) -> dict[str, Any]:
    return {"kind": "tasks", "tasks": statuses}


def assigned(task: str, *needs: str) -> Said:
    return "task.assigned", {"task_id": task, "description": "x", "depends_on": list(needs)}


def completed(task: str, outcome: str = "success") -> Said:
    return "task.completed", {"task_id": task, "outcome": outcome}


def test_they_are_those_of_the_guide() -> None:
    made = check_world(state_of(), None, [])
    assert [(check.name, check.critical, check.description) for check in made] == [
        ("project-state-consistency", True, "Verify project state matches saved context"),
        ("file-modification-check", False, "Check if files were modified since last session"),
        ("task-status-verification", True, "Confirm task statuses are current"),
        ("dependency-validation", True, "Verify task dependencies are still valid"),
    ]
    assert ON_FAILURE == {"action": "request-manual-verification", "fallback": "emergency-recovery-mode"}
    assert made[0].as_json()["outcome"] == "not_checked"


def test_where_nothing_was_ever_observed_nothing_is_checked() -> None:
    for state in (state_of(), state_of(("session.started", {"user_id": "u"}), ("custom.x", {}))):
        for check in check_world(state, None, []):
            assert (check.outcome, check.evidence) == (
                "not_checked",
                ["nothing outside the session was ever observed"],
            )


def test_a_world_that_is_as_it_was_passes_with_evidence() -> None:
    world = seen(git=git(), files=files(a_py="1"), tasks=tasks(T1="open"))
    found = checks(state_of(told(world), assigned("T1", "a.py")), world)
    assert {name: check.outcome for name, check in found.items()} == dict.fromkeys(found, "passed")
    assert found[STATE].evidence == [f"the branch is 'main', as at {WHEN}"]
    assert found[FILES].evidence == [
        "1 file as the session knows them (probe 'files')",
        f"the uncommitted changes are those of {WHEN}, or the session's own",
    ]
    assert found[TASKS].evidence == ["task T1 is open, and 'open' for the probe 'tasks'"]
    assert found[NEEDS].evidence == ["task T1 depends on a.py: the file is there for the probe 'files'"]


@pytest.mark.promise(6)
def test_what_was_seen_before_and_is_not_looked_at_now_is_not_checked() -> None:
    state = state_of(
        told(seen(git=git(), files=files(a_py="1"), tasks=tasks(T1="open", T2="open"))), assigned("T1", "T2", "a.py")
    )
    for observation in (None, Observation(at=START)):
        assert outcomes(state, observation) == ["not_checked"] * 4
    found = checks(state, None)
    assert found[STATE].evidence == [f"the probe 'git', which looked at {WHEN}, was not asked now"]
    assert found[NEEDS].evidence == [
        f"task T1 depends on T2: the probe 'tasks', which looked at {WHEN}, was not asked now",
        f"task T1 depends on a.py: the probe 'files', which looked at {WHEN}, was not asked now",
    ]


@pytest.mark.promise(6)
def test_a_probe_that_fails_is_the_reason_and_never_a_pass() -> None:
    state = state_of(told(seen(git=git(), files=files(a_py="1"), tasks=tasks(T1="open"))), assigned("T1", "a.py"))
    failed = seen(git="TimeoutError: slow", files="OSError: gone", tasks="ConnectionError: down")
    found = checks(state, failed)
    assert [check.outcome for check in found.values()] == ["not_checked"] * 4
    why = f"the probe 'tasks', which looked at {WHEN}, could not look now: ConnectionError: down"
    assert found[TASKS].evidence == [why]


def test_a_probe_that_fails_and_never_looked_before_is_told_too() -> None:
    found = checks(state_of(), seen(git="TimeoutError: slow", mine="ValueError: x", files="OSError: y"))
    assert found[FILES].evidence[0] == "the probe 'files' could not look now: OSError: y"
    assert found[STATE].outcome == "not_checked"
    assert found[STATE].evidence == [
        "the probe 'git' could not look now: TimeoutError: slow",
        "the probe 'mine' could not look now: ValueError: x",
    ]


def test_what_one_probe_finds_wrong_counts_though_another_failed() -> None:
    state = state_of(told(seen(git=git(), other=git())))
    found = checks(state, seen(git=git("feature"), other="OSError: x"))[STATE]
    assert (found.outcome, found.evidence[0]) == ("failed", "the branch is 'feature', it was 'main'")
    assert len(found.evidence) == 2


class TestProjectState:
    """project-state-consistency."""

    @pytest.mark.parametrize("now", [git("feature"), git(None), {"kind": "git", "repository": False, "why": "gone"}])
    def test_another_branch_fails(self, now: dict[str, Any]) -> None:
        assert outcomes(state_of(told(seen(git=git()))), seen(git=now))[0] == "failed"

    def test_a_repository_that_came_is_evidence(self) -> None:
        state = state_of(told(seen(git={"kind": "git", "repository": False, "why": "not yet"})))
        found = checks(state, seen(git=git()))[STATE]
        assert (found.outcome, found.evidence[1]) == (
            "passed",
            "/w is a git repository; before, it was none, or git could not be asked",
        )

    def test_new_commits_are_ordinary(self) -> None:
        found = checks(state_of(told(seen(git=git()))), seen(git=git(head="2" * 40, operation="merge")))[STATE]
        assert (found.outcome, found.evidence) == (
            "passed",
            [
                f"the branch is 'main', as at {WHEN}",
                "the last commit is 2222222222, it was 1111111111",
                "the operation that is under way is a merge, it was none",
            ],
        )

    def test_git_that_is_not_there_any_more_is_not_checked(self) -> None:
        now = seen(git={"kind": "git", "repository": None, "why": "git is not installed"})
        found = checks(state_of(told(seen(git=git()))), now)[STATE]
        assert (found.outcome, found.evidence) == (
            "not_checked",
            ["the probe 'git' could not tell: git is not installed"],
        )

    def test_a_branch_that_nobody_knew_is_not_checked(self) -> None:
        found = checks(state_of(), seen(git=git()))[STATE]
        assert (found.outcome, found.evidence) == (
            "not_checked",
            ["there is nothing to compare with: no branch was known before"],
        )

    def test_a_branch_that_was_told_by_hand_is_checked(self) -> None:
        state = state_of(("world.observed", {"working_branch": "main"}))
        assert outcomes(state, seen(git=git()))[0] == "passed"
        assert outcomes(state, seen(git=git("x")))[0] == "failed"
        assert checks(state, None)[STATE].evidence == ["the branch was 'main'; no probe looked at it now"]

    @pytest.mark.parametrize(
        ("before", "now", "outcome"),
        [
            (files(a_py="1"), files(), "failed"),
            (files(a_py="1"), files(a_py=None), "failed"),
            (files(a_py="1"), files(a_py="2"), "passed"),
            (files(a_py=None), files(a_py=None), "not_checked"),  # it never was a file
        ],
    )
    def test_an_artifact_that_is_gone_fails(self, before: Any, now: Any, outcome: str) -> None:
        state = state_of(("artifact.produced", {"path": "a.py"}), told(seen(files=before)))
        assert outcomes(state, seen(files=now))[0] == outcome

    def test_an_artifact_that_was_never_seen_and_is_not_there_fails(self) -> None:
        state = state_of(("artifact.produced", {"path": "/w/a.py"}))
        found = checks(state, seen(files={**files(a_py=None), "paths": ["a.py"]}))[STATE]
        assert (found.outcome, found.evidence) == (
            "failed",
            ["/w/a.py, which the session produced, is gone (probe 'files')"],
        )

    def test_an_artifact_that_git_sees_to_be_deleted_fails(self) -> None:
        state = state_of(("artifact.produced", {"path": "a.py"}), told(seen(git=git())))
        now = git(dirty={"a.py": {"status": "deleted"}}, dirty_count=1)
        assert outcomes(state, seen(git=now))[0] == "failed"
        again = state_of(("artifact.produced", {"path": "a.py"}), told(seen(git=now)))
        found = checks(again, seen(git=now))[STATE]
        assert (found.outcome, found.evidence[1]) == (
            "passed",
            "a.py, which the session produced, was not there before either",
        )

    @pytest.mark.parametrize(
        "did", [{"path": "a.py", "change": "deleted"}, {"path": "b.py", "change": "renamed", "renamed_from": "a.py"}]
    )
    def test_an_artifact_that_the_session_itself_removed_is_not_missed(self, did: dict[str, Any]) -> None:
        state = state_of(("artifact.produced", {"path": "a.py"}), told(seen(git=git(), files=files(a_py="1"))),
                         ("file.modified", did))  # fmt: skip
        assert outcomes(state, seen(git=git(), files=files()))[0] == "passed"

    def test_an_artifact_whose_probe_failed_is_not_checked(self) -> None:
        state = state_of(("artifact.produced", {"path": "a.py"}), told(seen(git=git(), files=files(a_py="1"))))
        assert outcomes(state, seen(git=git(), files="OSError: x"))[0] == "not_checked"

    def test_what_ones_own_probe_sees_is_evidence(self) -> None:
        state = state_of(told(seen(schema={"version": 3})))
        same, other = (checks(state, seen(schema={"version": version}))[STATE] for version in (3, 4))
        assert (same.outcome, same.evidence) == ("passed", [f"the probe 'schema' sees what it saw at {WHEN}"])
        assert (other.outcome, other.evidence) == ("not_checked", ["probe 'schema': version is 4, it was 3"])
        assert outcomes(state, None)[0] == "not_checked"


class TestFiles:
    """file-modification-check."""

    @pytest.mark.parametrize("now", [files(a_py="2"), files(), files(a_py=None), files(a_py="1", b_py="1")])
    def test_a_file_that_somebody_changed_fails(self, now: dict[str, Any]) -> None:
        assert outcomes(state_of(told(seen(files=files(a_py="1")))), seen(files=now))[1] == "failed"

    def test_what_the_session_changed_without_a_digest_is_said_to_be_unknown(self) -> None:
        state = state_of(told(seen(files=files(a_py="1", b_py="1"))), ("file.modified", {"path": "a.py"}))
        found = checks(state, seen(files=files(a_py="2", b_py="1")))[FILES]
        told_so = "a.py was changed by the session, which gave no SHA-256: whether it was changed again cannot be told"
        assert (found.outcome, found.evidence) == (
            "passed",
            ["1 file as the session knows them (probe 'files')", told_so],
        )
        alone = state_of(told(seen(files=files(a_py="1"))), ("file.modified", {"path": "a.py"}))
        assert checks(alone, seen(files=files(a_py="2")))[FILES].outcome == "not_checked"

    def test_a_file_that_cannot_be_read_is_not_checked(self) -> None:
        now = files(b_py="1")
        now["files"]["a.py"] = {"unreadable": "Permission denied"}
        state = state_of(told(seen(files=files(a_py="1", b_py="1"))))
        found = checks(state, seen(files=now))[FILES]
        assert (found.outcome, found.evidence[0]) == ("not_checked", "a.py cannot be read any more: Permission denied")
        both = checks(state_of(told(seen(files=now))), seen(files=now))[FILES]
        assert both.evidence == ["1 file as the session knows them (probe 'files')", "a.py cannot be read"]

    @pytest.mark.parametrize(
        ("now", "outcome"),
        [
            (git(), "passed"),
            (git(dirty={"a.py": {"status": "modified"}}, dirty_count=1), "failed"),
            (git(head="2" * 40), "not_checked"),  # nobody saw which files the commits changed
        ],
    )
    def test_what_git_sees_counts_where_no_digest_does(self, now: dict[str, Any], outcome: str) -> None:
        assert outcomes(state_of(told(seen(git=git()))), seen(git=now))[1] == outcome

    def test_a_change_that_is_no_longer_pending_was_undone_or_committed(self) -> None:
        state = state_of(told(seen(git=git(dirty={"a.py": {"status": "modified"}}, dirty_count=1))))
        assert outcomes(state, seen(git=git()))[1] == "failed"
        assert outcomes(state, seen(git=git(head="2" * 40)))[1] == "not_checked"

    def test_commits_do_not_hide_that_the_digests_are_the_same(self) -> None:
        state = state_of(told(seen(git=git(), files=files(a_py="1"))))
        assert outcomes(state, seen(git=git(head="2" * 40), files=files(a_py="1")))[1] == "passed"

    def test_files_that_the_session_knows_and_nobody_looked_at_are_not_checked(self) -> None:
        state = state_of(("file.modified", {"path": "a.py"}), ("file.modified", {"path": "b.py"}))
        found = checks(state, seen(git=git()))[FILES]
        assert (found.outcome, found.evidence) == (
            "not_checked",
            ["the session knows 2 files; no probe looked at them now"],
        )

    def test_files_that_were_never_seen_before_are_not_checked(self) -> None:
        found = checks(state_of(), seen(files=files(a_py="1")))[FILES]
        assert (found.outcome, found.evidence) == (
            "not_checked",
            ["the probe 'files' looked at 1 file; none was seen before"],
        )

    def test_evidence_of_very_many_files_ends_in_their_number(self) -> None:
        before, now = ({f"f{number:03}_py": digest for number in range(100)} for digest in "12")
        found = checks(state_of(told(seen(files=files(**before)))), seen(files=files(**now)))[FILES]
        assert (len(found.evidence), found.evidence[-1]) == (LISTED + 1, "and 80 more")


class TestTasks:
    """task-status-verification."""

    @pytest.mark.parametrize(
        ("now", "outcome"),
        [
            ({"T1": "open"}, "passed"),
            ({"T1": "in review"}, "passed"),
            ({"T1": "purple"}, "passed"),
            ({"T1": None}, "passed"),
            ({"T1": "Done"}, "failed"),
            ({"T1": "cancelled"}, "failed"),
            ({}, "failed"),
        ],
    )
    def test_an_open_task_must_not_be_over_or_gone(self, now: dict[str, Any], outcome: str) -> None:
        state = state_of(assigned("T1"), told(seen(tasks=tasks(T1="open"))))
        assert outcomes(state, seen(tasks=tasks(**now)))[2] == outcome

    def test_an_open_task_that_is_over_fails_though_it_was_so_before(self) -> None:
        world = seen(tasks=tasks(T1="done"))
        assert outcomes(state_of(assigned("T1"), told(world)), world)[2] == "failed"

    @pytest.mark.parametrize(
        ("before", "now", "ended", "outcome"),
        [
            ("open", "done", "success", "passed"),
            ("done", "open", "success", "failed"),
            ("done", "reopened", "cancelled", "failed"),
            ("done", "open", "failed", "not_checked"),  # whoever failed may try again
            ("open", "open", "success", "not_checked"),  # nobody ever closed it there
            ("done", "purple", "success", "passed"),
        ],
    )
    def test_a_task_that_the_session_ended_must_not_be_open_again(
        self, before: str, now: str, ended: str, outcome: str
    ) -> None:
        state = state_of(assigned("T1"), completed("T1", ended), told(seen(tasks=tasks(T1=before))))
        assert outcomes(state, seen(tasks=tasks(T1=now)))[2] == outcome

    def test_a_task_that_was_taken_up_again_is_open(self) -> None:
        state = state_of(completed("T1"), assigned("T1"))
        assert outcomes(state, seen(tasks=tasks(T1="open")))[2] == "passed"
        assert outcomes(state, seen(tasks=tasks(T1="done")))[2] == "failed"

    def test_tasks_that_no_probe_knows_are_not_checked(self) -> None:
        found = checks(state_of(assigned("T1")), seen(tasks=tasks(T2="open")))[TASKS]
        assert (found.outcome, found.evidence) == ("not_checked", ["task T1 of the session is not known to any probe"])
        found = checks(state_of(assigned("T1")), seen(git=git()))[TASKS]
        assert (found.outcome, found.evidence) == (
            "not_checked",
            ["the session has 1 open task; no probe looked at statuses"],
        )

    def test_a_session_without_tasks_has_none_that_could_be_wrong(self) -> None:
        assert outcomes(state_of(), seen(tasks=tasks(T2="open")))[2] == "passed"


class TestDependencies:
    """dependency-validation."""

    @pytest.mark.parametrize(
        ("ended", "outcome"),
        [("success", "passed"), ("partial", "passed"), ("failed", "failed"), ("cancelled", "failed")],
    )
    def test_what_the_session_itself_knows_needs_no_probe(self, ended: str, outcome: str) -> None:
        state = state_of(assigned("T0"), completed("T0", ended), assigned("T1", "T0"))
        assert outcomes(state, None)[3] == outcome

    def test_the_last_end_of_a_task_counts(self) -> None:
        state = state_of(completed("T0", "failed"), assigned("T0"), completed("T0"), assigned("T1", "T0"))
        assert outcomes(state, None)[3] == "passed"

    def test_a_task_that_is_open_once_more_is_still_to_come(self) -> None:
        state = state_of(completed("T0", "failed"), assigned("T0"), assigned("T1", "T0"))
        assert outcomes(state, None)[3] == "passed"

    @pytest.mark.parametrize(
        ("now", "outcome"),
        [({"T0": "open"}, "passed"), ({"T0": "done"}, "passed"), ({"T0": "Cancelled"}, "failed"), ({}, "failed")],
    )
    def test_a_task_that_was_given_up_or_is_gone_elsewhere_fails(self, now: dict[str, Any], outcome: str) -> None:
        state = state_of(assigned("T1", "T0"), told(seen(tasks=tasks(T0="open"))))
        assert outcomes(state, seen(tasks=tasks(**now)))[3] == outcome

    @pytest.mark.parametrize(
        ("before", "now", "outcome"),
        [
            (files(a_py="1"), files(a_py="2"), "passed"),
            (files(a_py="1"), files(), "failed"),
            (files(a_py=None), files(a_py=None), "not_checked"),
        ],
    )
    def test_a_file_that_was_there_and_is_gone_fails(self, before: Any, now: Any, outcome: str) -> None:
        state = state_of(assigned("T1", "/w/a.py"), told(seen(files=before)))
        assert outcomes(state, seen(files=now))[3] == outcome

    def test_a_file_that_the_session_itself_removed_is_gone_all_the_same(self) -> None:
        state = state_of(assigned("T1", "a.py"), told(seen(files=files(a_py="1"))),
                         ("file.modified", {"path": "a.py", "change": "deleted"}))  # fmt: skip
        found = checks(state, seen(files=files()))[NEEDS]
        assert (found.outcome, found.evidence) == (
            "failed",
            ["task T1 depends on a.py: the session itself removed the file"],
        )

    def test_a_name_of_which_nothing_is_known_is_said_to_be_so(self) -> None:
        found = checks(state_of(assigned("T1", "the client's approval")), seen(git=git()))[NEEDS]
        assert (found.outcome, found.evidence) == (
            "not_checked",
            ["task T1 depends on the client's approval: nothing is known of the client's approval"],
        )

    def test_what_ended_tasks_depended_on_does_not_matter_any_more(self) -> None:
        state = state_of(assigned("T1", "T0"), completed("T1"), completed("T0", "failed"))
        found = checks(state, seen(git=git()))[NEEDS]
        assert (found.outcome, found.evidence) == ("passed", ["no task is open"])
