"""`holdfast summary`: what a session comes to, each line with its events, and what became of asking a model."""

import pytest

from command import Command
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.pipeline.ask_model import ask_model
from holdfast.pipeline.model import NoAnswer, Provider, provider


@pytest.fixture
def session(hf: Holdfast) -> Session:
    session = hf.start("ada", session_id="s", title="A \x1b[1mtrip")
    session.append(
        {"type": "decision.made", "data": {"type": "budget", "value": 500, "confidence": "HIGH", "decided_by": "ada"}},
        {"type": "decision.escalated", "data": {"decision_id": "D", "question": "By train?"}},
    )
    return session


@pytest.mark.usefixtures("session")
def test_nothing_is_made_unless_it_is_asked_for(settings: Settings) -> None:
    holdfast = Command(settings)
    told = holdfast("summary", "s")
    assert (told.code, told.out) == (0, "")
    assert "--now makes one" in told.err
    told = holdfast("summary", "s", "--now")
    assert told.out.splitlines()[1:] == [
        "Progress:",
        r"- A session of ada (general): A \x1b[1mtrip",
        "- It is active",
        "Decided:",
        "- budget 500 (by ada; how sure: HIGH)",
        "Open:",
        "- Waits for an answer: By train?",
    ]
    assert told.out.startswith("s, events 1 to 3 (")


def test_each_line_shows_its_events(settings: Settings, session: Session) -> None:
    holdfast = Command(settings)
    lines = holdfast("summary", "s", "--now", "--sources").out.splitlines()
    place = lines.index("- budget 500 (by ada; how sure: HIGH)")
    assert lines[place + 1].strip() == str(session.events()[1].id)


def test_all_of_them_as_a_table_and_as_json(settings: Settings, session: Session) -> None:
    holdfast = Command(settings)
    first = session.summarise()
    session.append({"type": "message.added", "data": {"role": "user", "content": "Yes"}})
    session.summarise()
    rows = holdfast("summary", "s", "--all").out.splitlines()
    assert [row.split()[:3] for row in rows] == [
        ["UPTO", "FIRST", "BASE"],
        ["4", "1", "3"],
        ["3", "1", rows[2].split()[2]],
    ]
    newest, oldest = holdfast("summary", "s", "--all", "--json").lines
    assert (newest["upto"], newest["base"], oldest["base"]) == (4, 3, None)
    assert oldest["text"] == first.text
    assert len(holdfast("summary", "s", "--all", "--limit", "1", "--json").lines) == 1


def test_that_one_stands_in_is_said_with_what_became_of_the_model(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings.model_copy(update={"model": "openai:test"})

    def fails(*_: object) -> None:
        raise NoAnswer("HTTP 500", tokens=0)

    monkeypatch.setattr(Provider, "write", fails)
    with Holdfast(settings) as hf:
        hf.start("ada", session_id="s").summarise()
        told = Command(settings)("summary", "s")
        assert "stands in for a model's: waiting, attempts 0; next try" in told.err
        ask_model(hf.service._engine, provider("openai:test", None, None, 1.0), "default", "s", budget=10**9)
    told = Command(settings)("summary", "s")
    assert "waiting, attempts 1, HTTP 500; next try 2" in told.err
    assert "waiting, attempts 1, HTTP 500" in Command(settings)("summary", "s", "--all").out
    (line,) = Command(settings)("summary", "s", "--json").lines
    assert (line["stands_in"]["attempts"], line["stands_in"]["problem"]) == (1, "HTTP 500")


def test_a_session_that_is_not_there_is_said(settings: Settings) -> None:
    told = Command(settings)("summary", "nobody")
    assert told.code != 0
    assert "nobody" in told.err
