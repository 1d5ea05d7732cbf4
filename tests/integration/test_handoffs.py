"""Handoffs: offered with a package, accepted with the lease, refused, completed, expired; and nothing asked again."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.errors import (
    HandoffNotFound,
    HandoffSettled,
    InvalidInput,
    LeaseHeld,
    SessionNotFound,
    StaleWriter,
)
from holdfast.pipeline.ingest import Ingest
from holdfast.testing import wait_until
from processes import at_work
from twice import timers
from writing import drain

SEEDS = Path(__file__).parent.parent / "seeds"
CAPABILITY = "OPTIMIZE_CHANNEL_MIX"


def told(hf: Holdfast, session_id: str | None = "sess_12345") -> Session:
    """The session protocol's example, up to the handoff."""
    session = hf.start("user_abc", agent="planner", session_id=session_id)
    session.append(
        {"type": "preference.stated", "data": {"key": "communication_style", "value": "concise"}},
        {"type": "preference.stated", "data": {"key": "default_vertical", "value": "Retail"}},
        {"type": "information.provided", "data": {"key": "vertical", "value": "Retail"}},
        {"type": "information.provided", "data": {"key": "budget", "value": 500000}},
        {"type": "information.provided", "data": {"key": "objectives", "value": ["brand awareness"]}},
        {"type": "decision.made", "data": {"type": "budget", "value": 500000, "confidence": "HIGH"}},
    )
    return session


@pytest.fixture
def session(hf: Holdfast) -> Session:
    return told(hf)


@contextmanager
def superseded() -> Iterator[None]:
    """The block's lease is lost on the way, and its holder is told."""
    with pytest.raises(StaleWriter):
        yield


def events_of(session: Session, *types: str) -> list[Any]:
    return [event for event in session.events(limit=None) if event.type in types]


# --- the packages


def test_the_package_is_the_protocols_to_the_letter(session: Session) -> None:
    handoff = session.hand_off("optimizer", capability=CAPABILITY, current_step=3)
    seed = orjson.loads((SEEDS / "context_package.json").read_bytes())
    assert handoff.package == seed
    assert orjson.dumps(handoff.package) == orjson.dumps(seed), "field by field, in the same order"
    assert (handoff.to, handoff.offered_by, handoff.status) == ("optimizer", "planner", "offered")


def test_every_value_of_a_package_names_the_event_that_it_rests_on(session: Session) -> None:
    handoff = session.hand_off("optimizer", capability=CAPABILITY, current_step=3, context={"tone": "warm"})
    said = {str(event.id): event for event in session.events(limit=None)}
    kinds = {path: [said[each].type for each in ids] for path, ids in handoff.rests_on.items()}
    assert kinds == {
        "session_id": ["session.started"],
        "user_id": ["session.started"],
        "user_preferences.communication_style": ["preference.stated"],
        "user_preferences.default_vertical": ["preference.stated"],
        "session_context.vertical": ["information.provided"],
        "session_context.budget": ["information.provided"],
        "session_context.objectives": ["information.provided"],
        "session_context.tone": ["handoff.offered"],
        "decisions_made[0]": ["decision.made"],
        "current_step": ["handoff.offered"],
        "requesting_capability": ["handoff.offered"],
    }
    assert said[handoff.rests_on["session_context.budget"][0]].data["value"] == 500000


def test_what_was_decided_anew_is_told_once_and_preferences_of_other_sessions_too(
    hf: Holdfast, session: Session
) -> None:
    session.append({"type": "decision.made", "data": {"type": "budget", "value": 600000}})
    session.append({"type": "preference.stated", "data": {"key": "default_vertical", "value": "Finance"}})
    other = hf.start("user_abc")
    other.append(
        {"type": "preference.stated", "data": {"key": "default_vertical", "value": "Sports"}},
        {"type": "preference.stated", "data": {"key": "language", "value": "de"}},
    )
    package = session.hand_off("optimizer").package
    assert package["decisions_made"] == [{"type": "budget", "value": 600000, "confidence": None}]
    assert package["user_preferences"] == {
        "default_vertical": "Finance",
        "language": "de",
        "communication_style": "concise",
    }


