"""`holdfast snapshots` and `holdfast keys`: listed, shown, compared, checked, pinned, taken."""

import json
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine, text

from command import Command
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.saving.tiers import TIERS
from writing import said

HOSTILE = "Paris \x1b[31m\nin red"


@pytest.fixture
def holdfast(settings: Settings) -> Command:
    return Command(settings)


@pytest.fixture
def session(hf: Holdfast) -> Session:
    """Two saves of the context at three events, and one of each tier at five."""
    session = hf.start("user-1", agent="planner", session_id="SESSION-260129-001")
    session.append(
        {"type": "task.assigned", "data": {"task_id": "t", "description": HOSTILE}},
        {"type": "state.set", "data": {"key": "budget", "value": 900}},
    )
    session.save("context")
    session.append(said(HOSTILE), {"type": "state.set", "data": {"key": "budget", "value": HOSTILE}})
    for tier in TIERS:
        session.save(tier)
    return session


def blobs(settings: Settings) -> list[Path]:
    return sorted((settings.data_dir / "blobs").rglob("*.gz"))


def test_list(holdfast: Command, session: Session) -> None:
    lines = holdfast("snapshots", "list", session.id, "--json").lines
    assert [line["id"] for line in lines] == [each.id for each in session.snapshots()]
    assert [line["seq"] for line in lines] == [5, 5, 5, 5, 3]
    assert lines[0]["created_at"].endswith("Z")
    assert lines[0]["reason"] == "user-request"
    (full,) = holdfast("snapshots", "list", session.id, "--tier", "full", "--json").lines
    assert (full["tier"], full["pinned"], full["backed_up_at"]) == ("full", False, None)
    told = holdfast("snapshots", "list", session.id)
    assert len(told.out.splitlines()) == 1 + len(lines)
    assert full["id"] in told.out


def test_a_session_without_snapshots(holdfast: Command, hf: Holdfast) -> None:
    hf.start("u", session_id="s")
    assert holdfast("snapshots", "list", "s").err == "No snapshots.\n"
    assert holdfast("snapshots", "list", "s", "--json").out == ""
    assert holdfast("snapshots", "verify", "s").err == "No snapshots.\n"
    assert holdfast("snapshots", "pins", "s").err == "Nothing is pinned.\n"


def test_show_tells_what_the_tier_holds(holdfast: Command, session: Session) -> None:
    by_tier = {one.tier: one.id for one in session.snapshots() if one.seq == 5}
    keys = {}
    for tier, point in by_tier.items():
        (line,) = holdfast("snapshots", "show", session.id, point, "--json").lines
        assert (line["id"], line["tier"], line["seq"]) == (point, tier, 5)
        keys[tier] = set(line["content"])
    assert keys["context"] >= {"id", "type", "agent", "context", "state", "persistence"}
    assert keys["conversation"] == {"conversations"}
    assert keys["project_state"] == {
        "timestamp", "projectState", "conversationContext", "codeContext", "aiAgentState",
    }  # fmt: skip
    assert keys["full"] == {"session", "contextSnapshot", "conversations", "state"}
    (other,) = holdfast("snapshots", "show", session.id, by_tier["context"], "--tier", "full", "--json").lines
    assert (other["tier"], other["content"]["state"]["values"]["budget"]["value"]) == ("context", HOSTILE)
    (whole,) = holdfast("snapshots", "show", session.id, by_tier["context"], "--state", "--json").lines
    assert whole["state"] == session.state().model_dump(mode="json")


def test_show_follows_the_sessions_own_rules(holdfast: Command, hf: Holdfast) -> None:
    session = hf.start("u", autosave={"interval": "10s", "backup_count": 9})
    point = session.save("context").id
    (line,) = holdfast("snapshots", "show", session.id, point, "--json").lines
    assert line["content"]["persistence"]["saveInterval"] == "10s"
    assert line["content"]["persistence"]["backupCount"] == 9
    assert line["content"]["persistence"]["lastSave"] == line["created_at"]


