"""Ingest: rounds, turns, repeats, and the streams that come back different."""

from typing import Any
from uuid import UUID, uuid4

import orjson
import psycopg
import pytest
from redis import Redis
from sqlalchemy import Engine, text

from holdfast import bootstrap
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.errors import StoreUnavailable
from holdfast.pipeline import apply as apply_module
from holdfast.pipeline import ingest as ingest_module
from holdfast.pipeline.ingest import Ingest
from holdfast.pipeline.sweep import sweep
from holdfast.saving.tiers import BITS, TIERS
from holdfast.store.timers import IDLE, SUMMARY
from holdfast.stream.reader import Reader


def said(text: str) -> dict[str, object]:
    return {"type": "message.added", "data": {"role": "user", "content": text}}


def contents(session: Session) -> list[str | None]:
    return [message.content for message in session.messages()]  # type: ignore[misc]  # all are text here


def shard_of(hf: Holdfast, session: Session) -> int:
    return hf.publisher.keys.shard(session.id)


def stream_of(hf: Holdfast, session: Session) -> str:
    return hf.publisher.keys.stream(shard_of(hf, session))


def test_a_drain_commits_in_the_order_of_the_stream_and_empties_it(hf: Holdfast, ingest: Ingest) -> None:
    session = hf.start("u")
    for number in range(25):
        session.publish(said(f"{number}a"), said(f"{number}b"))
    assert ingest.drain(shard_of(hf, session), seconds=10)
    assert contents(session) == [f"{number}{half}" for number in range(25) for half in "ab"]
    assert [event.seq for event in session.events()] == list(range(1, 52))
    assert hf.publisher.redis.xlen(stream_of(hf, session)) == 0
    assert session.verify() == 51