def campaign(hf: Holdfast) -> Session:
    """The context protocol's example, up to the handoff to the content worker."""
    session = hf.start("phil", agent="bot-manager", session_id="session-2026-01-29-001")
    session.append(
        {
            "type": "campaign.updated",
            "data": {"gtm_id": "YIELD-XYZ-001", "tier": 2, "campaign_owner": "@phil", "status": "in_progress"},
        },
        {
            "type": "task.assigned",
            "data": {
                "task_id": "content",
                "description": "Generate Tier 2 content for Yield.xyz integration",
                "scope": {"boundaries": ["No APY claims"]},
                "budget": {"max_skill_calls": 10, "max_tokens": 100000},
            },
        },
        {"type": "knowledge.learned", "data": {"area": "product", "facts": {"chains_supported": 28}}},
        {"type": "knowledge.learned", "data": {"area": "protocol", "facts": {"name": "Yield.xyz"}}},
        {"type": "knowledge.learned", "data": {"area": "audience", "facts": {"primary_segment": "defi_degens"}}},
        {
            "type": "knowledge.learned",
            "data": {
                "area": "brand_decisions",
                "facts": [{"decision": "Use approved messaging angle", "approved_by": "@phil"}],
            },
        },
        {"type": "compute.settled", "data": {"skill": "product-oracle", "tokens": 45000, "result": "success"}},
    )
    return session


INVOCATION = yaml.safe_load("""
skill_invocation:
  skill: "content-worker"
  task: "Generate X post for Yield.xyz announcement"

  context:
    campaign: { gtm_id: "YIELD-XYZ-001", tier: 2 }
    knowledge:
      product: { chains_supported: 28 }
      protocol: { name: "Yield.xyz" }
      audience: { primary_segment: "defi_degens" }
    constraints: ["No APY claims", "Use approved messaging angle"]
    budget: { tokens_remaining: 55000 }
""")

RESULT = yaml.safe_load("""
skill_result:
  skill: "content-worker"
  status: "success"

  outputs:
    artifacts: [{ type: "draft_x_post", path: ".gtm/YIELD-XYZ-001/drafts/x_post.md" }]

  context_updates:
    pending_decisions: [{ question: "APY claims?", context: "Rates fluctuate" }]
    compute: { tokens_used: 30000 }

  next_suggested: "brand-validator"
""")


def test_the_orders_and_the_result_of_a_skill_are_the_protocols(hf: Holdfast) -> None:
    session = campaign(hf)
    session.hand_off("content-worker", task="Generate X post for Yield.xyz announcement")
    (handoff,) = hf.handoffs("content-worker")
    assert handoff.skill_invocation == INVOCATION["skill_invocation"]
    with handoff.accept() as accepted:
        accepted.complete(RESULT)
    completed = session.handoff(handoff.id)
    assert (completed.status, completed.outcome) == ("completed", "success")
    assert completed.result == RESULT
    assert completed.next_suggested == "brand-validator"
    state = session.state()
    assert state.artifacts[".gtm/YIELD-XYZ-001/drafts/x_post.md"].produced_by == "content-worker"
    (question,) = state.pending_decisions.values()
    assert (question.question, question.escalated_to, question.escalated_by) == (
        "APY claims?", "@phil", "content-worker",
    )  # fmt: skip
    assert [each.id for each in hf.decisions("@phil")] == [question.id]
    used = state.compute.invocation_log[-1]
    assert (used.skill, used.tokens, used.result, used.agent) == ("content-worker", 30000, "success", "content-worker")
    assert state.tokens_remaining == 25000
    assert state.handoffs[handoff.id].status == "completed"


