"""The shared context on real servers: the protocol's own example told as a story, and what agents do to it."""

from typing import Any

import pytest

from documents import protocols_own
from holdfast.client import Holdfast, Session
from holdfast.client.updating import committed, drafts
from holdfast.config import Settings
from holdfast.errors import (
    CampaignStepRefused,
    InvalidInput,
    SessionClosed,
    SessionExists,
    SessionNotFound,
)
from holdfast.sharing.document import from_yaml, to_yaml

ID = "session-2026-01-29-001"
WHOLE: dict[str, Any] = protocols_own()["session_context"]


def at(minute: str, actor: str, event_type: str, **data: Any) -> dict[str, Any]:
    return {"type": event_type, "actor": actor, "occurred_at": f"2026-01-29T{minute}:00Z", "data": data}


def without(entry: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in keys and value is not None}


def used(minute: str, skill: str, tokens: int) -> dict[str, Any]:
    return at(minute, skill, "compute.settled", skill=skill, tokens=tokens, result="success")


def learned(minute: str, actor: str, area: str, **more: Any) -> dict[str, Any]:
    return at(minute, actor, "knowledge.learned", area=area, facts=WHOLE["knowledge"][area], **more)


def produced(minute: str, place: int) -> dict[str, Any]:
    made = WHOLE["artifacts"][place]
    return at(minute, made["produced_by"], "artifact.produced", **without(made, "timestamp", "produced_by"))


def validated(minute: str, actor: str, validator: str) -> dict[str, Any]:
    said = without(WHOLE["validations"][validator], "last_run")
    return at(minute, actor, "validation.reported", validator=validator, **said)


def kicked_off(hf: Holdfast) -> Session:
    """1. Session start: the bot manager initialises the context."""
    session = Session(hf, ID, "bot-manager")
    campaign = without(WHOLE["campaign"], "status")
    session.append(
        at(
            "10:00",
            "bot-manager",
            "session.started",
            user_id="@phil",
            details="Campaign kickoff received from @phil",
        ),
        at("10:00", "bot-manager", "campaign.updated", **campaign, status="kickoff"),
        at("10:00", "bot-manager", "budget.set", level="session", max_skill_calls=10),
    )
    return session


def test_the_protocols_whole_example_comes_out_of_its_story(hf: Holdfast) -> None:
    session = kicked_off(hf)
    context = session.context()["session_context"]
    kickoff = {
        "id": ID,
        "campaign": WHOLE["campaign"] | {"status": "kickoff"},
        "knowledge": {},
        "compute": {"budget_remaining": 10},
    }
    assert without(context, "started_at", "last_updated", "history") == kickoff
    assert context["history"] == WHOLE["history"][:1]

    # 2. Knowledge gathering.
    session.append(
        at("10:00", "bot-manager", "budget.set", level="session", max_skill_calls=10, max_tokens=100_000),
        validated("10:00", "release-coordinator", "release_coordinator"),
        used("10:05", "product-oracle", 2000),
        learned("10:05", "product-oracle", "product", details="Product facts loaded"),
        used("10:10", "campaign-memory", 3000),
        learned("10:10", "campaign-memory", "past_learnings"),
        learned("10:30", "research-agent", "protocol"),
        produced("10:30", 0),
    )
    context = session.context()["session_context"]
    assert context["knowledge"]["product"] == WHOLE["knowledge"]["product"]
    assert context["knowledge"]["past_learnings"] == WHOLE["knowledge"]["past_learnings"]
    assert context["compute"]["budget_remaining"] == 8

    # The campaign's owner decides; the work begins.
    (decided,), (asked,) = WHOLE["decisions_made"], WHOLE["pending_decisions"]
    task = WHOLE["active_task"]
    session.append(
        learned("11:00", "@phil", "brand_decisions"),
        at("11:00", "@phil", "decision.made", decision_id=decided["id"], **without(decided, "id", "timestamp")),
        at("14:00", "bot-manager", "campaign.updated", status="in_progress"),
        at("14:00", "bot-manager", "task.assigned", **without(task, "started_at")),
        at(
            "14:20",
            "content-worker",
            "decision.escalated",
            decision_id=asked["id"],
            details="APY claim question escalated to Campaign Owner",
            **without(asked, "id", "escalated_at", "status"),
        ),
        learned("14:25", "audience-analyzer", "audience"),
        validated("14:25", "audience-analyzer", "audience_analyzer"),
        used("14:25", "audience-analyzer", 5000),
        # 3. Execution.
        produced("14:30", 1),
        used("14:30", "content-worker", 30_000),
        produced("14:35", 2),
        validated("14:40", "brand-validator", "brand_validator"),
        used("14:40", "brand-validator", 5000),
        validated("14:30", "bot-manager", "link_checker"),
    )
    context = session.context()["session_context"]
    for section, expected in WHOLE.items():
        assert context[section] == expected, section
    assert list(context) == list(WHOLE), "in the protocol's order"
    assert from_yaml(session.context_yaml()) == {"session_context": WHOLE}

    # 4. Review, and 5. the end.
    owner = hf.session(ID, agent="@phil")
    owner.update_context({"decisions_made": [{"id": asked["id"], "decision": "Yes, with disclaimer"}]})
    owner.update_context({"campaign": {"status": "review"}})
    context = session.context()["session_context"]
    assert context["campaign"]["status"] == "review"
    assert "pending_decisions" not in context
    assert [(each["question"], each["decision"]) for each in context["decisions_made"]] == [
        (decided["question"], decided["decision"]),
        (asked["question"], "Yes, with disclaimer"),
    ]
    owner.update_context({"campaign": {"status": "published"}})
    assert session.context()["session_context"]["campaign"]["status"] == "published"


