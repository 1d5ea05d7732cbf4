"""`holdfast recover` and `holdfast command`: what is shown, and by which exit code it ends."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from command import Command
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.embedded import EmbeddedPostgres
from models import refused
from writing import said

ID = "SESSION-260129-001"
HOSTILE = "Paris \x1b[31m\nin red"


@pytest.fixture
def holdfast(settings: Settings) -> Command:
    return Command(settings)


@pytest.fixture
def session(hf: Holdfast) -> Session:
    session = hf.start("phil", agent="planner", session_id=ID)
    session.append(
        {"type": "task.assigned", "data": {"task_id": "T-1", "description": HOSTILE, "next_steps": ["book"]}},
        said("Plan the trip"),
        {"type": "effect.intended", "data": {"effect_id": "m", "action": "send_mail", "target": "ada"}},
    )
    session.save()
    return session


def test_what_is_shown(holdfast: Command, session: Session) -> None:
    shown = holdfast("recover", ID)
    assert (shown.code, shown.err) == (0, "")
    point = session.snapshots()[0].id
    assert f"✅ {ID}: success\n" in shown.out
    for line in (f"recovery point  {point}", "last good event 4", "recorded        as event 5"):
        assert line in shown.out
    for heading in ("Context", "Next steps", "Warnings", "Effects", "Checks", "Steps"):
        assert f"\n{heading}\n" in shown.out
    assert "  1. Find out whether this was done, and settle it before anything else: send_mail m to ada" in shown.out
    assert "uncertain       send_mail m to ada" in shown.out
    assert "not_checked  project-state-consistency: nothing outside the session was ever observed" in shown.out
    assert " ms  Context Loading → context-snapshot" in shown.out
    assert "\x1b" not in shown.out


def test_the_report_as_json(holdfast: Command, session: Session) -> None:
    (report,) = holdfast("recover", ID, "--mode", "full", "--no-record", "--json").lines
    assert (report["status"], report["mode"], report["recorded"], report["damage"]) == ("success", "full", None, None)
    assert report["steps"][0]["output"] == "session-metadata"
    assert len(session.events()) == 4


def test_the_prompt(holdfast: Command, session: Session) -> None:
    shown = holdfast("recover", ID, "--prompt", "--no-record")
    assert shown.out.startswith(f"# Session Recovery Prompt Template\n\nYou are resuming work from {ID}.\n")
    assert "\x1b" not in shown.out
    (line,) = holdfast("recover", ID, "--prompt", "--json", "--no-record").lines
    assert (line["session_id"], line["status"]) == (ID, "success")
    assert line["prompt"].endswith("Continue from where we left off.")
    assert len(session.events()) == 4


@pytest.mark.parametrize("form", ["openai", "anthropic"])
def test_the_history_for_a_model(holdfast: Command, hf: Holdfast, session: Session, form: Any) -> None:
    call = {"id": "c", "name": "f", "arguments": {}}
    session.append(
        {"type": "message.added", "data": {"role": "system", "content": "Be brief"}},
        {
            "type": "message.added",
            "data": {"role": "assistant", "tool_calls": [call]},
        },
    )
    (history,) = holdfast("recover", ID, "--messages", form, "--no-record").lines
    assert refused(form, history["messages"], history.get("system")) == []
    assert "interrupted_call" in {each["problem"] for each in history["repairs"]}
    expected = hf.session(ID).recover(record=False).history(form)
    assert (history["messages"], history.get("system")) == (expected.messages, expected.system)
    for number in range(50):
        session.append(said(f"{number} " * 50))
    (cut,) = holdfast("recover", ID, "--messages", form, "--max-tokens", 800, "--no-record").lines
    assert cut["left_out"] > 0
    assert cut["tokens"] <= 800


def test_what_is_not_all_there_is_6(holdfast: Command, engine: Engine, session: Session) -> None:
    session.append(said("last"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE events SET actor = 'x' WHERE seq = 5"))
    shown = holdfast("recover", ID, "--no-record")
    assert shown.code == 6
    assert f"⚠️ {ID}: partial" in shown.out
    assert "Missing from event 5 to 5" in shown.out
    prompt = holdfast("recover", ID, "--prompt", "--no-record")
    assert prompt.code == 6
    assert prompt.err.startswith("partial: ")
    assert holdfast("sessions", "inspect", "--json").lines[0]["code"] == "log_damaged"


def test_a_session_that_is_not_there_is_3(holdfast: Command) -> None:
    shown = holdfast("recover", "nowhere")
    assert shown.code == 3
    assert "❌ nowhere: failed" in shown.out
    assert "I apologize but I could not load your previous session." in shown.out
    assert holdfast("recover", "nowhere", "--json").lines[0]["status"] == "failed"
    history = holdfast("recover", "nowhere", "--messages", "openai")
    assert (history.code, history.out) == (3, "")
    assert history.err == "failed: there is no session 'nowhere'\n"


def test_bad_usage_is_2(holdfast: Command, session: Session) -> None:
    for words in (
        ["--mode", "slow"],
        ["--prompt", "--messages", "openai"],
        ["--max-tokens", "9"],
        ["--files", ""],
    ):
        assert holdfast("recover", ID, *words).code == 2, words
    assert len(session.events()) == 4, "nothing was recorded"
    assert holdfast("recover", ID, "--messages", "openai", "--max-tokens", "1").code == 2


def test_the_world_is_looked_at_where_the_command_runs(holdfast: Command, session: Session, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "a.py").write_text("1")
    git = ["git", "-C", str(project), "-c", "user.name=x", "-c", "user.email=x"]
    subprocess.run([*git, "init", "-q", "-b", "main"], check=True)
    words = ("recover", ID, "--git", project, "--files", "*.py", "--files", "*.md", "--json")
    first = holdfast(*words)
    assert (first.code, first.lines[0]["changes"]) == (0, [])
    (project / "a.py").write_text("2")
    (second,) = holdfast(*words).lines
    assert [(each["kind"], each["subject"]) for each in second["changes"]] == [("file_modified", "a.py")]
    assert session.state().world.working_branch == "main"
    subprocess.run([*git, "checkout", "-q", "-b", "other"], check=True)
    third = holdfast(*words)
    assert third.code == 6
    assert (third.lines[0]["mode"], third.lines[0]["action"]) == ("emergency", "request-manual-verification")


@pytest.mark.promise(6)
def test_with_postgres_stopped_it_is_an_emergency_and_answers(
    holdfast: Command, session: Session, postgres_server: EmbeddedPostgres
) -> None:
    assert session.snapshots()
    postgres_server.stop()
    try:
        shown = holdfast("recover", ID)
        prompt = holdfast("recover", ID, "--prompt", "--no-record")
        history = holdfast("recover", ID, "--messages", "openai", "--no-record")
    finally:
        postgres_server.start()
    assert shown.code == prompt.code == history.code == 6
    assert "mode            emergency (asked for: quick)" in shown.out
    assert "quick became full: Postgres did not answer" in shown.out
    assert "T-1" in prompt.out
    assert history.lines[0]["messages"] == [{"role": "user", "content": "Plan the trip"}]


def test_it_answers_where_the_settings_name_no_database(settings: Settings, session: Session) -> None:
    alone = Command(settings)
    alone.variables = {name: value for name, value in alone.variables.items() if name != "HOLDFAST_DATABASE_URL"}
    shown = alone("recover", ID, "--no-record", "--json")
    assert shown.code == 6
    assert (shown.lines[0]["mode"], shown.lines[0]["recovery_point"]) == ("emergency", session.snapshots()[0].id)
    assert alone("command", f"Provide context summary for {ID}").code == 6


def test_a_command_in_words_and_structured(holdfast: Command, session: Session) -> None:
    shown = holdfast("command", f"AI: Resume T-1 from last checkpoint in {ID}")
    assert shown.code == 0
    assert json.loads(shown.out)["nextActions"][-1] == "book"
    (line,) = holdfast("command", "Provide", "context", "summary", "for", ID, "--json").lines
    assert line["projectState"]["activeTasks"] == ["T-1"]
    structured = {"command": "RECOVER_SESSION", "parameters": {"sessionId": ID, "recoveryType": "full"}}
    (line,) = holdfast("command", json.dumps(structured), "--json").lines
    assert (line["status"], line["recoveryType"]) == ("success", "full")
    emergency = holdfast(
        "command", "Emergency recovery - load critical project context only", "--user", "phil", "--json"
    )
    assert (emergency.code, emergency.lines[0]["sessionId"]) == (6, ID)
    assert session.events()[-1].type == "session.recovered"


def test_what_is_no_command_is_2_and_what_is_not_there_3(holdfast: Command, session: Session) -> None:
    shown = holdfast("command", "do something")
    assert shown.code == 2
    assert "understood are: Initialize session with recovery from" in shown.err
    assert holdfast("command", "Resume TASK-9").code == 3
    assert holdfast("command", f"Resume T-9 from last checkpoint in {session.id}").code == 2
    assert holdfast("command", "Emergency recovery", "--user", "nobody").code == 3
