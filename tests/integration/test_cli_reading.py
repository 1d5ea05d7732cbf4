"""The commands that read: sessions, events, messages, state, verify, and the schema."""

import json
import re
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from command import Command
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.store.migrations import head
from writing import said

CALL = {"id": "c1", "name": "weather", "arguments": {"city": "Paris"}}


@pytest.fixture
def holdfast(settings: Settings) -> Command:
    return Command(settings)


@pytest.fixture
def session(hf: Holdfast) -> Session:
    """A session with one message of each kind."""
    session = hf.start("user-1", agent="planner", session_id="trip-1")
    session.append(
        {"type": "message.added", "data": {"role": "user", "content": "Three days\nin \x1b[31mParis"}},
        {"type": "message.added", "data": {"role": "assistant", "content": None, "tool_calls": [CALL]}},
        {
            "type": "message.added",
            "data": {"role": "tool", "content": [{"text": "rain"}], "tool_call_id": "c1", "name": "w"},
        },
        said("elsewhere", conversation="side"),
    )
    return session


def test_sessions_are_listed_newest_first_page_by_page(holdfast: Command, hf: Holdfast) -> None:
    started = [hf.start(f"user-{number % 2}", session_id=f"s-{number}").id for number in range(5)]
    first = holdfast("sessions", "list", "--limit", 2, "--json")
    assert [one["id"] for one in first.lines] == started[:2:-1]
    cursor = re.fullmatch(r"There are more: --cursor (\S+)\n", first.err)
    assert cursor
    second = holdfast("sessions", "list", "--limit", 2, "--json", "--cursor", cursor[1])
    assert [one["id"] for one in second.lines] == started[2:0:-1]
    everything = holdfast("sessions", "list", "--limit", 2, "--all", "--json")
    assert [one["id"] for one in everything.lines] == started[::-1]
    assert everything.err == ""


def test_each_filter_of_sessions(holdfast: Command, hf: Holdfast) -> None:
    hf.start("user-1", session_id="a", title="A trip to Paris")
    hf.start("user-2", session_id="b").append({"type": "session.closed", "data": {}})
    today = datetime.now(UTC).date().isoformat()

    def listed(*options: str) -> list[str]:
        return [one["id"] for one in holdfast("sessions", "list", "--json", *options).lines]

    assert listed() == ["b", "a"]
    assert listed("--user", "user-1") == ["a"]
    assert listed("--status", "closed") == ["b"]
    assert listed("--text", "paris trip") == ["a"]
    assert listed("--since", today) == ["b", "a"]
    assert listed("--since", f"{today}T00:00:00Z", "--until", "2199-01-01") == ["b", "a"]
    assert listed("--until", today) == []
    assert holdfast("sessions", "list", "--user", "nobody").err == "No sessions.\n"


def test_a_session_as_json_has_text_and_rfc_3339(holdfast: Command, session: Session) -> None:
    (listed,) = holdfast("sessions", "list", "--json").lines
    (shown,) = holdfast("sessions", "show", session.id, "--json").lines
    assert listed == shown
    assert shown["id"] == "trip-1"
    assert shown["title"] == "Three days in \x1b[31mParis"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", shown["created_at"])
    assert "key" not in shown


def test_listings_for_eyes_carry_no_commands_for_the_terminal(holdfast: Command, session: Session) -> None:
    for words in (
        ["sessions", "list"],
        ["sessions", "show", session.id],
        ["events", session.id],
        ["messages", session.id],
    ):
        said = holdfast(*words)
        assert said.code == 0
        assert "Paris" in said.out
        assert "\x1b" not in said.out
        assert r"\x1b[31m" in said.out or r"\u001b[31m" in said.out


