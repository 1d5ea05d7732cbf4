"""Pausing and closing: what is saved, what is remembered, and that the next session keeps the promise."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from holdfast.client import Holdfast, Session
from holdfast.errors import BlobsUnavailable, InvalidEvent, InvalidInput, SessionClosed
from holdfast.remembering.completion import SAVED
from writing import said

CAMPAIGN = "YIELD-XYZ-001"


def states(key: str, value: Any) -> dict[str, Any]:
    return {"type": "preference.stated", "data": {"key": key, "value": value}}


def worked(hf: Holdfast, user: str = "ann", **options: Any) -> Session:
    session = hf.start(user, kind="media-plan", agent="planner", title="A retail campaign", **options)
    session.append(
        said("Plan a 500K retail campaign."),
        {"type": "information.provided", "data": {"key": "budget", "value": 500_000}},
        states("communication_style", "concise"),
        states("excluded_channels", ["radio"]),
        {
            "type": "decision.made",
            "data": {"type": "channels", "decision": "Paid Search and CTV", "confidence": "HIGH", "decided_by": "ann"},
        },
        {"type": "decision.escalated", "data": {"question": "Is APY language allowed?", "escalated_to": "@phil"}},
    )
    return session


def test_a_pause_does_the_four_steps_and_says_so(hf: Holdfast) -> None:
    session = worked(hf)
    done = session.pause(reason="lunch")
    assert done.status == "paused"
    assert done.events == len(session.events()) == 8
    assert done.problems == ()
    assert [step.name for step in done.steps] == [
        "SUMMARIZE SESSION",
        "EXTRACT LEARNINGS",
        "STORE PERSISTENT MEMORY",
        "OFFER CONTINUITY",
    ]
    assert done.summary is not None
    assert (done.summary.first, done.summary.upto) == (1, 8)
    assert any("Paid Search and CTV" in line.text for line in done.summary.of("decisions"))
    assert any("APY" in line.text for line in done.summary.of("open"))
    assert done.snapshot is not None
    assert done.snapshot.tier == "full"
    assert done.snapshot.seq == 8
    kept = {(each.memory.kind, each.memory.key): each.memory for each in done.remembered}
    assert kept["preference", "communication_style"].value == "concise"
    assert all(each.new for each in done.remembered)
    assert done.offer.startswith(SAVED)
    assert "I will remember: " in done.offer
    assert done.resumable_until is not None
    expires = done.resumable_until - datetime.now(UTC)
    assert timedelta(days=89) < expires <= timedelta(days=90)
    assert f"{done.resumable_until:%d %B %Y}" in done.offer


def test_what_was_offered_is_kept(hf: Holdfast) -> None:
    paused = worked(hf)
    paused.pause()
    greeting = hf.greet("ann", "continue where we left off")
    assert greeting.resumable == paused.id
    assert "Paid Search and CTV" in greeting.answer
    assert greeting.preferences["communication_style"] == "concise"
    resumed = greeting.resume()
    assert resumed.id == paused.id
    assert resumed.state().status == "active"
    done = resumed.close(outcome="agreed", summary="The plan is agreed.")
    assert done.status == "closed"
    assert done.resumable_until is None
    assert done.summary is not None
    assert done.summary.base == 8, "the second builds on the first"
    with pytest.raises(SessionClosed):
        resumed.append(said("more"))
    again = hf.greet("ann", "where were we?")
    assert again.resumable == paused.id
    assert again.resume().state().continues == paused.id


def test_completing_twice_remembers_once(hf: Holdfast) -> None:
    session = worked(hf)
    first = session.pause()
    second = hf.service.completions.complete(session.id)
    assert [each.memory.id for each in second.remembered] == [each.memory.id for each in first.remembered]
    assert second.summary == first.summary
    assert second.snapshot == first.snapshot


def test_the_record_is_applied_at_the_next_start_and_can_be_refused(hf: Holdfast) -> None:
    worked(hf).pause()
    record = hf.preferences("ann")
    assert record.session_count == 1
    assert record.excluded_channels == ["Radio"]
    session = hf.start("ann")
    defaults = session.defaults()
    assert defaults["communication_style"].value == "concise"
    assert defaults["communication_style"].confidence is not None
    assert session.preferences()["excluded_channels"] == ["Radio"]
    session.refuse_default("communication_style", reason="I want it in full now")
    assert "communication_style" not in session.defaults()
    assert "communication_style" not in session.preferences()
    with pytest.raises(InvalidInput, match="has no default"):
        session.refuse_default("communication_style")
    session.append(states("communication_style", "detailed"))
    assert session.preferences()["communication_style"] == "detailed"
    before = record.preferences["communication_style"].confidence
    session.close()
    after = hf.preferences("ann").preferences["communication_style"]
    assert (after.value, after.confidence) != ("concise", before)
    assert hf.start("ann", defaults=False).defaults() == {}
    assert hf.start("bob").state().history.total == 1, "nothing is known of Bob"


def test_what_is_taken_for_granted_is_never_learned_again(hf: Holdfast) -> None:
    worked(hf).pause()
    sure = {key: wish.confidence for key, wish in hf.preferences("ann").preferences.items()}
    for _ in range(3):
        session = hf.start("ann")
        session.append(said("Thanks, go on."))
        assert not session.close().remembered
    again = {key: wish.confidence for key, wish in hf.preferences("ann").preferences.items()}
    assert again == pytest.approx(sure, rel=1e-6), "three sessions that said nothing taught nothing"


@pytest.mark.promise(10)
def test_a_campaigns_learnings_are_known_from_the_start_of_its_next_session(hf: Holdfast) -> None:
    lessons = [
        "Thread format outperforms single posts by 3x for integrations",
        "Avoid superlatives: specific numbers perform better",
    ]
    first = hf.start("phil", campaign=CAMPAIGN)
    first.append(said("Launch it."))
    done = first.close(outcome="published", learnings=lessons)
    assert {each.memory.text for each in done.remembered if each.memory.owner_kind == "campaign"} >= set(lessons)
    other = hf.start("mia", campaign={"gtm_id": CAMPAIGN, "title": "Integration threads"})
    known = other.context()["session_context"]["knowledge"]["past_learnings"]
    assert set(known) == set(lessons)
    assert known[0] == lessons[0], "what has to do with the title comes first"
    evidence = [event for event in other.events() if event.type == "memory.recalled"]
    assert {each["text"] for each in evidence[0].data["memories"]} == set(lessons)
    again = other.close()
    assert not again.remembered, "what was recalled is not learned a second time"
    assert "past_learnings" not in hf.start("mia", campaign="OTHER").state().knowledge
    assert first.context()["session_context"]["campaign"]["gtm_id"] == CAMPAIGN, "the context is kept"


def test_what_cannot_be_saved_now_is_told_and_made_up_for(hf: Holdfast, monkeypatch: pytest.MonkeyPatch) -> None:
    session = worked(hf)

    def away(*_: object) -> None:
        raise BlobsUnavailable("the bucket does not answer")

    monkeypatch.setattr(hf.service.saves, "save", away)
    done = session.pause()
    assert done.snapshot is None
    assert done.problems == ("the save has to wait, and is made up for: the bucket does not answer",)
    assert done.summary is not None
    assert done.remembered


@pytest.mark.promise(10)
def test_what_is_remembered_keeps_nobody_from_beginning(hf: Holdfast) -> None:
    session = worked(hf)
    session.append(states("notes", "x" * 100_000))
    session.append(states("terms", "y" * 100_000))
    for first in range(0, 600, 100):
        session.append(*(states(f"key {number}", f"{number} " + "z" * 140) for number in range(first, first + 100)))
    session.close()
    again = hf.start("ann")
    assert "key_599" in again.defaults(), "the surest, as many as an event holds"
    assert "notes" not in again.defaults(), "what is long is told, and not taken for granted"
    found = again.recall("notes or terms or key", limit=1000)
    assert len(found) > 500
    assert {hit.memory.id for hit in found} <= set(again.state().recalled)


def test_each_thing_of_a_list_is_known_and_taken_for_granted_by_itself(hf: Holdfast) -> None:
    session = hf.start("ann")
    session.append(
        states("excluded_channels", ["radio", "tv"]), said("I hate cilantro."), said("I can't stand olives.")
    )
    session.append({"type": "decision.made", "data": {"type": "channels", "value": ["CTV"], "confidence": "HIGH"}})
    session.append(states("preferred_channels", ["Paid Search"]))
    session.close()
    record = hf.preferences("ann")
    assert set(record.preferences["avoids"].value) == {"cilantro", "olives"}
    assert hf.start("ann").defaults()["preferred_channels"].value == ["Paid Search"], "one was only chosen once"
    again = hf.start("ann")
    again.refuse_default("excluded_channels", value="Radio")
    assert "Radio" not in again.close().offer
    assert hf.preferences("ann").excluded_channels == ["TV"]
    assert hf.start("ann").defaults()["excluded_channels"].value == ["TV"]


@pytest.mark.parametrize(
    "later", [said("Always use TV from now on."), states("preferred_channels", "tv"), states("excluded_channels", [])]
)
def test_what_is_wanted_now_is_excluded_no_more(hf: Holdfast, later: dict[str, Any]) -> None:
    for event in (said("Never use TV."), later):
        session = hf.start("ann")
        session.append(event)
        session.close()
    assert hf.preferences("ann").excluded_channels == []
    begun = hf.start("ann")
    begun.append(states("excluded_channels", "tv"))
    begun.close()
    assert hf.preferences("ann").excluded_channels == ["TV"]
    assert "preferred_channels" not in hf.preferences("ann").preferences


def test_what_was_refused_is_not_said_to_be_remembered(hf: Holdfast) -> None:
    session = hf.start("ann")
    session.append(states("seat", "aisle"), {"type": "preference.refused", "data": {"key": "seat", "value": "aisle"}})
    done = session.pause()
    assert "aisle" not in done.offer
    assert "seat" not in hf.preferences("ann").preferences
    assert [(each.value, each.status) for each in hf.memories("ann").list(status=None)] == [("aisle", "replaced")]


def test_a_list_that_is_one_value_is_refused_as_one(hf: Holdfast) -> None:
    session = hf.start("ann")
    session.append(states("cities", ["Paris", "Rome"]))
    session.close()
    again = hf.start("ann")
    again.refuse_default("cities")
    assert again.defaults() == {}
    again.close()
    assert "cities" not in hf.preferences("ann").preferences


@pytest.mark.parametrize("between", ["refused", "otherwise"])
def test_who_comes_back_to_what_was_taken_for_granted_is_believed(hf: Holdfast, between: str) -> None:
    session = hf.start("ann")
    session.append(states("communication_style", "concise"))
    session.close()
    again = hf.start("ann")
    if between == "refused":
        again.refuse_default("communication_style")
    else:
        again.append(states("communication_style", "detailed"))
    again.pause()
    again.append(states("communication_style", "concise"))
    again.close()
    wish = hf.preferences("ann").preferences["communication_style"]
    assert (wish.value, wish.confidence > 0.9) == ("concise", True)


def test_what_an_agent_does_with_a_default_makes_it_no_surer(hf: Holdfast) -> None:
    chosen = {"type": "decision.made", "data": {"type": "budget", "value": 500_000, "confidence": "HIGH"}}
    for _ in range(2):
        session = hf.start("ann")
        session.append(chosen)
        session.close()
    sure = hf.preferences("ann").preferences["budget"].confidence
    for _ in range(3):
        session = hf.start("ann")
        assert session.preferences()["budget"] == 500_000
        known = {"area": "user_preferences", "facts": {"budget": 500_000}}
        session.append(chosen, {"type": "knowledge.learned", "data": known})
        session.close()
    assert hf.preferences("ann").preferences["budget"].confidence == pytest.approx(sure, rel=1e-6)


@pytest.mark.promise(10)
def test_what_a_context_document_brings_of_memory_is_not_learned_again(hf: Holdfast) -> None:
    hf.start("phil", campaign=CAMPAIGN).close(learnings=["Thread posts do much better than single ones"])
    (before,) = hf.memories(campaign=CAMPAIGN).list()
    document = hf.start("mia", campaign=CAMPAIGN).context()
    hf.import_context(document, session_id="brought", user_id="mia").close()
    (after,) = hf.memories(campaign=CAMPAIGN).list()
    assert after.confidence == pytest.approx(before.confidence, rel=1e-6)


def test_what_serves_no_campaign_is_told(hf: Holdfast) -> None:
    for wrong in ("", "a\0b", 5, [1], {"gtm_id": 5}):
        with pytest.raises((InvalidInput, InvalidEvent)):
            hf.start("ann", campaign=wrong)  # type: ignore[arg-type]
    session = hf.start("ann")
    with pytest.raises(InvalidInput, match="learnings"):
        session.close(learnings="one lesson")
    assert session.state().status == "active"
