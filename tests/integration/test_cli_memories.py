"""`holdfast memories`, on the command line."""

from typing import Any

import pytest
from sqlalchemy import Engine, text

from command import Command
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.interfaces.cli.exits import CHECK_FAILED, INPUT, NOT_FOUND


@pytest.fixture
def holdfast(settings: Settings) -> Command:
    return Command(settings)


@pytest.fixture
def session(hf: Holdfast) -> Session:
    session = hf.start("eve", session_id="s")
    session.append(prefers("con\x1b[31mcise"), prefers("Retail", key="default_vertical"), {"type": "session.paused"})
    return session


def prefers(value: Any, key: str = "communication_style") -> dict[str, Any]:
    return {"type": "preference.stated", "data": {"key": key, "value": value}}


def test_what_was_never_learned_from_is_learned(holdfast: Command, session: Session) -> None:
    assert holdfast("memories", "list").err == "Nothing is remembered.\n"
    assert holdfast("memories", "runs").err == "Nothing was learned yet.\n"
    assert holdfast("memories", "learn").code == INPUT
    assert holdfast("memories", "learn", "s", "--all").code == INPUT
    assert holdfast("memories", "learn", "nobody").code == NOT_FOUND
    (line,) = holdfast("memories", "learn", "--all", "--json").lines
    assert (line["session_id"], line["upto"], line["findings"]) == (session.id, 4, 2)
    assert {change["change"] for change in line["changes"]} == {"new"}
    assert holdfast("memories", "learn", "--all").out == ""
    assert holdfast("memories", "learn", "s").out == "s: nothing new\n"
    (run,) = holdfast("memories", "runs", "--json").lines
    assert (run["session_id"], run["first"], run["upto"], run["findings"]) == ("s", 1, 4, 2)
    assert "1-4" in holdfast("memories", "runs", "--session", "s").out


def test_memories_are_listed_found_and_shown(holdfast: Command, session: Session) -> None:
    assert "new: Communication style" in holdfast("memories", "learn", session.id).out
    listed = holdfast("memories", "list", "--user", "eve", "--json").lines
    assert {each["value"] for each in listed} == {"con\x1b[31mcise", "Retail"}
    assert holdfast("memories", "list", "--user", "bob", "--json").lines == []
    assert holdfast("memories", "list", "--kind", "fact", "--json").lines == []
    assert holdfast("memories", "list", "--kind", "wish").code == INPUT
    first = holdfast("memories", "list", "--json", "--limit", "1")
    cursor = first.err.removeprefix("There are more: --cursor ").strip()
    pages = [*first.lines, *holdfast("memories", "list", "--json", "--cursor", cursor).lines]
    assert [each["id"] for each in pages] == [each["id"] for each in listed]
    shown = holdfast("memories", "list").out
    assert "Retail" in shown
    assert "\x1b" not in shown
    (hit,) = holdfast("memories", "search", "retail", "--user", "eve", "--json").lines
    assert hit["score"] == pytest.approx(hit["relevance"] * hit["confidence"] * hit["recency"])
    assert [piece["seq"] for piece in hit["evidence"]] == [3]
    assert "Retail" in holdfast("memories", "search", "retail", "--since", "2020-01-01", "--sure", "0.5").out
    assert holdfast("memories", "search", "retail", "--since", "soon").code == INPUT
    assert holdfast("memories", "search", "zebra").err == "Nothing like that is remembered.\n"
    (memory,) = holdfast("memories", "show", hit["id"], "--json").lines
    assert memory["evidence"][0]["session_id"] == "s"
    told = holdfast("memories", "show", hit["id"]).out
    assert "confidence   0.900" in told
    assert "preference" in told
    assert holdfast("memories", "show", "nonsense").code == NOT_FOUND
    assert holdfast("memories", "patterns", "eve").err == "No patterns.\n"


def test_they_are_looked_over(holdfast: Command, session: Session, engine: Engine) -> None:
    assert holdfast("memories", "audit").err == "0 memories looked at: nothing is wrong\n"
    holdfast("memories", "learn", session.id)
    assert holdfast("memories", "audit").code == 0
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM evidence WHERE name = 'default_vertical'"))
    looked = holdfast("memories", "audit", "--json")
    assert looked.code == CHECK_FAILED
    (problem,) = looked.lines
    assert (problem["kind"], problem["owner"]) == ("unsupported", "eve")
    assert (
        "unsupported: user eve: no event in the log says so: Default vertical: Retail"
        in holdfast("memories", "audit", "--user", "eve").out
    )


def test_what_was_learned_can_go_again(holdfast: Command, session: Session) -> None:
    holdfast("memories", "learn", session.id)
    (hit,) = holdfast("memories", "search", "retail", "--json").lines
    (gone,) = holdfast("memories", "forget", hit["id"], "--json").lines
    assert (gone["change"], gone["value"]) == ("gone", "Retail")
    assert holdfast("memories", "forget", hit["id"]).code == NOT_FOUND
    (run,) = holdfast("memories", "runs", "--json").lines
    assert "gone: Communication style" in holdfast("memories", "undo", run["id"]).out
    assert holdfast("memories", "undo", run["id"]).err == "Nothing changed.\n"
    assert holdfast("memories", "undo", "nonsense").code == NOT_FOUND
    assert holdfast("memories", "list", "--all", "--json").lines == []