def test_orders_name_their_events_and_take_further_constraints(hf: Holdfast) -> None:
    session = campaign(hf)
    handoff = session.hand_off("content-worker", task="Post", constraints=["No emojis", "No APY claims"])
    assert handoff.skill_invocation is not None
    assert handoff.skill_invocation["context"]["constraints"] == [
        "No APY claims", "Use approved messaging angle", "No emojis",
    ]  # fmt: skip
    said = {str(event.id): event for event in session.events(limit=None)}
    kinds = {
        path.removeprefix("skill_invocation."): [said[each].type for each in ids]
        for path, ids in handoff.rests_on.items()
        if path.startswith("skill_invocation.")
    }
    assert kinds == {
        "skill": ["handoff.offered"],
        "task": ["handoff.offered"],
        "context.campaign.gtm_id": ["campaign.updated"],
        "context.campaign.tier": ["campaign.updated"],
        "context.knowledge.product.chains_supported": ["knowledge.learned"],
        "context.knowledge.protocol.name": ["knowledge.learned"],
        "context.knowledge.audience.primary_segment": ["knowledge.learned"],
        "context.constraints[0]": ["task.assigned"],
        "context.constraints[1]": ["knowledge.learned"],
        "context.constraints[2]": ["handoff.offered"],
        "context.budget.tokens_remaining": ["task.assigned", "compute.settled"],
    }


def test_what_a_receiver_may_not_see_is_not_in_its_packages(session: Session) -> None:
    session.append({"type": "information.provided", "data": {"key": "api_key", "value": "sk-123"}})
    session.append(
        {
            "type": "slice.declared",
            "data": {"agent": "optimizer", "exclude": ["session_context.vertical"], "redact": ["decisions_made"]},
        }
    )
    handoff = session.hand_off("optimizer")
    assert handoff.package["session_context"] == {
        "budget": 500000, "objectives": ["brand awareness"], "api_key": "[redacted]",
    }  # fmt: skip
    assert "sk-123" not in repr(handoff)
    assert handoff.package["decisions_made"] == []
    assert {each["path"] for each in handoff.dropped} == {"session_context.api_key", "decisions_made"}
    assert session.hand_off("another").package["session_context"]["vertical"] == "Retail"


def test_a_package_is_no_larger_than_an_event_and_says_what_is_left_out(session: Session) -> None:
    for number in range(60):
        data = {"key": f"document_{number}", "value": "x" * 10_000}
        session.append({"type": "information.provided", "data": data})
    handoff = session.hand_off("optimizer", capability=CAPABILITY)
    assert handoff.package["requesting_capability"] == CAPABILITY
    assert 0 < len(handoff.package["session_context"]) < 63
    dropped = [each for each in handoff.dropped if each["path"] == "session_context"]
    assert sum(each["items"] for each in dropped) == 63 - len(handoff.package["session_context"])


# --- the life


@pytest.mark.promise(4)
def test_acceptance_moves_the_lease_and_the_offerer_is_told(hf: Holdfast, session: Session) -> None:
    with superseded(), session.lease("planner") as mine:
        session.hand_off("optimizer", capability=CAPABILITY)
        (handoff,) = hf.handoffs("optimizer")
        with handoff.accept() as accepted:
            assert accepted.lease is not None
            assert accepted.lease.fence == mine.fence + 1
            assert hf.service.find(session.id).holder == "optimizer"
            accepted.session.append({"type": "custom.mine"})
            session.append({"type": "custom.late"})
    assert (handoff.status, handoff.accepted_by) == ("accepted", "optimizer")
    taken, accepted_event = [event for event in session.events() if event.type.startswith(("lease.t", "handoff.a"))][1:]
    assert (taken.data["owner"], taken.data["taken_from"]) == ("optimizer", "planner")
    assert accepted_event.seq == taken.seq + 1
    assert accepted_event.recorded_at == taken.recorded_at
    assert hf.service.find(session.id).holder is None
    assert not events_of(session, "custom.late")


def test_a_lease_of_another_name_is_the_offerers_if_it_offered_under_it(hf: Holdfast, session: Session) -> None:
    with session.lease("planner-process-7"):
        session.hand_off("optimizer")
        with hf.handoffs("optimizer")[0].accept():
            assert hf.service.find(session.id).holder == "optimizer"