def test_the_protocols_update_is_merged(hf: Holdfast) -> None:
    """Written as the protocol writes it, by a skill that knows no more than that."""
    session = hf.import_context(protocols_own(), agent="content-worker")
    path = ".gtm/YIELD-XYZ-001/drafts/x_post.md"
    receipts = session.update_context(
        {
            "context_update": {
                "artifacts": [{"type": "draft_x_post", "path": path, "status": "pending_review"}],
                "pending_decisions": [{"question": "Can we mention specific APY ranges?", "context": "..."}],
                "compute": {"tokens_used": 30000},
            }
        }
    )
    assert [receipt.seq for receipt in receipts] == [28, 29, 30]
    context = session.context()["session_context"]
    assert [each["path"] for each in context["artifacts"]].count(path) == 1
    assert context["pending_decisions"][1]["question"] == "Can we mention specific APY ranges?"
    assert context["compute"]["tokens_used"] == 75_000
    assert context["compute"]["budget_tokens_remaining"] == 25_000
    assert context["compute"]["invocation_log"][-1]["skill"] == "content-worker"


def test_an_update_is_all_or_none(hf: Holdfast) -> None:
    session = hf.start("u", agent="a")
    with pytest.raises(InvalidInput, match=r"context_update\.artifacts\[1\]\.path: is required"):
        session.update_context({"knowledge": {"a": {"x": 1}}, "artifacts": [{"path": "x"}, {"type": "y"}]})
    with pytest.raises(InvalidInput, match="one call takes 1,000"):
        session.update_context({"artifacts": [{"path": f"{n}.md"} for n in range(1001)]})
    assert [event.type for event in session.events()] == ["session.started"]
    session.append({"type": "session.closed"})
    with pytest.raises(SessionClosed):
        session.update_context({"knowledge": {"a": {"x": 1}}})


def test_two_sources_that_differ_are_both_shown_until_one_who_knew_decides(hf: Holdfast) -> None:
    one = hf.start("u", agent="oracle", shared=True)
    other = hf.session(one.id, agent="researcher")
    (known,) = one.update_context({"knowledge": {"product": {"tvl": "$50M", "chains": 28}}})
    other.update_context({"knowledge": {"product": {"tvl": "$55M", "features": {"swap": True}}}})
    context = one.context()["session_context"]
    assert context["knowledge"]["product"] == {"tvl": "$55M", "chains": 28, "features": {"swap": True}}
    (conflict,) = context["conflicts"]
    assert (conflict["area"], conflict["path"]) == ("product", "tvl")
    assert [(claim["source"], claim["value"]) for claim in conflict["claims"]] == [
        ("oracle", "$50M"),
        ("researcher", "$55M"),
    ]
    assert conflict["claims"][0]["event_id"] == str(known.event_id)
    one.update_context({"knowledge": {"product": {"chains": 30}}}, base=known.seq)
    assert "conflicts" in one.context()["session_context"]
    one.update_context({"knowledge": {"product": {"tvl": "$55M"}}}, base=one.state().history.last_seq)
    assert "conflicts" not in one.context()["session_context"]


