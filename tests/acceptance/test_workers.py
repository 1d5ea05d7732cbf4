"""Real workers: what a kill leaves, what a server that is away does, what the logs and Flower say."""

import json
import os
import signal
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.embedded import EmbeddedPostgres, EmbeddedRedis
from holdfast.store.migrations import upgrade
from holdfast.testing import wait_until
from processes import CELERY, Process, beat, ended, worker


def said(text: str) -> dict[str, object]:
    return {"type": "message.added", "data": {"role": "user", "content": text}}


def contents(session: Session) -> list[Any]:
    return [message.content for message in session.messages()]


def committed(session: Session, number: int) -> Callable[[], bool]:
    return lambda: len(session.messages()) == number


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    """A Redis of the test's own, to be killed."""
    server = EmbeddedRedis(tmp_path / "redis")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """A Postgres of the test's own, to be killed."""
    server = EmbeddedPostgres(tmp_path / "postgres")
    server.start()
    upgrade(server.url)
    yield server
    server.stop()


def waiting(hf: Holdfast) -> int:
    keys = hf.publisher.keys
    return sum(hf.publisher.redis.xlen(keys.stream(shard)) for shard in range(keys.shards))


@pytest.mark.promise(1)
def test_a_worker_that_is_killed_costs_a_repeat_and_never_a_gap(
    settings: Settings, hf: Holdfast, tmp_path: Path
) -> None:
    session = hf.start("u")
    with ended(first := worker(settings, tmp_path, "first"), beat(settings, tmp_path)):
        session.publish(said("0"))
        wait_until(committed(session, 1), what="the first commit")
        for number in range(1, 400):
            session.publish(said(str(number)))
            if number == 200:
                first.kill()
        with ended(worker(settings, tmp_path, "second")):
            wait_until(committed(session, 400), what="every commit")
    assert contents(session) == [str(number) for number in range(400)]
    assert session.verify() == 401


@pytest.mark.promise(1)
def test_what_waited_while_no_worker_was_there_is_drained_without_a_beat(
    settings: Settings, hf: Holdfast, tmp_path: Path
) -> None:
    session = hf.start("u")
    session.publish(*[said(str(number)) for number in range(50)])
    # Long ago: the message that rang is lost, and its bell has run out.
    keys = hf.publisher.keys
    hf.publisher.redis.delete(f"{settings.prefix}ingest", keys.bell(keys.shard(session.id)))
    with ended(worker(settings, tmp_path)):
        wait_until(committed(session, 50), what="the backlog's commit")