def test_a_snapshot_tells_of_its_time_and_not_of_now(holdfast: Command, session: Session) -> None:
    (*_, old) = session.snapshots()
    (line,) = holdfast("snapshots", "show", session.id, old.id, "--state", "--json").lines
    assert line["state"]["values"]["budget"]["value"] == 900


def test_for_eyes_nothing_commands_the_terminal(holdfast: Command, session: Session) -> None:
    newest, *_, old = session.snapshots()
    for words in (
        ["list", session.id],
        ["show", session.id, newest.id],
        ["show", session.id, newest.id, "--state"],
        ["diff", session.id, old.id],
        ["verify", session.id],
    ):
        told = holdfast("snapshots", *words)
        assert told.code == 0
        assert "\x1b" not in told.out
    shown = holdfast("snapshots", "show", session.id, newest.id).out
    assert json.loads(shown[shown.index("{") :])


def test_diff(holdfast: Command, session: Session) -> None:
    newest, *_, old = session.snapshots()
    told = holdfast("snapshots", "diff", session.id, old.id, newest.id)
    line = next(line for line in told.out.splitlines() if line.startswith("values.budget.value: "))
    assert line == r'values.budget.value: 900 -> "Paris \u001b[31m\nin red"'
    lines = holdfast("snapshots", "diff", session.id, old.id, newest.id, "--json").lines
    assert {"path": ["values", "budget", "value"], "before": 900, "after": HOSTILE} in lines
    assert any("before" not in line for line in lines), "a conversation came to be"
    assert holdfast("snapshots", "diff", session.id, old.id, "--json").lines == lines
    assert holdfast("snapshots", "diff", session.id, "3", "now", "--json").lines == lines
    assert holdfast("snapshots", "diff", session.id, newest.id).err == "No differences.\n"
    assert "absent" in holdfast("snapshots", "diff", session.id, "1", "3").out


def test_the_state_as_it_was(holdfast: Command, session: Session) -> None:
    *_, old = session.snapshots()
    then = session.state(3).model_dump(mode="json")
    for at in ("3", old.id, old.created_at.isoformat()):
        assert holdfast("state", session.id, "--at", at, "--json").lines == [then], at
    assert json.loads(holdfast("state", session.id, "--at", "3").out) == then
    for at, code in (("0", 2), ("6", 2), ("9" * 30, 2), ("yesterday", 2), ("1990-01-01", 2), ("RECOVERY-x", 3)):
        told = holdfast("state", session.id, "--at", at)
        assert (told.code, told.out) == (code, ""), at


def test_verify(holdfast: Command, session: Session, hf: Holdfast) -> None:
    hf.start("u", session_id="other").save("full")
    points = [one.id for one in session.snapshots()]
    lines = holdfast("snapshots", "verify", session.id, "--json").lines
    assert [line["id"] for line in lines] == points
    assert all(line["ok"] and line["parts"] >= 2 for line in lines)
    (one,) = holdfast("snapshots", "verify", session.id, points[0], "--json").lines
    assert one == lines[0]
    assert len(holdfast("snapshots", "verify", "--all", "--json").lines) == len(points) + 1
    told = holdfast("snapshots", "verify", session.id)
    assert (told.code, len(told.out.splitlines())) == (0, len(points))


@pytest.mark.promise(6)
def test_verify_names_what_is_damaged_and_goes_on(
    holdfast: Command, session: Session, engine: Engine, settings: Settings
) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE snapshots SET reason = 'another' WHERE tier = 'project_state'"))
    (body,) = [path for path in blobs(settings) if "sessions" in path.parts]
    body.unlink()
    told = holdfast("snapshots", "verify", "--all", "--json")
    assert told.code == 6
    assert {line["tier"]: line.get("code") for line in told.lines if line["seq"] == 5} == {
        "context": None,
        "conversation": None,
        "project_state": "snapshot_damaged",
        "full": "blob_missing",
    }
    assert told.err == "error: 2 of 5 snapshots are not what was saved\n"
    shown = holdfast("snapshots", "verify", session.id)
    assert shown.code == 6
    assert body.name in shown.out


