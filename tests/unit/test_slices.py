"""What an agent sees of the context: declared, redacted, limited."""

import copy
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.errors import InvalidInput
from holdfast.recovering.history.tokens import estimate
from holdfast.sharing.slices import REDACTED, ROLES, SECRETS, Dropped, Slice, View, role_of, sliced, view_for
from slicing import contexts, covers, everything, example, leaves, patterns, restored, written_pattern
from strategies import patient

WORKER = ROLES["worker"]


def text_of(part: Slice) -> str:
    return orjson.dumps(part.as_document()).decode()


# --- the seed's example


def test_a_content_worker_receives_what_the_protocol_shows() -> None:
    document = example()
    document["active_task"]["scope"]["boundaries"] = [
        "Only channels: X, Discord, Farcaster, Blog",
        "No APY claims without source",
    ]
    part = sliced({"session_context": document}, "content-worker", view_for("worker"))
    assert part.as_document() == {
        "context_for_content_worker": {
            "campaign": {"gtm_id": "YIELD-XYZ-001", "tier": 2},
            "task": {
                "description": "Generate Tier 2 content for Yield.xyz integration",
                "scope": {
                    "channels": ["x", "discord", "farcaster", "blog"],
                    "boundaries": ["No APY claims without source"],
                },
            },
            "knowledge": document["knowledge"],
            "budget": {"tokens_remaining": 55000},
        }
    }
    assert part.dropped == ()
    assert part.tokens == estimate(text_of(part))


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ({"boundaries": ["Only the channels: X and Blog."]}, {"channels": ["x", "blog"], "boundaries": []}),
        ({"boundaries": ["only channel: Discord"]}, {"channels": ["discord"], "boundaries": []}),
        ({"channels": ["X"], "boundaries": ["Be kind"]}, {"channels": ["x"], "boundaries": ["Be kind"]}),
        ({"channels": ["X"], "boundaries": ["Only channels: X"]}, {"channels": ["x"], "boundaries": []}),
        (
            {"channels": ["X"], "boundaries": ["Only channels: Blog"]},
            {"channels": ["x"], "boundaries": ["Only channels: Blog"]},
        ),
        ({"boundaries": ["Only channels that pay"]}, {"boundaries": ["Only channels that pay"]}),
        ({"boundaries": ["Be kind"]}, {"boundaries": ["Be kind"]}),
        ({"boundaries": ["Only channels: X", "only channels: X"]}, {"channels": ["x"], "boundaries": []}),
        ({"boundaries": "Be kind"}, {"boundaries": "Be kind"}),
    ],
)
def test_channels_are_told_once(scope: dict[str, Any], expected: dict[str, Any]) -> None:
    part = sliced({"active_task": {"scope": scope}}, "a", everything())
    assert part.content == {"task": {"scope": expected}}


@pytest.mark.parametrize(
    ("agent", "expected"),
    [("content-worker", "content_worker"), ("Bot Manager", "bot_manager"), ("проводник", "проводник"), ("--", "agent")],
)
def test_a_slice_has_the_name_of_its_agent(agent: str, expected: str) -> None:
    assert sliced({}, agent, View()).as_document() == {f"context_for_{expected}": {}}


# --- what is seen


def test_what_is_not_declared_is_not_seen() -> None:
    assert sliced(example(), "a", View()).content == {}
    assert sliced(example(), "a", View()).dropped == ()
    assert sliced(example(), "a", View(include=("knowledge.product.features.swap", "nothing.*"))).content == {
        "knowledge": {"product": {"features": {"swap": True}}}
    }


def test_patterns_name_keys_items_and_depths() -> None:
    document = {"artifacts": [{"path": "a", "type": "x"}, {"type": "y"}], "knowledge": {"a.b": {"draft_1": 1, "n": 2}}}

    def seen(*include: str) -> Any:
        return sliced(document, "a", View(include=include)).content

    assert seen("artifacts[*].path") == {"artifacts": [{"path": "a"}]}
    assert seen('knowledge["a.b"].n') == {"knowledge": {"a.b": {"n": 2}}}
    assert seen("knowledge.*.draft_*") == {"knowledge": {"a.b": {"draft_1": 1}}}
    assert seen("**.type") == {"artifacts": [{"type": "x"}, {"type": "y"}]}
    assert seen("knowledge.**") == seen("knowledge") == {"knowledge": document["knowledge"]}
    assert seen("artifacts.path") == {}


