"""What evidence comes to: one memory a value, statuses, and nothing that order or repeats could change."""

from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.remembering.memory import Evidence, Memory
from holdfast.remembering.memory.canonical import canonical
from holdfast.remembering.memory.lasting import end_of
from holdfast.remembering.memory.settled import VALUES, settled
from holdfast.session.parts.knowledge import marked
from remembered import AT, piece, pieces
from strategies import json_values


def of(*said: Evidence) -> list[Memory]:
    return settled(said, tenant="t", owner="u")


def shown(*said: Evidence) -> dict[Any, str]:
    return {memory.value: memory.status for memory in of(*said)}


@given(json_values, json_values)
def test_values_that_say_the_same_have_one_text(one: Any, other: Any) -> None:
    assert (canonical(one) == canonical(other)) == (marked(one) == marked(other))
    assert canonical({"a": 1, "b": [1.0, True]}) == canonical({"b": [1, True], "a": 1.0})
    assert len({canonical(each) for each in (1, True, "1", [1], None, {"1": 1})}) == 6


@pytest.mark.promise(5)
@given(pieces(), st.randoms(use_true_random=False))
def test_neither_order_nor_repeats_count(said: list[Evidence], random: Random) -> None:
    memories = of(*said)
    said = said * 2
    random.shuffle(said)
    assert of(*said) == memories


@pytest.mark.promise(5)
@given(pieces(), pieces())
def test_taking_evidence_away_is_as_if_it_had_never_come(kept: list[Evidence], undone: list[Evidence]) -> None:
    kept = [each._replace(run_id="kept") for each in kept]
    undone = [each._replace(run_id="undone") for each in undone]
    assert of(*(each for each in [*undone, *kept] if each.run_id == "kept")) == of(*kept)


@pytest.mark.promise(10)
@given(pieces())
def test_each_value_that_something_speaks_for_is_one_memory_with_its_evidence(said: list[Evidence]) -> None:
    memories = of(*said)
    spoken = {canonical(each.finding.value) for each in said if each.finding.stance == "for"}
    assert Counter(canonical(memory.value) for memory in memories) == Counter(spoken)
    for memory in memories:
        assert any(each.finding.stance == "for" for each in memory.evidence)
        assert all(each in said for each in memory.evidence)
        assert memory.first_seen <= memory.last_seen < memory.expires_at
        assert memory.expires_at == end_of(memory.kind, memory.last_seen, temporary=memory.temporary)
        assert 0 <= memory.confidence <= 0.95


@given(pieces())
def test_statuses_hang_together(said: list[Evidence]) -> None:
    memories = of(*said)
    single = all(each.finding.single for each in said if each.finding.stance == "for")
    by_id = {memory.id: memory for memory in memories}
    assert len(by_id) == len(memories)
    count = Counter(memory.status for memory in memories)
    denied = any(each.finding.stance == "against" for each in said)
    if not single:
        assert set(count) <= ({"current", "replaced", "outweighed"} if denied else {"current"})
        assert all(not memory.contradicts and not memory.replaces for memory in memories)
        return
    hold = {(1, False), (0, True), *([(0, False)] if denied else [])}
    assert not memories or (count["current"], count["contested"] > 1) in hold
    for memory in memories:
        assert set(memory.contradicts) == set(by_id) - {memory.id}
        assert {by_id[each].status for each in memory.replaces} <= {"replaced"}
        assert not memory.replaces or memory.status == "current"
        if memory.status == "replaced" and count["current"]:
            (holding,) = (each for each in memories if each.status == "current")
            assert memory.id in holding.replaces
            assert denied or memory.last_seen <= holding.last_seen


def test_who_changes_their_mind_is_believed() -> None:
    often = [piece("detailed", days=day) for day in range(5)]
    changed = piece("concise", days=9)
    assert shown(*often, changed) == {"concise": "current", "detailed": "replaced"}
    new, old = of(*often, changed)
    assert (new.replaces, new.contradicts, old.contradicts) == ((old.id,), (old.id,), (new.id,))
    assert new.confidence == pytest.approx(0.9)
    assert old.confidence < 0.1
    back = piece("detailed", days=10)
    assert shown(*often, changed, back) == {"detailed": "current", "concise": "replaced"}


