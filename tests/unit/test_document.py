"""The context document: out of a state, into events, and out again equal."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from documents import documents, folded, protocols_own
from holdfast.errors import InvalidInput
from holdfast.session import State
from holdfast.sharing.document import document, events_of, from_yaml, to_yaml
from holdfast.sharing.document.beyond import applied, difference
from strategies import json_objects, patient

KICKOFF = {
    "session_context": {
        "id": "session-2026-01-29-001",
        "campaign": {"gtm_id": "YIELD-XYZ-001", "campaign_owner": "@phil"},
        "knowledge": {},
        "compute": {"budget_remaining": 10},
    }
}

OWNED = {"campaign_owner": "@phil"}


def imported(given: dict[str, Any], **options: Any) -> State:
    return folded(events_of(given, **options))


def exactly(one: Any, other: Any) -> bool:
    """Equal, with the keys in the same order."""
    return orjson.dumps(one) == orjson.dumps(other)


@pytest.mark.parametrize("given", [protocols_own(), KICKOFF], ids=["whole", "kickoff"])
def test_the_protocols_documents_come_back_as_they_were(given: dict[str, Any]) -> None:
    state = imported(given)
    assert exactly(document(state), given)
    assert to_yaml(document(imported(from_yaml(to_yaml(document(state)))))) == to_yaml(given)


def test_of_the_protocols_document_the_events_say_everything() -> None:
    state = imported(protocols_own())
    assert state.imported is not None
    assert state.imported.extra == {}


@settings(patient, max_examples=150)
@given(documents)
def test_any_document_comes_back_as_it_was(given: dict[str, Any]) -> None:
    before = deepcopy(given)
    events = events_of(given, user_id="phil")
    assert given == before
    once = document(folded(events))
    assert exactly(once, given)
    again = document(folded(events_of(from_yaml(to_yaml(once)), user_id="phil")))
    assert to_yaml(again) == to_yaml(given)


@settings(patient, max_examples=200)
@given(json_objects, json_objects)
def test_a_difference_makes_the_one_of_the_other(told: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert exactly(applied(told, difference(told, wanted)), wanted)


@settings(patient, max_examples=200)
@given(json_objects, json_objects, json_objects)
def test_what_changes_after_the_difference_is_shown_as_it_is(
    told: dict[str, Any], wanted: dict[str, Any], later: dict[str, Any]
) -> None:
    shown = applied({"a": told, "b": {}}, difference({"a": told, "b": {}}, {"a": wanted, "b": {"c": 1}}))
    assert exactly(shown, {"a": wanted, "b": {"c": 1}})
    moved = applied({"a": told, "b": later}, difference({"a": told, "b": {}}, {"a": wanted, "b": {"c": 1}}))
    assert all(moved["b"].get(key, ...) == value for key, value in later.items())


def test_a_difference_goes_with_its_place_and_new_keys_come_at_theirs() -> None:
    patches = difference({"a": 1, "b": 2, "d": 4}, {"x": 0, "d": 4, "a": 9, "b": 2})
    assert exactly(applied({"b": 2, "d": 4}, patches), {"x": 0, "d": 4, "b": 2})
    assert exactly(
        applied({"0": 0, "a": 1, "b": 2, "c": 3, "d": 4}, patches), {"0": 0, "x": 0, "d": 4, "a": 9, "b": 2, "c": 3}
    )


def test_a_budget_goes_on_from_figures_that_no_log_explains() -> None:
    compute = {"skills_invoked": 5, "budget_remaining": 5, "tokens_used": 900, "budget_tokens_remaining": 100}
    state = imported({"session_context": {"compute": compute}}, user_id="u")
    assert document(state)["session_context"]["compute"] == compute
    used = {"type": "compute.settled", "data": {"skill": "s", "tokens": 30}}
    after = document(folded([used], state=state))["session_context"]["compute"]
    assert {key: after[key] for key in compute} == {
        "skills_invoked": 6,
        "budget_remaining": 4,
        "tokens_used": 930,
        "budget_tokens_remaining": 70,
    }


def test_the_events_have_the_documents_times_and_actors() -> None:
    events = events_of(protocols_own(), source="plan/session_context.yaml")
    first, *middle, last = events
    assert (first["type"], first["actor"], first["data"]["user_id"]) == ("session.started", "bot-manager", "@phil")
    assert first["occurred_at"] == datetime(2026, 1, 29, 10, tzinfo=UTC)
    assert (last["type"], last["data"]["source"]) == ("context.imported", "plan/session_context.yaml")
    assert last["occurred_at"] == datetime(2026, 1, 29, 14, 30, tzinfo=UTC)
    noted = [event for event in middle if event["type"] == "history.noted"]
    assert [event["actor"] for event in noted] == ["bot-manager", "product-oracle", "content-worker"]
    (budget,) = [event for event in middle if event["type"] == "budget.set"]
    assert budget["data"] == {"level": "session", "max_skill_calls": 10, "max_tokens": 100_000}
    used = [event["data"] for event in middle if event["type"] == "compute.settled"]
    assert [each["tokens"] for each in used] == [2000, 3000, 5000, 30_000, 5000]
    assert len({event["id"] for event in events}) == len(events)


def test_what_is_unknown_is_kept_at_its_place_until_the_place_is_gone() -> None:
    given = protocols_own()
    context = given["session_context"]
    context["campaign"] = {"colour": "blue", **context["campaign"], "channels": {"paid": False}}
    context["pending_decisions"][0]["priority"] = "high"
    context["active_task"]["parent"] = {"id": "T-0"}
    context["x_tool"] = {"version": 3}
    state = imported(given)
    assert exactly(document(state), given)
    answered = {"type": "decision.answered", "data": {"decision_id": "decision-001", "decision": "no"}}
    assigned = {"type": "task.assigned", "data": {"description": "another"}}
    asked = {"type": "decision.escalated", "data": {"decision_id": "decision-002", "question": "Tone?"}}
    after = document(folded([answered, assigned, asked], state=state))["session_context"]
    assert "priority" not in after["pending_decisions"][0]
    assert "parent" not in after["active_task"]
    assert (after["campaign"]["colour"], after["x_tool"]) == ("blue", {"version": 3})


def test_what_was_absent_or_otherwise_is_shown_once_it_changes() -> None:
    state = imported(KICKOFF, now=lambda: datetime(2026, 1, 29, 10, tzinfo=UTC))
    used = {"type": "compute.settled", "occurred_at": "2026-01-29T11:00:00Z", "data": {"skill": "s", "tokens": 5}}
    after = document(folded([used], state=state))["session_context"]
    assert after["last_updated"] == "2026-01-29T11:00:00Z"
    assert after["compute"] == {
        "skills_invoked": 1,
        "budget_remaining": 9,
        "tokens_used": 5,
        "invocation_log": [{"skill": "s", "timestamp": "2026-01-29T11:00:00Z", "tokens": 5}],
    }


def test_conflicts_are_shown_with_their_sources_and_travel() -> None:
    def learned(who: str, facts: dict[str, Any], minute: int) -> dict[str, Any]:
        at = f"2026-01-29T10:{minute:02}:00Z"
        return {
            "type": "knowledge.learned",
            "actor": who,
            "occurred_at": at,
            "data": {"area": "product", "facts": facts},
        }

    begun = {"type": "session.started", "occurred_at": "2026-01-29T10:00:00Z", "data": {"user_id": "phil"}}
    told = [begun, learned("a", {"x": {"tvl": 1}, "y": 1}, 1), learned("b", {"x": {"tvl": 2}}, 2)]
    shown = document(folded(told))
    (conflict,) = shown["session_context"]["conflicts"]
    assert (conflict["area"], conflict["path"]) == ("product", "x.tvl")
    assert [(each["value"], each["source"], each["timestamp"]) for each in conflict["claims"]] == [
        (1, "a", "2026-01-29T10:01:00Z"),
        (2, "b", "2026-01-29T10:02:00Z"),
    ]
    state = imported(shown, user_id="phil")
    assert exactly(document(state), shown)
    assert [claim.who for claim in state.knowledge["product"].conflicts["x.tvl"]] == ["a", "b"]
    settled = {
        "type": "knowledge.learned",
        "data": {"area": "product", "facts": {"x": {"tvl": 3}}, "base": state.history.last_seq},
    }
    after = document(folded([settled], state=state))["session_context"]
    assert "conflicts" not in after
    assert after["knowledge"]["product"] == {"x": {"tvl": 3}, "y": 1}


def test_a_document_is_nobodys_but_the_readers() -> None:
    state = imported(protocols_own())
    shown = document(state)
    shown["session_context"]["knowledge"]["product"]["features"]["swap"] = "changed"
    shown["session_context"]["knowledge"]["product"]["chains_new_30d"].append("changed")
    shown["session_context"]["validations"]["brand_validator"]["issues"].append("changed")
    assert document(state) == protocols_own()


def test_what_the_state_knows_beyond_the_protocol_is_left_out() -> None:
    state = folded(
        [
            {"type": "session.started", "data": {"user_id": "u", "kind": "k", "title": "t"}},
            {"type": "preference.stated", "data": {"key": "tone", "value": "warm"}},
            {"type": "decision.made", "data": {"decision_id": "d", "value": 5, "rationale": "r", "confidence": "HIGH"}},
        ]
    )
    shown = document(state)["session_context"]
    assert list(shown) == ["id", "started_at", "last_updated", "knowledge", "decisions_made"]
    assert {key: shown["decisions_made"][0][key] for key in ("id", "decision")} == {"id": "d", "decision": 5}
    assert list(shown["decisions_made"][0]) == ["id", "decision", "decided_by", "timestamp"]


def test_an_area_of_facts_and_items_shows_both() -> None:
    def learned(facts: Any) -> dict[str, Any]:
        return {"type": "knowledge.learned", "data": {"area": "a", "facts": facts}}

    assert document(folded([learned({"x": 1}), learned([2])]))["session_context"]["knowledge"] == {
        "a": {"x": 1, "items": [2]}
    }
    both = document(folded([learned({"items": 1}), learned([2])]))
    assert both["session_context"]["knowledge"]["a"] == {"items": 1, "items_": [2]}


def test_a_large_document_becomes_events_that_fit() -> None:
    text = "x" * 1000
    knowledge = {
        "facts": {f"k{n}": {"text": text, "deep": {f"d{m}": text for m in range(3)}} for n in range(300)},
        "one": {"object": {f"k{n}": text for n in range(600)}},
        "list": [f"{n} {text}" for n in range(600)],
    }
    unknown = {f"of_tomorrow_{n}": text * 100 for n in range(5)}
    given = {"session_context": {"id": "session-2026-01-29-001", "knowledge": knowledge, **unknown}}
    events = events_of(given, user_id="u")
    assert len(events) > 8
    assert exactly(document(folded(events)), given)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"campaign": "Yield"}, "session_context.campaign: must be an object, not 'Yield'"),
        ({"campaign": {**OWNED, "tier": "two"}}, "session_context.campaign.tier: must be a whole number"),
        ({"campaign": {**OWNED, "status": "launched"}}, "session_context.campaign.status: must be"),
        ({"campaign": {"campaign_owner": "the owner"}}, "session_context.campaign.campaign_owner: must be 1 to 128"),
        ({"campaign": {}}, "user_id: is required"),
        ({"started_at": "soon"}, "session_context.started_at: must be a time"),
        ({"artifacts": {}}, "session_context.artifacts: must be a list, not an object"),
        ({"artifacts": [{"path": "x"}, {"type": "y"}]}, r"session_context.artifacts\[1\].path: is required"),
        ({"artifacts": ["x.md"]}, r"session_context.artifacts\[0\]: must be an object"),
        ({"pending_decisions": [{"id": "d"}]}, r"session_context.pending_decisions\[0\].question: is required"),
        ({"decisions_made": [{"id": "d"}]}, r"session_context.decisions_made\[0\]: needs a `decision`"),
        ({"decisions_made": [{"decision": 1, "timestamp": 5}]}, r"decisions_made\[0\].timestamp: must be a time"),
        ({"history": [{"action": "a", "actor": ""}]}, r"session_context.history\[0\].actor: must be 1 to 128"),
        ({"knowledge": {"product": 28}}, "session_context.knowledge.product: must be an object or a list, not 28"),
        ({"validations": {"v": {"status": "well"}}}, "session_context.validations.v.status: must be"),
        ({"compute": {"budget_remaining": "5"}}, "session_context.compute.budget_remaining: must be a whole number"),
        ({"compute": {"invocation_log": [{"tokens": -1}]}}, r"invocation_log\[0\].tokens: must be a whole number"),
        ({"active_task": {"budget": {"max_tokens": 1.5}}}, "session_context.active_task.budget.max_tokens: must be"),
        ({"knowledge": {"a": {"b": "x" * 300_000}}}, "session_context.knowledge.a.b: has 300,003 bytes"),
        ({"x": "x" * 300_000}, "x: has 300,"),
    ],
)
def test_what_the_protocol_does_not_say_is_refused_by_its_path(change: dict[str, Any], problem: str) -> None:
    given = deepcopy(KICKOFF)
    given["session_context"].update(change)
    with pytest.raises(InvalidInput, match=problem):
        events_of(given)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "must be an object with the key session_context"),
        ({"session_context": []}, "must be an object with the key session_context"),
        ("session_context", "must be an object with the key session_context"),
        ({"session_context": {"at": datetime(2026, 1, 1, tzinfo=UTC)}}, "cannot be written as JSON"),
        ({"session_context": {"figure": float("nan")}}, "cannot be written as JSON"),
        ({"session_context": {"text": "x" * 9_000_000}}, "the limit is 8,388,608"),
    ],
)
def test_what_is_no_document_is_refused(given: Any, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        events_of(given, user_id="u")


@settings(patient, max_examples=60)
@given(documents, st.data())
def test_an_import_can_go_on(given: dict[str, Any], data: st.DataObject) -> None:
    """Whatever came in, what happens after it is shown."""
    state = folded(events_of(given, user_id="phil"))
    area = data.draw(st.sampled_from(["x", "y"]))
    learned = {"type": "knowledge.learned", "data": {"area": area, "facts": {"brand new": [1]}}}
    made = {"type": "artifact.produced", "data": {"path": "brand/new.md"}}
    after = document(folded([learned, made], state=state))["session_context"]
    assert after["knowledge"][area]["brand new"] == [1]
    assert "brand/new.md" in [each["path"] for each in after["artifacts"]]


@pytest.mark.parametrize(
    "extra",
    [
        {'["\\x"]': {"now": 1}},
        {'knowledge["\\ud800"]': {"now": 1}},
        {"zz": 5},
        {"zz": None},
        {"": {"keys": 5}},
        {"": {"keys": [1, [2]]}},
        {"knowledge": {"keys": {"a": 1}}},
    ],
)
def test_an_event_that_says_nonsense_of_an_import_changes_nothing(extra: dict[str, Any]) -> None:
    said = [{"type": "knowledge.learned", "data": {"area": "a", "facts": {"b": 1}}}]
    shown = document(folded([*said, {"type": "context.imported", "data": {"extra": extra}}]))["session_context"]
    assert {"id", "started_at", "last_updated", "knowledge"} >= set(shown)
    assert shown["knowledge"] == {"a": {"b": 1}}


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"history": [{"action": "a", "actor": "x" * 500}]}, "session_context.history[0].actor"),
        ({"history": [{"action": "a", "actor": ["x"]}]}, "session_context.history[0].actor"),
        ({"zz": "\ud800"}, "session_context.zz"),
        ({"\ud800": 1}, "session_context"),
        ({"knowledge": {"\ud800": {}}}, "session_context.knowledge"),
        ({"validations": {"\ud800": {"status": "pass"}}}, "session_context.validations"),
    ],
)
def test_what_stands_beside_the_protocol_is_refused_by_its_path_too(content: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        events_of({"session_context": content}, user_id="u")
    assert caught.value.field == field
    str(caught.value).encode()


def test_a_conflict_at_what_is_no_path_stays_as_it_is() -> None:
    conflict = {"area": "a", "path": '["\\x"]', "claims": [{"value": 1, "source": "s"}]}
    given = {"session_context": {"id": "session-2026-01-29-001", "knowledge": {}, "conflicts": [conflict]}}
    assert document(imported(given, user_id="u")) == given


def test_the_size_of_a_document_is_that_of_its_text_in_any_script() -> None:
    given = {"session_context": {"knowledge": {"a": {f"k{number}": "я" * 1000 for number in range(2500)}}}}
    assert len(to_yaml(given).encode()) < 8 * 1024 * 1024
    assert events_of(given, user_id="u")