def test_who_handed_over_on_purpose_is_not_told_off_unless_it_wrote_too_late(
    hf: Holdfast, session: Session, ingest: Ingest
) -> None:
    with session.lease("planner"):
        session.hand_off("optimizer")
        hf.handoffs("optimizer")[0].accept().complete()
    with superseded(), session.lease("planner"):
        session.hand_off("optimizer", handoff_id="second")
        with hf.handoffs("optimizer")[0].accept():
            session.publish({"type": "custom.late"})
            drain(ingest)
    with superseded(), session.lease("planner"):
        session.hand_off("optimizer", handoff_id="third")
        with hf.session(session.id).lease("robber", takeover=True):
            pass
    assert not events_of(session, "custom.late")


def test_a_third_agents_lease_is_respected(hf: Holdfast, session: Session) -> None:
    session.hand_off("optimizer")
    with hf.session(session.id, agent="third").lease("third"):
        with pytest.raises(LeaseHeld, match="third"):
            hf.handoffs("optimizer")[0].accept()
        assert session.handoff(hf.handoffs("optimizer")[0].id).status == "offered"
    with hf.handoffs("optimizer")[0].accept() as accepted:
        accepted.complete()


def test_who_offered_and_took_the_lease_later_is_superseded_too(hf: Holdfast, session: Session) -> None:
    session.hand_off("optimizer")
    with superseded(), session.lease("planner"):
        with hf.handoffs("optimizer")[0].accept():
            assert hf.service.find(session.id).holder == "optimizer"
        session.append({"type": "custom.late"})


def test_a_third_agents_lease_that_ran_out_is_ended_first(hf: Holdfast, session: Session) -> None:
    session.hand_off("optimizer")
    third = hf.service.take_lease(session.id, "third", exclusive=True, seconds=0.2)
    wait_until(lambda: is_past(hf, third.until), what="the end of the lease")
    with hf.handoffs("optimizer")[0].accept() as accepted:
        assert accepted.lease is not None
        assert accepted.lease.fence > third.fence
    released, taken = [event for event in session.events() if event.type.startswith("lease.")][1:3]
    assert (released.data["owner"], released.data["expired"]) == ("third", True)
    assert "taken_from" not in taken.data


def test_a_session_without_a_lease_gets_one(hf: Holdfast, session: Session) -> None:
    session.hand_off("optimizer")
    with hf.handoffs("optimizer")[0].accept():
        with pytest.raises(StaleWriter):
            session.append({"type": "custom.late"})
        with pytest.raises(StaleWriter):
            session.hand_off("another")
        assert ("lease", None) in timers(hf, session.id)[0], "workers end it, where its holder dies"


def test_a_shared_session_has_no_lease_to_move(hf: Holdfast) -> None:
    session = hf.start("u", agent="planner", shared=True)
    session.hand_off("optimizer")
    with hf.handoffs("optimizer")[0].accept() as accepted:
        assert accepted.lease is None
        session.append({"type": "custom.meanwhile"})
        accepted.complete({"found": 1})
    assert session.handoff(accepted.handoff.id).status == "completed"


def test_only_whom_it_was_offered_to_accepts_or_refuses(session: Session) -> None:
    handoff = session.hand_off("optimizer")
    with pytest.raises(InvalidInput, match=r"is 'another', and handoff .* was offered to 'optimizer'"):
        handoff.accept("another")
    with pytest.raises(InvalidInput, match="offered to 'optimizer'"):
        handoff.refuse("busy", agent="another")
    assert session.handoff(handoff.id).status == "offered"


def test_it_is_accepted_once(hf: Holdfast, session: Session) -> None:
    session.hand_off("optimizer")
    first, second = hf.handoffs("optimizer")[0], hf.handoffs("optimizer")[0]
    with first.accept() as accepted:
        with pytest.raises(HandoffSettled, match="accepted by 'optimizer' already") as error:
            second.accept()
        assert (error.value.status, error.value.accepted_by) == ("accepted", "optimizer")
        with pytest.raises(HandoffSettled):
            second.refuse("too late")
        assert accepted.lease is not None
        assert not accepted.lease.lost
        accepted.session.append({"type": "custom.mine"})
    assert session.state().contested == []