def test_who_says_otherwise_and_bears_too_little_is_outweighed() -> None:
    stated = piece("concise", days=0)
    assert shown(stated, piece("detailed", days=5, source="inferred", strength=0.3)) == {
        "concise": "current",
        "detailed": "outweighed",
    }
    assert shown(stated, piece("detailed", days=5, source="agent")) == {"concise": "current", "detailed": "outweighed"}


def test_what_is_as_likely_is_contested_and_both_are_shown() -> None:
    often = [piece("paid search", days=day, source="inferred", strength=0.3) for day in range(5)]
    since = piece("ctv", days=6, source="inferred", strength=0.6)
    assert shown(*often, since) == {"paid search": "contested", "ctv": "contested"}
    assert all(memory.contradicts for memory in of(*often, since))


def test_things_of_a_list_do_not_contradict_each_other() -> None:
    said = [piece(channel, days=day, single=False) for day, channel in enumerate(["TV", "Radio", "Print"])]
    assert set(shown(*said).values()) == {"current"}
    denied = piece("Radio", days=9, single=False, stance="against")
    sure = {memory.value: memory.confidence for memory in of(*said, denied)}
    assert sure == {"TV": pytest.approx(0.9), "Print": pytest.approx(0.9), "Radio": pytest.approx(0.09)}
    assert shown(*said, denied) == {"TV": "current", "Print": "current", "Radio": "replaced"}
    again = piece("Radio", days=10, single=False)
    assert set(shown(*said, denied, again).values()) == {"current"}


def test_what_is_taken_back_holds_no_more() -> None:
    said, refused = piece("concise"), piece("concise", days=5, stance="against")
    assert shown(said, refused) == {"concise": "replaced"}
    assert shown(said, refused, piece("concise", days=6)) == {"concise": "current"}
    assert shown(said, refused._replace(finding=refused.finding._replace(source="inferred", strength=0.3))) == {
        "concise": "current"
    }
    assert shown(piece("concise", days=6, source="inferred", strength=0.3), refused) == {"concise": "outweighed"}


def test_of_very_many_values_those_are_told_apart_that_the_surest_said_last() -> None:
    first = [piece(f"v{day}", days=day) for day in range(5)]
    many = [piece(f"guess {hour}", days=hour / 100, source="inferred") for hour in range(300)]
    found = of(*first, *many)
    assert len(found) == VALUES
    assert {memory.value for memory in found} >= {"v0", "v4", "guess 299"}
    assert [memory.value for memory in found if memory.status == "current"] == ["v4"]


def test_what_is_only_denied_is_no_memory_and_null_denies_all() -> None:
    assert of(piece(stance="against")) == of() == []
    refused = piece(None, days=5, stance="against")
    assert of(refused) == []
    (memory,) = of(piece(), refused)
    assert memory.confidence == pytest.approx(0.09)
    assert [each.finding.stance for each in memory.evidence] == ["for", "against"]


def test_one_lasting_word_makes_it_last() -> None:
    passing = piece(temporary=True)
    (memory,) = of(passing)
    assert memory.temporary
    (lasting,) = of(passing, piece(days=1))
    assert not lasting.temporary
    assert lasting.id == memory.id
    assert lasting.expires_at > memory.expires_at


def test_the_surest_source_tells_it() -> None:
    said = [
        piece(source="agent", days=3, text="The agent thinks so."),
        piece(days=1, strength=0.6, text="I might."),
        piece(days=2, text="I do."),
    ]
    (memory,) = of(*said)
    assert (memory.text, memory.source) == ("I do.", "user")
    assert (memory.first_seen, memory.last_seen) == (
        AT.replace(day=30),
        said[0].finding.said_at,
    )
    assert memory == replace(memory, evidence=(said[1], said[2], said[0]))


def test_what_a_fork_says_again_was_said_once() -> None:
    said = [piece(source="agent", session_id="parent", seq=seq, strength=0.4) for seq in (1, 2)]
    copied = [each._replace(session_id="child") for each in said]
    ((alone,), (both,)) = of(*said), of(*said, *copied)
    assert both.confidence == alone.confidence
    assert len({each.session_id for each in both.evidence}) == 1
    assert len(both.evidence) == 2


def test_ids_are_the_owners_own() -> None:
    ids = {
        memory.id
        for tenant, owner in (("t", "u"), ("t", "v"), ("x", "u"))
        for memory in settled([piece()], tenant=tenant, owner=owner)
    }
    assert len(ids) == 3
