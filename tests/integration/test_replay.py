"""Replay: recordings through the real thing, and the log checked against them."""

import gzip
import json
import multiprocessing
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from command import Command, Said
from holdfast.client import Holdfast
from holdfast.config import Settings
from holdfast.embedded import EmbeddedPostgres, EmbeddedRedis
from holdfast.errors import HoldfastError, StoreUnavailable, StreamUnavailable, Unavailable
from holdfast.pipeline.ingest import Ingest
from holdfast.replay.replay import replay
from holdfast.replay.report import Report
from holdfast.replay.waiting import Patience
from holdfast.testing import wait_until
from writing import drain, said

DATA = Path(__file__).parents[3] / "shared" / "data"
recorded = pytest.mark.skipif(
    not (DATA / "tau2_support.jsonl.gz").exists(), reason="the recorded conversations are not here"
)

ALONE = ["replay", "--publishers", "1"]
"""A replay whose publisher is one process: starting it is most of the time that such a test takes."""

Messages = list[dict[str, Any]]

CALL = {"id": "c1", "name": "weather", "arguments": {"city": "Paris", "days": [1, 2]}}


@contextmanager
def worker(ingest: Ingest) -> Iterator[None]:
    """A thread in the place of a worker, which outlasts servers that are away."""
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.02):
            try:
                drain(ingest)
            except Unavailable:
                ingest.reader.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.fixture
def working(ingest: Ingest) -> Iterator[None]:
    with worker(ingest):
        yield


@pytest.fixture
def holdfast(settings: Settings) -> Command:
    return Command(settings)


class Heard:
    """Who is told how a replay goes, and remembers."""

    def __init__(self) -> None:
        self.notices: list[str] = []
        self.done = {"published": 0, "committed": 0, "checked": 0}

    def progress(self, stage: str, done: int, total: int) -> None:
        assert done <= total
        self.done[stage] = done

    def notice(self, text: str) -> None:
        self.notices.append(text)

    def wait_for_commits(self, number: int) -> None:
        enough = self.done["committed"] + number
        wait_until(lambda: self.done["committed"] > enough, what=f"{number} more commits")

    def wait_for_notice(self) -> None:
        enough = len(self.notices)
        wait_until(lambda: len(self.notices) > enough, what="a notice")


def message(content: str, **more: Any) -> dict[str, Any]:
    return {"role": "user", "content": content, **more}


def conversation(session_id: str, *messages: dict[str, Any]) -> dict[str, Any]:
    return {"session_id": session_id, "user_id": "u", "messages": list(messages)}


def trip(session_id: str) -> dict[str, Any]:
    return conversation(
        session_id,
        message("Plan a trip", timestamp="2025-08-01T16:20:44.335657"),
        {"role": "assistant", "content": None, "tool_calls": [CALL], "timestamp": "2025-08-01T18:20:45+02:00"},
        {"role": "tool", "content": "rain", "tool_call_id": "c1", "name": "weather"},
        message("yes"),
        message("yes"),
        message("thanks", unknown={"kept": True}),
    )


def written(path: Path, *conversations: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in conversations))
    return path


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return written(tmp_path / "trips.jsonl", *(trip(f"trip-{number}") for number in range(6)))


def changed(recording: Path, change: Callable[[Messages], object]) -> Path:
    """A copy of the recording in which `change` was done to the messages of its second conversation."""
    conversations = [json.loads(line) for line in recording.read_text().splitlines()]
    change(conversations[1]["messages"])
    return written(recording.with_name("changed.jsonl"), *conversations)


def report_of(told: Said) -> dict[str, Any]:
    (report,) = told.lines
    return report


def found(report: dict[str, Any]) -> dict[str, int]:
    kinds = ("missing", "extra", "altered", "out_of_order", "damaged")
    return {kind: report[kind] for kind in kinds if report[kind]}


@recorded
@pytest.mark.promise(1)
@pytest.mark.usefixtures("working")
def test_recorded_conversations_come_out_as_they_went_in(holdfast: Command) -> None:
    told = holdfast("replay", "--json", DATA / "tau_airline.jsonl.gz", DATA / "tau2_support.jsonl.gz")
    report = report_of(told)
    assert (told.code, report["ok"], found(report)) == (0, True, {})
    assert (report["sessions"], report["messages"], report["tool_calls"], report["verified"]) == (260, 8056, 2001, 260)
    assert told.err == ""