def test_a_refusal_says_why_and_leaves_the_session_to_who_offered(hf: Holdfast, session: Session) -> None:
    with session.lease("planner"):
        handoff = session.hand_off("optimizer")
        hf.handoffs("optimizer")[0].refuse("no budget data")
        session.append({"type": "custom.mine"})
    refused = session.handoff(handoff.id)
    assert (refused.status, refused.reason) == ("refused", "no budget data")
    assert hf.handoffs("optimizer") == []
    with pytest.raises(HandoffSettled, match="refused"):
        handoff.accept()


def test_a_result_is_merged_whole_or_not_at_all(hf: Holdfast, session: Session) -> None:
    session.hand_off("optimizer")
    before = session.state().history.total
    with hf.handoffs("optimizer")[0].accept() as accepted:
        wrong = {"skill": "optimizer", "status": "success", "context_updates": {"campaign": {"status": "never"}}}
        with pytest.raises(InvalidInput, match=r"campaign\.status"):
            accepted.complete(wrong)
        with pytest.raises(InvalidInput, match="status"):
            accepted.complete({"skill": "optimizer", "status": "great"})
        assert session.handoff(accepted.handoff.id).status == "accepted"
        accepted.complete({"mix": {"ctv": 0.4}, "context_updates": {"knowledge": {"mix": {"ctv": 0.4}}}})
    assert session.state().knowledge["mix"].facts == {"ctv": 0.4}
    assert session.state().history.total == before + 5, "lease, acceptance, knowledge, completion, lease"
    completed = session.handoff(accepted.handoff.id)
    assert (completed.outcome, completed.result) == (
        "success",
        {"mix": {"ctv": 0.4}, "context_updates": {"knowledge": {"mix": {"ctv": 0.4}}}},
    )
    with pytest.raises(HandoffSettled, match="completed"):
        completed.complete()


def test_what_a_receiver_knew_it_replaces_and_what_came_since_is_a_conflict(hf: Holdfast, session: Session) -> None:
    session.append({"type": "knowledge.learned", "data": {"area": "mix", "facts": {"ctv": 0.1, "radio": 0.1}}})
    session.hand_off("optimizer")
    accepted = hf.handoffs("optimizer")[0].accept()
    accepted.session.append(
        {"type": "knowledge.learned", "actor": "oracle", "data": {"area": "mix", "facts": {"radio": 0.5}}}
    )
    accepted.complete({"context_updates": {"knowledge": {"mix": {"ctv": 0.4, "radio": 0.2}}}})
    mix = session.state().knowledge["mix"]
    assert mix.facts == {"ctv": 0.4, "radio": 0.2}
    assert set(mix.conflicts) == {"radio"}


@pytest.mark.promise(4)
def test_whoever_goes_on_after_a_crash_completes_it(hf: Holdfast, settings: Settings, session: Session) -> None:
    session.hand_off("optimizer")
    with Holdfast(settings) as dying:
        lost = dying.handoffs("optimizer")[0].accept(seconds=60)
        assert lost.lease is not None
        dying._renewals.remove(lost.lease)
        (again,) = hf.handoffs("optimizer", status="accepted")
        assert again.accepted_by == "optimizer"
        with pytest.raises(LeaseHeld):
            again.resume("another")
        with again.resume() as resumed:
            with pytest.raises(StaleWriter):
                lost.complete({"late": True})
            resumed.complete({"mix": "ctv"})
    assert session.handoff(again.id).result == {"mix": "ctv"}
    with pytest.raises(HandoffSettled, match="completed"):
        again.resume()


def test_another_agent_takes_it_over_on_purpose(hf: Holdfast, session: Session) -> None:
    session.hand_off("optimizer")
    hf.handoffs("optimizer")[0].accept(seconds=60)
    with session.handoff(hf.handoffs(status="accepted")[0].id).resume("planner", takeover=True) as resumed:
        resumed.complete({"mix": "radio"})
    assert session.handoff(resumed.handoff.id).status == "completed"