def test_events_in_pages_are_all_events(holdfast: Command, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("holdfast.interfaces.cli.log.PAGE", 2)
    lines = holdfast("events", session.id, "--json").lines
    assert [line["seq"] for line in lines] == [1, 2, 3, 4, 5]
    assert lines[1]["data"]["content"] == "Three days\nin \x1b[31mParis"
    assert lines[0]["session_id"] == "trip-1"
    assert UUID(lines[0]["id"]).version == 7
    assert re.fullmatch("[0-9a-f]{64}", lines[0]["digest"])
    assert lines[0]["recorded_at"].endswith("Z")
    for options, expected in (
        (("--after", 3), [4, 5]),
        (("--limit", 3), [1, 2, 3]),
        (("--after", 1, "--limit", 2), [2, 3]),
        (("--after", 9), []),
    ):
        assert [line["seq"] for line in holdfast("events", session.id, "--json", *options).lines] == expected
    assert len(holdfast("events", session.id).out.splitlines()) == 5


def test_messages(holdfast: Command, session: Session) -> None:
    lines = holdfast("messages", session.id, "--json").lines
    assert [line["role"] for line in lines] == ["user", "assistant", "tool", "user"]
    assert lines[1]["tool_calls"] == [CALL]
    assert [line["seq"] for line in holdfast("messages", session.id, "--json", "--limit", 1).lines] == [5]
    (side,) = holdfast("messages", session.id, "--json", "--conversation", "side").lines
    assert side["content"] == "elsewhere"
    shown = holdfast("messages", session.id).out
    assert '→ weather {"city":"Paris"}  [c1]' in shown
    assert '[{"text":"rain"}]' in shown
    assert "tool (w)" in shown


def test_the_state_is_one_object(holdfast: Command, session: Session) -> None:
    (line,) = holdfast("state", session.id, "--json").lines
    assert line["user_id"] == "user-1"
    assert json.loads(holdfast("state", session.id).out) == line


def test_a_chain_that_was_cut_is_6(holdfast: Command, session: Session, engine: Engine) -> None:
    assert holdfast("verify", session.id).out == "trip-1: 5 events, and the chain verifies\n"
    assert holdfast("verify", session.id, "--json").lines == [{"session_id": "trip-1", "events": 5, "ok": True}]
    with engine.begin() as connection:
        connection.execute(text("UPDATE events SET actor = 'somebody else' WHERE seq = 3"))
    said = holdfast("verify", session.id)
    assert said.code == 6
    assert said.err.startswith("error: session trip-1, event 3: was altered")


def test_what_is_not_there_is_3_and_what_is_wrong_is_2(holdfast: Command) -> None:
    for words in (["sessions", "show"], ["events"], ["messages"], ["state"], ["tail"], ["verify"]):
        said = holdfast(*words, "nowhere")
        assert (said.code, said.out) == (3, "")
        assert said.err == "error: there is no session 'nowhere'\n"
    for words, what in (
        (["sessions", "list", "--since", "yesterday"], "error: --since: must be a time"),
        (["sessions", "list", "--cursor", "x"], "error: cursor: "),
        (["sessions", "list", "--user", "a b"], "error: user_id: "),
        (["messages", "s", "--conversation", "a b"], "error: conversation: "),
    ):
        said = holdfast(*words)
        assert said.code == 2
        assert said.err.startswith(what)


def test_a_setting_that_is_wrong_is_named(settings: Settings) -> None:
    said = Command(settings, HOLDFAST_SHARDS="none")("sessions", "list")
    assert said.code == 2
    assert said.err.startswith("error: shards: ")


def test_what_is_unavailable_is_5(settings: Settings) -> None:
    down = settings.model_copy(update={"database_url": "postgresql://u@127.0.0.1:1/x"})
    said = Command(down)("sessions", "list")
    assert said.code == 5
    assert said.err.startswith("error: Postgres did not answer: ")
    none = Command(settings)
    none.variables = {"HOLDFAST_REDIS_URL": settings.redis_url}
    for words in (["sessions", "list"], ["db", "upgrade"], ["db", "status"]):
        said = none(*words)
        assert said.code == 5
        assert "set HOLDFAST_DATABASE_URL" in said.err


def test_the_schema_is_upgraded_and_shown(settings: Settings, engine: Engine) -> None:
    holdfast = Command(settings)
    assert holdfast("db", "status", "--json").lines == [{"revision": head(), "needed": head(), "current": True}]
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    before = holdfast("db", "status")
    assert before.code == 5
    assert before.out == f"The schema is at none; this release needs {head()}.\n"
    assert "holdfast db upgrade" in before.err
    assert holdfast("sessions", "list").code == 5
    assert holdfast("db", "upgrade", "--json").lines == [{"revision": head()}]
    assert holdfast("db", "upgrade").code == 0
    assert holdfast("db", "status").code == 0
