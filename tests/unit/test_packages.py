"""What agents hand over: the formats of the protocols, and the events behind each value."""

import copy
from dataclasses import replace
from typing import Any

import orjson
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import InvalidInput
from holdfast.events import HandoffPackage
from holdfast.sharing.packages import (
    Package,
    SkillResult,
    context_package,
    read_context_package,
    read_skill_invocation,
    skill_invocation,
    skill_result,
)
from holdfast.sharing.slices import REDACTED, ROLES, View
from holdfast.sharing.slices.paths import path_of, written
from slicing import contexts, example, leaves
from strategies import json_objects, patient

WORKER = ROLES["worker"]

# The session protocol's context package, to the letter.
SEED_PACKAGE = orjson.loads("""
{
  "session_id": "sess_12345",
  "user_id": "user_abc",
  "user_preferences": {
    "communication_style": "concise",
    "default_vertical": "Retail"
  },
  "session_context": {
    "vertical": "Retail",
    "budget": 500000,
    "objectives": ["brand awareness"]
  },
  "decisions_made": [
    {"type": "budget", "value": 500000, "confidence": "HIGH"}
  ],
  "current_step": 3,
  "requesting_capability": "OPTIMIZE_CHANNEL_MIX"
}
""")

TOLD: dict[str, Any] = {
    "session_id": "sess_12345",
    "user_id": "user_abc",
    "preferences": {"communication_style": "concise", "default_vertical": "Retail"},
    "information": {"vertical": "Retail", "budget": 500000, "objectives": ["brand awareness"]},
    "decisions": [{"type": "budget", "value": 500000, "confidence": "HIGH", "rationale": "as last year"}],
    "step": 3,
    "capability": "OPTIMIZE_CHANNEL_MIX",
}

# The context protocol's result, to the letter but for what it leaves out with dots.
SEED_RESULT = yaml.safe_load("""
skill_result:
  skill: "content-worker"
  status: "success"

  outputs:
    artifacts: [{ type: "draft_x_post", path: ".gtm/YIELD-XYZ-001/drafts/x_post.md" }]

  context_updates:
    pending_decisions: [{ question: "APY claims?", context: "..." }]
    compute: { tokens_used: 30000 }

  next_suggested: "brand-validator"
""")


def told(**other: Any) -> Package:
    return context_package(**{**TOLD, **other})


# --- the session protocol's context package


def test_the_context_package_of_the_protocol() -> None:
    package = told()
    assert package.content == SEED_PACKAGE
    assert list(package.content) == list(SEED_PACKAGE)
    assert HandoffPackage.model_validate(package.content) == read_context_package(SEED_PACKAGE)
    assert package.dropped == ()


def test_a_package_has_its_fields_when_there_is_nothing_to_tell() -> None:
    package = context_package(session_id="s", user_id=None, preferences={}, information={}, decisions=[])
    assert package.content == {
        "session_id": "s",
        "user_id": None,
        "user_preferences": {},
        "session_context": {},
        "decisions_made": [],
        "current_step": None,
        "requesting_capability": None,
    }


def test_a_decision_in_words_is_told_too() -> None:
    decisions = [{"question": "Which angle?", "decision": "Both", "value": None}, {"type": "tier", "value": 0}]
    assert told(decisions=decisions).content["decisions_made"] == [
        {"type": "Which angle?", "value": "Both", "confidence": None},
        {"type": "tier", "value": 0, "confidence": None},
    ]


def test_a_package_names_the_events_that_it_rests_on() -> None:
    sources = {
        "session_context.budget": ["e1", "e2"],
        "session_context.objectives": ["e3"],
        "decisions_made[0]": ["e4"],
        "user_preferences": ["e5"],
        "session_context.unsaid": ["e6"],
    }
    package = told(sources=sources)
    assert package.rests_on == {
        "session_context.budget": ("e1", "e2"),
        "session_context.objectives": ("e3",),
        "decisions_made[0]": ("e4",),
        "user_preferences": ("e5",),
    }
    assert package.unsourced == (
        *("session_id", "user_id", "session_context.vertical", "current_step", "requesting_capability"),
    )


