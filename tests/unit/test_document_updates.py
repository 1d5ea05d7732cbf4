"""A `context_update` becomes events, or an error that names the place in it."""

from typing import Any

import pytest

from documents import folded
from holdfast.errors import CampaignStepRefused, HoldfastError, InvalidInput
from holdfast.session import State
from holdfast.sharing.document import document, updates_of

ASKED = {"type": "decision.escalated", "data": {"decision_id": "decision-001", "question": "APY?"}}
KICKOFF = {"type": "campaign.updated", "data": {"gtm_id": "Y", "status": "kickoff"}}


def events(update: dict[str, Any], *known: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    return updates_of(update, actor="content-worker", known=folded(list(known)) if known else State(), **options)


def told(update: dict[str, Any], *known: dict[str, Any], **options: Any) -> list[tuple[str, Any]]:
    return [(event["type"], event["data"]) for event in events(update, *known, **options)]


def test_the_protocols_update_is_taken_as_it_stands() -> None:
    update = {
        "context_update": {
            "artifacts": [
                {
                    "type": "draft_x_post",
                    "path": ".gtm/YIELD-XYZ-001/drafts/x_post.md",
                    "status": "pending_review",
                }
            ],
            "pending_decisions": [{"question": "Can we mention specific APY ranges?", "context": "..."}],
            "compute": {"tokens_used": 30000},
        }
    }
    assert told(update) == [
        ("artifact.produced", update["context_update"]["artifacts"][0]),  # type: ignore[index]  # is a list
        ("decision.escalated", {"question": "Can we mention specific APY ranges?", "context": "..."}),
        ("compute.settled", {"skill": "content-worker", "tokens": 30000}),
    ]
    bare = update["context_update"]
    assert told(bare) == told(update) == told({"context_updates": bare})


def test_every_section_becomes_its_events() -> None:
    update = {
        "campaign": {"status": "in_progress", "title": "Launch", "channel": "x"},
        "active_task": {
            "description": "Write", "type": "content", "scope": {"boundaries": ["no APY"]}, "progress": 10,
            "next_steps": ["draft"], "outcome": "success", "task_id": "T1",
        },
        "information": {"budget": 400_000, "tone": None},
        "knowledge": {"product": {"chains": 28}, "past_learnings": ["threads work"]},
        "validations": {"brand_validator": {"status": "pass", "issues": []}},
        "decisions_made": [
            {"id": "decision-001", "question": "APY?", "decision": "no", "timestamp": "2026-01-29T11:00:00Z"},
            {"question": "Angle?", "decision": "both", "decided_by": "@phil"},
        ],
        "compute": {"skill": "x", "calls": 2, "tokens_used": 5, "result": "success"},
        "history": [{"action": "draft_made", "details": "X post", "actor": "bot-manager"}],
        "base": 2,
    }  # fmt: skip
    assert told(update, KICKOFF, ASKED) == [
        ("campaign.updated", {"channel": "x", "status": "in_progress", "title": "Launch"}),
        (
            "task.assigned",
            {
                "description": "Write", "type": "content", "scope": {"boundaries": ["no APY"]},
                "next_steps": ["draft"], "task_id": "T1",
            },
        ),
        ("task.progressed", {"task_id": "T1", "progress": 10}),
        ("task.completed", {"task_id": "T1", "outcome": "success"}),
        ("information.provided", {"key": "budget", "value": 400_000}),
        ("information.provided", {"key": "tone", "value": None}),
        ("knowledge.learned", {"area": "product", "facts": {"chains": 28}, "base": 2}),
        ("knowledge.learned", {"area": "past_learnings", "facts": ["threads work"], "base": 2}),
        ("validation.reported", {"validator": "brand_validator", "status": "pass", "issues": []}),
        ("decision.answered", {"decision_id": "decision-001", "decision": "no"}),
        ("decision.made", {"question": "Angle?", "decision": "both", "decided_by": "@phil"}),
        ("compute.settled", {"skill": "x", "calls": 2, "tokens": 5, "result": "success"}),
        ("history.noted", {"action": "draft_made", "details": "X post"}),
    ]  # fmt: skip
    made = events(update, KICKOFF, ASKED)
    assert [event["actor"] for event in made[-2:]] == ["content-worker", "bot-manager"]
    assert made[9]["occurred_at"] == "2026-01-29T11:00:00Z"
    assert told({"information": [{"key": "budget", "value": 1, "provided_by": "@phil", "note": "n"}]}) == [
        ("information.provided", {"key": "budget", "value": 1, "provided_by": "@phil", "note": "n"})
    ]
    assert told({"active_task": {"current_step": "test", "blockers": []}}) == [
        ("task.progressed", {"current_step": "test", "blockers": []})
    ]
    assert told({"knowledge": {"a": {"b": 1}}}, KICKOFF, base=1) == [
        ("knowledge.learned", {"area": "a", "facts": {"b": 1}, "base": 1})
    ]


def test_nobody_has_seen_what_is_not_there_yet() -> None:
    for wrong in ({"base": 10**15}, {"base": -1}):
        with pytest.raises(InvalidInput, match=r"base: must be a whole number from 0 to 1"):
            told({"knowledge": {"a": {"b": 1}}} | wrong, KICKOFF)
    with pytest.raises(InvalidInput, match="base: must be a whole number from 0 to 1"):
        told({"knowledge": {"a": {"b": 1}}}, KICKOFF, base=2)


@pytest.mark.parametrize("update", [{}, {"context_update": {}}, {"context_update": None}, {"artifacts": None}])
def test_what_says_nothing_changes_nothing(update: dict[str, Any]) -> None:
    assert events(update) == []


def test_what_is_too_large_for_one_event_is_several() -> None:
    made = told({"knowledge": {"a": {f"k{n}": "x" * 1000 for n in range(500)}}})
    assert len(made) == 3
    state = folded([{"type": kind, "data": data} for kind, data in made])
    assert len(document(state)["session_context"]["knowledge"]["a"]) == 500


@pytest.mark.parametrize(
    ("update", "problem"),
    [
        ([], "context_update: must be an object, not a list"),
        ({"context_update": 5}, "context_update: must be an object, not 5"),
        ({"artefacts": []}, r"context_update\.artefacts: is not known; did you mean 'artifacts'\?"),
        ({"mood": 1}, r"context_update\.mood: is not known; there are active_task, artifacts"),
        ({"artifacts": [{"type": "x"}]}, r"context_update\.artifacts\[0\]\.path: is required"),
        ({"context_updates": {"artifacts": {}}}, r"context_updates\.artifacts: must be a list"),
        ({"artifacts": [{"path": "a"}, {"path": "b", "colour": 1}]}, r"artifacts\[1\]\.colour: is not known"),
        ({"artifacts": ["a"]}, r"context_update\.artifacts\[0\]: must be an object, not 'a'"),
        ({"pending_decisions": [{"id": "d"}]}, r"context_update\.pending_decisions\[0\]\.question: is required"),
        ({"decisions_made": [{"question": "?"}]}, r"context_update\.decisions_made\[0\]: needs a `decision`"),
        ({"validations": {"v": {"status": "good"}}}, r"context_update\.validations\.v\.status: must be"),
        ({"validations": {"v": "pass"}}, r"context_update\.validations\.v: must be an object, not 'pass'"),
        ({"compute": {"tokens_used": -1}}, r"context_update\.compute\.tokens_used: must be"),
        ({"compute": {"tokens": 1}}, r"compute\.tokens: is not known; did you mean 'tokens_used'\?"),
        ({"knowledge": {"product": "28 chains"}}, r"context_update\.knowledge\.product: must be an object or a list"),
        ({"knowledge": {"p": {"x": float("nan")}}}, r"context_update\.knowledge\.p\.x: must be a finite number"),
        ({"knowledge": {"p": {"x": {1, 2}}}}, r"context_update\.knowledge\.p\.x: cannot be written as JSON"),
        ({"knowledge": {"p": {"x": {1: 2}}}}, r"context_update\.knowledge\.p\.x: cannot be written as JSON"),
        ({"knowledge": ["x"]}, r"context_update\.knowledge: must be an object, not a list"),
        ({"campaign": {"status": "launched"}}, r"context_update\.campaign\.status: must be"),
        ({"active_task": {"scope": {}}}, r"context_update\.active_task\.description: is required with scope"),
        ({"active_task": {"steps": []}}, r"context_update\.active_task\.steps: is not known"),
        ({"active_task": {"progress": 101}}, r"context_update\.active_task\.progress: must be"),
        ({"active_task": {"outcome": "fine"}}, r"context_update\.active_task\.outcome: must be"),
        ({"history": [{"details": "x"}]}, r"context_update\.history\[0\]\.action: is required"),
        ({"history": [{"action": "x", "timestamp": "now"}]}, r"history\[0\]\.timestamp: must be a time"),
        ({"base": "7"}, r"context_update\.base: must be a whole number"),
        ({"information": 5}, r"context_update\.information: must be a list, not 5"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(update: Any, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        events(update)


def test_a_campaign_takes_no_illegal_step() -> None:
    with pytest.raises(CampaignStepRefused) as refused:
        events({"campaign": {"status": "published"}}, KICKOFF)
    assert str(refused.value) == (
        "the campaign is kickoff, and cannot go to published from there; it can go to in_progress or closed"
    )
    assert (refused.value.about, refused.value.status) == ("published", "kickoff")
    closed = {"type": "campaign.updated", "data": {"status": "closed"}}
    with pytest.raises(HoldfastError, match="nothing comes after that"):
        events({"campaign": {"status": "review"}}, closed)
    assert told({"campaign": {"status": "kickoff", "tier": 2}}, KICKOFF) == [
        ("campaign.updated", {"tier": 2, "status": "kickoff"})
    ]


@pytest.mark.parametrize(
    ("update", "field"),
    [
        ({"knowledge": {"product": {1: 1}}}, "context_update.knowledge.product"),
        ({"knowledge": {"product": {"features": {None: 1}}}}, "context_update.knowledge.product.features"),
        ({"knowledge": {"product": {"\ud800": 1}}}, "context_update.knowledge.product"),
        ({"knowledge": {5: {}}}, "context_update.knowledge"),
        ({"knowledge": {"": {}}}, 'context_update.knowledge[""].area'),
        ({"information": {"\ud800": 1}}, "context_update.information"),
        ({"information": {5: 1}}, "context_update.information"),
        ({"validations": {"\ud800": {"status": "pass"}}}, "context_update.validations"),
        ({"decisions_made": [{"id": ["x"], "decision": 1}]}, "context_update.decisions_made[0].id"),
        ({"decisions_made": [{"id": {}, "decision": 1}]}, "context_update.decisions_made[0].id"),
        ({"\ud800": 1}, "context_update"),
        ({5: 1}, "context_update"),
        ({"k" * 100_000: 1}, f"context_update.{'k' * 60}…"),
    ],
)
def test_keys_and_ids_of_any_kind_are_refused_by_their_place(update: dict[Any, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        events(update, ASKED)
    assert caught.value.field == field
    assert len(str(caught.value)) < 400
    str(caught.value).encode()
