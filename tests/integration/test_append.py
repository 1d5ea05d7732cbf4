"""Append: receipts, the order behind what was published, many writers at once, and Postgres or Redis away."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import psycopg
import pytest

from holdfast import bootstrap
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.embedded import EmbeddedPostgres, EmbeddedRedis
from holdfast.errors import InvalidEvent, NotCommittedYet, StaleWriter, StoreUnavailable, StreamUnavailable
from holdfast.events import draft
from holdfast.pipeline.ingest import Ingest
from holdfast.store.migrations import upgrade
from holdfast.testing import wait_until
from processes import environment
from writing import contents, drained, draining, said, shard_of, stream_of

APPENDER = Path(__file__).with_name("appender.py")


@pytest.fixture(scope="module")
def mortal_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """One that the tests of this file kill, so that no other test meets it dead."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("mortal-postgres"))
    server.start()
    upgrade(server.url)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def mortal_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    server = EmbeddedRedis(tmp_path_factory.mktemp("mortal-redis"))
    server.start()
    yield server
    server.stop()


@pytest.mark.promise(2)
def test_receipts_tell_each_events_place(hf: Holdfast) -> None:
    session = hf.start("u")
    given = uuid4()
    receipts = session.append(said("a"), said("b", id=str(given)), said("c"))
    assert [receipt.seq for receipt in receipts] == [2, 3, 4]
    assert [receipt.event_id for receipt in receipts] == [event.id for event in session.events(after=1)]
    assert receipts[1].event_id == given
    assert not any(receipt.duplicate for receipt in receipts)
    assert session.append() == []


@pytest.mark.promise(3)
def test_an_event_given_twice_in_one_append_has_one_place_and_is_no_repeat(hf: Holdfast) -> None:
    session = hf.start("u")
    event = said("once", id=str(uuid4()))
    first, second = session.append(event, event)
    assert first == second
    assert (first.seq, first.duplicate) == (2, False)
    assert contents(session) == ["once"]


@pytest.mark.promise(2)
def test_an_append_comes_behind_what_was_published(hf: Holdfast) -> None:
    session = hf.start("u")
    for number in range(30):
        session.publish(said(str(number)))
    (receipt,) = session.append(said("last"))
    assert receipt.seq == 32
    assert contents(session) == [*map(str, range(30)), "last"]


@pytest.mark.promise(2)
def test_threads_and_processes_append_at_once_and_every_receipt_is_right(hf: Holdfast, settings: Settings) -> None:
    sessions = [hf.start("u", session_id=f"shared-{number}") for number in range(3)]
    assert len({shard_of(hf, session) for session in sessions}) > 1
    ids = [session.id for session in sessions]
    running = [
        subprocess.Popen(
            [sys.executable, str(APPENDER), name, "12", *ids], env=environment(settings), stdout=subprocess.PIPE
        )
        for name in "abc"
    ]
    receipts = [receipt for each in running for receipt in orjson.loads(each.communicate(timeout=60)[0])]
    assert [each.returncode for each in running] == [0, 0, 0]
    logs = {session.id: session.events() for session in sessions}
    assert len(receipts) == 3 * 2 * 24 == sum(len(log) - 1 for log in logs.values())
    for session_id, event_id, seq, duplicate in receipts:
        assert (logs[session_id][seq - 1].id, duplicate) == (UUID(event_id), False)
    for session in sessions:
        assert [event.seq for event in logs[session.id]] == list(range(1, session.verify() + 1))
        steps = logs[session.id][1:]
        for actor in {event.actor for event in steps}:
            numbers = [event.data["number"] for event in steps if event.actor == actor]
            assert numbers == sorted(numbers), "each writer's order is kept"


def test_a_draft_of_another_session_is_refused_before_anything_is_sent(hf: Holdfast) -> None:
    session, other = hf.start("u"), hf.start("u")
    with pytest.raises(InvalidEvent, match="session_id"):
        session.publish(said("mine"), draft(said("not mine"), session_id=other.id, actor="agent"))
    assert hf.publisher.redis.xlen(stream_of(hf, session)) == 0


def test_an_append_that_is_committed_after_its_time_is_a_success(settings: Settings) -> None:
    """Whoever waited too long for a lock, and then committed, must not say that it has not."""
    with Holdfast(settings.model_copy(update={"append_timeout": 0.2})) as hf, ThreadPoolExecutor(1) as pool:
        session = hf.start("u")
        session.append(said("the shard has a row"))
        with psycopg.connect(settings.database_url or "") as other:
            other.execute("SELECT FROM shards FOR UPDATE")
            until = time.monotonic() + 0.3
            late = pool.submit(session.append, said("late"))
            wait_until(lambda: time.monotonic() > until, what="the limit is over")
            other.rollback()
        assert late.result(10)[0].seq == 3