def test_what_no_key_opens_is_no_damage(settings: Settings) -> None:
    key = Fernet.generate_key().decode()
    with Holdfast(settings.model_copy(update={"blob_keys": key})) as sealing:
        sealing.start("u", session_id="sealed").save("full")
    told = Command(settings)("snapshots", "verify", "sealed", "--json")
    assert told.code == 5
    (line,) = told.lines
    assert line["code"] == "wrong_key"
    assert "HOLDFAST_BLOB_KEYS" in line["problem"]


def test_pin_and_unpin(holdfast: Command, session: Session) -> None:
    point = session.snapshots()[0].id
    pinned = holdfast("snapshots", "pin", session.id, point, "--note", "before the migration", "--json")
    assert pinned.lines == [{"session_id": session.id, "point": point, "pinned": True}]
    assert [one.id for one in session.snapshots() if one.pinned] == [point]
    assert holdfast("snapshots", "pin", session.id).out == f"All snapshots of {session.id} are kept for ever\n"
    assert all(one.pinned for one in session.snapshots())
    one, hold = holdfast("snapshots", "pins", session.id, "--json").lines
    assert (one["point"], one["note"]) == (point, "before the migration")
    assert (hold["point"], hold["note"]) == (None, None)
    assert "(the session)" in holdfast("snapshots", "pins", session.id).out
    for words in ([point], []):
        assert holdfast("snapshots", "unpin", session.id, *words).code == 0
        again = holdfast("snapshots", "unpin", session.id, *words)
        assert again.code == 2
        assert "is not pinned" in again.err
    assert holdfast("snapshots", "pin", session.id, "--note", "\x1b[31m").code == 2
    assert not any(one.pinned for one in session.snapshots())


def test_save(holdfast: Command, session: Session) -> None:
    session.append(said("one more"))
    (line,) = holdfast("snapshots", "save", session.id, "--tier", "conversation", "--json").lines
    assert (line["tier"], line["seq"], line["reason"]) == ("conversation", 6, "user-request")
    told = holdfast("snapshots", "save", session.id)
    assert told.out.endswith(": the full up to event 6\n")
    assert session.snapshots()[0].id in told.out


def test_what_is_not_there_is_3_and_what_is_wrong_is_2(holdfast: Command, session: Session) -> None:
    for words in (
        ["list", "nowhere"],
        ["save", "nowhere"],
        ["verify", "nowhere"],
        ["pin", "nowhere"],
        ["show", session.id, "RECOVERY-260129-001-000000"],
        ["verify", session.id, "RECOVERY-260129-001-000000"],
        ["pin", session.id, "\x1b[31m"],
        ["diff", session.id, "RECOVERY-260129-001-000000"],
    ):
        told = holdfast("snapshots", *words)
        assert (told.code, told.out) == (3, ""), words
        assert "\x1b" not in told.err
    for words in (
        ["verify"],
        ["verify", session.id, "--all"],
        ["show", session.id, session.snapshots()[0].id, "--state", "--tier", "full"],
        ["list", session.id, "--tier", "everything"],
        ["diff", session.id, "soon"],
    ):
        assert holdfast("snapshots", *words).code == 2, words


def test_a_new_key_is_one_that_the_settings_take(holdfast: Command, settings: Settings) -> None:
    key = holdfast("keys", "new").out.strip()
    (other,) = holdfast("keys", "new", "--json").lines
    assert key != other["key"]
    with Holdfast(settings.model_copy(update={"blob_keys": f"{other['key']},{key}"})) as sealing:
        session = sealing.start("u")
        point = session.save().id
        assert sealing.service.saves.verify(session.id, point) >= 3
    (sealed, *_) = blobs(settings)
    assert not sealed.read_bytes().startswith(b"\x1f\x8b")
    assert len(other["key_id"]) == 8
