"""Commands: what is understood, in words and structured; and what is said of all else."""

import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from holdfast.errors import InvalidInput
from holdfast.recovering.commands import FORMS, ContextSummary, RecoverSession, ResumeTask, parse
from holdfast.recovering.resuming import knows, resumed, summarised
from holdfast.session import State
from observing import Said, state_of
from reporting import report_of
from strategies import identifiers, json_values, patient

ID = "SESSION-240124-001"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("AI: Initialize session with recovery from SESSION-240124-001", RecoverSession(ID)),
        ("AI: Resume TASK-6-004 from last checkpoint in SESSION-240124-001", ResumeTask("TASK-6-004", ID)),
        (
            "AI: Provide context summary for SESSION-240124-001 and current project state",
            ContextSummary(ID),
        ),
        ("AI: Emergency recovery - load critical project context only", RecoverSession(None, "emergency")),
        # other people's ways
        ("initialise a new session with recovery from session-240124-001.", RecoverSession(ID)),
        ("  ai :  INITIALIZE   SESSION with recovery\nfrom session SESSION-240124-001!  ", RecoverSession(ID)),
        ("“Start session with recovery from trip-7”", RecoverSession("trip-7")),
        ("resume task-6-004 from the last checkpoint", ResumeTask("TASK-6-004")),
        ("Resume task plan-trip from last checkpoint of trip-7.", ResumeTask("plan-trip", "trip-7")),
        ("Resume TASK-6-004", ResumeTask("TASK-6-004")),
        ("Resume TASK-6-004 in SESSION-240124-001", ResumeTask("TASK-6-004", ID)),
        ("provide a context summary of trip-7", ContextSummary("trip-7")),
        ("Emergency recovery", RecoverSession(None, "emergency")),
        ("emergency recovery — load the critical project context", RecoverSession(None, "emergency")),
        ("Emergency recovery: load critical project context only!", RecoverSession(None, "emergency")),
        ("Emergency recovery for SESSION-240124-001", RecoverSession(ID, "emergency")),
        ("Emergency recovery of Trip-7 - load critical project context only", RecoverSession("Trip-7", "emergency")),
        ("Emergency recovery - load critical project context only for Trip-7", RecoverSession("Trip-7", "emergency")),
        ('{"command": "RESUME_TASK", "parameters": {"taskId": "t"}}', ResumeTask("t")),
    ],
)
def test_commands_in_words(said: str, meant: object) -> None:
    assert parse(said) == meant


