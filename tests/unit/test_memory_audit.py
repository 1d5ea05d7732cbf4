"""What is wrong with memories, and what is not; and what changed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from holdfast.remembering.memory import Evidence, Memory
from holdfast.remembering.memory.audit import STALE_BELOW, UNSEEN, audited
from holdfast.remembering.memory.change import changes
from holdfast.remembering.memory.settled import settled
from remembered import AT, piece

NOW = AT + timedelta(days=1)


def memories(*said: Evidence, owner: str = "u") -> list[Memory]:
    by_key: dict[Any, list[Evidence]] = {}
    for each in said:
        by_key.setdefault((each.finding.kind, each.finding.key), []).append(each)
    return [memory for some in by_key.values() for memory in settled(some, tenant="t", owner=owner)]


def kinds(*said: Evidence) -> list[str]:
    return [problem.kind for problem in audited(memories(*said), now=NOW)]


@pytest.mark.parametrize(
    "said",
    [
        (piece("Paid Search", key="channels", single=False), piece("paid-search", key="channels", single=False, seq=2)),
        (piece(500_000, key="budget"), piece(500_000.0, key="total_budget", seq=2)),
        (
            piece("x", key="a", text="Prefers short answers."),
            piece("y", key="b", text="prefers SHORT answer", seq=2),
        ),
    ],
)
def test_what_is_remembered_twice_is_a_duplicate(said: tuple[Evidence, ...]) -> None:
    assert kinds(*said) == ["duplicate"]
    (problem,) = audited(memories(*said), now=NOW)
    assert len(problem.memories) == 2


def test_what_only_looks_alike_is_none() -> None:
    likes: list[Any] = [True, True]
    tv, radio = (piece(value, key=f"likes_{seq}", text="Likes.", seq=seq) for seq, value in enumerate(likes))
    assert kinds(tv, radio) == []
    assert kinds(piece("Retail", key="vertical"), piece("Travel", key="vertical", seq=2, days=1)) == []
    some = memories(piece("a b c")) + memories(piece("a b c"), owner="v")
    assert audited(some, now=NOW) == []


def test_what_is_contested_is_told_once() -> None:
    often = [piece("search", days=day / 10, source="inferred", strength=0.3) for day in range(5)]
    since = piece("ctv", days=0.9, source="inferred", strength=0.6)
    (problem,) = audited(memories(*often, since), now=NOW)
    assert (problem.kind, len(problem.memories)) == ("contradiction", 2)
    assert problem.text == 'communication_style: "search" or "ctv"'


def test_what_is_stale_unsupported_or_over_is_told() -> None:
    (memory,) = memories(piece())
    assert audited([replace(memory, confidence=STALE_BELOW - 0.01)], now=NOW)[0].kind == "stale"
    assert audited([memory], now=AT + UNSEEN + timedelta(days=1))[0].kind == "stale"
    assert audited([replace(memory, status="replaced", confidence=0.01)], now=NOW) == []
    assert audited([memory], now=NOW, unsupported={memory.id})[0].kind == "unsupported"
    (passing,) = memories(piece(temporary=True))
    (problem,) = audited([passing], now=AT + timedelta(days=31))
    assert (problem.kind, problem.owner, problem.memories) == ("outlived", "u", (passing.id,))
    assert "one piece of work" in problem.text


def test_what_changed_is_told() -> None:
    first, later, again = piece("a"), piece("b", days=1), piece("a", days=2)
    told = [
        [(change.memory.value, change.how) for change in changes(before, after)]
        for before, after in (
            ([], memories(first)),
            (memories(first), memories(first)),
            (memories(first), memories(first, later)),
            (memories(first, later), memories(first, later, again)),
            (memories(first), memories(first, piece("a", days=0.5))),
            (memories(first), memories(first, piece("a", days=0.5, stance="against"))),
            (memories(first), []),
            (memories(first), memories(first, piece("c", days=1, source="inferred"))),
        )
    ]
    assert told == [
        [("a", "new")],
        [],
        [("b", "new"), ("a", "replaced")],
        [("a", "restored"), ("b", "replaced")],
        [("a", "raised")],
        [("a", "replaced")],
        [("a", "gone")],
        [("a", "lowered"), ("c", "new")],
    ]
