"""Servers that are there and say no, callers that go too far, and programs that have a Celery of their own."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from celery import Celery, current_app, shared_task

from holdfast import testing
from holdfast.client import Holdfast, Session, connect
from holdfast.config import Settings
from holdfast.embedded import EmbeddedRedis
from holdfast.errors import InvalidInput, StoreUnavailable, StreamUnavailable
from holdfast.pipeline.ingest import Ingest
from holdfast.stream.reader import Reader
from processes import environment
from writing import contents, drained, said, shard_of


def test_a_client_leaves_the_programs_own_celery_alone(settings: Settings) -> None:
    mine = Celery("mine", broker="memory://")
    mine.set_current()

    @shared_task(name="mine.job")  # type: ignore[untyped-decorator]  # Celery ships no types
    def job() -> None: ...

    with Holdfast(settings):
        assert current_app.main == "mine"
        assert job.app.main == "mine"


@pytest.mark.parametrize(
    "option", ["health_check_interval=10", "decode_responses=true", "socket_timeout=60", "ssl_ca=x"]
)
def test_options_in_the_url_of_redis_are_refused_by_name(option: str) -> None:
    with pytest.raises(InvalidInput, match=option.partition("=")[0]):
        connect(redis_url=f"redis://127.0.0.1:6379/0?{option}")


def test_a_postgres_that_became_read_only_is_a_postgres_that_is_away(settings: Settings) -> None:
    with Holdfast(settings.model_copy(update={"append_timeout": 0.5})) as hf:
        session = hf.start("u")
        url = str(settings.database_url)
        name = url.rpartition("/")[2]
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        with Holdfast(settings) as other, pytest.raises(StoreUnavailable, match="Postgres refused"):
            other.start("u")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        session.append(said("on"))


def test_one_call_takes_so_much_and_says_so(hf: Holdfast, ingest: Ingest) -> None:
    session = hf.start("u")
    with pytest.raises(InvalidInput, match="one call takes 1,000"):
        session.publish(*[said("x") for _ in range(1001)])
    with pytest.raises(InvalidInput, match="8,388,608 bytes"):
        session.publish(*[said("x" * 250_000) for _ in range(40)])
    session.publish(*[said(str(number)) for number in range(1000)])
    assert len(drained(hf, ingest, session)) == 1000


def test_a_dead_letter_goes_back_to_the_shard_of_its_session(settings: Settings, hf: Holdfast) -> None:
    Session(hf, "not-yet", "agent").publish(said("early"))
    testing.drain(settings)
    (letter,) = hf.service.dead_letters()
    fewer = settings.model_copy(update={"shards": 1})
    with Holdfast(fewer) as other:
        session = other.start("u", session_id="not-yet")
        other.service.retry_dead_letter(letter.key)
        testing.drain(fewer)
        assert contents(session) == ["early"]


def test_a_full_redis_refuses_what_is_new_and_is_drained_all_the_same(settings: Settings, tmp_path: Path) -> None:
    redis = EmbeddedRedis(tmp_path / "redis")
    redis.start()
    try:
        full = settings.model_copy(update={"redis_url": redis.url})
        with Holdfast(full) as hf:
            session = hf.start("u")
            server: Any = hf.publisher.redis
            session.publish(*[said("x" * 10_000) for _ in range(50)])
            server.config_set("maxmemory", server.info("memory")["used_memory"])
            with pytest.raises(StreamUnavailable, match="Redis refused"):
                session.publish(said("one more"))
            command = [sys.executable, "-m", "holdfast.interfaces.command", "drain"]
            done = subprocess.run(command, env=environment(full), capture_output=True, text=True, check=True)
            assert done.stdout == "Nothing waits in Redis.\n"
            assert len(contents(session)) == 50
            session.publish(said("room again"))
    finally:
        redis.stop()


def test_a_trim_that_is_refused_ends_the_drain_and_not_the_log(
    hf: Holdfast, ingest: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = hf.start("u")
    session.publish(said("a"))

    def refuse(*_: object) -> None:
        raise StreamUnavailable("Redis refused while trimming a stream")

    with monkeypatch.context() as patch:
        patch.setattr(Reader, "trim", refuse)
        with pytest.raises(StreamUnavailable, match="trimming"):
            ingest.drain(shard_of(hf, session), seconds=5)
    assert contents(session) == ["a"]
    assert drained(hf, ingest, session) == ["a"]
