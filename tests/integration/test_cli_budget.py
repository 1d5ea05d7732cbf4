"""`holdfast budget`: shown as it is, set by name, and refused in a sentence."""

import pytest

from command import Command
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.store import log
from holdfast.store.transaction import transaction


@pytest.fixture
def holdfast(settings: Settings) -> Command:
    return Command(settings)


@pytest.fixture
def session(hf: Holdfast) -> Session:
    session = hf.start("u", session_id="s", agent="bot")
    session.append(
        {"type": "campaign.updated", "data": {"gtm_id": "YIELD-1"}},
        {"type": "task.assigned", "data": {"task_id": "T\x1b[1m", "description": "x"}},
    )
    session.use("writer", 2, 1500)
    session.reserve("writer", 3)
    return session


@pytest.mark.usefixtures("session")
def test_set_and_show(holdfast: Command) -> None:
    told = holdfast("budget", "set", "s", "--max-skill-calls", "9", "--max-tokens", "2000", "--reason", "tight")
    assert told.code == 0
    assert [line.split()[:4] for line in told.out.splitlines()[1:5]] == [
        ["campaign", "YIELD-1", "2", "3"],
        ["session", "2", "3", "4"],
        ["task", r"T\x1b[1m", "2", "3"],
        ["agent", "bot", "2", "3"],
    ]
    (shown,) = holdfast("budget", "show", "s", "--json").lines
    assert shown["adds_up"]
    (whole,) = [each for each in shown["levels"] if each["level"] == "session"]
    assert (whole["max_skill_calls"], whole["calls_left"], whole["tokens_left"]) == (9, 4, 500)
    assert [use["skill"] for use in shown["ledger"]] == ["writer"]
    assert shown["reserved"][0]["calls"] == 3
    (campaign,) = holdfast("budget", "show", "YIELD-1", "--campaign", "--json").lines
    assert campaign["figures"]["calls_used"] == campaign["sessions"]["s"]["calls_used"] == 2
    assert "s" in holdfast("budget", "show", "YIELD-1", "--campaign").out.splitlines()[-1].split()


@pytest.mark.usefixtures("session")
def test_what_cannot_be_set_is_named(holdfast: Command) -> None:
    low = holdfast("budget", "set", "s", "--max-skill-calls", "4")
    assert low.code == 2
    assert low.err == "error: max_skill_calls: must be at least 5, which is used or set aside already, not 4\n"
    assert holdfast("budget", "set", "s", "--level", "task", "--owner", "T-9").code == 2
    assert "--deadline" in holdfast("budget", "set", "s", "--deadline", "soon").err
    assert holdfast("budget", "show", "absent").code == 3


def test_budgets_that_differ_from_the_log_are_told(holdfast: Command, hf: Holdfast, session: Session) -> None:
    with transaction(hf.service._engine) as connection:
        log.cursor(connection).execute("UPDATE budgets SET calls_used = calls_used + 1 WHERE level = 'agent'")
    told = holdfast("budget", "show", session.id)
    assert (told.code, told.err) == (6, "error: the budgets do not say what the log says\n")