def test_a_campaign_takes_no_illegal_step_even_in_a_race(hf: Holdfast) -> None:
    session = hf.start("u", agent="manager", shared=True)
    session.update_context({"campaign": {"gtm_id": "Y-1", "status": "review"}})
    with pytest.raises(CampaignStepRefused):
        session.update_context({"campaign": {"status": "kickoff"}, "knowledge": {"a": {"x": 1}}})
    assert "a" not in session.context()["session_context"]["knowledge"]
    before = session.state()
    hf.session(session.id, agent="owner").update_context({"campaign": {"status": "published"}})
    late = {"campaign": {"status": "in_progress"}, "knowledge": {"a": {"x": 1}}}
    with pytest.raises(CampaignStepRefused, match="the campaign is published"):
        committed(session, drafts(session, late, None, before))
    context = session.context()["session_context"]
    assert context["campaign"]["status"] == "published"
    assert context["knowledge"] == {}, "all or none"


def test_a_context_is_imported_whole_or_not_at_all(hf: Holdfast, settings: Settings) -> None:
    session = hf.import_context(to_yaml(protocols_own()), source="session_context.yaml")
    assert (session.id, session.agent) == (ID, "bot-manager")
    assert hf.service.find(session.id).user_id == "@phil"
    assert session.context() == protocols_own()
    assert session.verify() == 27
    with pytest.raises(SessionExists):
        hf.import_context(protocols_own())
    again = hf.import_context(protocols_own(), session_id="another", user_id="ann", agent="x")
    assert again.context()["session_context"] == WHOLE | {"id": "another"}
    assert (again.agent, hf.service.find(again.id).user_id) == ("x", "ann")
    with pytest.raises(InvalidInput, match=r"session_context\.artifacts\[0\]\.path"):
        hf.import_context({"session_context": {"id": "third", "artifacts": [{}]}}, user_id="u")
    with pytest.raises(InvalidInput, match=r"session_context\.id"):
        hf.import_context({"session_context": {"id": "with space"}}, user_id="u")
    with pytest.raises(InvalidInput, match="session_id"):
        hf.import_context({"session_context": {}}, user_id="u", session_id="with space")
    with pytest.raises(SessionNotFound):
        hf.service.find("third")
    with Holdfast(settings.model_copy(update={"tenant": "other"})) as elsewhere:
        there = elsewhere.import_context(session.context_yaml())
        assert there.context_yaml() == session.context_yaml() == to_yaml(protocols_own())


def test_a_context_without_an_id_gets_one(hf: Holdfast) -> None:
    session = hf.import_context({"session_context": {"knowledge": {"a": {"x": 1}}}}, user_id="u")
    assert session.id.startswith("SESSION-")
    assert session.context() == {"session_context": {"id": session.id, "knowledge": {"a": {"x": 1}}}}


def test_a_large_context_is_one_import(hf: Holdfast) -> None:
    knowledge = {f"area {n}": {f"k{m}": "x" * 900 for m in range(50)} for n in range(40)}
    unknown = {"of_tomorrow": {"list": [1, 2.5, None]}}
    document = {"session_context": {"id": "large", "knowledge": knowledge, **unknown}}
    session = hf.import_context(document, user_id="u")
    assert session.context() == document


def test_the_context_survives_a_save_and_a_recovery(hf: Holdfast) -> None:
    session = hf.import_context(protocols_own())
    session.save()
    session.update_context({"knowledge": {"product": {"chains_supported": 29}}})
    report = session.recover("full")
    assert report.status == "success"
    assert report.state.knowledge["product"].facts["chains_supported"] == 29
    assert report.state.knowledge == session.state().knowledge