@pytest.mark.parametrize(
    ("name", "parameters", "meant"),
    [
        ("RECOVER_SESSION", {"sessionId": ID}, RecoverSession(ID)),
        ("RECOVER_SESSION", {"sessionId": ID, "recoveryType": None}, RecoverSession(ID)),
        ("RECOVER_SESSION", {"sessionId": "x", "recoveryType": "full"}, RecoverSession("x", "full")),
        ("RECOVER_SESSION", {"sessionId": "x", "recoveryType": "emergency"}, RecoverSession("x", "emergency")),
        ("RESUME_TASK", {"taskId": "plan the trip"}, ResumeTask("plan the trip")),
        ("RESUME_TASK", {"taskId": "t", "sessionId": ID, "fromStep": "b c"}, ResumeTask("t", ID, "b c")),
    ],
)
def test_structured_commands(name: str, parameters: dict[str, Any], meant: object) -> None:
    assert parse({"command": name, "parameters": parameters}) == meant


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ({}, "command: must be RECOVER_SESSION or RESUME_TASK, not null"),
        ({"command": "DROP"}, "command: must be RECOVER_SESSION or RESUME_TASK, not 'DROP'"),
        ({"command": "RESUME_TASK"}, "parameters: must be an object, not null"),
        ({"command": "RESUME_TASK", "parameters": []}, "parameters: must be an object, not a list"),
        ({"command": "RESUME_TASK", "parameters": {}}, "parameters.taskId: is required"),
        ({"command": "RESUME_TASK", "parameters": {"taskId": " "}}, "parameters.taskId: must be text, not ' '"),
        ({"command": "RESUME_TASK", "parameters": {"taskId": 7}}, "parameters.taskId: must be text, not 7"),
        ({"command": "RESUME_TASK", "parameters": {"taskId": "t", "sessionId": "a b"}}, "parameters.sessionId: must"),
        (
            {"command": "RESUME_TASK", "parameters": {"taskId": "t", "from": "b"}},
            "parameters: has 'from', which is not",
        ),
        ({"command": "RECOVER_SESSION", "parameters": {}}, "parameters.sessionId: must be 1 to 128 printable"),
        (
            {"command": "RECOVER_SESSION", "parameters": {"sessionId": "s", "recoveryType": "slow"}},
            "parameters.recoveryType: must be one of quick, full, emergency, not 'slow'",
        ),
        ({"command": "RESUME_TASK", "parameters": {"taskId": "t"}, "user": "u"}, "command: has 'user', which is not"),
        ({"command": "RESUME_TASK", "parameters": {1: 2}}, "parameters: must be an object"),
        ("{", "command: begins as JSON and is none"),
        ('{"a": NaN}', "command: begins as JSON and is none"),
        ("x" * 2001, "command: has 2,001 characters, and may have 2,000"),
        (f"Resume {'t' * 200} from last checkpoint", "task: must be 1 to 128 printable characters"),
        (7, "command: must be text or an object, not 7"),
    ],
)
def test_what_is_wrong_is_named(command: Any, problem: str) -> None:
    with pytest.raises(InvalidInput, match=f"^{re.escape(problem)}"):
        parse(command)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "...",
        "continue with the second option",
        "resume the campaign on Monday",
        "Resume from last checkpoint in SESSION-240124-001",
        "Initialize session with recovery",
        "Provide context summary",
        "an emergency recovery",
        "Emergency recovery - load everything",
        "Please say: Initialize session with recovery from SESSION-240124-001",
    ],
)
def test_what_is_no_command_is_told_which_there_are(said: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        parse(said)
    assert all(form in raised.value.message for form in FORMS)


def test_every_form_that_is_offered_is_understood() -> None:
    for form in FORMS:
        parse(form.replace("quick|full|emergency", "quick").replace("…", "x"))


@settings(patient, max_examples=300)
@given(
    st.text()
    | st.sampled_from(FORMS).flatmap(lambda form: st.integers(0, len(form)).map(lambda place: form[:place]))
    | st.text().map(lambda text: "{" + text)
    | json_values
    | st.fixed_dictionaries(
        {"command": st.sampled_from(["RECOVER_SESSION", "RESUME_TASK"]) | json_values},
        optional={
            "parameters": json_values
            | st.dictionaries(st.sampled_from(["sessionId", "taskId", "fromStep", "recoveryType", "x"]), json_values)
        },
    )
    | st.dictionaries(st.integers() | st.none() | st.text(), json_values)
)
@example("\ud800")
@example("{\ud800")
@example("Emergency recovery " + "- " * 900)
@example(b"Emergency recovery")
def test_nothing_but_invalid_input_is_raised(command: Any) -> None:
    try:
        meant: object = parse(command)
    except InvalidInput as error:
        meant = error
    assert isinstance(meant, RecoverSession | ResumeTask | ContextSummary | InvalidInput)
    assert len(str(meant)) < 2000


@settings(patient, max_examples=100)
@given(identifiers)
def test_any_session_can_be_named_in_a_structure(session_id: str) -> None:
    assert parse({"command": "RECOVER_SESSION", "parameters": {"sessionId": session_id}}) == RecoverSession(session_id)


STARTED: Said = ("session.started", {"user_id": "phil"})
ASSIGNED: Said = (
    "task.assigned",
    {
        "task_id": "TASK-6-004",
        "description": "SMS",
        "phase": "phase-6",
        "scope": {"objectives": ["send"], "out_of_scope": ["mail"]},
        "budget": {"max_skill_calls": 5},
        "depends_on": ["TASK-6-003"],
    },
)
PROGRESSED: Said = (
    "task.progressed",
    {
        "completed_steps": ["schema", "provider"],
        "current_step": "admin",
        "next_steps": ["test", "integrate"],
        "progress": 85,
        "last_action": "migrated",
        "blockers": ["no key"],
    },
)
DECIDED: Said = ("decision.made", {"question": "Which provider?", "decision": "Twilio"})
MADE: Said = ("artifact.produced", {"path": "sms.php"})
MAIL: Said = ("effect.intended", {"effect_id": "m", "action": "mail"})
OTHER: Said = ("task.assigned", {"task_id": "other", "description": "Other", "next_steps": ["look"]})


def sms(*more: Said) -> State:
    return state_of(STARTED, ASSIGNED, PROGRESSED, DECIDED, MADE, *more)


def test_resume_task_answers_with_the_guides_fields() -> None:
    answer = resumed(report_of(sms()), "TASK-6-004", None)
    assert list(answer)[:4] == ["taskContext", "currentStep", "progress", "nextActions"]
    assert (answer["currentStep"], answer["progress"]) == ("admin", "85%")
    assert answer["nextActions"] == ["Clear the blocker: no key", "admin", "test", "integrate"]
    assert answer["continuationId"] == "CONTINUATION-260129-001-ADMIN"
    context = answer["taskContext"]
    assert (context["description"], context["status"], context["phase"]) == ("SMS", "active", "phase-6")
    assert context["scope"] == {"objectives": ["send"], "boundaries": [], "out_of_scope": ["mail"], "channels": []}
    assert (context["budget"]["max_skill_calls"], context["budget"]["skill_calls_used"]) == (5, 0)
    assert context["steps"] == {"completed": ["schema", "provider"], "current": "admin", "next": ["test", "integrate"]}
    assert (context["blockers"], context["dependsOn"], context["lastAction"]) == (
        ["no key"],
        ["TASK-6-003"],
        "migrated",
    )
    assert [each["decision"] for each in context["decisions"]] == ["Twilio"]
    assert [each["path"] for each in context["artifacts"]] == ["sms.php"]


@pytest.mark.parametrize(
    ("step", "actions", "at"),
    [
        ("schema", ["schema", "provider", "admin", "test", "integrate"], "SCHEMA"),
        ("admin", ["admin", "test", "integrate"], "ADMIN"),
        ("integrate", ["integrate"], "INTEGRATE"),
    ],
)
def test_a_task_can_be_resumed_from_any_step_that_is_known(step: str, actions: list[str], at: str) -> None:
    report = report_of(sms())
    before = report.state.model_copy(deep=True)
    answer = resumed(report, "TASK-6-004", step)
    assert (answer["currentStep"], answer["nextActions"][1:]) == (step, actions)
    assert answer["continuationId"] == f"CONTINUATION-260129-001-{at}"
    assert answer["taskContext"]["steps"]["current"] == "admin", "what the log says"
    assert report.state == before


def test_a_step_that_is_not_known_is_refused_with_those_that_are() -> None:
    known = "'schema', 'provider', 'admin', 'test', 'integrate'"
    with pytest.raises(InvalidInput, match=f"^fromStep: the task 'TASK-6-004' has no step 'x'; known: {known}$"):
        resumed(report_of(sms()), "TASK-6-004", "x")


def test_another_task_than_the_active_one() -> None:
    report = report_of(sms(OTHER, MAIL))
    answer = resumed(report, "TASK-6-004", None)
    assert answer["taskContext"]["status"] == "open"
    assert answer["nextActions"] == [report.next_steps[0], "Clear the blocker: no key", "admin", "test", "integrate"]
    assert "settle it before anything else: mail m" in answer["nextActions"][0], "what is uncertain comes first"
    assert resumed(report, "other", None)["nextActions"][1:] == ["look"]


def test_what_the_log_does_not_tell_of_a_task_is_null() -> None:
    answer = resumed(report_of(sms(OTHER)), "other", None)
    assert (answer["currentStep"], answer["progress"]) == (None, None)
    assert (answer["taskContext"]["scope"], answer["taskContext"]["budget"]) == (None, None)


def test_a_task_that_ended_is_told_as_such() -> None:
    state = sms(("task.completed", {"outcome": "partial", "summary": "most of it"}))
    answer = resumed(report_of(state), "TASK-6-004", None)
    assert (answer["currentStep"], answer["progress"], answer["nextActions"]) == (None, None, [])
    assert (answer["taskContext"]["status"], answer["taskContext"]["summary"]) == ("partial", "most of it")
    with pytest.raises(InvalidInput, match="fromStep: the task 'TASK-6-004' has ended"):
        resumed(report_of(state), "TASK-6-004", "admin")


def test_a_task_that_is_not_known_is_refused_with_those_that_are() -> None:
    report = report_of(sms(OTHER, ("task.completed", {})))
    assert knows(report.state, "other")
    assert not knows(report.state, "x")
    with pytest.raises(InvalidInput, match=r"has no task 'x'; known: 'TASK-6-004', 'other'$"):
        resumed(report, "x", None)
    with pytest.raises(InvalidInput, match=r"known: none; not all of the session could be recovered$"):
        resumed(report_of(state_of(STARTED), status="partial"), "x", None)


def test_recover_session_answers_with_the_guides_fields() -> None:
    report = report_of(sms())
    answer = summarised(report)
    assert list(answer)[:4] == ["status", "contextSummary", "nextSteps", "warnings"]
    assert answer["status"] == "success"
    assert (answer["contextSummary"], answer["nextSteps"], answer["warnings"]) == (
        report.context_summary,
        report.next_steps,
        report.warnings,
    )
    assert (answer["sessionId"], answer["recoveryType"]) == (ID.replace("240124", "260129"), "quick")
    assert "projectState" not in answer


def test_the_project_state_is_that_of_the_context_snapshot() -> None:
    assert summarised(report_of(sms()), project=True)["projectState"] == {
        "currentPhase": "phase-6",
        "activeTasks": ["TASK-6-004"],
        "recentCompletions": [],
        "projectHealth": None,
        "criticalIssues": [],
    }
    assert summarised(report_of(State(), status="failed"), project=True)["projectState"] is None