def test_exclusion_goes_before_redaction_and_redaction_before_inclusion() -> None:
    view = View(
        include=("knowledge.*", "artifacts"),
        exclude=("knowledge.past_learnings", "**.timestamp"),
        redact=("knowledge.protocol.tvl", "artifacts[*].path", "knowledge.past_learnings", "history"),
    )
    part = sliced(example(), "a", view)
    assert "past_learnings" not in part.content["knowledge"]
    assert part.content["knowledge"]["protocol"]["tvl"] == REDACTED
    assert part.content["artifacts"][0] == {
        "type": "research_summary",
        "path": REDACTED,
        "produced_by": "research-agent",
    }
    assert "history" not in part.content
    assert set(part.dropped) == {
        Dropped("knowledge.protocol.tvl", "redacted", 1, 0),
        Dropped("artifacts[*].path", "redacted", 3, 0),
    }


def test_an_object_that_lost_all_it_had_does_not_pass_for_an_empty_one() -> None:
    document = {"knowledge": {"product": {"n": 1}, "audience": {}}, "artifacts": []}
    assert sliced(document, "a", View(include=("**",), exclude=("**.n",))).content == {
        "knowledge": {"audience": {}},
        "artifacts": [],
    }


@pytest.mark.parametrize("role", ROLES)
def test_secrets_are_redacted_in_every_role(role: str) -> None:
    document = example()
    document["knowledge"]["product"] |= {"api_key": "sk-1", "GitHub-Token": "sk-2", "deep": [{"clientSecret": "sk-3"}]}
    document["knowledge"]["credentials"] = {"user": "sk-4"}
    document["knowledge"]["product"]["tokens"] = 7
    part = sliced(document, "a", ROLES[role])
    assert "sk-" not in text_of(part)
    assert part.content["knowledge"]["credentials"] == REDACTED
    assert part.content["knowledge"]["product"]["tokens"] == 7
    assert {each.path for each in part.dropped} == {
        "knowledge.product.api_key",
        "knowledge.product.GitHub-Token",
        "knowledge.product.deep[*].clientSecret",
        "knowledge.credentials",
    }
    assert "sk-4" in text_of(sliced(document, "a", replace(ROLES[role], secrets=())))
    assert "sk-1" in text_of(sliced(document, "a", replace(ROLES[role], secrets=("credentials",))))


def test_no_default_role_but_those_that_run_the_session_sees_all() -> None:
    assert {role for role, view in ROLES.items() if "**" in view.include} == {"owner", "manager", "auditor"}
    assert all(view.secrets == SECRETS for view in ROLES.values())
    assert view_for("nobody knows") is view_for(None) is WORKER
    assert view_for("Auditor") is ROLES["auditor"]
    named = {"content-worker", "brand-validator", "research-agent", "product-oracle", "bot-manager", "the auditor", "x"}
    assert {name: role_of(name) for name in named} == {
        "content-worker": "worker",
        "brand-validator": "validator",
        "research-agent": "researcher",
        "product-oracle": "researcher",
        "bot-manager": "worker",
        "the auditor": "worker",
        "x": "worker",
    }


def test_a_slice_shares_nothing_with_the_document() -> None:
    document = example()
    before = copy.deepcopy(document)
    for limit in (None, 700):
        part = sliced(document, "a", replace(everything(), max_tokens=limit))
        part.content["knowledge"]["audience"]["platform_notes"]["x"] = "changed"
        part.content["task"]["scope"]["boundaries"].append("changed")
        part.content["pending_decisions"][0]["options"].clear()
    assert document == before


# --- what there is room for


def test_the_least_relevant_goes_first() -> None:
    def gone(limit: int) -> set[str]:
        return {each.path for each in sliced(example(), "a", everything(max_tokens=limit)).dropped}

    assert gone(1804) == set()
    assert gone(1700) <= {"history", "compute.invocation_log"}
    assert gone(1400) == {"history", "compute.invocation_log", "knowledge.past_learnings"}
    assert not gone(1000) & {"pending_decisions", "active_task", "campaign", "knowledge.brand_decisions"}
    smallest = sliced(example(), "a", everything(max_tokens=321)).content
    assert smallest["campaign"] == {"gtm_id": "YIELD-XYZ-001", "tier": 2}
    assert smallest["task"].keys() == {"description", "scope"}
    assert smallest["knowledge"] == {"brand_decisions": example()["knowledge"]["brand_decisions"]}
    assert smallest["budget"] == {"tokens_remaining": 55000, "calls_remaining": 5}