def test_it_is_offered_once_under_an_id(session: Session) -> None:
    first = session.hand_off("optimizer", handoff_id="to-optimizer")
    assert session.hand_off("optimizer", handoff_id="to-optimizer", reason="again") == first
    with pytest.raises(InvalidInput, match="is an offer to 'optimizer'"):
        session.hand_off("another", handoff_id="to-optimizer")
    assert len(events_of(session, "handoff.offered")) == 1


def test_the_inbox_is_a_listing_page_by_page(hf: Holdfast, session: Session) -> None:
    ids = [session.hand_off("optimizer", handoff_id=f"h-{number}").id for number in range(5)]
    session.hand_off("another", handoff_id="other")
    first = hf.handoffs("optimizer", limit=3)
    assert [each.id for each in (*first, *hf.handoffs("optimizer", limit=3, cursor=first.next))] == ids
    assert [each.id for each in hf.handoffs(session_id=session.id)] == [*ids, "other"]
    assert hf.handoffs("optimizer", status="accepted") == []
    for wrong in ({"status": "open"}, {"cursor": "x"}, {"limit": 0}, {"agent": ""}):
        with pytest.raises(InvalidInput):
            hf.handoffs(**wrong)


def test_another_tenant_sees_and_accepts_none_of_it(hf: Holdfast, settings: Settings, session: Session) -> None:
    handoff = session.hand_off("optimizer")
    with Holdfast(settings.model_copy(update={"tenant": "other"})) as other:
        assert other.handoffs("optimizer") == []
        handoff._holdfast = other
        with pytest.raises(SessionNotFound):
            handoff.accept()
    assert hf.handoffs("optimizer")[0].status == "offered"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"to": ""}, "to"),
        ({"seconds": -1}, "seconds"),
        ({"seconds": 60, "expires_at": datetime(2100, 1, 1, tzinfo=UTC)}, "seconds"),
        ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, "expires_at"),
        ({"expires_at": "soon"}, "expires_at"),
        ({"current_step": "three"}, "current_step"),
        ({"task": " "}, "task"),
        ({"constraints": ["none"]}, "constraints"),
        ({"handoff_id": "a b"}, "handoff_id"),
    ],
)
def test_what_cannot_be_offered_is_refused_and_nothing_is(session: Session, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput, match=f"^{field}: "):
        session.hand_off(**({"to": "optimizer"} | wrong))
    assert session.state().handoffs == {}
    with pytest.raises(HandoffNotFound):
        session.handoff("nothing")


def test_an_offer_expires_though_no_worker_said_so(hf: Holdfast, session: Session) -> None:
    handoff = session.hand_off("optimizer", seconds=0.2)
    wait_until(lambda: is_past(hf, handoff.expires_at), what="the end of the offer")
    with pytest.raises(HandoffSettled, match="expired"):
        handoff.accept()
    assert session.handoff(handoff.id).status == "expired"
    assert session.state().handoffs[handoff.id].reason == "not accepted in time"


def is_past(hf: Holdfast, at: datetime | None) -> bool:
    with hf.service._engine.connect() as connection:
        now: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    return at is not None and now > at


def test_workers_end_what_nobody_accepted(hf: Holdfast, settings: Settings, session: Session, tmp_path: Path) -> None:
    with at_work(settings, tmp_path):
        handoff = session.hand_off("optimizer", seconds=1.0)
        kept = session.hand_off("optimizer", handoff_id="kept", seconds=600)
        wait_until(lambda: hf.handoffs("optimizer", status="expired"), what="the offer's end")
    assert session.handoff(handoff.id).reason == "not accepted in time"
    assert hf.handoffs("optimizer") == [kept]


def test_the_end_of_a_session_ends_its_offers(hf: Holdfast, session: Session) -> None:
    handoff = session.hand_off("optimizer")
    session.append({"type": "session.closed", "data": {}})
    assert hf.handoffs("optimizer") == []
    with pytest.raises(HandoffSettled, match="expired"):
        handoff.accept()


def test_offers_stay_with_the_session_that_a_fork_was_made_of(hf: Holdfast, session: Session) -> None:
    session.hand_off("optimizer")
    hf.fork(session.id)
    assert [each.session_id for each in hf.handoffs("optimizer")] == [session.id]


