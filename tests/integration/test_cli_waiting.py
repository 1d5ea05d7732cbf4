"""`holdfast decisions` and `holdfast handoffs`: what waits for somebody, on the command line."""

import pytest

from command import Command
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.interfaces.cli.exits import INPUT, NOT_FOUND, REFUSED


@pytest.fixture
def holdfast(settings: Settings) -> Command:
    return Command(settings)


@pytest.fixture
def session(hf: Holdfast) -> Session:
    session = hf.start("user_abc", agent="planner", session_id="s")
    session.append(
        {"type": "campaign.updated", "data": {"gtm_id": "YIELD-XYZ-001", "campaign_owner": "@phil"}},
        {"type": "information.provided", "data": {"key": "budget", "value": 500000}},
    )
    return session


def test_what_waits_is_listed_and_answered(holdfast: Command, session: Session) -> None:
    assert holdfast("decisions", "list").err == "Nothing waits to be decided.\n"
    session.escalate("APY\x1b[31m ranges?", options=["Yes", {"only": ["x"]}], deadline=3600, decision_id="apy")
    session.escalate("Which hotel?", to="@eve", decision_id="hotel")
    assert [each["id"] for each in holdfast("decisions", "list", "--json").lines] == ["apy", "hotel"]
    for options, ids in (
        (("--person", "@eve"), ["hotel"]),
        (("--campaign", "YIELD-XYZ-001"), ["apy", "hotel"]),
        (("--session", "s"), ["apy", "hotel"]),
        (("--session", "another"), []),
    ):
        assert [each["id"] for each in holdfast("decisions", "list", "--json", *options).lines] == ids
    listed = holdfast("decisions", "list").out
    assert "@phil" in listed
    assert "\x1b" not in listed
    first = holdfast("decisions", "list", "--json", "--limit", "1")
    cursor = first.err.removeprefix("There are more: --cursor ").strip()
    assert [each["id"] for each in holdfast("decisions", "list", "--json", "--cursor", cursor).lines] == ["hotel"]
    shown = holdfast("decisions", "show", "s", "apy").out
    assert 'option           {"only":["x"]}' in shown
    assert "\x1b" not in shown
    answered = holdfast("decisions", "answer", "s", "apy", '{"only":["x"]}', "--because", "it is safe", "--json")
    (line,) = answered.lines
    assert (line["status"], line["decision"], line["decided_by"], line["rationale"]) == (
        "answered", {"only": ["x"]}, "@phil", "it is safe",
    )  # fmt: skip
    again = holdfast("decisions", "answer", "s", "apy", "No", "--by", "@eve")
    assert again.code == REFUSED
    assert "answered by '@phil' already" in again.err
    assert [each["id"] for each in holdfast("decisions", "list", "--json").lines] == ["hotel"]
    assert len(holdfast("decisions", "list", "--all", "--json").lines) == 2
    assert "decided_by       @eve" in holdfast("decisions", "answer", "s", "hotel", "The old one", "--by", "@eve").out
    assert session.decision("hotel").decision == "The old one"


@pytest.mark.usefixtures("session")
def test_what_is_not_there_is_not_found(holdfast: Command) -> None:
    for command in (
        ("decisions", "answer", "s", "nothing", "Yes"),
        ("decisions", "show", "s", "nothing"),
        ("decisions", "show", "nothing", "nothing"),
        ("handoffs", "show", "s", "nothing"),
        ("handoffs", "accept", "s", "nothing"),
        ("handoffs", "refuse", "nothing", "nothing"),
    ):
        assert holdfast(*command).code == NOT_FOUND, command
    assert holdfast("handoffs", "list", "--status", "open").code == INPUT
    assert holdfast("decisions", "list", "--cursor", "x").code == INPUT


def test_handoffs_are_listed_shown_accepted_and_refused(holdfast: Command, hf: Holdfast, session: Session) -> None:
    assert holdfast("handoffs", "list", "--agent", "worker").err == "No handoffs.\n"
    session.hand_off("worker", capability="OPTIMIZE", handoff_id="one", expires_at="2100-01-01")
    session.hand_off("worker", task="Write a post", handoff_id="two")
    session.hand_off("other", handoff_id="three")
    assert [each["id"] for each in holdfast("handoffs", "list", "--agent", "worker", "--json").lines] == ["one", "two"]
    listed = holdfast("handoffs", "list").out
    assert "OPTIMIZE" in listed
    assert "Write a post" in listed
    (shown,) = holdfast("handoffs", "show", "s", "one", "--json").lines
    assert shown["package"]["session_context"] == {"budget": 500000}
    assert shown["package"]["requesting_capability"] == "OPTIMIZE"
    assert shown["rests_on"]["session_context.budget"] == [str(session.events()[2].id)]
    human = holdfast("handoffs", "show", "s", "two").out
    assert '"budget": 500000' in human
    assert "skill_invocation" in human
    assert holdfast("handoffs", "accept", "s", "one", "--as", "other").code == INPUT
    with session.lease("planner"):
        session.hand_off("worker", handoff_id="four")
        (accepted,) = holdfast("handoffs", "accept", "s", "four", "--json").lines
        assert (accepted["status"], accepted["accepted_by"]) == ("accepted", "worker")
        assert hf.service.find("s").holder is None, "the command ends, and its lease with it"
    again = holdfast("handoffs", "accept", "s", "four")
    assert again.code == REFUSED
    assert "accepted by 'worker' already" in again.err
    (refused,) = holdfast("handoffs", "refuse", "s", "two", "--because", "busy", "--json").lines
    assert (refused["status"], refused["reason"]) == ("refused", "busy")
    assert "expired" not in holdfast("handoffs", "list", "--status", "all").out
    assert [each["id"] for each in holdfast("handoffs", "list", "--status", "refused", "--json").lines] == ["two"]