def test_a_package_hides_secrets_and_keeps_to_its_limit() -> None:
    information = {f"key_{at}": "x" * 40 for at in range(50)} | {"api_key": "sk-1"}
    sources = {f"session_context.{key}": [key] for key in information}
    decisions = [{"type": f"decision {at}", "value": at} for at in range(10)]
    view = View(include=("**",), redact=("session_context.key_9",), max_tokens=500)
    package = told(information=information, decisions=decisions, sources=sources, view=view)
    assert len(orjson.dumps(package.content)) * 2 // 5 <= 500
    assert package.content["session_context"]["api_key"] == REDACTED
    assert "session_context.api_key" not in [*package.rests_on, *package.unsourced]
    assert package.content["decisions_made"] == [], "what the user told goes last"
    assert package.content["current_step"] == 3
    assert {(each.path, each.why) for each in package.dropped} >= {
        ("decisions_made", "limit"),
        ("session_context.api_key", "redacted"),
    }
    kept = package.content["session_context"].keys() - {"api_key", "key_9"}
    assert {path.removeprefix("session_context.") for path in package.rests_on} == kept


def test_decisions_that_are_left_keep_their_sources() -> None:
    decisions = [{"type": f"decision {at}", "value": at} for at in range(40)]
    sources = {f"decisions_made[{at}]": [f"e{at}"] for at in range(40)}
    package = told(decisions=decisions, sources=sources, view=View(include=("**",), max_tokens=400))
    left = package.content["decisions_made"]
    assert 0 < len(left) < 40
    for at, each in enumerate(left):
        assert package.rests_on[f"decisions_made[{at}]"] == (f"e{each['value']}",)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"session_id": ""}, "session_id: must be text of at least 1 character"),
        ({"preferences": []}, "user_preferences: must be an object, not a list"),
        ({"decisions": [5]}, r"decisions_made\[0\]: must be an object, not 5"),
        ({"decisions": [{"type": 5}]}, r"decisions_made\[0\]\.type: must be text, not 5"),
        ({"step": "three"}, "current_step: must be a whole number"),
        ({"view": View(include=("**",), max_tokens=9)}, "max_tokens: must be at least"),
    ],
)
def test_what_a_package_cannot_be_made_of_is_named(other: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=f"^{message}"):
        told(**other)


@pytest.mark.parametrize(
    ("given_package", "message"),
    [
        ([], "package: must be an object, not a list"),
        ({}, r"package\.session_id: is required"),
        ({"session_id": "s", "decisions_made": [5]}, r"package\.decisions_made\.0: must be an object, not 5"),
        ({"session_id": "s", "user_preferences": "none"}, r"package\.user_preferences: must be an object"),
    ],
)
def test_what_is_no_package_is_named(given_package: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=f"^{message}"):
        read_context_package(given_package)


# --- the context protocol's orders


def story() -> dict[str, Any]:
    """The document as it is when the protocol hands over."""
    document = example()
    document["active_task"]["scope"]["boundaries"] = ["No APY claims"]
    document["knowledge"]["brand_decisions"] = [{"decision": "Use approved messaging angle", "approved_by": "@phil"}]
    del document["knowledge"]["past_learnings"]
    return document


def test_the_orders_of_the_protocol() -> None:
    document = story()
    package = skill_invocation(document, "content-worker", "Generate X post for Yield.xyz announcement", WORKER)
    assert package.content == {
        "skill_invocation": {
            "skill": "content-worker",
            "task": "Generate X post for Yield.xyz announcement",
            "context": {
                "campaign": {"gtm_id": "YIELD-XYZ-001", "tier": 2},
                "knowledge": {area: document["knowledge"][area] for area in ("product", "protocol", "audience")},
                "constraints": ["No APY claims", "Use approved messaging angle"],
                "budget": {"tokens_remaining": 55000},
            },
        }
    }
    received = read_skill_invocation(package.content)
    assert (received.skill, received.context["budget"]) == ("content-worker", {"tokens_remaining": 55000})


