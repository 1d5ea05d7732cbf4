"""Learning from sessions: evidence, memories out of it, and the same whatever happened on the way."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.errors import MemoryNotFound, RunNotFound
from holdfast.events import MemoryRecalled, Recalled
from holdfast.pipeline import learn as learning
from holdfast.pipeline.forget_due import expire_memories
from holdfast.pipeline.learn import Learned, forget, learn, recompute, undo
from holdfast.pipeline.tick import tick
from holdfast.remembering.memory import told
from holdfast.store import evidence, log, runs
from holdfast.store.evidence import Subject
from holdfast.store.transaction import transaction
from holdfast.testing import wait_until
from processes import at_work
from writing import said

Rows = list[dict[str, Any]]

DAY = timedelta(days=1)


def learned(engine: Engine, session: Session, **more: Any) -> Learned:
    with transaction(engine) as connection:
        return learn(connection, "default", session.id, **more)


def rows(engine: Engine, query: str) -> Rows:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(query)).mappings()]


def remembered(engine: Engine) -> tuple[Rows, Rows]:
    """All memories and all evidence, but for which run found it."""
    memories = rows(engine, "SELECT * FROM memories ORDER BY id")
    found = rows(engine, "SELECT * FROM evidence ORDER BY memory, session_key, event_id, stance, run_id")
    return memories, [{name: value for name, value in row.items() if name != "run_id"} for row in found]


def values(engine: Engine) -> dict[Any, str]:
    return {row["value"]: row["status"] for row in rows(engine, "SELECT value, status FROM memories")}


def reset(engine: Engine) -> None:
    """As if nobody had ever learned."""
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM evidence"))
        connection.execute(text("DELETE FROM runs"))
        connection.execute(text("DELETE FROM memories"))
        connection.execute(text("UPDATE sessions SET learned = 0"))


def timers(engine: Engine) -> list[str]:
    return [
        row["id"]
        for row in rows(
            engine,
            "SELECT s.id FROM timers t JOIN sessions s ON s.key = t.session_key WHERE t.kind = 'learn' ORDER BY s.id",
        )
    ]


def prefers(value: Any, key: str = "communication_style", **more: Any) -> dict[str, Any]:
    return {"type": "preference.stated", "data": {"key": key, "value": value}, **more}


def at(days: float) -> str:
    return (datetime(2026, 1, 29, tzinfo=UTC) + days * DAY).isoformat()


@pytest.fixture
def session(hf: Holdfast) -> Session:
    return hf.start("eve", agent="planner", session_id="s")


@pytest.mark.promise(10)
def test_what_a_session_says_is_remembered_with_its_evidence(engine: Engine, session: Session) -> None:
    (receipt,) = session.append(prefers("concise"))
    done = learned(engine, session)
    assert (done.upto, done.findings, done.behind) == (2, 1, False)
    assert [change.how for change in done.changes] == ["new"]
    ((memory,), (piece,)) = remembered(engine)
    assert (memory["owner_kind"], memory["owner"], memory["kind"]) == ("user", "eve", "preference")
    assert (memory["name"], memory["value"], memory["status"]) == ("communication_style", "concise", "current")
    assert memory["confidence"] == pytest.approx(0.9)
    assert (piece["event_id"], piece["seq"], piece["stance"], piece["source"]) == (receipt.event_id, 2, "for", "user")
    assert (piece["memory"], piece["text"]) == (memory["id"], memory["text"])


@pytest.mark.promise(3)
def test_learning_again_changes_nothing(engine: Engine, session: Session) -> None:
    session.append(prefers("concise"))
    learned(engine, session)
    before = remembered(engine)
    again = learned(engine, session)
    assert (again.run_id, again.changes) == (None, ())
    with engine.begin() as connection:
        connection.execute(text("UPDATE sessions SET learned = 0"))  # as if nobody had written it down
    session.append(prefers("Retail", key="default_vertical"))
    again = learned(engine, session)
    assert (again.changes, again.upto, again.behind) == ((), 2, True)
    assert remembered(engine) == before
    assert len(rows(engine, "SELECT FROM runs")) == 1


@pytest.mark.promise(3)
def test_who_learns_from_the_same_session_meanwhile_takes_turns(
    engine: Engine, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.append(prefers("concise"), prefers("Retail", key="default_vertical"))
    others: list[threading.Thread] = []

    def meanwhile(*arguments: Any) -> Any:
        monkeypatch.undo()
        others.append(threading.Thread(target=learned, args=(engine, session)))
        others[0].start()
        wait_until(lambda: rows(engine, "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))
        return recompute(*arguments)

    monkeypatch.setattr(learning, "recompute", meanwhile)
    assert learned(engine, session, most=2).upto == 2
    others[0].join(timeout=30)
    assert set(values(engine)) == {"concise", "Retail"}


def test_of_a_session_that_is_not_there_nothing_is_learned(engine: Engine) -> None:
    with transaction(engine) as connection:
        assert learn(connection, "default", "nobody").upto == 0


def test_a_change_of_mind_is_told(hf: Holdfast, engine: Engine, session: Session) -> None:
    session.append(prefers("detailed", occurred_at=at(1)))
    learned(engine, session)
    later = hf.start("eve")
    later.append(prefers("concise", occurred_at=at(5)))
    changes = learned(engine, later).changes
    assert {change.memory.value: change.how for change in changes} == {"concise": "new", "detailed": "replaced"}
    assert values(engine) == {"concise": "current", "detailed": "replaced"}
    new, old = (
        next(row for row in remembered(engine)[0] if row["value"] == value) for value in ("concise", "detailed")
    )
    assert (new["replaces"], new["contradicts"], old["contradicts"]) == ([old["id"]], [old["id"]], [new["id"]])
    later.append(prefers("detailed", occurred_at=at(6)))
    changes = learned(engine, later).changes
    assert {change.memory.value: change.how for change in changes} == {"concise": "replaced", "detailed": "restored"}


@pytest.mark.promise(5)
def test_what_was_recalled_is_not_learned_again(hf: Holdfast, engine: Engine, session: Session) -> None:
    session.append(prefers("concise"))
    learned(engine, session)
    before = remembered(engine)
    (memory,) = before[0]
    again = hf.start("eve")
    given = Recalled(id=str(memory["id"]), text=memory["text"])
    again.append(
        MemoryRecalled(memories=[given], query="style"),
        {"type": "knowledge.learned", "data": {"area": "user", "facts": {"style": "concise"}, "recalled": True}},
        said(f"{told([given])}"),
        said(memory["text"]),
    )
    learned(engine, again)
    assert remembered(engine) == before


def test_what_was_recalled_before_the_last_run_is_known_and_what_was_taken_back_since(
    hf: Holdfast, engine: Engine, session: Session
) -> None:
    session.append(prefers("concise"))
    learned(engine, session)
    again = hf.start("eve")
    learned(engine, again)
    again.append(prefers("concise"))
    assert learned(engine, again).findings == 0, "it is what was recalled"
    again.append({"type": "preference.refused", "data": {"key": "communication_style"}})
    assert learned(engine, again).findings == 1
    assert values(engine) == {"concise": "replaced"}
    again.append(prefers("concise"))
    assert learned(engine, again).findings == 1
    assert values(engine) == {"concise": "current"}


def test_what_recalls_very_much_is_learned_from_in_good_time(engine: Engine, session: Session) -> None:
    for turn in range(200):
        texts = [f"The user told us {turn} things of {each} kinds about the trip to Paris" for each in range(5)]
        given = [Recalled(id=f"{turn}-{place}", text=each) for place, each in enumerate(texts)]
        session.append(MemoryRecalled(memories=given), said(f"{texts[0]}. I always want short answers."))
    started = monotonic()
    assert learned(engine, session).findings == 200
    assert monotonic() - started < 20


def test_a_key_with_very_many_values_is_learned_in_good_time(engine: Engine, session: Session) -> None:
    session.append(*(prefers(f"value {number}") for number in range(900)))
    started = monotonic()
    assert learned(engine, session).findings == 900
    assert monotonic() - started < 10
    assert values(engine)["value 899"] == "current"


def test_what_is_said_of_a_campaign_is_of_the_one_that_was_served_then(
    engine: Engine, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[tuple[list[int], str | None]] = []

    def extract(events: list[Any], **more: Any) -> list[Any]:
        served.append(([event.seq for event in events], more["campaign"]))
        assert [event.seq for event in more["before"]] == list(range(max(1, events[0].seq - 8), events[0].seq))
        return []

    monkeypatch.setattr(learning, "extract", extract)
    session.append(said("1"), {"type": "campaign.updated", "data": {"gtm_id": "A"}}, said("2"))
    learned(engine, session)
    session.append(said("3"), {"type": "campaign.updated", "data": {"status": "review"}}, said("4"))
    session.append({"type": "campaign.updated", "data": {"gtm_id": "B"}}, said("5"))
    learned(engine, session)
    assert served == [([1, 2], None), ([3, 4], "A"), ([5, 6, 7], "A"), ([8, 9], "B")]
    reset(engine)
    whole = list(served)
    served.clear()
    learned(engine, session)
    assert served == [whole[0], ([3, 4, 5, 6, 7], "A"), whole[3]]


def test_what_a_fork_has_of_its_parent_is_the_parents(hf: Holdfast, engine: Engine, session: Session) -> None:
    session.append({"type": "campaign.updated", "data": {"gtm_id": "A"}}, prefers("concise"))
    learned(engine, session)
    before = remembered(engine)
    fork = hf.fork(session.id)
    fork.append(said("go on"))
    done = learned(engine, fork)
    assert done.upto == 5
    assert remembered(engine) == before
    assert rows(engine, "SELECT first, campaign FROM runs ORDER BY made_at")[-1] == {"first": 4, "campaign": "A"}


def test_a_clock_that_is_ahead_does_not_count(engine: Engine, session: Session) -> None:
    session.append(prefers("concise", occurred_at="2199-01-01T00:00:00Z"))
    learned(engine, session)
    ((memory,), _) = remembered(engine)
    assert memory["last_seen"] < datetime.now(UTC) + DAY


def test_text_that_postgres_cannot_hold_is_remembered_without(engine: Engine, session: Session) -> None:
    session.append(prefers("con\0cise", key="communication\0style"))
    learned(engine, session)
    ((memory,), _) = remembered(engine)
    assert memory["value"] == "con\0cise"


def test_an_event_that_cannot_be_read_keeps_no_other_from_being_learned_from(engine: Engine, session: Session) -> None:
    session.append(
        prefers("concise"), prefers("Retail", key="default_vertical"), prefers("TV", key="excluded_channels")
    )
    with engine.begin() as connection:
        connection.execute(text("UPDATE events SET data = '{}' WHERE seq = 3"))
    assert learned(engine, session).upto == 4
    assert set(values(engine)) == {"concise", "TV"}


def test_events_that_are_not_there_are_waited_for_by_nobody(engine: Engine, session: Session) -> None:
    session.append(prefers("concise"), {"type": "session.closed"})
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM events WHERE seq = 3"))  # as of a session that is archived
    assert learned(engine, session).upto == 2
    assert not learned(engine, session).behind
    assert timers(engine) == []


def test_a_session_that_rests_is_sent_to_be_learned_from(engine: Engine, session: Session) -> None:
    session.append(prefers("concise"), {"type": "session.closed"})
    with transaction(engine) as connection:
        sent = [each for each in tick(connection) if each.task == "holdfast.learn"]
    (only,) = sent
    assert learning.learn_sessions(engine, **only.arguments) == 1
    (run,) = session._holdfast.memories().runs()
    assert run.findings == 1
    assert learning.learn_sessions(engine, **only.arguments) == 1, "twice is once"
    assert len(session._holdfast.memories().runs()) == 1
    assert timers(engine) == []


@pytest.mark.promise(3)
def test_whatever_happens_at_once_memories_are_what_their_evidence_comes_to(hf: Holdfast, engine: Engine) -> None:
    sessions = stories_of(hf, 0) + stories_of(hf, 1)
    random = Random(7)

    def storm(session: Session) -> None:
        while learned(engine, session, most=2).behind:
            with transaction(engine) as connection:
                cursor = log.cursor(connection)
                found = runs.listed(cursor, "default", owners=None, session_id=None, before=None, limit=5)
                memories = rows(engine, "SELECT id FROM memories")
            for run in random.sample(found, min(1, len(found))):
                with transaction(engine) as connection:
                    undo(connection, "default", run.id)
            if memories and random.random() < 0.2:
                with suppress(MemoryNotFound), transaction(engine) as connection:
                    forget(connection, "default", str(random.choice(memories)["id"]))
            with transaction(engine) as connection:
                evidence.lock_owners(log.cursor(connection), "default", [Subject("user", "eve", "fact", "x")])
                connection.execute(text("UPDATE memories SET expires_at = now() WHERE random() < 0.1"))
            with transaction(engine) as connection:
                expire_memories(connection, 10)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(storm, sessions))
    with engine.begin() as connection:  # what the storm itself has falsified
        connection.execute(text("UPDATE memories SET expires_at = now()"))
    subjects = {
        Subject(row["owner_kind"], row["owner"], row["kind"], row["name"])
        for row in rows(
            engine,
            "SELECT owner_kind, owner, kind, name FROM evidence "
            "UNION SELECT owner_kind, owner, kind, name FROM memories",
        )
    }
    with transaction(engine) as connection:
        assert recompute(log.cursor(connection), "default", subjects) == ()


@pytest.mark.promise(5)
def test_undoing_a_run_is_as_if_it_had_never_been(engine: Engine, session: Session) -> None:
    session.append(prefers("detailed", occurred_at=at(1)))
    learned(engine, session)
    before = remembered(engine)
    session.append(prefers("concise", occurred_at=at(2)))
    run_id = learned(engine, session).run_id
    assert run_id is not None
    with transaction(engine) as connection:
        changes = undo(connection, "default", run_id)
    assert {change.memory.value: change.how for change in changes} == {"concise": "gone", "detailed": "restored"}
    assert remembered(engine) == before
    with transaction(engine) as connection:
        assert undo(connection, "default", run_id) == ()
    assert learned(engine, session).run_id is None
    assert remembered(engine) == before
    with engine.begin() as connection:
        connection.execute(text("UPDATE sessions SET learned = 2"))
    learned(engine, session)
    assert remembered(engine) == before
    with transaction(engine) as connection, pytest.raises(RunNotFound):
        undo(connection, "default", str(uuid4()))
    with transaction(engine) as connection, pytest.raises(RunNotFound):
        undo(connection, "another", run_id)


@pytest.mark.promise(10)
def test_what_its_owner_wants_gone_is_not_learned_again(
    hf: Holdfast, engine: Engine, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.append(prefers("concise"), prefers("Retail", key="default_vertical"))
    learned(engine, session)
    memory_id = next(str(row["id"]) for row in remembered(engine)[0] if row["value"] == "concise")
    with transaction(engine) as connection, pytest.raises(MemoryNotFound):
        forget(connection, "another", memory_id)
    with transaction(engine) as connection:
        assert [change.how for change in forget(connection, "default", memory_id)] == ["gone"]
    with transaction(engine) as connection, pytest.raises(MemoryNotFound):
        forget(connection, "default", memory_id)
    assert values(engine) == {"Retail": "current"}
    monkeypatch.setattr(learning, "RECIPE", "another/1")
    reset(engine)
    learned(engine, session)
    assert values(engine) == {"Retail": "current"}
    assert [row["value"] for row in remembered(engine)[1]] == ["Retail"]
    again = hf.start("eve")
    again.append(prefers("concise"))
    learned(engine, again)
    assert set(values(engine)) == {"concise", "Retail"}


@pytest.mark.promise(10)
def test_what_has_ended_goes_with_its_evidence(hf: Holdfast, engine: Engine, session: Session) -> None:
    session.append(prefers("detailed", occurred_at="2016-01-01T00:00:00Z"))
    learned(engine, session)
    later = hf.start("eve")
    later.append(prefers("concise"))
    learned(engine, later)
    assert values(engine) == {"concise": "current", "detailed": "replaced"}
    with transaction(engine) as connection:
        assert expire_memories(connection, 100) == 1
    ((memory,), (piece,)) = remembered(engine)
    assert (memory["value"], memory["replaces"], memory["contradicts"], piece["value"]) == (
        "concise",
        [],
        [],
        "concise",
    )
    with transaction(engine) as connection:
        assert expire_memories(connection, 100) == 0
    learned(engine, session)
    assert values(engine) == {"concise": "current"}
    assert [event.type for event in session.events()] == ["session.started", "preference.stated"]


def test_what_somebody_is_learning_about_does_not_end_meanwhile(engine: Engine, session: Session) -> None:
    session.append(prefers("detailed", occurred_at="2016-01-01T00:00:00Z"))
    learned(engine, session)
    with transaction(engine) as connection:
        evidence.lock_owners(log.cursor(connection), "default", [Subject("user", "eve", "fact", "x")])
        with transaction(engine) as other:
            assert expire_memories(other, 100) == 0
    with transaction(engine) as connection:
        assert expire_memories(connection, 100) == 1


def test_what_a_session_said_can_be_taken_out(engine: Engine, session: Session) -> None:
    session.append(prefers("concise"))
    learned(engine, session)
    with transaction(engine) as connection:
        cursor = log.cursor(connection)
        source = runs.source(cursor, "default", session.id)
        assert source is not None
        subjects = evidence.take_out(cursor, "default", session_key=source.key)
        assert [change.how for change in recompute(cursor, "default", subjects)] == ["gone"]
        assert recompute(cursor, "default", []) == ()
    assert remembered(engine) == ([], [])


def test_it_is_due_no_more_when_it_is_done(engine: Engine, session: Session) -> None:
    session.append(prefers("concise"), prefers("Retail", key="default_vertical"), {"type": "session.closed"})
    assert timers(engine) == ["s"]
    assert learned(engine, session, most=2).behind
    assert timers(engine) == ["s"]
    assert not learned(engine, session).behind
    assert timers(engine) == []


def test_what_comes_while_it_is_learned_is_due_again(
    engine: Engine, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.append(prefers("concise"), {"type": "session.paused"})

    written = runs.learned

    def meanwhile(*arguments: Any, **more: Any) -> None:
        monkeypatch.undo()
        session.append(said("wait"), {"type": "session.paused"})
        written(*arguments, **more)

    monkeypatch.setattr(runs, "learned", meanwhile)
    assert learned(engine, session).upto == 3
    assert timers(engine) == ["s"]
    assert learned(engine, session).upto == 5
    assert timers(engine) == []


@pytest.mark.promise(5)
def test_no_append_waits_for_it(engine: Engine, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    session.append(prefers("concise"))
    meanwhile: list[int] = []

    def slow(*arguments: Any) -> Any:
        meanwhile.extend(receipt.seq for receipt in session.append(said("more"), said("and more")))
        return recompute(*arguments)

    monkeypatch.setattr(learning, "recompute", slow)
    done = learned(engine, session)
    assert (meanwhile, done.upto) == ([3, 4], 2)
    monkeypatch.undo()
    assert learned(engine, session).upto == 4


CHANNELS = ["TV", "Radio", "Print"]


def stories(hf: Holdfast, random: Random) -> list[Session]:
    """Sessions of two users and a campaign, who say things, change their minds, and refuse what was taken for so."""
    sessions = []
    for number in range(6):
        session = hf.start(random.choice(["eve", "bob"]), session_id=f"s{number}")
        for step in range(random.randint(1, 12)):
            when = at(number + step / 50)
            session.append(
                random.choice(
                    [
                        prefers(random.choice(["concise", "detailed"]), occurred_at=when),
                        prefers(random.choice(CHANNELS), key="excluded_channels", occurred_at=when),
                        {
                            "type": "preference.refused",
                            "data": {"key": "communication_style", "value": "concise"},
                            "occurred_at": when,
                        },
                        {"type": "campaign.updated", "data": {"gtm_id": "A"}},
                        said(
                            random.choice(["I prefer short answers.", "My budget is 500K.", "Thanks!"]),
                            occurred_at=when,
                        ),
                        {
                            "type": "knowledge.learned",
                            "data": {"area": "past_learnings", "facts": ["Threads outperform single posts by 3x"]},
                            "occurred_at": when,
                        },
                    ]
                )
            )
        sessions.append(session)
    return sessions


@pytest.mark.promise(3)
@pytest.mark.parametrize("seed", range(6))
def test_twice_in_any_order_and_killed_anywhere_is_the_same(
    hf: Holdfast, engine: Engine, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    random = Random(seed)
    sessions = stories(hf, random)
    for session in sessions:
        learned(engine, session)
    at_once = remembered(engine)
    assert at_once[0]
    reset(engine)

    def doomed(work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **more: Any) -> Any:
            if random.random() < 0.2:
                raise RuntimeError("killed before")
            result = work(*arguments, **more)
            if random.random() < 0.2:
                raise RuntimeError("killed behind")
            return result

        return run

    for module, name in (
        (runs, "add"),
        (runs, "learned"),
        (evidence, "add"),
        (learning, "recompute"),
        (learning, "trace"),
    ):
        monkeypatch.setattr(module, name, doomed(getattr(module, name)))
    waiting = sessions * 2
    while waiting:
        session = random.choice(waiting)
        try:
            if not learned(engine, session, most=random.randint(1, 6)).behind:
                waiting.remove(session)
        except RuntimeError:
            continue
    assert remembered(engine) == at_once


@pytest.mark.promise(3)
def test_sessions_of_one_user_that_are_learned_at_once_come_to_the_same(hf: Holdfast, engine: Engine) -> None:
    sessions = [session for seed in range(2) for session in stories_of(hf, seed)]
    for session in sessions:
        learned(engine, session)
    one_by_one = remembered(engine)
    for _ in range(4):
        reset(engine)
        barrier = threading.Barrier(4)

        def work(session: Session, barrier: threading.Barrier = barrier) -> None:
            barrier.wait(timeout=30)
            while learned(engine, session, most=3).behind:
                pass

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, [*sessions[:6], *sessions[:2]]))
            list(pool.map(work, [*sessions[6:], *sessions[6:8]]))
        assert remembered(engine) == one_by_one


def stories_of(hf: Holdfast, seed: int) -> list[Session]:
    random = Random(seed)
    sessions = []
    for number in range(6):
        session = hf.start("eve", session_id=f"{seed}-{number}")
        session.append(
            *(
                prefers(random.choice(["concise", "detailed"]), occurred_at=at(random.random() * 100))
                for _ in range(random.randint(1, 8))
            )
        )
        sessions.append(session)
    return sessions


def test_workers_remember_by_themselves_what_a_session_that_rests_said(
    hf: Holdfast, settings: Settings, session: Session, tmp_path: Path
) -> None:
    with at_work(settings, tmp_path):
        session.append(prefers("concise"), {"type": "session.paused"})
        (memory,) = wait_until(lambda: hf.memories("eve").list(), what="it is remembered")
        session.append(prefers("detailed", occurred_at=at(400)), {"type": "session.closed"})
        wait_until(lambda: len(hf.memories("eve").runs()) == 2, what="it is learned from again")
        assert hf.memories("eve").show(memory.id).value == "concise"
        wait_until(lambda: not timers(hf.service.memories._engine), what="nothing is due any more")
