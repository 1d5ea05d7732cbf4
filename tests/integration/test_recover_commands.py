"""Recovery by command, of a session that may not be there, and of the one that was last active."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.embedded import EmbeddedPostgres
from holdfast.errors import InvalidInput, NotConfigured, SessionNotFound, StoreUnavailable
from holdfast.events import SessionRecovered
from holdfast.recovering.failure import APOLOGY
from holdfast.world import Files
from writing import said

TASK = {"task_id": "TASK-6-004", "description": "SMS", "next_steps": ["test", "integrate"], "phase": "phase-6"}


@pytest.fixture
def session(hf: Holdfast) -> Session:
    """In the middle of a task, and saved."""
    session = hf.start("phil", agent="developer", session_id="SESSION-240124-001")
    session.append({"type": "task.assigned", "data": TASK}, said("Go on with the SMS"))
    session.append({"type": "task.progressed", "data": {"progress": 85, "current_step": "admin"}})
    session.save()
    return session


def test_initialize_session_with_recovery(hf: Holdfast, session: Session) -> None:
    answer = hf.command("AI: Initialize session with recovery from SESSION-240124-001")
    assert list(answer) == [
        "status", "contextSummary", "nextSteps", "warnings", "sessionId", "recoveryType", "continuationId",
    ]  # fmt: skip
    assert (answer["status"], answer["recoveryType"]) == ("success", "quick")
    assert "TASK-6-004: SMS, 85% complete" in answer["contextSummary"]
    assert answer["nextSteps"] == ["admin", "test", "integrate"]
    event = session.events()[-1]
    assert isinstance(event.payload, SessionRecovered)
    assert event.actor == event.payload.agent == "developer", "who worked there before"


def test_recover_session_in_full_and_by_whom(hf: Holdfast, session: Session) -> None:
    parameters = {"sessionId": session.id, "recoveryType": "full"}
    answer = hf.command({"command": "RECOVER_SESSION", "parameters": parameters}, agent="somebody else")
    assert (answer["status"], answer["recoveryType"]) == ("success", "full")
    assert session.events()[-1].actor == "somebody else"


def test_resume_task_in_a_session(hf: Holdfast, session: Session) -> None:
    answer = hf.command("AI: Resume TASK-6-004 from last checkpoint in SESSION-240124-001")
    assert (answer["currentStep"], answer["progress"]) == ("admin", "85%")
    assert answer["nextActions"] == ["admin", "test", "integrate"]
    assert answer["taskContext"]["description"] == "SMS"
    assert session.events()[-1].type == "session.recovered"


def test_resume_task_from_a_step(hf: Holdfast, session: Session) -> None:
    parameters = {"taskId": "TASK-6-004", "sessionId": session.id, "fromStep": "integrate"}
    answer = hf.command({"command": "RESUME_TASK", "parameters": parameters})
    assert (answer["currentStep"], answer["nextActions"]) == ("integrate", ["integrate"])


def test_what_is_wrong_with_a_task_is_said_before_anything_is_recorded(hf: Holdfast, session: Session) -> None:
    before = len(session.events())
    for parameters, problem in (
        ({"taskId": "TASK-9", "sessionId": session.id}, "taskId: session 'SESSION-240124-001' has no task 'TASK-9'"),
        ({"taskId": "TASK-6-004", "sessionId": session.id, "fromStep": "x"}, "fromStep: .* has no step 'x'"),
    ):
        with pytest.raises(InvalidInput, match=problem):
            hf.command({"command": "RESUME_TASK", "parameters": parameters})
    with pytest.raises(SessionNotFound):
        hf.command("Resume TASK-6-004 from last checkpoint in nowhere")
    assert len(session.events()) == before


def test_resume_task_finds_the_newest_session_that_knows_it(hf: Holdfast, session: Session) -> None:
    newer = hf.start("phil")
    newer.append({"type": "task.progressed", "data": {"task_id": "TASK-6-004", "current_step": "newer"}})
    hf.start("phil").append(said("of something else"))
    other = hf.start("ada")
    other.append({"type": "task.assigned", "data": {"task_id": "TASK-6-004", "description": "Hers"}})
    command = {"command": "RESUME_TASK", "parameters": {"taskId": "TASK-6-004"}}
    assert hf.command(command, user_id="phil")["sessionId"] == newer.id
    assert hf.command(command)["sessionId"] == other.id
    assert hf.command("resume TASK-6-004 in SESSION-240124-001")["sessionId"] == session.id
    with pytest.raises(SessionNotFound, match=r"of user 'ada' knows the task 'x'; searched were the newest 1$"):
        hf.command({"command": "RESUME_TASK", "parameters": {"taskId": "x"}}, user_id="ada")


def test_the_search_for_a_task_has_an_end_and_says_where(
    hf: Holdfast, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdfast.client.commanding.SEARCHED", 2)
    hf.start("phil")
    hf.start("phil")
    with pytest.raises(SessionNotFound, match=r"'TASK-6-004'; searched were the newest 2$"):
        hf.command({"command": "RESUME_TASK", "parameters": {"taskId": "TASK-6-004"}})
    assert session.state().tasks


def test_a_context_summary_tells_the_project_and_records_nothing(hf: Holdfast, session: Session) -> None:
    before = len(session.events())
    answer = hf.command("AI: Provide context summary for SESSION-240124-001 and current project state")
    assert answer["projectState"] == {
        "currentPhase": "phase-6",
        "activeTasks": ["TASK-6-004"],
        "recentCompletions": [],
        "projectHealth": None,
        "criticalIssues": [],
    }
    assert answer["status"] == "success"
    assert len(session.events()) == before


def test_emergency_recovery_takes_the_session_that_was_last_active(hf: Holdfast, session: Session) -> None:
    hf.start("ada").append(said("hers"))
    session.append(said("and last"))
    answer = hf.command("AI: Emergency recovery - load critical project context only")
    assert (answer["sessionId"], answer["recoveryType"], answer["status"]) == (session.id, "emergency", "partial")
    mine = hf.start("ada")
    assert hf.command("Emergency recovery", user_id="phil")["sessionId"] == session.id
    assert hf.command("Emergency recovery", user_id="ada")["sessionId"] == mine.id


def test_the_world_is_looked_at(hf: Holdfast, session: Session, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    session.observe(Files("a.py", tmp_path))
    (tmp_path / "a.py").write_text("2")
    answer = hf.command(f"Provide context summary for {session.id}", world=[Files("a.py", tmp_path)])
    assert any("a.py was modified" in each for each in answer["warnings"])


def test_a_session_that_is_not_there_is_a_failed_recovery(hf: Holdfast) -> None:
    report = hf.recover("nowhere")
    assert (report.status, report.ok, report.context_summary) == ("failed", False, APOLOGY)
    assert isinstance(report.problem, SessionNotFound)
    assert report.next_steps[0].startswith("Start a fresh session (hf.start(user_id, continues='nowhere'))")
    assert hf.command({"command": "RECOVER_SESSION", "parameters": {"sessionId": "nowhere"}})["status"] == "failed"
    fresh = hf.start("phil", continues="nowhere")
    assert fresh.state().continues == "nowhere"


def test_the_last_active_session_is_recovered_where_none_is_named(hf: Holdfast, session: Session) -> None:
    other = hf.start("ada")
    assert hf.recover(record=False).session_id == other.id
    assert hf.recover(user_id="phil", record=False).session_id == session.id
    session.append(said("now here"))
    assert hf.recover(record=False).session_id == session.id
    with pytest.raises(SessionNotFound, match="there is no session yet of user 'nobody'"):
        hf.recover(user_id="nobody")


@pytest.mark.promise(9)
def test_the_last_active_session_of_another_tenant_is_none(settings: Settings, session: Session) -> None:
    with Holdfast(settings.model_copy(update={"tenant": "another"})) as other:
        with pytest.raises(SessionNotFound, match="there is no session yet"):
            other.recover(user_id="phil")
        with pytest.raises(SessionNotFound):
            other.command("Resume TASK-6-004")
        assert other.recover(session.id).status == "failed"


@pytest.mark.parametrize("given", [{"session_id": "a b"}, {"user_id": "a b"}, {"mode": "slow"}, {"agent": ""}])
def test_bad_input_is_named(hf: Holdfast, session: Session, given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(given))):
        hf.recover(**({"session_id": session.id} if "user_id" not in given else {}) | given)
    if given.keys() & {"user_id", "agent"}:
        with pytest.raises(InvalidInput, match=next(iter(given))):
            hf.command(f"Provide context summary for {session.id}", **given)


@pytest.mark.promise(6)
def test_with_postgres_stopped_a_session_that_is_named_comes_back(
    hf: Holdfast, session: Session, postgres_server: EmbeddedPostgres
) -> None:
    postgres_server.stop()
    try:
        report = hf.recover(session.id)
        answer = hf.command(f"Resume TASK-6-004 in {session.id}")
        with pytest.raises(StoreUnavailable, match="which session was last active only Postgres knows, so give"):
            hf.command("Emergency recovery")
        with pytest.raises(StoreUnavailable):
            hf.command("Resume TASK-6-004")
    finally:
        postgres_server.start()
    assert (report.mode, report.status) == ("emergency", "partial")
    assert "TASK-6-004: SMS, 85% complete" in report.context_summary
    assert answer["progress"] == "85%"


def test_without_a_database_it_takes_an_id(settings: Settings, session: Session) -> None:
    with Holdfast(settings.model_copy(update={"database_url": None})) as alone:
        assert alone.recover(session.id, record=False).status == "partial"
        with pytest.raises(NotConfigured):
            alone.recover()


def test_a_damaged_session_does_not_keep_a_task_from_being_found(
    hf: Holdfast, engine: Engine, session: Session
) -> None:
    broken = hf.start("phil")
    broken.append({"type": "task.assigned", "data": {"description": "x"}})
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE events SET type = 'task.dreamt' WHERE seq = 2 AND session_key = "
                 "(SELECT key FROM sessions WHERE id = :id)"),
            {"id": broken.id},
        )  # fmt: skip
    assert hf.command("Resume TASK-6-004", user_id="phil")["sessionId"] == session.id
    with pytest.raises(SessionNotFound, match=f"these could not be read: {broken.id}"):
        hf.command({"command": "RESUME_TASK", "parameters": {"taskId": "none"}})