def test_constraints_are_the_boundaries_as_written_and_what_was_approved() -> None:
    document = example()
    document["knowledge"]["brand_decisions"] += [{"decision": "Blue", "approved_by": None}, "Red"]
    context = skill_invocation(document, "a", "Draft", WORKER).content["skill_invocation"]["context"]
    assert context["constraints"] == [
        "Only channels: X, Discord, Farcaster, Blog",
        "No partner mentions without approval",
        "No APY claims without verified source",
        "Use 'yield optimization' not 'yield farming'",
        "Messaging angle: cross-chain + self-custody",
    ]
    assert context["knowledge"]["brand_decisions"] == [{"decision": "Blue", "approved_by": None}, "Red"]
    document["active_task"]["scope"] = {"channels": ["X", "Blog"], "boundaries": ["Be kind"]}
    context = skill_invocation(document, "a", "Draft", WORKER).content["skill_invocation"]["context"]
    assert context["constraints"][:2] == ["Only channels: x, blog", "Be kind"]


def test_orders_have_what_the_receivers_view_adds() -> None:
    context = skill_invocation(example(), "a", "Check", ROLES["validator"]).content["skill_invocation"]["context"]
    assert context["artifacts"] == example()["artifacts"]
    assert context["scope"]["out_of_scope"] == example()["active_task"]["scope"]["out_of_scope"]
    assert "boundaries" not in context["scope"]
    empty = skill_invocation({}, "a", "Check", WORKER).content["skill_invocation"]["context"]
    assert empty == {"campaign": {}, "knowledge": {}, "constraints": [], "budget": {}}


def test_orders_name_the_events_that_they_rest_on() -> None:
    sources = {
        "campaign": ["e1"],
        "knowledge.product": ["e2"],
        "knowledge.product.features": ["e3"],
        "knowledge.brand_decisions[1]": ["e4"],
        "active_task.scope": ["e5"],
        "compute.budget_tokens_remaining": ["e6"],
        "history": ["e7"],
    }
    package = skill_invocation(example(), "a", "Draft", WORKER, sources=sources)
    assert package.rests_on == {
        "context.campaign": ("e1",),
        "context.knowledge.product": ("e2",),
        "context.knowledge.product.features": ("e3",),
        "context.constraints[0]": ("e5",),
        "context.constraints[1]": ("e5",),
        "context.constraints[2]": ("e5",),
        "context.constraints[4]": ("e4",),
        "context.budget.tokens_remaining": ("e6",),
    }
    assert {"skill", "task", "context.constraints[3]", "context.knowledge.protocol.name"} <= set(package.unsourced)


def test_decisions_that_nobody_approved_keep_their_sources() -> None:
    document = {"knowledge": {"brand_decisions": [{"decision": "Blue", "approved_by": "@phil"}, "Red", "Green"]}}
    sources = {f"knowledge.brand_decisions[{at}]": [f"e{at}"] for at in range(3)}
    package = skill_invocation(document, "a", "Draft", WORKER, sources=sources)
    assert package.rests_on == {
        "context.constraints[0]": ("e0",),
        "context.knowledge.brand_decisions[0]": ("e1",),
        "context.knowledge.brand_decisions[1]": ("e2",),
    }


def test_orders_that_say_nothing_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"^task: must be text of at least 1 character"):
        skill_invocation({}, "a", " ", WORKER)
    with pytest.raises(InvalidInput, match=r"^skill: must be 1 to 128 printable"):
        skill_invocation({}, " a", "Draft", WORKER)
    with pytest.raises(InvalidInput, match=r"^skill_invocation\.context: is required"):
        read_skill_invocation({"skill_invocation": {"skill": "a", "task": "b"}})


@patient
@given(contexts, st.sampled_from([None, 60, 600]), st.randoms(use_true_random=False))
def test_every_value_has_a_source_or_is_said_to_have_none(
    document: dict[str, Any], limit: int | None, random: Any
) -> None:
    paths = [path[:end] for path, _ in leaves(document) for end in range(1, len(path) + 1)]
    sources = {written(path): [written(path)] for path in paths if random.random() < 0.4}
    view = View(include=("**",), redact=("artifacts[*].path",), max_tokens=limit)
    try:
        package = skill_invocation(copy.deepcopy(document), "a", "Draft", view, sources=sources)
    except InvalidInput:
        return
    for path, value in leaves(package.content["skill_invocation"]):
        above = {written(path[:end]) for end in range(1, len(path) + 1)}
        told_here = above & package.rests_on.keys()
        assert bool(told_here) + (written(path) in package.unsourced) >= (value != REDACTED)
    for named in package.rests_on:
        _at(package.content["skill_invocation"], named)