def test_facts_with_the_tasks_words_outlast_the_others() -> None:
    facts = {f"fact_{at}": "nothing of interest" for at in range(20)} | {
        "fact_3": "about YIELDS",
        "fact_5": "a farcaster",
    }
    document = {"knowledge": {"product": facts}, "active_task": {"description": "Generate yield posts"}}
    view = View(include=("knowledge.*",), max_tokens=60)
    assert list(sliced(document, "a", view).content["knowledge"]["product"]) == ["fact_3", "fact_18", "fact_19"]
    asked = sliced(document, "a", view, task="Write for Farcaster")
    assert list(asked.content["knowledge"]["product"]) == ["fact_3", "fact_5", "fact_19"]


def test_long_lists_lose_their_oldest_items_and_say_how_many() -> None:
    document = {"history": [{"action": "a", "details": f"number {at}"} for at in range(100)]}
    part = sliced(document, "a", everything(max_tokens=200))
    left = part.content["history"]
    assert left == document["history"][-len(left) :]
    assert [each[:3] for each in part.dropped] == [("history", "limit", 100 - len(left))]
    assert part.origin(("history", 0, "details")) == ("history", 100 - len(left), "details")


def test_the_places_of_items_are_found_again_whatever_the_list_lost() -> None:
    artifacts = [{"path": f"{at}.md"} if at % 3 else {"type": "x"} for at in range(90)]
    for limit in (None, 200):
        part = sliced({"artifacts": artifacts}, "a", View(include=("artifacts[*].path",), max_tokens=limit))
        left = part.content["artifacts"]
        assert len(left) == 60 if limit is None else 0 < len(left) < 60
        for at, each in enumerate(left):
            assert part.origin(("artifacts", at, "path")) == (
                "artifacts",
                int(each["path"].removesuffix(".md")),
                "path",
            )


def test_a_limit_is_kept_and_made_use_of() -> None:
    documents: list[Any] = [
        {"history": [1] * 500},
        {"knowledge": {"product": {f"é{at}": at for at in range(200)}}},
        {"knowledge": {f"area {at}": {"n": at} for at in range(200)}},
    ]
    for document in documents:
        for limit in range(40, 340, 3):
            part = sliced(document, "a", everything(max_tokens=limit))
            assert limit - 8 <= part.tokens == estimate(text_of(part)) <= limit


def test_a_limit_shows_no_secret() -> None:
    secret = {"n": "sk-1", "list": ["sk-2"]}
    document = {
        "credentials": secret,
        "knowledge": {"cookies": secret, "a": {"b": [{"token": secret}], "password": "sk-3"}},
    }
    for limit in (40, 60, 80, 100, 120):
        part = sliced(document, "a", View(include=("**",), max_tokens=limit))
        assert "sk-" not in text_of(part)
        redacted = [each.path for each in part.dropped if each.why == "redacted"]
        assert len(redacted) == text_of(part).count(REDACTED)


def test_one_huge_fact_does_not_keep_the_others_out() -> None:
    document = {"knowledge": {"product": {"small": 1, "huge": "x" * 100_000}, "past_learnings": ["short"]}}
    part = sliced(document, "a", everything(max_tokens=100))
    assert part.content == {"knowledge": {"product": {"small": 1}, "past_learnings": ["short"]}}
    assert part.dropped == (Dropped("knowledge.product", "limit", 1, 40004, ("huge",)),)


def test_a_part_keeps_to_its_own_limit() -> None:
    document = {
        "history": [f"entry {at}" for at in range(10)],
        "knowledge": {"product": {"a": "1" * 20, "b": "2" * 20}},
    }
    part = sliced(document, "a", everything(max_bytes={"history": 25, "*": 40}))
    assert part.content == {"history": ["entry 8", "entry 9"], "knowledge": {"product": {"b": "2" * 20}}}
    assert [(each.path, each.why, each.items, each.names) for each in part.dropped] == [
        ("knowledge.product", "size", 1, ("a",)),
        ("history", "size", 8, ()),
    ]


