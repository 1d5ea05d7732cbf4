"""Checking requests against the active task's scope: what is recorded, what is asked, and what an answer settles."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from holdfast.client import Holdfast, Session
from holdfast.errors import InvalidInput

TASK = {
    "task_id": "T1",
    "description": "Generate X post",
    "scope": {
        "objectives": ["Create announcement posts for X, Discord, Farcaster", "Draft blog post outline"],
        "boundaries": [
            "Only channels: X, Discord, Farcaster, Blog",
            "No partner mentions without approval",
            "No APY claims without verified source",
        ],
        "out_of_scope": ["Partner outreach (separate task)", "Paid promotion (not this campaign)"],
    },
}
CLAIM = "Mention an APY of 12 % in the X post"


@pytest.fixture
def session(hf: Holdfast) -> Session:
    session = hf.start("phil", agent="content-worker")
    session.append(
        {"type": "campaign.updated", "data": {"gtm_id": "YIELD-XYZ-001", "campaign_owner": "@phil"}},
        {"type": "task.assigned", "data": TASK},
    )
    return session


def of_type(session: Session, *types: str) -> list[dict[str, object]]:
    return [event.data for event in session.events() if event.type in types]


@pytest.mark.promise(8)
def test_the_request_of_the_protocol_is_blocked_in_its_words_and_recorded(session: Session) -> None:
    verdict = session.check("Also create a YouTube video script")
    assert verdict.as_seed() == {
        "task": "Generate X post",
        "request": "Also create a YouTube video script",
        "result": "BLOCKED",
        "reason": "YouTube video is out of scope for this task",
        "action": "Request denied. Create separate task if needed.",
    }
    (blocked,) = of_type(session, "request.blocked")
    assert (blocked["reason"], blocked["action"], blocked["task"]) == (verdict.reason, verdict.action, verdict.task)
    assert blocked["line"] == verdict.line == "Only channels: X, Discord, Farcaster, Blog"
    assert session.state().blocked_requests[0].reason == verdict.reason


def test_what_is_allowed_is_recorded_too(session: Session) -> None:
    assert session.check({"channel": "Discord", "action": "post", "text": "Announcement post for Discord"}).allowed
    assert session.state().requests_allowed == 1
    (allowed,) = of_type(session, "request.allowed")
    assert allowed["task"] == "Generate X post"


def test_what_is_only_looked_at_leaves_nothing_behind(session: Session) -> None:
    before = len(session.events())
    session.check("Also create a YouTube video script", record=False)
    session.check(CLAIM, record=False)
    assert len(session.events()) == before


@pytest.mark.promise(8)
def test_what_is_not_clear_is_asked_once_and_the_answer_decides(session: Session) -> None:
    first = session.check(CLAIM)
    assert (first.result, first.line) == ("NEEDS_DECISION", "No APY claims without verified source")
    pending = session.state().pending_decisions[first.decision_id or ""]
    assert (pending.escalated_to, pending.question) == ("@phil", first.question)
    assert pending.options == list(first.options)
    again = session.check(CLAIM)
    assert (again.result, again.decision_id) == ("NEEDS_DECISION", first.decision_id)
    assert len(of_type(session, "decision.escalated")) == 1, "nobody is asked the same again"
    answer = {"decision_id": first.decision_id, "decision": first.options[0], "decided_by": "@phil"}
    session.append({"type": "decision.answered", "data": answer})
    freed = session.check(CLAIM)
    assert (freed.result, freed.decided_by, freed.decision_id) == ("ALLOWED", "decision", first.decision_id)
    assert freed.reason == f"@phil decided: {first.options[0]}"


@pytest.mark.parametrize("answer", ["No", "not yet", "Yesterday it was fine", False, None, {"yes": True}, 1])
def test_only_a_yes_is_one(session: Session, answer: object) -> None:
    first = session.check(CLAIM)
    event = {"type": "decision.answered", "data": {"decision_id": first.decision_id, "decision": answer}}
    session.append(event)
    assert session.check(CLAIM).result == "BLOCKED"


def test_an_answer_counts_for_its_own_request_and_task_only(session: Session) -> None:
    first = session.check(CLAIM)
    session.append({"type": "decision.answered", "data": {"decision_id": first.decision_id, "decision": "Yes"}})
    assert session.check("Mention an APY of 15 % in the X post").result == "NEEDS_DECISION"
    session.append({"type": "task.assigned", "data": TASK | {"task_id": "T2", "description": "Generate Discord post"}})
    assert session.check(CLAIM).result == "NEEDS_DECISION"
    assert session.check(CLAIM, task_id="T1").result == "ALLOWED"


def test_a_question_that_lapsed_is_asked_anew(session: Session) -> None:
    first = session.check(CLAIM)
    session.append({"type": "decision.lapsed", "data": {"decision_id": first.decision_id}})
    again = session.check(CLAIM)
    assert (again.result, again.decision_id != first.decision_id) == ("NEEDS_DECISION", True)


def test_a_task_that_is_not_open_is_named(session: Session) -> None:
    with pytest.raises(InvalidInput, match="task_id: is no open task of the session: 'T9'"):
        session.check("a post", task_id="T9")


def test_without_a_task_nothing_is_limited(hf: Holdfast) -> None:
    session = hf.start("u")
    assert session.check("Also create a YouTube video script").allowed


def test_a_request_larger_than_an_event_is_asked_once_too(session: Session) -> None:
    text = "Mention an APY of 12 % in the X post. " * 20_000
    first = session.check(text)
    assert first.result == "NEEDS_DECISION"
    assert session.check(text).decision_id == first.decision_id
    assert session.check(text + "And more.").decision_id != first.decision_id


def test_of_many_who_check_the_same_at_once_one_asks(hf: Holdfast, session: Session) -> None:
    def checked(number: int) -> str | None:
        return hf.session(session.id, agent=f"agent-{number}").check(CLAIM).decision_id

    with ThreadPoolExecutor(8) as pool:
        asked = set(pool.map(checked, range(16)))
    assert len(asked) == 1
    assert len(of_type(session, "decision.escalated")) == len(of_type(session, "request.blocked")) == 1
    assert [each.id for each in hf.decisions("@phil")] == list(asked)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"request": "half a \ud800"}, "text"),
        ({"request": {"channel": "\ud800"}}, "channel"),
        ({"request": CLAIM, "escalate_to": 5}, "escalate_to"),
        ({"request": CLAIM, "escalate_to": ""}, "escalate_to"),
        ({"request": CLAIM, "task_id": []}, "task_id"),
    ],
)
def test_what_cannot_be_checked_is_named(session: Session, wrong: dict[str, Any], field: str) -> None:
    before = len(session.events())
    with pytest.raises(InvalidInput) as caught:
        session.check(**wrong)
    assert caught.value.field == field
    assert len(session.events()) == before


@pytest.mark.parametrize("said", ["\ud800", ValueError("\ud800")])
def test_half_a_character_of_a_judge_is_told_escaped(session: Session, said: Any) -> None:
    def judge(*_: object) -> dict[str, str]:
        if isinstance(said, Exception):
            raise said
        return {"result": "BLOCKED", "reason": said, "action": said}

    verdict = session.check("Write a poem about finance", judge=judge)
    (blocked,) = of_type(session, "request.blocked")
    assert "\\ud800" in f"{blocked['reason']}{verdict.context}"


def test_a_check_costs_what_has_come_since(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    session.check(CLAIM)
    session.append({"type": "message.added", "data": {"role": "user", "content": "Go on"}})
    monkeypatch.setattr("holdfast.service.contexts.state_at", lambda *_: pytest.fail("it was read from its beginning"))
    monkeypatch.setattr("holdfast.service.sessions.state_at", lambda *_: pytest.fail("as above"))
    assert session.check(CLAIM).result == "NEEDS_DECISION"
    assert session.update_conversation_orchestrator_context("guide", {"a": 1}) == {"a": 1}