def test_publishing_goes_on_while_postgres_is_away_and_the_backlog_drains_when_it_is_back(
    redis: EmbeddedRedis, postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    settings = Settings.load(redis_url=redis.url, database_url=postgres.url)
    with Holdfast(settings) as hf:
        session = hf.start("u")
        with ended(process := worker(settings, tmp_path)):
            session.publish(said("before"))
            wait_until(committed(session, 1), what="the commit before")
            postgres.kill()
            for number in range(100):
                session.publish(said(str(number)))
            # At 0, 1, 3, 7 and 12 seconds: the drain outlives the message that called it, and needs no beat.
            wait_until(lambda: process.text().count("Postgres did not answer") >= 5, what="a drain that comes back")
            assert waiting(hf) == 100
            postgres.start()
            wait_until(committed(session, 101), what="the backlog's commit")
            assert waiting(hf) == 0
        assert contents(session) == ["before", *map(str, range(100))]
        assert "Traceback" not in process.text(), "a server that is away is news, not a defect"


def test_workers_find_redis_again(redis: EmbeddedRedis, postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    settings = Settings.load(redis_url=redis.url, database_url=postgres.url)
    with Holdfast(settings) as hf:
        session = hf.start("u")
        with ended(worker(settings, tmp_path), beat(settings, tmp_path)):
            session.publish(said("before"))
            wait_until(committed(session, 1), what="the commit before")
            redis.kill()
            redis.start()
            session.publish(said("after"))
            wait_until(committed(session, 2), what="the commit after")


def test_a_flood_costs_a_handful_of_tasks(settings: Settings, hf: Holdfast, tmp_path: Path) -> None:
    session = hf.start("u")
    for number in range(500):
        session.publish(said(str(number)))
    assert hf.publisher.redis.llen(f"{settings.prefix}ingest") == 1
    with ended(worker(settings, tmp_path)):
        wait_until(committed(session, 500), what="every commit")


@pytest.mark.promise(3)
def test_two_beats_at_once_do_no_harm(settings: Settings, hf: Holdfast, tmp_path: Path) -> None:
    settings = settings.model_copy(update={"idle_after": 0.2})
    with Holdfast(settings) as quick:
        quiet = [quick.start("u") for _ in range(10)]
    with ended(worker(settings, tmp_path), beat(settings, tmp_path, "beat-1"), beat(settings, tmp_path, "beat-2")):
        wait_until(lambda: len(hf.sessions(status="paused").items) == 10, what="ten pauses")
    for session in quiet:
        types = [event.type for event in hf.session(session.id).events()]
        assert types == ["session.started", "session.paused"]


def test_each_line_of_work_for_a_session_carries_its_id(settings: Settings, hf: Holdfast, tmp_path: Path) -> None:
    settings = settings.model_copy(update={"idle_after": 0.2, "log_format": "json"})
    with Holdfast(settings) as quick:
        session = quick.start("u")
        with quick.session(session.id).lease("holder"):
            Session(quick, session.id, "stranger").publish(said("without the lease"))
            with ended(process := worker(settings, tmp_path), beat(settings, tmp_path)):
                wait_until(hf.service.dead_letters, what="the refusal")
                wait_until(lambda: hf.sessions(status="paused").items, what="the pause")
                wait_until(lambda: "session.paused" in process.text(), what="the line about the pause")
    lines = [json.loads(line) for line in process.text().splitlines() if line.startswith("{")]
    ours = {line["event"]: line for line in lines if line["event"] in {"event.refused", "session.paused"}}
    assert {line["session_id"] for line in ours.values()} == {session.id}
    assert set(ours) == {"event.refused", "session.paused"}


def test_flower_shows_workers_and_tasks_to_those_who_know_the_password(
    settings: Settings, hf: Holdfast, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    port = free_port()
    password = "open sesame"
    flower = [*CELERY, "flower", "--address=127.0.0.1", f"--port={port}", f"--basic-auth=holdfast:{password}"]
    headers = {"Authorization": "Basic " + b64encode(f"holdfast:{password}".encode()).decode()}

    def get(path: str, headers: dict[str, str]) -> Any:
        with urllib.request.urlopen(
            urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
        ) as answer:
            return json.load(answer)

    def seen() -> bool:
        try:
            workers, tasks = get("/api/workers?refresh=1", headers), get("/api/tasks", headers)
        except (urllib.error.URLError, ConnectionError):
            return False  # not listening yet
        return bool(workers) and any(task["name"] == "holdfast.drain" for task in tasks.values())

    session = hf.start("u")
    with ended(worker(settings, tmp_path), Process("flower", flower, settings, tmp_path), beat(settings, tmp_path)):

        def worked_and_seen() -> bool:
            session.publish(said("work"))
            return seen()

        wait_until(worked_and_seen, seconds=60, what="Flower's sight of a worker and a drain")
        with pytest.raises(urllib.error.HTTPError, match="401"):
            get("/api/workers", {})


def test_a_worker_that_is_asked_to_stop_finishes_its_work(settings: Settings, hf: Holdfast, tmp_path: Path) -> None:
    session = hf.start("u")
    with ended(process := worker(settings, tmp_path)):
        session.publish(said("0"))
        wait_until(committed(session, 1), what="the first commit")
        session.publish(*[said(str(number)) for number in range(1, 500)])
        assert process.stop() == 0
    assert waiting(hf) in {0, 499}, "a round is whole or not at all"


@pytest.mark.promise(1)
def test_a_drain_that_is_frozen_gives_way(settings: Settings, hf: Holdfast, tmp_path: Path) -> None:
    """A process that stands still holds nothing for ever: publishing goes on, and an append takes its turn."""
    session = hf.start("u")
    with ended(process := worker(settings, tmp_path)):
        session.publish(said("0"))
        wait_until(committed(session, 1), what="the first commit")
        os.killpg(process.pid, signal.SIGSTOP)
        session.publish(said("1"))
        session.append(said("2"))
        assert contents(session) == ["0", "1", "2"]
        os.killpg(process.pid, signal.SIGCONT)


def test_a_worker_whose_pool_hangs_stops_all_the_same(settings: Settings, hf: Holdfast, tmp_path: Path) -> None:
    session = hf.start("u")
    with ended(process := worker(settings, tmp_path)):
        session.publish(said("0"))
        wait_until(committed(session, 1), what="the first commit")
        for child in psutil.Process(process.pid).children():
            child.suspend()
        assert process.stop() == 0
        assert "worker.killed" in process.text()