@recorded
@pytest.mark.usefixtures("working")
def test_a_copy_that_was_tampered_with_is_found_out(holdfast: Command, tmp_path: Path) -> None:
    copy = tmp_path / "copy.jsonl"
    with gzip.open(DATA / "tau2_support.jsonl.gz", "rb") as source, copy.open("wb") as target:
        shutil.copyfileobj(source, target)
    assert holdfast("replay", "--publishers", 2, "--batch", 50, copy).code == 0
    lines = copy.read_text().splitlines()
    conversations = [json.loads(line) for line in lines]
    conversations[3]["messages"][4]["content"] += " "
    del conversations[7]["messages"][2]
    swapped = conversations[11]["messages"]
    swapped[5], swapped[6] = swapped[6], swapped[5]
    calls = next(one for one in conversations[20]["messages"] if one.get("tool_calls"))
    calls["tool_calls"][0]["arguments"]["more"] = 1
    report = report_of(holdfast("replay", "--check-only", "--json", written(copy, *conversations)))
    assert found(report) == {"altered": 2, "extra": 1, "out_of_order": 1}
    where = {(one["kind"], one["place"]) for one in report["differences"]}
    assert where == {
        ("altered", f"{copy}:4"),
        ("extra", f"{copy}:8"),
        ("out_of_order", f"{copy}:12"),
        ("altered", f"{copy}:21"),
    }


@pytest.mark.promise(3)
@pytest.mark.usefixtures("working")
def test_replaying_twice_commits_nothing_twice(holdfast: Command, hf: Holdfast, recording: Path) -> None:
    first = report_of(holdfast("replay", "--json", "--batch", 4, "--publishers", 2, recording))
    second = report_of(holdfast(*ALONE, "--json", recording))
    assert (first["ok"], first["resumed"]) == (True, 0)
    assert (second["ok"], second["resumed"]) == (True, 6)
    assert [session.events for session in hf.sessions().items] == [7] * 6
    event = hf.session("trip-0").events()[2]
    assert event.occurred_at.isoformat() == "2025-08-01T16:20:45+00:00"
    assert event.actor == "assistant"


@pytest.mark.usefixtures("working")
def test_a_replay_that_stopped_half_way_is_taken_up(holdfast: Command, recording: Path) -> None:
    half = [json.loads(line) for line in recording.read_text().splitlines()][:3]
    half[2]["messages"] = half[2]["messages"][:2]
    assert holdfast(*ALONE, written(recording.with_name("half.jsonl"), *half)).code == 0
    report = report_of(holdfast(*ALONE, "--json", recording))
    assert (report["ok"], report["resumed"], report["messages"]) == (True, 3, 36)


@pytest.mark.usefixtures("working")
def test_a_prefix_makes_new_sessions_of_the_same_file(holdfast: Command, hf: Holdfast, recording: Path) -> None:
    assert holdfast(*ALONE, recording).code == 0
    told = holdfast(*ALONE, "--prefix", "monday-", recording)
    assert told.code == 0
    assert "hash chains verify" in told.out
    assert len(hf.sessions().items) == 12
    assert hf.session("monday-trip-0").events()[0].data["recorded_as"] == "trip-0"


CHANGES: list[tuple[Callable[[Messages], object], str, int]] = [
    (lambda messages: messages.insert(2, message("never said")), "missing", 1),
    (lambda messages: messages.pop(2), "extra", 1),
    (lambda messages: messages.pop(), "extra", 1),
    (lambda messages: messages[0].update(content="Plan nothing"), "altered", 1),
    (lambda messages: messages[0].update(role="system"), "altered", 1),
    (lambda messages: messages[0].update(timestamp="2025-08-01T16:20:44.335658"), "altered", 1),
    (lambda messages: messages[1].update(tool_calls=[{**CALL, "arguments": {"city": "Rome"}}]), "altered", 1),
    (lambda messages: messages[1].update(tool_calls=[{**CALL, "id": "c2"}]), "altered", 1),
    (lambda messages: messages[1].update(tool_calls=[{**CALL, "name": "map"}]), "altered", 1),
    (lambda messages: messages[2].update(tool_call_id="c2"), "altered", 1),
    (lambda messages: messages[2].pop("name"), "altered", 1),
    (lambda messages: messages[5].update(unknown=None), "altered", 1),
    (lambda messages: messages.insert(0, messages.pop(2)), "out_of_order", 1),
    (lambda messages: messages.reverse(), "out_of_order", 4),
]


@pytest.mark.usefixtures("working")
def test_every_difference_is_found(holdfast: Command, recording: Path) -> None:
    assert holdfast(*ALONE, recording).code == 0
    for change, kind, count in CHANGES:
        copy = changed(recording, change)
        told = holdfast("replay", "--check-only", "--json", copy)
        report = report_of(told)
        assert (told.code, report["ok"], found(report)) == (6, False, {kind: count})
        assert {one["place"] for one in report["differences"]} == {f"{copy}:2"}
        shown = holdfast("replay", "--check-only", copy)
        assert shown.code == 6
        assert f"{count} {kind.replace('_', ' ')}" in shown.out
        assert f"{copy}:2" in shown.out