def test_what_never_goes_must_fit() -> None:
    with pytest.raises(InvalidInput, match=r"^max_tokens: must be at least 3\d\d for this slice, not 300: its scope"):
        sliced(example(), "a", everything(max_tokens=300))
    with pytest.raises(InvalidInput, match=r"^max_bytes\.knowledge\.brand_decisions: must be at least \d+, not 50"):
        sliced(example(), "a", everything(max_bytes={"knowledge.brand_decisions": 50}))


def test_redacting_counts_what_it_writes() -> None:
    """Its ten letters may take more room than the secret did."""
    document = {"knowledge": {"product": {f"k{at}_token": 1 for at in range(50)}}}
    for limit in range(20, 600, 7):
        part = sliced(document, "a", View(include=("**",), max_tokens=limit))
        assert part.tokens <= limit
        assert set(part.content.get("knowledge", {}).get("product", {}).values()) <= {REDACTED}


# --- what a view may be


@pytest.mark.parametrize(
    ("given_view", "message"),
    [
        ([], "view: must be an object, not a list"),
        ({"includes": []}, "view: 'includes' is no field; they are include, exclude, redact, secrets, max_tokens"),
        ({"include": "campaign"}, "include: must be a list of texts, not 'campaign'"),
        ({"include": ["campaign", ""]}, r"include\[1\]: must be text of at least 1 character, not ''"),
        ({"exclude": [5]}, r"exclude\[0\]: must be text of at least 1 character, not 5"),
        ({"redact": ["a..b"]}, r"redact\[0\]: must be a path, such as campaign\.gtm_id, knowledge\.\*"),
        ({"include": [".a"]}, r"include\[0\]: must be a path"),
        ({"include": ["a[1]"]}, r"include\[0\]: names an item by its place, which does not last; use \[\*\]: 'a\[1\]'"),
        ({"secrets": [""]}, r"secrets\[0\]: must be text"),
        ({"max_tokens": 0}, "max_tokens: must be a whole number from 1 to"),
        ({"max_tokens": True}, "max_tokens: must be a whole number"),
        ({"max_bytes": []}, "max_bytes: must be an object, with bytes by part, not a list"),
        ({"max_bytes": {"history": "5"}}, r"max_bytes\.history: must be a whole number from 2 to"),
        ({"max_bytes": {"a..b": 5}}, "max_bytes: must be a path"),
    ],
)
def test_a_view_that_says_nothing_clear_is_refused(given_view: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=f"^{message}"):
        View.from_mapping(given_view)


def test_a_document_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"^session_context: must be an object, not a list"):
        sliced({"session_context": []}, "a", WORKER)
    with pytest.raises(InvalidInput, match=r"^document: is no JSON"):
        sliced({"history": [object()]}, "a", everything(max_tokens=50))
    with pytest.raises(InvalidInput, match=r"^agent: must be 1 to 128 printable"):
        sliced({}, "", WORKER)


def test_a_declared_view_may_start_from_a_role() -> None:
    view = View.from_mapping({"exclude": ["knowledge.audience"], "max_bytes": 900, "redact": None}, view_for("worker"))
    assert view == replace(WORKER, exclude=("knowledge.audience",), max_bytes={"*": 900})
    assert hash(view)
    assert View.from_mapping({}) == View()


# --- laws

views = st.fixed_dictionaries(
    {name: st.lists(patterns, max_size=3) for name in ("exclude", "redact")}
    | {"include": st.lists(patterns, max_size=4)}
)


def declared(steps: dict[str, list[list[str]]]) -> View:
    return View.from_mapping({name: [written_pattern(each) for each in given] for name, given in steps.items()})


@patient
@given(contexts, views)
def test_nothing_that_is_not_included_ever_appears(document: dict[str, Any], steps: dict[str, list[list[str]]]) -> None:
    part = sliced(document, "a", declared(steps))
    sources = dict(leaves(document))
    for path, value in leaves(part.content):
        there = part.origin(path)
        if not path:
            continue
        assert any(covers(each, there) for each in steps["include"])
        assert not any(covers(each, there) for each in steps["exclude"])
        redacted = any(covers(each, there) for each in steps["redact"])
        assert (value == REDACTED) == (redacted or sources.get(there) == REDACTED)
        if not redacted and path[:3] != ("task", "scope", "channels") and path[-1] != "boundaries":
            assert sources[there] == value