def _at(value: Any, path: str) -> Any:
    for step in path_of("path", path):
        value = value[step]
    return value


# --- what comes back


def test_the_result_of_the_protocol() -> None:
    result = skill_result(SEED_RESULT)
    assert (result.skill, result.status, result.next_suggested) == ("content-worker", "success", "brand-validator")
    assert result.context_update == {
        "artifacts": [{"type": "draft_x_post", "path": ".gtm/YIELD-XYZ-001/drafts/x_post.md"}],
        "pending_decisions": [{"question": "APY claims?", "context": "..."}],
        "compute": {"tokens_used": 30000},
    }
    assert result.as_document() == SEED_RESULT
    assert skill_result(SEED_RESULT["skill_result"]) == result


def test_an_artifact_that_is_told_twice_is_one() -> None:
    result = SkillResult(
        skill="a",
        status="partial",
        artifacts=({"path": "x.md", "type": "draft"}, {"path": "y.md"}),
        context_updates={"artifacts": [{"path": "x.md", "status": "pending_review"}], "knowledge": None},
    )
    assert result.context_update == {
        "artifacts": [{"path": "x.md", "type": "draft", "status": "pending_review"}, {"path": "y.md"}]
    }
    assert SkillResult(skill="a", status="failed").context_update == {}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"skill": None}, r"skill_result\.skill: is required"),
        ({"status": None}, r"skill_result\.status: is required"),
        ({"status": "fine"}, r"skill_result\.status: must be one of success, partial, failed, cancelled, blocked, not"),
        ({"status": 5}, r"skill_result\.status: must be text"),
        ({"outputs": []}, r"skill_result\.outputs: must be an object, not a list"),
        ({"outputs": {"artifacts": {}}}, r"skill_result\.outputs\.artifacts: must be a list, not an object"),
        ({"outputs": {"artifacts": ["x"]}}, r"skill_result\.outputs\.artifacts\[0\]: must be an object, not 'x'"),
        ({"outputs": {"artifacts": [{"type": "x"}]}}, r"skill_result\.outputs\.artifacts\[0\]\.path: is required"),
        ({"context_updates": "none"}, r"skill_result\.context_updates: must be an object"),
        (
            {"context_updates": {"pending_decisions": [{"context": "?"}]}},
            r"skill_result\.context_updates\.pending_decisions\[0\]\.question: is required",
        ),
        (
            {"context_updates": {"compute": {"tokens_used": -1}}},
            r"skill_result\.context_updates\.compute\.tokens_used: must be a whole number",
        ),
        ({"context_updates": {"knowledge": ["x"]}}, r"skill_result\.context_updates\.knowledge: must be an object"),
        ({"next_suggested": ""}, r"skill_result\.next_suggested: must be 1 to 128 printable"),
    ],
)
def test_what_is_wrong_with_a_result_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=f"^{message}"):
        skill_result({"skill_result": {**SEED_RESULT["skill_result"], **change}})


@pytest.mark.parametrize("given_result", [[], None, {"skill_result": []}])
def test_what_is_no_result_is_refused(given_result: Any) -> None:
    with pytest.raises(InvalidInput, match=r"^skill_result: "):
        skill_result(given_result)


@patient
@given(json_objects, st.sampled_from(["success", "blocked"]), st.none() | st.just("brand-validator"))
def test_a_result_is_read_as_it_was_written(further: dict[str, Any], status: str, following: str | None) -> None:
    named = {"skill", "status", "outputs", "context_updates", "next_suggested", "artifacts"}
    further = {key: each for key, each in further.items() if key not in named}
    result = SkillResult(
        skill="a", status=status, artifacts=({"path": "x", **further},), next_suggested=following, outputs=further,
        further=further,
    )  # fmt: skip
    assert skill_result(result.as_document()) == result
    assert replace(result, further={}) == skill_result(replace(result, further={}).as_document())