# --- nothing is asked again


def test_what_is_known_says_who_told_it_when_and_by_which_event(hf: Holdfast, session: Session) -> None:
    (receipt,) = session.append(
        {"type": "information.provided", "actor": "user", "data": {"key": "deadline", "value": "May"}}
    )
    known = session.known("deadline")
    assert known is not None
    assert (known.value, known.where, known.provided_by, known.seq) == ("May", "information", "user", receipt.seq)
    assert (known.event_id, known.session_id) == (str(receipt.event_id), session.id)
    style = session.known("communication_style")
    assert style is not None
    assert (style.value, style.where) == ("concise", "preference")
    budget = session.known("budget")
    assert budget is not None
    assert (budget.value, budget.where, budget.confidence) == (500000, "decision", "HIGH")
    session.append({"type": "information.provided", "data": {"key": "budget", "value": 400000}})
    budget = session.known("budget")
    assert budget is not None
    assert (budget.value, budget.where) == (400000, "information"), "whichever was said last"
    assert session.known("shoe size") is None
    assert {key: each.value for key, each in session.provided().items()} == {
        "vertical": "Retail", "budget": 400000, "objectives": ["brand awareness"], "deadline": "May",
    }  # fmt: skip
    other = hf.start("user_abc").known("communication_style")
    assert other is not None
    assert (other.value, other.session_id) == ("concise", session.id)
    assert hf.start("stranger").known("communication_style") is None


def test_what_was_published_just_now_is_known(session: Session) -> None:
    session.publish({"type": "information.provided", "data": {"key": "city", "value": "Rome"}})
    known = session.known("city")
    assert known is not None
    assert known.value == "Rome"


def test_agents_that_were_consulted_are_told_with_what_they_said(session: Session) -> None:
    session.append({"type": "agent.consulted", "data": {"agent": "oracle", "question": "TVL?", "output": "$50M"}})
    session.append({"type": "agent.consulted", "data": {"agent": "analyst", "output": {"ctv": 0.4}}})
    assert [(each.agent, each.output) for each in session.consulted()] == [
        ("oracle", "$50M"), ("analyst", {"ctv": 0.4}),
    ]  # fmt: skip
    assert [each.output for each in session.consulted("oracle")] == ["$50M"]


class Scripted:
    """A receiving agent that needs to know some things, and asks the user for each that the session does not know."""

    NEEDS = ("vertical", "budget", "objectives", "communication_style", "flight_dates")

    def work(self, hf: Holdfast) -> tuple[list[str], str]:
        """Its questions, and how it begins."""
        (handoff,) = hf.handoffs("optimizer")
        with handoff.accept() as accepted:
            known = {key: accepted.session.known(key) for key in self.NEEDS}
            asked = [f"What is your {key}?" for key, each in known.items() if each is None]
            budget = known["budget"]
            assert budget is not None
            accepted.complete({"mix": "ctv"})
        return asked, f"With your {budget.value // 1000}K budget I recommend"


def test_a_receiver_that_comes_later_asks_for_nothing_that_was_provided(settings: Settings, session: Session) -> None:
    session.hand_off("optimizer", capability=CAPABILITY, current_step=3)
    with Holdfast(settings) as later:
        asked, begins = Scripted().work(later)
    assert asked == ["What is your flight_dates?"]
    assert begins == "With your 500K budget I recommend"


def test_whatever_a_bare_event_calls_an_offer_it_is_found_and_goes_on(hf: Holdfast) -> None:
    session = hf.start("u", agent="planner")
    session.append({"type": "handoff.offered", "data": {"to": "writer", "handoff_id": "for the writer"}})
    hf.handoffs("writer")[0].accept().close()
    with session.handoff("for the writer").resume() as accepted:
        accepted.complete()
    assert session.handoff("for the writer").status == "completed"


def test_a_task_with_half_a_character_is_named(hf: Holdfast) -> None:
    with pytest.raises(InvalidInput, match="task"):
        hf.start("u", agent="planner").hand_off("writer", task="\ud800")