def test_a_log_that_was_never_filled_lacks_everything(holdfast: Command, recording: Path) -> None:
    told = holdfast("replay", "--check-only", recording)
    assert told.code == 6
    assert "36 missing" in told.out
    assert "… and 16 more" in told.out
    assert "dead-letters list" in told.err


@pytest.mark.usefixtures("working")
def test_a_log_that_was_changed_behind_our_back_is_damaged(holdfast: Command, recording: Path, engine: Engine) -> None:
    assert holdfast(*ALONE, recording).code == 0
    with engine.begin() as connection:
        where = "WHERE seq = 5 AND session_key = (SELECT key FROM sessions WHERE id = 'trip-3')"
        connection.execute(text(f"""UPDATE events SET data = '{{"role":"user","content":"no"}}' {where}"""))
        connection.execute(text("UPDATE sessions SET user_id = 'somebody' WHERE id = 'trip-4'"))
    report = report_of(holdfast("replay", "--check-only", "--json", recording))
    assert found(report) == {"altered": 2, "damaged": 1}
    assert report["verified"] == 5
    details = {one["session_id"]: one["detail"] for one in report["differences"] if one["message"] is None}
    assert details["trip-4"] == "the session is of user 'somebody', the recording of 'u'"
    assert "was altered" in details["trip-3"]


@pytest.mark.usefixtures("working")
def test_what_the_log_refuses_is_missing_and_ends_the_wait(holdfast: Command, hf: Holdfast, recording: Path) -> None:
    assert holdfast(*ALONE, recording).code == 0
    hf.session("trip-1").append({"type": "session.closed", "data": {}})
    longer = changed(recording, lambda messages: messages.append(message("one more")))
    told = holdfast(*ALONE, "--json", longer)
    assert (told.code, found(report_of(told))) == (6, {"missing": 1})


def test_a_session_that_something_else_began_is_left_alone(holdfast: Command, hf: Holdfast, recording: Path) -> None:
    hf.start("u", session_id="trip-4").append(said("mine"))
    told = holdfast(*ALONE, recording)
    assert told.code == 4
    assert told.err.startswith(f"error: {recording}:5: session 'trip-4' is there already")
    assert nothing_waits(hf)


def test_a_malformed_line_is_named_before_anything_is_published(
    holdfast: Command, hf: Holdfast, recording: Path
) -> None:
    bad = recording.with_name("bad.jsonl")
    bad.write_text('{"session_id": "x", "user_id": "u", "messages": [{"role": "user"}]}\n')
    told = holdfast("replay", recording, bad)
    assert (told.code, told.out) == (2, "")
    assert told.err == f"error: {bad}:1: messages[0].content: is missing; null says that there is none\n"
    assert nothing_waits(hf)
    for speed in ("0", "-1", "nan", "1e9"):
        told = holdfast("replay", recording, "--speed", speed)
        assert (told.code, "error: --speed: must be above 0" in told.err) == (2, True)


def nothing_waits(hf: Holdfast) -> bool:
    return not any(hf.publisher.redis.xlen(hf.publisher.keys.stream(shard)) for shard in range(hf.settings.shards))


def test_without_a_worker_it_says_so_and_gives_up(
    holdfast: Command, recording: Path, monkeypatch: pytest.MonkeyPatch, ingest: Ingest
) -> None:
    monkeypatch.setattr("holdfast.replay.waiting.STALL_SECONDS", 0.3)
    told = holdfast(*ALONE, "--timeout", 1, recording)
    assert told.code == 5
    notice, error = told.err.splitlines()
    assert notice == "no worker has drained anything for 0 s: is `holdfast up` running?"
    assert error.startswith("error: 42 of 42 events were not committed, and nothing has moved for 1 s")
    with worker(ingest):
        assert holdfast(*ALONE, recording).code == 0


