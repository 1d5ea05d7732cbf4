"""Decisions that wait: asked, answered once, taken back, and what becomes of them when nobody answers."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import yaml
from sqlalchemy import Engine

from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.errors import (
    DecisionNotFound,
    DecisionSettled,
    HoldfastError,
    InvalidInput,
    SessionClosed,
    SessionNotFound,
    StaleWriter,
)
from holdfast.pipeline.ingest import Ingest
from holdfast.pipeline.overdue import lapse_decisions
from holdfast.store.transaction import transaction
from holdfast.testing import wait_until
from processes import at_work
from writing import drain

SEEDS = Path(__file__).parent.parent / "seeds"
APY = "Can we mention specific APY ranges?"
OPTIONS = [
    "Yes, with disclaimer about variability",
    "No, just say 'competitive yields'",
    "Ask Yield.xyz for approved language",
]


@pytest.fixture
def session(hf: Holdfast) -> Session:
    """Of a campaign that @phil owns."""
    session = hf.start("u", agent="content-worker")
    session.append({"type": "campaign.updated", "data": {"gtm_id": "YIELD-XYZ-001", "campaign_owner": "@phil"}})
    return session


def asked(session: Session, decision_id: str = "decision-001", **more: object) -> str:
    return session.escalate(APY, options=OPTIONS, decision_id=decision_id, **more).id  # type: ignore[arg-type]


def test_a_question_goes_to_the_campaigns_owner_and_waits(hf: Holdfast, session: Session) -> None:
    decision = session.escalate(APY, options=OPTIONS, context="Rates fluctuate", deadline=3600, decision_id="d-1")
    assert (decision.status, decision.escalated_to, decision.escalated_by) == ("pending", "@phil", "content-worker")
    assert (decision.question, decision.options, decision.context) == (APY, OPTIONS, "Rates fluctuate")
    assert (decision.session_id, decision.campaign, decision.decision) == (session.id, "YIELD-XYZ-001", None)
    assert decision.deadline is not None
    assert abs(decision.deadline - decision.escalated_at - timedelta(hours=1)) < timedelta(seconds=1)
    assert hf.decisions("@phil") == [decision]
    assert session.state().pending_decisions["d-1"].question == APY


def test_an_answer_settles_it_and_says_who_and_why(hf: Holdfast, session: Session) -> None:
    asked(session)
    receipt = session.answer("decision-001", OPTIONS[0], by="@phil", rationale="it is true", confidence="HIGH")
    settled = session.decision("decision-001")
    assert (settled.status, settled.decision, settled.decided_by) == ("answered", OPTIONS[0], "@phil")
    assert (settled.rationale, settled.confidence) == ("it is true", "HIGH")
    assert settled.settled_at is not None
    assert hf.decisions("@phil") == []
    assert hf.decisions("@phil", status="answered") == [settled]
    (made,) = session.state().decisions_made
    assert (made.question, made.decision, made.decided_by) == (APY, OPTIONS[0], "@phil")
    assert session.events(after=receipt.seq - 1)[0].actor == "@phil"


def test_options_are_suggestions(session: Session) -> None:
    asked(session)
    session.answer("decision-001", "Only for the stable vaults", by="@phil")
    assert session.decision("decision-001").decision == "Only for the stable vaults"


def test_what_is_settled_is_not_settled_again_and_the_error_says_what_holds(session: Session) -> None:
    asked(session)
    session.answer("decision-001", OPTIONS[0], by="@phil")
    with pytest.raises(DecisionSettled, match="answered by '@phil' already; what holds is: Yes, with") as error:
        session.answer("decision-001", OPTIONS[1], by="@eve")
    assert (error.value.status, error.value.decision, error.value.decided_by) == ("answered", OPTIONS[0], "@phil")
    with pytest.raises(DecisionSettled):
        session.withdraw("decision-001", "too late")
    assert not session.state().contested, "nothing of it is in the log"


def test_a_second_answer_that_is_a_fact_changes_nothing_and_is_kept(hf: Holdfast, session: Session) -> None:
    asked(session)
    session.answer("decision-001", OPTIONS[0], by="@phil")
    for kind, said in (("answered", {"decision": "no"}), ("made", {"decision": "no"}), ("lapsed", {})):
        session.append({"type": f"decision.{kind}", "data": {"decision_id": "decision-001", **said}})
    state = session.state()
    assert [each.decision for each in state.decisions_made] == [OPTIONS[0]]
    assert [each.type for each in state.contested] == ["decision.answered", "decision.made", "decision.lapsed"]
    assert session.decision("decision-001").decision == OPTIONS[0]
    assert hf.decisions() == []


def test_a_question_of_no_id_is_not_there(hf: Holdfast, session: Session) -> None:
    with pytest.raises(DecisionNotFound, match="nothing"):
        session.answer("nothing", "yes")
    with pytest.raises(DecisionNotFound, match="nothing"):
        session.withdraw("nothing")
    with pytest.raises(DecisionNotFound, match="nothing"):
        session.decision("nothing")
    with pytest.raises(SessionNotFound):
        hf.session("no-session", agent="a").answer("nothing", "yes")
    assert session.state().decisions_made == []


def test_the_same_question_is_asked_once_and_asked_again_returns_its_answer(session: Session) -> None:
    first = session.escalate(APY, decision_id="apy")
    assert session.escalate(APY, decision_id="apy") == first
    session.answer("apy", "Yes", by="@phil")
    again = session.escalate(APY, decision_id="apy")
    assert (again.status, again.decision) == ("answered", "Yes")
    with pytest.raises(InvalidInput, match="is another question"):
        session.escalate("Which angle?", decision_id="apy")
    assert [event.type for event in session.events()].count("decision.escalated") == 1


def test_a_second_try_of_the_same_answer_is_the_same_answer(session: Session) -> None:
    asked(session)
    answer_id = uuid4()
    first = session.answer("decision-001", "Yes", by="@phil", answer_id=answer_id)
    second = session.answer("decision-001", "Yes", by="@phil", answer_id=answer_id)
    assert (second.event_id, second.seq, second.duplicate) == (first.event_id, first.seq, True)


@pytest.mark.promise(4)
def test_an_answer_needs_no_lease_and_asking_does(hf: Holdfast, session: Session) -> None:
    with session.lease("content-worker"):
        asked(session)
        asked(session, "decision-002")
        stranger = hf.session(session.id, agent="@phil")
        with pytest.raises(StaleWriter):
            stranger.escalate("And now?", to="@eve")
        with pytest.raises(StaleWriter):
            stranger.withdraw("decision-002")
        stranger.answer("decision-001", "Yes")
        assert session.decision("decision-001").decided_by == "@phil"
        session.withdraw("decision-002", "not needed any more")
    withdrawn = session.decision("decision-002")
    assert (withdrawn.status, withdrawn.reason, withdrawn.decision) == ("withdrawn", "not needed any more", None)


def test_somebody_must_be_asked(hf: Holdfast) -> None:
    with pytest.raises(InvalidInput, match="nobody is known to own"):
        hf.start("u").escalate(APY)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"to": ""}, "to"),
        ({"deadline": 0}, "deadline"),
        ({"deadline": True}, "deadline"),
        ({"deadline": float("nan")}, "deadline"),
        ({"deadline": "tomorrow"}, "deadline"),
        ({"deadline": datetime(2900, 1, 1, tzinfo=UTC)}, "deadline"),
        ({"default": "No"}, "deadline"),
        ({"escalation_path": ["@eve"]}, "deadline"),
        ({"escalation_path": [""], "deadline": 60}, r"escalation_path\[0\]"),
        ({"decision_id": "a b"}, "decision_id"),
        ({"context": 7}, r"data\.context"),
    ],
)
def test_what_cannot_be_asked_is_refused_and_nothing_is(session: Session, wrong: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput, match=f"^{field}: "):
        session.escalate(APY, **wrong)  # type: ignore[arg-type]
    assert session.state().pending_decisions == {}


def test_an_answer_must_say_something(session: Session) -> None:
    asked(session)
    with pytest.raises(InvalidInput, match="decision"):
        session.answer("decision-001", None)
    session.answer("decision-001", decision=False)
    assert session.decision("decision-001").decision is False


def test_questions_are_listed_by_person_campaign_and_session_page_by_page(hf: Holdfast, session: Session) -> None:
    other = hf.start("u", agent="planner")
    other.escalate("Which hotel?", to="@eve", decision_id="hotel")
    ids = [asked(session, f"decision-{number:03}") for number in range(5)]
    assert [each.id for each in hf.decisions()] == ["hotel", *ids]
    assert [each.id for each in hf.decisions(campaign="YIELD-XYZ-001")] == ids
    assert [each.id for each in hf.decisions("@eve")] == ["hotel"]
    assert [each.id for each in hf.decisions(session_id=session.id)] == ids
    assert hf.decisions("@phil", session_id=other.id) == []
    first = hf.decisions("@phil", limit=2)
    second = hf.decisions("@phil", limit=2, cursor=first.next)
    third = hf.decisions("@phil", limit=2, cursor=second.next)
    assert [each.id for each in (*first, *second, *third)] == ids
    assert third.next is None
    session.answer(ids[0], "Yes")
    assert [each.status for each in hf.decisions(session_id=session.id, status=None)] == ["answered", *["pending"] * 4]
    for wrong in ({"status": "open"}, {"cursor": "x"}, {"limit": 0}, {"person": ""}, {"session_id": "a b"}):
        with pytest.raises(InvalidInput):
            hf.decisions(**wrong)


def test_another_tenant_sees_and_answers_none_of_it(settings: Settings, session: Session) -> None:
    asked(session)
    with Holdfast(settings.model_copy(update={"tenant": "other"})) as other:
        assert other.decisions("@phil") == []
        with pytest.raises(SessionNotFound):
            other.session(session.id, agent="@phil").answer("decision-001", "Yes")
    assert session.decision("decision-001").is_pending


def test_the_end_of_a_session_takes_its_questions_back(hf: Holdfast, session: Session) -> None:
    asked(session)
    asked(session, "decision-002")
    session.answer("decision-002", "Yes", by="@phil")
    session.append({"type": "session.closed", "data": {}})
    assert hf.decisions("@phil") == []
    with pytest.raises(DecisionSettled, match="withdrawn"):
        session.answer("decision-001", "Yes")
    with pytest.raises(DecisionSettled, match="what holds is: Yes"):
        session.answer("decision-002", "No")
    with pytest.raises(SessionClosed):
        session.answer("never-asked", "No")
    with pytest.raises(SessionClosed):
        session.escalate("One more?", to="@phil")


def test_what_was_published_before_is_answered_too(hf: Holdfast, session: Session, ingest: Ingest) -> None:
    session.publish({"type": "decision.escalated", "data": {"decision_id": "raw", "question": APY}})
    session.answer("raw", "Yes", by="@phil")
    drain(ingest)
    assert hf.session(session.id).decision("raw").status == "answered"


@pytest.mark.promise(4)
def test_of_hundreds_who_answer_at_once_one_does(settings: Settings, session: Session) -> None:
    questions = [asked(session, f"decision-{number}") for number in range(8)]
    told: list[tuple[str, str, HoldfastError | None]] = []

    def answer(who: int) -> None:
        with Holdfast(settings) as hf:
            mine = hf.session(session.id, agent=f"person-{who}")
            for question in questions:
                try:
                    mine.answer(question, f"answer-{who}")
                    told.append((question, f"answer-{who}", None))
                except DecisionSettled as error:
                    told.append((question, f"answer-{who}", error))

    threads = [threading.Thread(target=answer, args=(who,)) for who in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 32 * len(questions)
    state = session.state()
    assert not state.contested
    for question in questions:
        (won,) = [answer for asked, answer, error in told if asked == question and error is None]
        assert [each.decision for each in state.decisions_made if each.id == question] == [won]
        errors = [error for asked, _, error in told if asked == question and error is not None]
        assert {error.decision for error in errors if isinstance(error, DecisionSettled)} == {won}


def test_a_late_answer_counts_until_something_else_holds(hf: Holdfast, engine: Engine, session: Session) -> None:
    for decision_id in ("one", "two"):
        session.escalate(APY, deadline="2026-01-30T12:00:00Z", default="No", decision_id=decision_id)
    session.answer("one", "Yes", by="@phil")
    with transaction(engine) as connection:
        assert lapse_decisions(connection, "default", session.id, rules=hf.service._rules) == 1
    with transaction(engine) as connection:
        assert lapse_decisions(connection, "default", session.id, rules=hf.service._rules) == 0
    assert session.decision("one").decision == "Yes"
    with pytest.raises(DecisionSettled, match="lapsed already; what holds is: No"):
        session.answer("two", "Yes", by="@phil")
    lapsed = session.decision("two")
    assert (lapsed.status, lapsed.decision, lapsed.decided_by) == ("lapsed", "No", None)
    assert lapsed.reason == "not answered by @phil in time"


def test_the_document_shows_it_as_the_protocol_does(session: Session) -> None:
    seed = yaml.safe_load((SEEDS / "session_context.yaml").read_text())["session_context"]["pending_decisions"][0]
    asked = {name: seed[name] for name in ("question", "context", "options", "deadline")}
    session.escalate(asked.pop("question"), decision_id=seed["id"], **asked)
    (shown,) = session.context()["session_context"]["pending_decisions"]
    assert list(shown) == list(seed)
    assert shown == seed | {"escalated_at": shown["escalated_at"]}


def test_workers_ask_the_next_and_then_let_the_default_hold(
    hf: Holdfast, settings: Settings, session: Session, tmp_path: Path
) -> None:
    with at_work(settings, tmp_path):
        session.escalate(APY, deadline=1.0, default=OPTIONS[1], escalation_path=["@eve", "@board"], decision_id="path")
        session.escalate("Which angle?", deadline=1.0, decision_id="nothing")
        asked_next = wait_until(lambda: hf.decisions("@eve"), what="@eve is asked")[0]
        assert (asked_next.escalated_by, asked_next.escalation_path) == ("content-worker", ["@board"])
        assert hf.decisions("@phil", session_id=session.id) == []
        wait_until(lambda: hf.decisions("@board"), what="the board is asked")
        lapsed = session.decision("path", wait=20)
    assert (lapsed.status, lapsed.decision) == ("lapsed", OPTIONS[1])
    assert (lapsed.escalated_to, lapsed.reason) == ("@board", "not answered by @board in time")
    assert (session.decision("nothing").status, session.decision("nothing").decision) == ("lapsed", None)
    state = session.state()
    assert state.pending_decisions == {}
    assert {each.id: each.decision for each in state.decisions_lapsed} == {"path": OPTIONS[1], "nothing": None}


def test_who_waits_for_an_answer_hears_of_it(hf: Holdfast, session: Session) -> None:
    asked(session)
    assert session.decision("decision-001", wait=0.1).is_pending
    answering = threading.Timer(0.2, lambda: hf.session(session.id, agent="@phil").answer("decision-001", "Yes"))
    answering.start()
    assert session.decision("decision-001", wait=20).decision == "Yes"
    answering.join()


def test_questions_wait_in_a_fork_too_and_each_has_its_own_answer(hf: Holdfast, session: Session) -> None:
    asked(session)
    fork = hf.fork(session.id)
    fork.answer("decision-001", "No", by="@phil")
    session.answer("decision-001", "Yes", by="@phil")
    assert (fork.decision("decision-001").decision, session.decision("decision-001").decision) == ("No", "Yes")


def test_a_question_stays_with_the_campaign_it_was_asked_in_also_in_a_fork(hf: Holdfast, session: Session) -> None:
    asked(session)
    session.append({"type": "campaign.updated", "data": {"gtm_id": "OTHER-001"}})
    fork = hf.fork(session.id)
    campaigns = {each.session_id: each.campaign for each in hf.decisions("@phil")}
    assert campaigns == {session.id: "YIELD-XYZ-001", fork.id: "YIELD-XYZ-001"}


def test_a_question_that_lapses_by_a_bare_event_leaves_its_default(session: Session) -> None:
    asked(session, deadline=3600, default="No")
    session.append({"type": "decision.lapsed", "data": {"decision_id": "decision-001"}})
    assert session.decision("decision-001").decision == "No"
    assert session.state().decisions_lapsed[0].decision == "No"


def test_whatever_a_bare_event_calls_a_question_it_can_be_answered_and_taken_back(session: Session) -> None:
    for decision_id in ("what the user wants", "q" * 256):
        session.append({"type": "decision.escalated", "data": {"question": APY, "decision_id": decision_id}})
        session.answer(decision_id, "Yes", by="@phil")
        assert session.decision(decision_id).decision == "Yes"
        with pytest.raises(DecisionSettled):
            session.withdraw(decision_id)


@pytest.mark.parametrize("wrong", ["", "\0", "\ud800", 5])
def test_what_no_question_can_be_called_is_named(hf: Holdfast, session: Session, wrong: str) -> None:
    for call in (session.decision, session.withdraw, lambda _: hf.decisions(wrong), lambda _: session.answer(wrong, 1)):
        with pytest.raises(InvalidInput):
            call(wrong)


@pytest.mark.parametrize("wrong", ["3", None, float("nan"), -1, True])
def test_a_wait_is_a_time(session: Session, wrong: float) -> None:
    with pytest.raises(InvalidInput, match="wait"):
        session.decision(asked(session), wait=wrong)