@patient
@given(contexts, views)
def test_all_that_is_included_appears(document: dict[str, Any], steps: dict[str, list[list[str]]]) -> None:
    part = sliced(document, "a", declared(steps))
    seen = {part.origin(path) for path, _ in leaves(part.content) if path}
    for path, _ in leaves(document):
        wanted = any(covers(each, path) for each in steps["include"])
        if path and wanted and not any(covers(each, path) for each in [*steps["exclude"], *steps["redact"]]):
            assert path in seen or path[:3] == ("active_task", "scope", "boundaries") or "channels" in path


@patient
@given(contexts, st.lists(patterns, min_size=1, max_size=3), st.sampled_from([None, 40, 400]))
def test_what_is_redacted_appears_nowhere(document: dict[str, Any], redact: list[list[str]], limit: int | None) -> None:
    hidden = {path for path, value in leaves(document) if path and any(covers(each, path) for each in redact)}
    marked = _marked(document, hidden)
    view = View.from_mapping({"include": ["**"], "redact": list(map(written_pattern, redact)), "max_tokens": limit})
    try:
        part = sliced(marked, "a", view)
    except InvalidInput as error:
        told = str(error)
    else:
        told = text_of(part) + repr(part)
    assert "TELL-NOBODY" not in told


def _marked(value: Any, hidden: set[tuple[str | int, ...]], path: tuple[str | int, ...] = ()) -> Any:
    if path in hidden:
        return "TELL-NOBODY"
    if isinstance(value, dict):
        return {key: _marked(each, hidden, (*path, key)) for key, each in value.items()}
    if isinstance(value, list):
        return [_marked(each, hidden, (*path, at)) for at, each in enumerate(value)]
    return value


@patient
@given(contexts, st.integers(1, 400), st.integers(0, 200))
def test_a_smaller_limit_leaves_out_the_same_and_more(document: dict[str, Any], limit: int, more: int) -> None:
    try:
        small = sliced(document, "a", everything(max_tokens=limit))
    except InvalidInput:
        return
    large = sliced(document, "a", everything(max_tokens=limit + more))
    assert small.tokens == estimate(text_of(small)) <= limit
    there = [(large.origin(path), value) for path, value in leaves(large.content)]
    for path, value in leaves(small.content):
        assert not path or (small.origin(path), value) in there
    if not small.dropped:
        assert small.content == large.content


@patient
@given(contexts, st.integers(1, 400))
def test_a_slice_of_a_slice_is_the_slice(document: dict[str, Any], limit: int) -> None:
    view = View(include=("**",), max_tokens=limit)
    try:
        part = sliced(document, "a", view)
    except InvalidInput:
        return
    again = sliced(restored(part.content), "a", view)
    assert again.content == part.content
    assert not [each for each in again.dropped if each.why != "redacted"]
    assert sliced(document, "a", view) == part


@patient
@given(contexts, st.integers(1, 300))
def test_whatever_is_not_there_is_told(document: dict[str, Any], limit: int) -> None:
    try:
        part = sliced(document, "a", everything(max_tokens=limit))
    except InvalidInput:
        return
    whole = sliced(document, "a", everything())
    assert sum(each.items for each in part.dropped) == _units(whole.content) - _units(part.content)


def _units(content: dict[str, Any]) -> int:
    """Facts and items that are kept or left out one by one."""
    opened = {(): (dict, list), ("knowledge",): (dict, list), ("compute",): (list,)}

    def below(value: Any, path: tuple[str, ...]) -> int:
        if path not in opened or not isinstance(value, dict):
            return len(value)
        return sum(
            below(each, (*path, key)) if isinstance(each, opened[path]) and each else 1 for key, each in value.items()
        )

    return below(content, ())


@patient
@given(views, st.none() | st.integers(1, 2**53), st.dictionaries(st.sampled_from(["*", "history"]), st.integers(2, 9)))
def test_a_view_is_what_its_mapping_says(
    steps: dict[str, list[list[str]]], limit: int | None, sizes: dict[str, int]
) -> None:
    view = replace(declared(steps), max_tokens=limit, max_bytes=sizes)
    assert View.from_mapping(orjson.loads(orjson.dumps(view.to_mapping()))) == view