@pytest.mark.usefixtures("working")
def test_it_is_paced_by_recorded_time(holdfast: Command, hf: Holdfast, tmp_path: Path) -> None:
    at = "2025-08-01T16:20:{:09.6f}".format
    early = conversation("early", message("a", timestamp=at(10)), message("b", timestamp=at(14)))
    late = conversation("late", message("c", timestamp=at(12)), message("d"))
    path = written(tmp_path / "timed.jsonl", early, late)
    told = holdfast("replay", "--json", "--speed", 2, "--publishers", 1, path)
    report = report_of(told)
    assert report["ok"]
    assert 2.0 <= report["published_seconds"] < 6
    assert told.err == (
        "1 of 4 messages do not say when it was recorded; what has no time is published without waiting\n"
    )
    recorded_at = {
        message.content: event.recorded_at
        for name in ("early", "late")
        for message, event in zip(hf.session(name).messages(), hf.session(name).events()[1:], strict=True)
    }
    assert recorded_at["a"] < recorded_at["c"] <= recorded_at["d"] < recorded_at["b"]


@pytest.mark.usefixtures("working")
def test_what_has_no_times_is_not_paced_and_it_says_so(holdfast: Command, tmp_path: Path) -> None:
    path = written(tmp_path / "untimed.jsonl", conversation("s", message("a"), message("b")))
    told = holdfast(*ALONE, "--speed", 0.001, path)
    assert told.code == 0
    assert told.err.startswith("none of the messages says when it was recorded")


def paced(path: Path, seconds: float) -> Path:
    """A recording of six sessions that takes so long at real speed."""
    at = "2025-08-01T16:20:{:09.6f}".format
    return written(
        path,
        *(
            conversation(f"s-{n}", *(message(f"{n} {i}", timestamp=at(seconds * i / 40 + n / 1000)) for i in range(41)))
            for n in range(6)
        ),
    )


class Replay:
    """A replay in a thread, at real speed."""

    def __init__(self, hf: Holdfast, path: Path, timeout: float = 60.0) -> None:
        self.heard = Heard()
        self.report: Report | None = None
        self.error: HoldfastError | None = None
        self._thread = threading.Thread(target=self._run, args=(hf, path, timeout))
        self._thread.start()

    def _run(self, hf: Holdfast, path: Path, timeout: float) -> None:
        try:
            self.report = replay(hf, [path], watch=self.heard, publishers=3, speed=1.0, timeout=timeout)
        except HoldfastError as error:
            self.error = error

    def join(self) -> None:
        self._thread.join(60)
        assert not self._thread.is_alive()


@pytest.mark.promise(1)
@pytest.mark.usefixtures("working")
def test_servers_that_die_meanwhile_cost_nothing_but_time(
    hf: Holdfast, tmp_path: Path, redis_server: EmbeddedRedis, postgres_server: EmbeddedPostgres
) -> None:
    going = Replay(hf, paced(tmp_path / "paced.jsonl", 3.0))
    try:
        for server in (redis_server, postgres_server):
            going.heard.wait_for_commits(20)
            server.kill()
            try:
                going.heard.wait_for_notice()
            finally:
                server.start()
    finally:
        going.join()
    assert going.error is None
    assert going.report
    assert going.report.ok
    assert going.report.messages == 6 * 41
    assert any(notice.startswith("Redis") and notice.endswith("trying again") for notice in going.heard.notices)
    assert any(notice.startswith("Postgres did not answer") for notice in going.heard.notices)
    assert set(going.heard.done.values()) == {6 * 42}


@pytest.mark.usefixtures("working")
def test_redis_that_stays_away_ends_it(hf: Holdfast, tmp_path: Path, redis_server: EmbeddedRedis) -> None:
    going = Replay(hf, paced(tmp_path / "paced.jsonl", 3.0), timeout=1.0)
    try:
        going.heard.wait_for_commits(20)
        redis_server.kill()
        going.join()
    finally:
        redis_server.start()
    assert isinstance(going.error, StreamUnavailable)


@pytest.mark.usefixtures("working")
def test_a_publisher_that_is_killed_is_an_error_that_says_so(hf: Holdfast, tmp_path: Path) -> None:
    going = Replay(hf, paced(tmp_path / "paced.jsonl", 3.0))
    going.heard.wait_for_commits(20)
    one = next(process for process in multiprocessing.active_children() if process.name == "publisher-1")
    one.kill()
    going.join()
    assert str(going.error) == "publisher-1 ended by itself (status -9) before its work was done"
    assert not [each for each in multiprocessing.active_children() if each.name.startswith("publisher-")]


def test_patience_has_an_end() -> None:
    heard, calls = Heard(), 0

    def away() -> None:
        nonlocal calls
        calls += 1
        raise StoreUnavailable("Postgres did not answer: gone")

    begun = time.monotonic()
    with pytest.raises(StoreUnavailable):
        Patience(0.2, heard).call(away)
    assert time.monotonic() - begun < 5
    assert calls == 2
    assert heard.notices == ["Postgres did not answer: gone; trying again"]
