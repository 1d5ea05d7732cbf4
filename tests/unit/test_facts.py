"""Knowledge that many agents add to: merged at every depth, and nobody's word lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.events import Event
from holdfast.session import State, fold
from holdfast.session.campaign import FOLLOWING, legal
from holdfast.session.facts import same
from holdfast.session.parts import Area
from holdfast.session.parts.knowledge import marked
from holdfast.session.paths import below
from strategies import SESSION, patient

AT = datetime(2026, 1, 29, 10, tzinfo=UTC)


@dataclass(frozen=True)
class Said:
    who: str
    facts: Any
    base: int | None = None


def folded(*said: Said | tuple[str, dict[str, Any]], state: State | None = None, after: int = 0) -> State:
    events = [
        Event(
            session_id=SESSION,
            seq=seq,
            id=UUID(int=seq),
            type="knowledge.learned" if isinstance(each, Said) else each[0],
            version=1,
            actor=each.who if isinstance(each, Said) else "@phil",
            occurred_at=AT,
            recorded_at=AT,
            data={"area": "product", "facts": each.facts} | ({"base": each.base} if each.base is not None else {})
            if isinstance(each, Said)
            else each[1],
            digest=b"",
        )
        for seq, each in enumerate(said, 1)
    ]
    return fold(events[after:], state)


def product(*said: Said | tuple[str, dict[str, Any]]) -> Area:
    return folded(*said).knowledge["product"]


def claimed(area: Area, path: str) -> list[tuple[str, Any]]:
    return [(claim.who, claim.value) for claim in area.conflicts[path]]


JSON = st.recursive(
    st.none() | st.booleans() | st.sampled_from([0, 1, 1.0, 2**53, 2.0**53, 2**53 + 1, "", "1", "list"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=4,
)


@settings(patient, max_examples=500)
@given(JSON, JSON)
def test_marks_are_equal_exactly_where_two_values_say_the_same(one: Any, other: Any) -> None:
    assert (marked(one) == marked(other)) is same(one, other)
    assert marked(one) != marked(other) or hash(marked(one)) == hash(marked(other))


def test_an_item_costs_the_same_however_many_there_are() -> None:
    said = [Said("memory", [f"learned {number}", {"of": number}]) for number in range(1000)]
    compared = 0

    def counted(*_: Any) -> bool:
        nonlocal compared
        compared += 1
        return False

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("holdfast.session.facts.same", counted)
        area = product(*said, Said("again", ["learned 5", {"of": 5}]))
    assert len(area.items) == 2000
    assert compared < 1000


def test_what_tells_items_apart_is_no_part_of_the_state() -> None:
    begun = folded(Said("memory", ["a", 1]))
    whole = folded(Said("memory", ["a", 1]), Said("memory", [1.0, True, "b"]))
    assert whole.knowledge["product"].items == ["a", 1, True, "b"]
    read = State.model_validate_json(begun.model_dump_json())
    assert read == begun
    gone_on = folded(Said("memory", ["a", 1]), Said("memory", [1.0, True, "b"]), state=read, after=1)
    assert gone_on == whole
    assert read == begun, "the state that was gone on from is as it was"
    assert gone_on.model_dump_json() == whole.model_dump_json()


def test_objects_are_merged_at_every_depth_and_each_fact_keeps_its_source() -> None:
    area = product(
        Said("oracle", {"chains": 28, "features": {"swap": True, "bridges": ["a", "b"]}}),
        Said("researcher", {"features": {"yield": {"apy": None}}, "tvl": "$50M"}),
    )
    assert area.facts == {
        "chains": 28,
        "features": {"swap": True, "bridges": ["a", "b"], "yield": {"apy": None}},
        "tvl": "$50M",
    }
    assert {path: [source.who for source in area.sources(path)] for path in area.origins} == {
        "chains": ["oracle"],
        "features.swap": ["oracle"],
        "features.bridges": ["oracle"],
        "features.yield.apy": ["researcher"],
        "tvl": ["researcher"],
    }
    assert area.conflicts == {}


def test_whoever_says_otherwise_without_knowing_makes_a_conflict_and_the_newest_counts() -> None:
    area = product(Said("a", {"chains": 28}), Said("b", {"chains": 30}), Said("c", {"chains": 28}))
    assert area.facts == {"chains": 28}
    assert claimed(area, "chains") == [("a", 28), ("b", 30), ("c", 28)]
    assert [source.who for source in area.sources("chains")] == ["a", "c"]


def test_whoever_knew_what_was_said_replaces_it() -> None:
    assert product(Said("a", {"chains": 28}), Said("b", {"chains": 30}, base=1)).conflicts == {}
    assert product(Said("a", {"chains": 28}), Said("b", {"chains": 30}, base=0)).conflicts != {}
    settled = product(Said("a", {"chains": 28}), Said("b", {"chains": 30}), Said("c", {"chains": 31}, base=2))
    assert (settled.facts, settled.conflicts) == ({"chains": 31}, {})
    half = product(Said("a", {"chains": 28}), Said("b", {"chains": 30}), Said("c", {"chains": 31}, base=1))
    assert claimed(half, "chains") == [("a", 28), ("b", 30), ("c", 31)]


def test_a_source_replaces_its_own_and_no_one_elses() -> None:
    alone = product(Said("a", {"chains": 28}), Said("a", {"chains": 30}))
    assert (alone.facts, alone.conflicts, len(alone.told)) == ({"chains": 30}, {}, 1)
    contested = product(Said("a", {"chains": 28}), Said("b", {"chains": 30}), Said("b", {"chains": 31}))
    assert claimed(contested, "chains") == [("a", 28), ("b", 31)]
    agreed = product(Said("a", {"chains": 28}), Said("b", {"chains": 28}), Said("a", {"chains": 30}))
    assert claimed(agreed, "chains") == [("b", 28), ("a", 30)]


def test_a_word_that_is_repeated_is_news_only_where_others_say_otherwise() -> None:
    contested = product(Said("a", {"chains": 28}), Said("b", {"chains": 30}), Said("a", {"chains": 28}))
    assert (contested.facts, claimed(contested, "chains")) == ({"chains": 28}, [("b", 30), ("a", 28)])
    assert [claim.seq for claim in contested.conflicts["chains"]] == [2, 3]
    alone = product(Said("a", {"chains": 28}), Said("a", {"chains": 28}))
    assert alone.origins == {"chains": [1]}


def test_those_who_come_to_agree_have_no_conflict() -> None:
    said = [Said("a", {"chains": 28}), Said("b", {"chains": 30}), Said("a", {"chains": 30.0})]
    area = product(*said)
    assert (area.facts, area.conflicts) == ({"chains": 30}, {})
    assert sorted(source.who for source in area.sources("chains")) == ["a", "b"]
    assert claimed(product(*said, Said("a", {"chains": 31})), "chains") == [("b", 30), ("a", 31)]


def test_what_takes_an_objects_place_keeps_each_sources_part_of_it() -> None:
    said = [Said("a", {"tvl": {"usd": 50}}), Said("b", {"tvl": {"eur": 46}}), Said("c", {"tvl": "unknown"})]
    area = product(*said)
    assert (area.facts, list(area.origins)) == ({"tvl": "unknown"}, ["tvl"])
    assert claimed(area, "tvl") == [("a", {"usd": 50}), ("b", {"eur": 46}), ("c", "unknown")]
    back = product(*said, Said("d", {"tvl": {"usd": 51}}, base=3), Said("e", {"tvl": {"eur": 47}}))
    assert (back.facts, back.conflicts) == ({"tvl": {"usd": 51, "eur": 47}}, {})


def test_an_object_in_a_values_place_is_contested_until_someone_who_knew_goes_on_with_it() -> None:
    said = [Said("a", {"tvl": "$50M"}), Said("b", {"tvl": {"usd": 50}})]
    area = product(*said, Said("c", {"tvl": {"eur": 46}}))
    assert (area.facts, claimed(area, "tvl")) == (
        {"tvl": {"usd": 50, "eur": 46}},
        [("a", "$50M"), ("b", {"usd": 50})],
    )
    assert product(*said, Said("c", {"tvl": {"eur": 46}}, base=2)).conflicts == {}


def test_an_empty_object_only_waits_for_its_keys() -> None:
    area = product(Said("a", {"features": {}}), Said("b", {"features": {"swap": True}}), Said("c", {"features": {}}))
    assert (area.facts, area.conflicts, list(area.origins)) == ({"features": {"swap": True}}, {}, ["features.swap"])


def test_conflicts_below_are_kept_when_something_takes_the_place_of_all() -> None:
    area = product(Said("a", {"x": {"y": 1}}), Said("b", {"x": {"y": 2}}), Said("c", {"x": 3}))
    assert list(area.conflicts) == ["x"]
    assert claimed(area, "x") == [("a", {"y": 1}), ("b", {"y": 2}), ("c", 3)]


def test_items_are_added_once() -> None:
    area = product(Said("a", ["threads work", 1]), Said("b", [True, "threads work", {"x": 1}]))
    assert area.items == ["threads work", 1, True, {"x": 1}]
    assert [area.told[seq].who for seq in area.item_origins] == ["a", "a", "b", "b"]


@pytest.mark.parametrize(
    "decided",
    [
        ("decision.made", {"type": "knowledge.product.a.x", "decision": "taken", "value": 3}),
        ("decision.answered", {"decision_id": "knowledge.product.a.x", "decision": 3}),
    ],
)
def test_a_decision_about_a_contested_fact_settles_it(decided: tuple[str, dict[str, Any]]) -> None:
    said = [Said("a", {"a": {"x": 1}, "a.x": 8}), Said("b", {"a": {"x": 2}})]
    area = product(*said, decided)
    assert (area.facts, area.conflicts) == ({"a": {"x": 3}, "a.x": 8}, {})
    assert [source.who for source in area.sources("a.x")] == ["@phil"]
    other = ("decision.made", {"type": "knowledge.product.tvl", "value": 3})
    assert product(*said, other).facts == {"a": {"x": 2}, "a.x": 8}, "what is not contested, no decision touches"


keys = st.sampled_from(["a", "b", "a.b", "", 'a"]'])
leaves: st.SearchStrategy[Any] = st.sampled_from([None, True, 1, 2, "x", "y", [], [1], [2, {"a": 1}], {}])
facts = st.recursive(
    st.dictionaries(keys, leaves, max_size=3), lambda inner: st.dictionaries(keys, inner | leaves), max_leaves=4
)
words = st.builds(Said, st.sampled_from("abc"), facts, st.none() | st.integers(0, 8))
unknowing = st.builds(Said, st.uuids().map(str), facts)


def leaf_paths(value: Any, path: str = "") -> dict[str, Any]:
    if not isinstance(value, dict) or not value:
        return {path: value}
    return {at: leaf for key, each in value.items() for at, leaf in leaf_paths(each, below(path, key)).items()}


@settings(patient, max_examples=200)
@given(st.lists(words, min_size=1, max_size=8))
def test_every_fact_has_its_sources_and_nothing_else_has(said: Sequence[Said]) -> None:
    area = product(*said)
    found = leaf_paths(area.facts) if area.facts else {}
    assert set(area.origins) == set(found)
    uses: dict[int, int] = {}
    for seqs in area.origins.values():
        assert seqs, "nothing is known without a source"
        for seq in seqs:
            uses[seq] = uses.get(seq, 0) + 1
    assert {seq: source.uses for seq, source in area.told.items()} == uses
    for path, claims in area.conflicts.items():
        assert len({claim.seq for claim in claims}) == len(claims), path
        assert any(not same(claim.value, claims[0].value) for claim in claims), "those who agree are no conflict"
        assert [claim.seq for claim in claims] == sorted(claim.seq for claim in claims)


@settings(patient, max_examples=200)
@given(st.lists(unknowing, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_no_claim_of_a_source_that_spoke_once_is_lost(said: list[Said], random: Any) -> None:
    """In any order: what each said of a fact is its value, or among what is claimed there or above."""
    random.shuffle(said)
    area = product(*said)
    now = leaf_paths(area.facts)
    for one in said:
        for path, leaf in leaf_paths(one.facts).items():
            if path == "" or leaf == {}:
                continue
            heard = path in now and same(now[path], leaf)
            heard = heard or any(
                claim.who == one.who and same(leaf_paths(claim.value, at).get(path, ...), leaf)
                for at, claims in area.conflicts.items()
                for claim in claims
            )
            assert heard, (path, leaf, one)


@settings(patient, max_examples=200)
@given(facts, facts)
def test_the_order_of_updates_that_do_not_conflict_does_not_matter(one: dict[str, Any], other: dict[str, Any]) -> None:
    there, back = product(Said("a", one), Said("b", other)), product(Said("b", other), Said("a", one))
    if not there.conflicts:
        assert same(there.facts, back.facts)
    assert set(there.conflicts) == set(back.conflicts)


@settings(patient, max_examples=200)
@given(st.lists(words, max_size=6), st.data())
def test_it_can_be_cut_anywhere_and_goes_through_json(said: list[Said], data: st.DataObject) -> None:
    whole = folded(*said)
    cut = data.draw(st.integers(0, len(said)))
    head = State.model_validate_json(folded(*said[:cut]).model_dump_json())
    assert folded(*said, state=head, after=cut).model_dump_json() == whole.model_dump_json()


def test_paths_of_different_facts_are_different() -> None:
    pairs = [("a", "b"), ("a.b",), ("", "a"), ("a", ""), ('["a"]',), ("a", '"b"')]
    assert len({below(below("", one[0]), one[1]) if one[1:] else below("", one[0]) for one in pairs}) == len(pairs)


@pytest.mark.parametrize(
    ("before", "after", "may"),
    [
        (None, "published", True),
        ("kickoff", "in_progress", True),
        ("kickoff", "review", False),
        ("in_progress", "published", False),
        ("review", "in_progress", True),
        ("review", "published", True),
        ("published", "review", False),
        ("closed", "kickoff", False),
        ("of tomorrow", "closed", True),
    ],
)
def test_a_campaign_takes_only_its_own_steps(before: str | None, after: str, *, may: bool) -> None:
    assert legal(before, after) is may


def test_a_campaign_may_always_stay_or_be_closed() -> None:
    assert all(legal(status, status) and legal(status, "closed") for status in FOLLOWING)


def test_an_illegal_step_is_a_fact_that_moves_nothing() -> None:
    state = folded(
        ("campaign.updated", {"gtm_id": "Y-1", "status": "kickoff", "details": "begun"}),
        ("campaign.updated", {"status": "published", "title": "Launch"}),
    )
    assert state.campaign is not None
    assert state.campaign.model_dump(exclude_none=True) == {"gtm_id": "Y-1", "status": "kickoff", "title": "Launch"}
    assert [(each.type, each.about) for each in state.contested] == [("campaign.updated", "Y-1")]
