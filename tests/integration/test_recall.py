"""Recall: memories searched, listed and shown; and what an agent is given back is never learned again."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from holdfast.client import Holdfast, Session, connect
from holdfast.config import Settings
from holdfast.errors import InvalidInput, MemoryNotFound, NotConfigured, RunNotFound
from holdfast.remembering.memory import Memory
from holdfast.remembering.memory.lasting import faded
from holdfast.service.searching import Asked, Candidate, fused
from holdfast.store import searching
from holdfast.store.memories import Owner
from writing import said


def prefers(value: Any, key: str = "communication_style", **more: Any) -> dict[str, Any]:
    return {"type": "preference.stated", "data": {"key": key, "value": value}, **more}


def ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


def learn(hf: Holdfast, user: str, *events: dict[str, Any], campaign: str | None = None) -> Session:
    session = hf.start(user, campaign=campaign, defaults=False)
    session.append(*events)
    hf.service.memories.learn(session.id)
    return session


def put(engine: Engine, count: int, *, owner: str = "eve", words: str = "''") -> None:
    """Rows that stand for memories, each an hour older than the one before; `words` is an expression of n."""
    with engine.begin() as connection:
        connection.execute(
            text(f"""
                INSERT INTO memories (id, tenant, owner_kind, owner, kind, name, value, text, confidence, source,
                                      status, temporary, first_seen, last_seen, expires_at, replaces, contradicts)
                SELECT gen_random_uuid(), 'default', 'user', '{owner}', 'fact', 'fact_' || n, to_json(n),
                       'Note ' || n || ' ' || {words}, 0.9, 'user', 'current', false,
                       seen, seen, now() + interval '1 year', '{{}}', '{{}}'
                FROM generate_series(1, {count}) AS n, LATERAL (SELECT now() - n * interval '1 hour' AS seen) AS s
            """)
        )


def values(memories: Sequence[Memory]) -> list[Any]:
    return [memory.value for memory in memories]


def test_what_fits_best_comes_first_and_says_why(hf: Holdfast) -> None:
    learn(
        hf,
        "eve",
        prefers("concise", occurred_at=ago(2)),
        prefers("Retail", key="default_vertical", occurred_at=ago(1)),
        {"type": "information.provided", "data": {"key": "deadline", "value": "end of March"}},
    )
    hits = hf.memories("eve").search("communication style")
    assert [hit.memory.value for hit in hits] == ["concise"]
    (hit,) = hits
    assert hit.relevance == 1
    assert hit.score == pytest.approx(hit.relevance * hit.memory.confidence * hit.recency)
    assert 0.99 < hit.recency < 1
    assert [piece.finding.seq for piece in hit.memory.evidence] == [2]
    assert hits.told() == f'<recalled-memory id="{hit.memory.id}">{hit.memory.text}</recalled-memory>'
    assert [hit.memory.value for hit in hf.memories("eve").search("retail -concise")] == ["Retail"]
    assert hf.memories("eve").search("the") == []
    assert hf.memories("eve").search("-retail") == []


def test_where_too_few_have_all_the_words_those_with_some_come_behind(hf: Holdfast) -> None:
    learn(
        hf,
        "eve",
        prefers("concise", key="answer_style"),
        prefers("concise", key="report_style"),
        prefers("window", key="seat"),
    )
    memories = hf.memories("eve")
    both = memories.search("concise report", limit=2)
    assert [hit.memory.key for hit in both] == ["report_style", "answer_style"]
    assert both[0].relevance > both[1].relevance
    assert [hit.memory.key for hit in memories.search("concise report", limit=1)] == ["report_style"]
    assert [hit.memory.key for hit in memories.search("concise zebra -report")] == ["answer_style"]


def test_filters_let_through_what_is_asked_for(hf: Holdfast) -> None:
    learn(hf, "eve", prefers("detailed", occurred_at=ago(400)), prefers("Retail", key="vertical", occurred_at=ago(3)))
    learn(hf, "eve", prefers("concise", occurred_at=ago(1)))
    memories = hf.memories("eve")

    def found(**filters: Any) -> set[Any]:
        return {hit.memory.value for hit in memories.search("style or vertical", **filters)}

    assert found() == {"concise", "Retail"}
    assert found(status=None) == {"concise", "Retail", "detailed"}
    assert found(status="replaced") == {"detailed"}
    assert found(kind="fact") == set()
    assert found(kind="preference", key="default_vertical") == {"Retail"}
    assert found(since=ago(2)) == {"concise"}
    assert found(status=None, min_confidence=0.5) == {"concise", "Retail"}
    assert values(memories.list()) == ["concise", "Retail"]
    assert values(memories.list(status=None, key="communication_style")) == ["concise", "detailed"]


def test_memory_fades_as_the_rule_says(hf: Holdfast, engine: Engine) -> None:
    learn(hf, "eve", prefers("concise", occurred_at=ago(90)))
    (memory,) = hf.memories("eve").list()
    assert memory.confidence == pytest.approx(faded(0.9, "preference", memory.last_seen, datetime.now(UTC)), rel=1e-4)
    assert memory.confidence == pytest.approx(0.9 * 0.5**0.5, rel=1e-3)
    with engine.begin() as connection:
        connection.execute(text("UPDATE memories SET temporary = true"))
    assert hf.memories("eve").list()[0].confidence < 0.001


def test_pages_follow_each_other(hf: Holdfast, engine: Engine) -> None:
    put(engine, 7)
    memories = hf.memories("eve")
    seen, cursor = [], None
    while True:
        page = memories.list(limit=3, cursor=cursor)
        seen += values(page)
        cursor = page.next
        if cursor is None:
            break
    assert seen == [1, 2, 3, 4, 5, 6, 7]
    with pytest.raises(InvalidInput, match="cursor"):
        memories.list(cursor="nonsense")


@pytest.mark.parametrize("complete", [True, False])
def test_common_and_rare_words_are_found_among_few_and_many(
    hf: Holdfast,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    complete: bool,  # noqa: FBT001
) -> None:
    words = "CASE WHEN n % 50 = 0 THEN 'zebra' ELSE 'horse' END || CASE WHEN n = 77 THEN ' unique' ELSE '' END"
    if not complete:
        monkeypatch.setattr(searching, "NEWEST", 20)
        monkeypatch.setattr(searching, "MOST", 50)
    put(engine, 60, owner="bob", words="'zebra unique'")
    put(engine, 200, words=words)
    assert {hit.memory.value for hit in hf.memories("eve").search("unique")} == {77}
    for owner in ("eve", None):
        horses = hf.memories(owner).search("horse", limit=5)
        assert [hit.memory.value for hit in horses] == [1, 2, 3, 4, 5]
    assert hf.memories().search("unique", limit=3)[0].memory.owner == "bob"
    assert {hit.memory.value for hit in hf.memories("eve").search("zebra")} == {50, 100, 150, 200}
    assert [hit.memory.value for hit in hf.memories("eve").search("unique horse", limit=1)] == [77]
    assert {hit.memory.owner for hit in hf.memories("eve").search("unique or zebra", limit=100)} == {"eve"}
    assert hf.memories("eve").search("-horse") == hf.memories("eve").search("nothing") == []


def test_some_owners_together(hf: Holdfast) -> None:
    learn(hf, "eve", prefers("concise"))
    learn(hf, "bob", prefers("concise"))
    learn(
        hf,
        "bob",
        {
            "type": "knowledge.learned",
            "data": {"area": "past_learnings", "facts": ["Concise threads outperform by 3x"]},
        },
        campaign="A",
    )
    owners = {hit.memory.owner for hit in hf.memories("eve", campaign="A").search("concise")}
    assert owners == {"eve", "A"}
    assert {memory.owner for memory in hf.memories("eve", campaign="A").list()} == {"eve", "A"}
    assert {memory.owner for memory in hf.memories().list()} == {"eve", "bob", "A"}


@pytest.mark.promise(5)
def test_what_an_agent_recalls_is_recorded_and_never_learned_again(hf: Holdfast) -> None:
    learn(hf, "eve", prefers("concise"))
    learn(hf, "bob", prefers("concise"))
    before = hf.memories().list()
    session = hf.start("eve", defaults=False)
    hits = session.recall("how to answer: style")
    assert [hit.memory.owner for hit in hits] == ["eve"]
    recorded = session.events()[-1]
    assert recorded.type == "memory.recalled"
    assert recorded.data["query"] == "how to answer: style"
    assert [each["id"] for each in recorded.data["memories"]] == [hits[0].memory.id]
    session.append(said(f"Context:\n{hits.told()}\nGo on."), said(hits[0].memory.text))
    hf.service.memories.learn(session.id)
    assert [memory.id for memory in hf.memories().list()] == [memory.id for memory in before]
    assert [len(hf.memories().show(memory.id).evidence) for memory in before] == [1, 1]
    assert session.recall("quagga") == []
    assert session.events()[-1].type != "memory.recalled"


def test_another_searcher_joins(hf: Holdfast) -> None:
    learn(hf, "eve", prefers("concise"), prefers("Retail", key="vertical"))
    learn(hf, "bob", prefers("aisle", key="seat"))
    by_value = {memory.value: memory.id for memory in hf.memories().list()}

    class Meaning:
        def candidates(self, asked: Asked, limit: int) -> list[Candidate]:
            assert (asked.tenant, asked.text, limit) == ("default", "style", 40)
            assert asked.wanted.owners == (Owner("user", "eve"),)
            return [Candidate(by_value["aisle"], 9.0), Candidate(by_value["Retail"], 0.8), Candidate(str(uuid4()), 0.7)]

    hits = hf.memories("eve").search("style", also=[Meaning()])
    assert [hit.memory.value for hit in hits] == ["concise", "Retail"], "what is not hers is dropped"
    assert fused([[Candidate("a", 3), Candidate("b", 1)]]) == {"a": 1, "b": pytest.approx(1 / 3)}
    both = fused([[Candidate("a", 3), Candidate("b", 1)], [Candidate("b", 0.1)]])
    assert both["b"] == 1 > both["a"]
    assert fused([[]]) == {}


@pytest.mark.promise(9)
def test_one_tenant_never_recalls_anothers(hf: Holdfast, settings: Settings) -> None:
    session = learn(hf, "eve", prefers("concise"))
    (memory,) = hf.memories("eve").list()
    (run,) = hf.memories().runs()
    with connect(**settings.model_dump() | {"tenant": "another"}) as other:
        found: list[list[Any]] = [
            other.memories().list(),
            other.memories("eve").search("style"),
            other.memories().runs(),
        ]
        assert found == [[], [], []]
        assert other.memories().audit().memories == 0
        with pytest.raises(MemoryNotFound):
            other.memories().show(memory.id)
        with pytest.raises(MemoryNotFound):
            other.memories().forget(memory.id)
        with pytest.raises(RunNotFound):
            other.memories().undo(run.id)
        own = learn(other, "eve", prefers("concise"))
        assert [run.session_id for run in other.memories().runs()] == [own.id]
        assert [each.id for each in other.memories("eve").list()] != [memory.id]
    assert hf.memories("eve").show(memory.id).evidence[0].session_id == session.id


def test_one_users_are_not_anothers(hf: Holdfast) -> None:
    learn(hf, "eve", prefers("concise"))
    (memory,) = hf.memories("eve").list()
    with pytest.raises(MemoryNotFound):
        hf.memories("bob").show(memory.id)
    with pytest.raises(MemoryNotFound):
        hf.memories("bob").forget(memory.id)
    assert hf.memories("bob").runs() == []
    assert len(hf.memories("eve").runs()) == 1


@pytest.mark.promise(10)
def test_each_memory_names_its_events_its_confidence_and_its_end(hf: Holdfast) -> None:
    session = learn(hf, "eve", prefers("concise"))
    (memory,) = hf.memories("eve").list()
    shown = hf.memories("eve").show(memory.id)
    (piece,) = shown.evidence
    (event,) = [event for event in session.events() if event.id == piece.finding.event_id]
    assert (event.type, event.seq, piece.session_id) == ("preference.stated", piece.finding.seq, session.id)
    assert shown.expires_at > shown.last_seen
    assert 0 < shown.confidence < 0.9
    assert piece.run_id == hf.memories().runs()[0].id


def test_the_audit_tells_what_is_wrong(hf: Holdfast, engine: Engine) -> None:
    learn(
        hf,
        "eve",
        prefers("Paid Search", key="favourite_channel"),
        prefers("paid-search", key="preferred_channel"),
        prefers("aisle seat", key="seat"),
    )
    audit = hf.memories("eve").audit()
    assert audit.memories == 3
    assert "unsupported" not in audit.counts
    assert hf.memories().audit().counts == audit.counts
    with engine.begin() as connection:
        connection.execute(text("UPDATE evidence SET event_id = gen_random_uuid() WHERE name = 'seat'"))
        connection.execute(text("UPDATE memories SET expires_at = now() - interval '1 day' WHERE name = 'seat'"))
        connection.execute(text("UPDATE memories SET confidence = 0.01 WHERE name = 'favourite_channel'"))
    counts = hf.memories().audit().counts
    assert (counts["unsupported"], counts["outlived"], counts["stale"]) == (1, 1, 1)


def test_runs_are_undone_and_memories_forgotten(hf: Holdfast) -> None:
    learn(hf, "eve", prefers("concise"))
    second = learn(hf, "eve", prefers("Retail", key="vertical"))
    memories = hf.memories("eve")
    runs = memories.runs()
    assert runs[0].session_id == second.id
    page = memories.runs(limit=1)
    assert [*page, *memories.runs(cursor=page.next)] == runs
    assert memories.runs(session_id=second.id) == [runs[0]]
    assert [change.how for change in memories.undo(runs[0].id)] == ["gone"]
    assert memories.undo(runs[0].id) == ()
    assert memories.runs()[0].undone_at is not None
    (memory,) = memories.list()
    assert [change.how for change in memories.forget(memory.id)] == ["gone"]
    assert memories.list() == []
    for wrong in ("nonsense", str(uuid4())):
        with pytest.raises(MemoryNotFound):
            memories.show(wrong)
        with pytest.raises(RunNotFound):
            memories.undo(wrong)


def test_a_run_is_undone_by_whom_it_is_listed_for(hf: Holdfast) -> None:
    learn(hf, "eve", prefers("concise"))
    (run,) = hf.memories("eve").runs()
    with pytest.raises(RunNotFound):
        hf.memories("bob").undo(run.id)
    assert hf.memories("eve").list()
    assert hf.memories("eve").undo(run.id)
    assert not hf.memories().undo(run.id), "undone before"


def test_what_is_wrong_with_a_question_is_told(hf: Holdfast) -> None:
    memories = hf.memories("eve")
    wrongs: list[dict[str, Any]] = [
        {"text": 7},
        {"text": "x" * 1001},
        {"text": "nul\0"},
        {"kind": "wish"},
        {"status": "gone"},
        {"min_confidence": 2},
        {"limit": 0},
        {"since": "soon"},
    ]
    for wrong in wrongs:
        with pytest.raises(InvalidInput, match=next(iter(wrong))):
            memories.search(**{"text": "style", **wrong})
    with pytest.raises(InvalidInput):
        hf.memories("a b")
    with pytest.raises(InvalidInput):
        hf.memories(campaign="A").preferences()
    with pytest.raises(InvalidInput):
        hf.memories().patterns()
    with pytest.raises(NotConfigured), connect(redis_url=hf.settings.redis_url) as bare:
        bare.memories("eve")
    assert hf.memories("eve").search("'; DROP TABLE memories; -- & | ! ( ) :*") == []
    assert hf.memories("eve").preferences().preferences == {}
    assert hf.memories("eve").patterns() == []


def test_all_that_rests_and_was_never_learned_from_can_be_learned_at_once(hf: Holdfast) -> None:
    ids = []
    for number in range(3):
        session = hf.start("eve", session_id=f"s{number}")
        session.append(prefers("concise"), {"type": "session.paused"})
        ids.append(session.id)
    hf.start("eve", session_id="active").append(prefers("concise"))
    assert list(hf.service.memories.unlearned()) == ids
    hf.service.memories.learn("s1")
    assert list(hf.service.memories.unlearned()) == ["s0", "s2"]
