"""The spool: a file keeps the events while Redis is down, and gives them up in order, and once, when it is back."""

import fcntl
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.embedded import EmbeddedRedis
from holdfast.errors import InvalidInput, StreamUnavailable
from holdfast.stream import spool as spool_module
from holdfast.testing import drain, wait_until
from processes import environment
from writing import contents, said

PUBLISHER = "import holdfast, sys; hf = holdfast.connect(); s = hf.session('{id}'); {then}"


@pytest.fixture(scope="module")
def mortal_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedRedis]:
    server = EmbeddedRedis(tmp_path_factory.mktemp("mortal-redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def spooling(settings: Settings, mortal_redis: EmbeddedRedis, tmp_path: Path) -> Iterator[Settings]:
    """Settings with a spool, and a Redis that the test may kill."""
    mortal_redis.start()
    yield settings.model_copy(update={"redis_url": mortal_redis.url, "spool": tmp_path / "spool"})
    mortal_redis.start()


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that empties the spool does not come to it: what is kept stays until somebody flushes."""
    monkeypatch.setattr(spool_module, "RETRY_SECONDS", 3600.0)


def size(settings: Settings) -> int:
    return (settings.spool or Path()).stat().st_size


def all_of(settings: Settings, session: Session) -> list[object]:
    drain(settings)
    return contents(session)


@pytest.mark.promise(1)
def test_events_are_kept_while_redis_is_down_and_flushed_in_order_when_it_is_back(
    spooling: Settings, mortal_redis: EmbeddedRedis
) -> None:
    with Holdfast(spooling) as hf:
        session = hf.start("u")
        session.publish(said("before"))
        mortal_redis.kill()
        assert len(session.publish(said("a"), said("b"))) == 2
        session.publish(said("c"))
        assert size(spooling)
        mortal_redis.start()
        session.publish(said("behind"))
        wait_until(lambda: size(spooling) == 0, what="the spool is empty")
        session.publish(said("after"))
        assert all_of(spooling, session) == ["before", "a", "b", "c", "behind", "after"]
        assert hf.service.dead_letters() == []


@pytest.mark.promise(1)
@pytest.mark.usefixtures("kept")
def test_what_a_process_kept_and_died_over_is_sent_by_the_next(spooling: Settings, mortal_redis: EmbeddedRedis) -> None:
    with Holdfast(spooling.model_copy(update={"spool": None})) as hf:
        session = hf.start("u")
        mortal_redis.kill()
        dies = PUBLISHER.format(id=session.id, then="s.publish(*map(str.strip, sys.stdin)); import os; os._exit(1)")
        events = '{"type": "message.added", "data": {"role": "user", "content": "%s"}}\n'
        for name in ("first", "second"):
            command = [sys.executable, "-c", dies]
            died = subprocess.run(command, env=environment(spooling), input=events % name, text=True, check=False)
            assert died.returncode == 1
        mortal_redis.start()
        with Holdfast(spooling) as after:
            assert after.flush()
        assert all_of(spooling, session) == ["first", "second"]


@pytest.mark.promise(1)
def test_a_new_client_empties_the_spool_that_it_finds_without_being_asked(
    spooling: Settings, mortal_redis: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    hf = Holdfast(spooling)
    session = hf.start("u")
    mortal_redis.kill()
    session.publish(said("left"))
    hf.close()
    monkeypatch.setattr(spool_module, "RETRY_SECONDS", 0.01)
    mortal_redis.start()
    with Holdfast(spooling) as after:
        wait_until(lambda: size(spooling) == 0, what="the spool is empty")
        assert all_of(spooling, Session(after, session.id, "agent")) == ["left"]


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("rest", [b'["default", [[{"id"', b'["default", []]'])
def test_a_line_that_a_crash_cut_off_was_never_accepted_and_does_no_harm(
    spooling: Settings, mortal_redis: EmbeddedRedis, rest: bytes
) -> None:
    path = spooling.spool or Path()
    with Holdfast(spooling) as hf:
        session = hf.start("u")
        path.write_bytes(rest)
        session.publish(said("on top of the rest alone"))
        assert hf.flush()
        mortal_redis.kill()
        session.publish(said("whole"))
        with path.open("ab") as file:
            file.write(rest)
        session.publish(said("behind the rest"))
        mortal_redis.start()
        assert hf.flush()
        assert all_of(spooling, session) == ["on top of the rest alone", "whole", "behind the rest"]


@pytest.mark.usefixtures("kept")
def test_a_line_that_cannot_be_read_is_put_aside_and_holds_up_nothing(
    spooling: Settings, mortal_redis: EmbeddedRedis, caplog: pytest.LogCaptureFixture
) -> None:
    path = spooling.spool or Path()
    with Holdfast(spooling) as hf:
        session = hf.start("u")
        mortal_redis.kill()
        session.publish(said("before"))
        with path.open("ab") as file:
            file.write(b"\0\0\0\n[1]\n" + b'["default", [[{"id": "x"}, "{}"]]]\n')
        session.publish(said("behind"))
        mortal_redis.start()
        session.append(said("and on"))
        assert contents(session) == ["before", "behind", "and on"]
    assert path.with_name("spool.unreadable").read_bytes().splitlines()[:2] == [b"\0\0\0", b"[1]"]
    assert sum("spool.unreadable" in record.message for record in caplog.records) == 3


@pytest.mark.usefixtures("kept")
def test_two_processes_share_a_file(spooling: Settings, mortal_redis: EmbeddedRedis) -> None:
    with Holdfast(spooling) as hf:
        session = hf.start("u")
        mortal_redis.kill()
        publish = "[s.publish({{'type': 'custom.x', 'data': {{'who': '{name}', 'n': n}}}}) for n in range(30)]"
        running = [
            subprocess.Popen(
                [sys.executable, "-c", PUBLISHER.format(id=session.id, then=publish.format(name=name))],
                env=environment(spooling),
            )
            for name in "ab"
        ]
        assert [each.wait(30) for each in running] == [0, 0]
        mortal_redis.start()
        assert hf.flush()
        drain(spooling)
        events = session.events(after=1)
    for name in "ab":
        assert [event.data["n"] for event in events if event.data["who"] == name] == list(range(30))


@pytest.mark.usefixtures("kept")
def test_who_writes_to_the_file_waits_for_who_is_at_it(spooling: Settings, mortal_redis: EmbeddedRedis) -> None:
    path = spooling.spool or Path()
    with Holdfast(spooling) as hf, ThreadPoolExecutor(1) as pool:
        session = hf.start("u")
        mortal_redis.kill()
        session.publish(said("first"))
        line = path.read_bytes()
        with path.open("r+b", buffering=0) as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            other.seek(0, 2)
            other.write(line[:50])
            waiting = pool.submit(session.publish, said("second"))
            with pytest.raises(TimeoutError):
                waiting.result(0.3)
            other.write(line[50:])
        waiting.result(10)
        lines = path.read_bytes().splitlines(keepends=True)
        assert (lines[:2], len(lines)) == ([line, line], 3)
        mortal_redis.start()
        assert hf.flush()
        assert all_of(spooling, session) == ["first", "second"]


@pytest.mark.usefixtures("kept")
def test_an_append_goes_behind_what_is_kept_or_not_at_all(spooling: Settings, mortal_redis: EmbeddedRedis) -> None:
    with Holdfast(spooling) as hf:
        session = hf.start("u")
        mortal_redis.kill()
        session.publish(said("kept"))
        with pytest.raises(StreamUnavailable, match="nothing may overtake") as caught:
            session.append(said("appended"))
        with pytest.raises(StreamUnavailable, match="nothing may overtake"), session.lease("a"):
            pass
        mortal_redis.start()
        session.append(*caught.value.events)
        assert contents(session) == ["kept", "appended"]


@pytest.mark.promise(1)
def test_what_is_kept_just_when_the_thread_has_emptied_the_file_is_not_forgotten(
    spooling: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool_module, "RETRY_SECONDS", 0.01)
    with Holdfast(spooling) as hf:
        session = hf.start("u")
        spool = hf._spool
        assert spool is not None
        publish, flush = hf.publisher.publish, spool.flush
        down = threading.Event()

        def refuse(*args: object, **kwargs: object) -> object:
            if down.is_set():
                raise StreamUnavailable("Redis is down for a moment")
            return publish(*args, **kwargs)  # type: ignore[arg-type]  # passed through

        def flush_and_meet_another() -> bool:
            emptied = flush()
            if emptied and not refused:
                down.set()
                refused.append(session.publish(said("second")))
                down.clear()
            return emptied

        refused: list[object] = []
        monkeypatch.setattr(hf.publisher, "publish", refuse)
        monkeypatch.setattr(spool, "flush", flush_and_meet_another)
        down.set()
        session.publish(said("first"))
        down.clear()
        wait_until(lambda: refused and size(spooling) == 0, seconds=10, what="it is emptied")
        assert all_of(spooling, session) == ["first", "second"]


def test_a_spool_that_cannot_be_opened_is_no_hindrance_while_redis_is_there(
    spooling: Settings, mortal_redis: EmbeddedRedis, tmp_path: Path
) -> None:
    (tmp_path / "place").mkdir()
    with Holdfast(spooling.model_copy(update={"spool": tmp_path / "place" / "spool"})) as hf:
        session = hf.start("u")
        (tmp_path / "place").rmdir()
        session.publish(said("straight"))
        session.append(said("on"))
        assert contents(session) == ["straight", "on"]
        mortal_redis.kill()
        with pytest.raises(StreamUnavailable, match=r"Redis could not be reached.*; and the spool .* cannot be opened"):
            session.publish(said("lost"))


@pytest.mark.parametrize("path", ["", "missing/spool"])
def test_a_spool_that_can_never_be_one_is_refused_when_connecting(
    spooling: Settings, tmp_path: Path, path: str
) -> None:
    with pytest.raises(InvalidInput, match="spool: "):
        Holdfast(spooling.model_copy(update={"spool": tmp_path / path}))


@contextmanager
def small_disk(at: Path) -> Iterator[Path]:
    at.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", at], capture_output=True, check=False
    ).returncode:
        pytest.skip("a small disk can only be mounted by root")
    try:
        yield at
    finally:
        subprocess.run(["umount", "--lazy", at], check=True)


@pytest.mark.usefixtures("kept")
def test_a_full_disk_is_told_and_what_was_kept_before_stays_whole(
    spooling: Settings, mortal_redis: EmbeddedRedis, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk") as disk, Holdfast(spooling.model_copy(update={"spool": disk / "spool"})) as hf:
        session = hf.start("u")
        mortal_redis.kill()
        with pytest.raises(
            StreamUnavailable, match=r"Redis could not be reached.*; and the spool .* cannot be written"
        ):
            session.publish(said("x" * 100_000))
        session.publish(said("fits"))
        with pytest.raises(StreamUnavailable, match=r"the spool .* cannot be written: .*No space left") as caught:
            session.publish(said("y" * 100_000))
        session.publish(said("fits too"))
        mortal_redis.start()
        session.append(*caught.value.events)
        assert [str(content)[:8] for content in contents(session)] == ["fits", "fits too", "yyyyyyyy"]