def test_a_refusal_of_long_ago_is_not_the_answer_of_a_new_try(hf: Holdfast, monkeypatch: pytest.MonkeyPatch) -> None:
    session, event = hf.start("u"), said("again", id=str(uuid4()))
    with session.lease("holder"), pytest.raises(StaleWriter):
        hf.session(session.id).append(event)
    ingest = hf.service._ingest
    thrown_away = iter([True])
    run = ingest.round
    monkeypatch.setattr(ingest, "round", lambda shard: None if next(thrown_away, False) else run(shard))
    (receipt,) = session.append(event)
    assert session.events(after=receipt.seq - 1)[0].id == UUID(event["id"])


@pytest.mark.promise(1)
def test_what_postgres_was_away_for_is_committed_once_by_a_later_drain(
    settings: Settings, mortal_postgres: EmbeddedPostgres
) -> None:
    settings = settings.model_copy(update={"database_url": mortal_postgres.url, "append_timeout": 0.5})
    engine = bootstrap.engine(settings)
    ingest = bootstrap.ingest(settings, engine)
    with Holdfast(settings) as hf:
        session = hf.start("u")
        event = said("kept", id=str(uuid4()))
        mortal_postgres.kill()
        with pytest.raises(NotCommittedYet, match="they are in Redis and will be"):
            session.append(event)
        session.publish(said("behind it"))
        mortal_postgres.start()
        assert drained(hf, ingest, session) == ["kept", "behind it"]
        (receipt,) = session.append(event)
        assert (receipt.seq, receipt.duplicate) == (2, True)
        assert session.verify() == 3
    ingest.reader.close()
    engine.dispose()


@pytest.mark.promise(1)
def test_an_append_outlasts_a_postgres_that_comes_back_in_time(
    settings: Settings, mortal_postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings.model_copy(update={"database_url": mortal_postgres.url})
    failures: list[StoreUnavailable] = []
    with Holdfast(settings) as hf, ThreadPoolExecutor(1) as pool:
        apply = hf.service._apply

        def apply_and_tell(*given: Any, **how: Any) -> Any:
            try:
                return apply(*given, **how)
            except StoreUnavailable as failure:
                failures.append(failure)
                raise

        monkeypatch.setattr(hf.service, "_apply", apply_and_tell)
        session = hf.start("u")
        mortal_postgres.kill()
        waiting = pool.submit(session.append, said("patient"))
        wait_until(lambda: len(failures) > 1, what="a second try")
        mortal_postgres.start()
        (receipt,) = waiting.result(30)
        assert (receipt.seq, contents(session)) == (2, ["patient"])


@pytest.mark.promise(1)
@pytest.mark.parametrize("verb", ["publish", "append"])
def test_a_redis_that_is_down_is_told_within_the_limit_and_the_events_can_be_given_again(
    settings: Settings, mortal_redis: EmbeddedRedis, verb: str
) -> None:
    settings = settings.model_copy(update={"redis_url": mortal_redis.url})
    with Holdfast(settings) as hf:
        session = hf.start("u")
        mortal_redis.kill()
        began = time.monotonic()
        with pytest.raises(StreamUnavailable, match="Redis could not be reached while") as caught:
            getattr(session, verb)(said("a"), said("b"))
        assert time.monotonic() - began < settings.timeout + 0.5
        mortal_redis.start()
        getattr(session, verb)(*caught.value.events)
        session.append(*caught.value.events)
        assert contents(session) == ["a", "b"]


def test_a_redis_that_hangs_is_told_within_the_limit(settings: Settings, mortal_redis: EmbeddedRedis) -> None:
    settings = settings.model_copy(update={"redis_url": mortal_redis.url, "timeout": 0.5})
    with Holdfast(settings) as hf:
        session = hf.start("u")
        session.publish(said("before"))
        (process,) = mortal_redis._residents()
        process.suspend()
        began = time.monotonic()
        with pytest.raises(StreamUnavailable, match="Timeout"):
            session.publish(said("a"))
        assert time.monotonic() - began < 1.0
        process.resume()
        session.append(said("after"))
        assert contents(session) in (["before", "after"], ["before", "a", "after"], ["before", "a", "a", "after"])


def test_a_drain_that_cannot_be_called_for_does_not_fail_the_publishing(
    hf: Holdfast, ingest: Ingest, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(shard: int) -> None:
        raise StreamUnavailable(f"the drain of shard {shard} could not be sent")

    monkeypatch.setattr(hf.publisher, "_ring", fail)
    session = hf.start("u")
    (event_id,) = session.publish(said("safe"))
    assert any("ring.failed" in record.message for record in caplog.records)
    assert drained(hf, ingest, session) == ["safe"]
    assert session.events()[-1].id == event_id


def test_an_append_where_workers_drain_too_gets_its_receipt(hf: Holdfast, ingest: Ingest) -> None:
    session = Session(hf, hf.start("u").id, "agent")
    with draining(ingest):
        receipts = [session.append(said(str(number)))[0] for number in range(30)]
    assert [receipt.seq for receipt in receipts] == list(range(2, 32))
    assert contents(session) == [*map(str, range(30))]