def test_an_event_just_after_the_last_empty_read_rings_a_new_drain(
    hf: Holdfast, ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = hf.start("u")
    rung: list[int] = []
    monkeypatch.setattr(hf.publisher, "_ring", rung.append)
    session.publish(said("first"))
    session.publish(said("second"))
    assert len(rung) == 1, "the second found the bell set"

    read = Reader.read

    def read_and_then_publish(reader: Reader, shard: int) -> object:
        entries = read(reader, shard)
        silent = not hf.publisher.redis.exists(hf.publisher.keys.bell(shard))
        if not entries and silent and len(rung) == 1:
            session.publish(said("late"))
        return entries

    monkeypatch.setattr(Reader, "read", read_and_then_publish)
    ingest.drain(shard_of(hf, session), seconds=10)
    assert contents(session) == ["first", "second"]
    assert len(rung) == 2, "the late event rang, because the drain had silenced the bell before its last look"
    ingest.drain(rung[1], seconds=10)
    assert contents(session) == ["first", "second", "late"]


def test_two_drains_of_one_shard_take_turns(
    hf: Holdfast, settings: Settings, engine: Engine, ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = hf.start("u")
    shard = shard_of(hf, session)
    other = bootstrap.ingest(settings, engine)
    for drain in (ingest, other):
        drain.round(shard)
    session.append(said("before"))
    for number in range(10):
        session.publish(said(str(number)))
    read = ingest.reader.read(shard)
    monkeypatch.setattr(ingest.reader, "read", lambda _: read)  # before the other had its turn
    assert other.drain(shard, seconds=10)
    assert ingest.round(shard) is None, "old news is thrown away"
    assert contents(session) == ["before", *map(str, range(10))]
    other.reader.close()


def test_a_repeat_is_committed_once(hf: Holdfast, ingest: Ingest) -> None:
    session = hf.start("u")
    event = {**said("once"), "id": str(uuid4())}
    session.publish(event, event)
    session.publish(event)
    ingest.drain(shard_of(hf, session), seconds=10)
    session.publish(event, said("next"))
    ingest.drain(shard_of(hf, session), seconds=10)
    assert contents(session) == ["once", "next"]
    (receipt,) = session.append(event)
    assert (receipt.seq, receipt.duplicate, receipt.event_id) == (2, True, UUID(str(event["id"])))


def test_a_repeat_of_an_event_of_a_closed_session_is_no_refusal(hf: Holdfast) -> None:
    session = hf.start("u")
    event = {**said("before the end"), "id": str(uuid4())}
    (first,) = session.append(event)
    session.append({"type": "session.closed"})
    (again,) = session.append(event)
    assert again == first._replace(duplicate=True)
    assert hf.service.dead_letters() == []


@pytest.mark.promise(1)
def test_a_stream_that_was_committed_and_not_trimmed_is_read_again_without_harm(
    hf: Holdfast, ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = hf.start("u")
    session.publish(said("a"), said("b"))
    with monkeypatch.context() as patch:
        patch.setattr(Reader, "trim", lambda *_: None)
        assert ingest.round(shard_of(hf, session))
        assert hf.publisher.redis.xlen(stream_of(hf, session)) == 2
    session.publish(said("c"))
    ingest.drain(shard_of(hf, session), seconds=10)
    assert contents(session) == ["a", "b", "c"]
    assert hf.publisher.redis.xlen(stream_of(hf, session)) == 0


def test_what_was_refused_stays_refused_when_it_is_read_again(
    hf: Holdfast, ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = hf.start("u")
    shard = shard_of(hf, session)
    with monkeypatch.context() as patch:
        patch.setattr(Reader, "trim", lambda *_: None)
        with session.lease("holder"):
            hf.session(session.id).publish(said("without the lease"))
            while not (done := ingest.round(shard)) or not done.entries:
                pass
    assert hf.service.dead_letters()[0].reason == "stale_writer"
    ingest.drain(shard, seconds=10)
    assert contents(session) == []
    assert len(hf.service.dead_letters()) == 1


@pytest.mark.promise(1)
@pytest.mark.parametrize("kept", [0, 2])
def test_a_stream_that_lost_its_tail_or_all_starts_over(hf: Holdfast, ingest: Ingest, kept: int) -> None:
    """Redis comes back with fewer entries than were committed, and gives new ones ids behind the position."""
    session = hf.start("u")
    redis: Any = hf.publisher.redis
    stream, shard = stream_of(hf, session), shard_of(hf, session)
    session.publish(*[said(str(number)) for number in range(4)])
    old = redis.xrange(stream)
    ingest.drain(shard, seconds=10)
    assert contents(session) == ["0", "1", "2", "3"]
    redis.delete(stream)
    for entry_id, fields in old[:kept]:
        redis.xadd(stream, fields, id=entry_id)
    session.publish(said("after the loss"))
    ((_, new),) = redis.xrange(stream)[kept:]
    redis.delete(stream)
    for number, fields in enumerate([fields for _, fields in old[:kept]] + [new]):
        redis.xadd(stream, fields, id=f"5-{number + 1}")
    ingest.drain(shard, seconds=10)
    assert contents(session) == ["0", "1", "2", "3", "after the loss"]
    assert redis.xlen(stream) == 0
    session.append(said("and on"))
    assert session.verify() == 7


def test_an_entry_that_cannot_be_stored_is_put_aside_and_those_around_it_go_on(
    hf: Holdfast, ingest: Ingest, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    session = hf.start("u")
    accept = apply_module._accept

    def fail_on_poison(head: object, draft: object) -> object:
        if b"poison" in draft.data:  # type: ignore[attr-defined]  # a Draft
            raise psycopg.DataError("cannot be written")
        return accept(head, draft)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(apply_module, "_accept", fail_on_poison)
    session.publish(*[said(str(number)) for number in range(5)], said("poison"), said("last"))
    ingest.drain(shard_of(hf, session), seconds=10)
    assert contents(session) == ["0", "1", "2", "3", "4", "last"]
    (letter,) = hf.service.dead_letters()
    assert "cannot be written" in letter.detail
    assert orjson.loads(letter.entry[b"data"])["content"] == "poison"
    assert any("unstorable" in record.message for record in caplog.records)


def test_a_dead_letter_is_retried_and_dropped(hf: Holdfast, ingest: Ingest) -> None:
    early = Session(hf, "not-yet", "agent")
    early.publish(said("too early"), said("also"))
    ingest.drain(shard_of(hf, early), seconds=10)
    first, second = hf.service.dead_letters()
    assert first.reason == "session_not_found"
    hf.start("u", session_id="not-yet")
    hf.service.retry_dead_letter(first.key)
    hf.service.drop_dead_letter(second.key)
    ingest.drain(shard_of(hf, early), seconds=10)
    assert contents(early) == ["too early"]
    assert hf.service.dead_letters() == []


def test_the_sweep_rings_where_there_is_a_backlog_and_no_bell(
    hf: Holdfast, ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = hf.start("u")
    rung: list[int] = []
    monkeypatch.setattr(hf.publisher, "_ring", rung.append)
    shard = shard_of(hf, session)
    assert sweep(hf.publisher, ingest.reader) == []
    session.publish(said("the publisher dies after ringing"))
    assert sweep(hf.publisher, ingest.reader) == [], "a drain is on its way"
    hf.publisher.redis.delete(hf.publisher.keys.bell(shard))
    assert sweep(hf.publisher, ingest.reader) == [shard]
    assert rung == [shard, shard]


def test_a_database_that_is_away_holds_the_bell_and_loses_nothing(hf: Holdfast, settings: Settings) -> None:
    session = hf.start("u")
    session.publish(said("waits"))
    nowhere = settings.model_copy(update={"database_url": "postgresql://nobody:x@127.0.0.1:1/none"})
    away = bootstrap.ingest(nowhere, bootstrap.engine(nowhere))
    shard = shard_of(hf, session)
    with pytest.raises(StoreUnavailable, match="Postgres did not answer"):
        away.drain(shard, seconds=5)
    away.reader.close()
    redis: Redis = hf.publisher.redis
    assert 0 < redis.pttl(hf.publisher.keys.bell(shard)) <= ingest_module.HOLD_SECONDS * 1000
    assert redis.xlen(stream_of(hf, session)) == 1


def test_a_round_is_bounded_by_bytes_as_well_as_by_entries(
    hf: Holdfast, ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = hf.start("u")
    shard = shard_of(hf, session)
    monkeypatch.setattr("holdfast.stream.reader.ROUND_BYTES", 500_000)
    monkeypatch.setattr("holdfast.stream.reader.PAGE_ENTRIES", 10)
    session.publish(*[said("x" * 100_000) for _ in range(40)])
    rounds: list[int] = []
    while not (rounds and rounds[-1] == 0):
        done = ingest.round(shard)
        rounds += [done.entries] if done else []
    assert rounds == [10, 10, 10, 10, 0]


def test_one_statement_per_fact(hf: Holdfast, engine: Engine) -> None:
    """The log, the head and the timers agree: to pause the session, to summarise it, and to save each tier."""
    session = hf.start("u")
    session.append(said("x"))
    with engine.connect() as connection:
        row = connection.execute(
            text("SELECT seq, digest, timed, (SELECT array_agg(kind ORDER BY kind) FROM timers) FROM sessions")
        ).one()
    last = session.events()[-1]
    assert tuple(row) == (last.seq, last.digest, sum(BITS.values()), sorted([IDLE, SUMMARY, *TIERS]))
