"""What the doctor makes of what it sees: each check on its own."""

from typing import Any

import pytest

from holdfast.config import masked
from holdfast.doctor import store, stream, workers
from holdfast.doctor.examination import clocks

HEALTHY = {
    "redis_version": "7.2.4",
    "role": "master",
    "aof_enabled": 1,
    "aof_last_write_status": "ok",
    "aof_last_bgrewrite_status": "ok",
    "maxmemory": 0,
    "maxmemory_policy": "noeviction",
    "used_memory": 2**20,
}
MIB = 2**20


@pytest.mark.parametrize(
    ("changed", "verdict", "found"),
    [
        ({}, "ok", "Redis 7.2.4 at here"),
        ({"valkey_version": "9.1.0"}, "ok", "Valkey 9.1.0 at here"),
        ({"redis_version": "6.2.0"}, "ok", "Redis 6.2.0 at here"),
        ({"redis_version": "6.0.16"}, "ill", "Redis 6.0.16 at here"),
        ({"role": "slave"}, "ill", "Redis 7.2.4 at here, a replica"),
    ],
)
def test_the_version_of_redis(changed: dict[str, Any], verdict: str, found: str) -> None:
    finding = stream.version(HEALTHY | changed, "here")
    assert (finding.verdict, finding.found) == (verdict, found)
    assert bool(finding.advice) == (verdict != "ok")


@pytest.mark.parametrize(
    ("enabled", "fsync", "verdict", "words"),
    [
        (1, "always", "ok", "loses nothing"),
        (1, "everysec", "ok", "up to 2 s"),
        (1, "no", "warning", "30 s"),
        (1, None, "unknown", "not told"),
        (0, "always", "ill", "off"),
    ],
)
def test_the_append_only_file(enabled: int, fsync: str | None, verdict: str, words: str) -> None:
    finding = stream.durability({"aof_enabled": enabled}, fsync)
    assert finding.verdict == verdict
    assert words in finding.found
    assert finding.facts == {"appendonly": bool(enabled), "appendfsync": fsync}


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({}, "ok"),
        ({"maxmemory_policy": "allkeys-lru"}, "ok"),
        ({"maxmemory": 4 * MIB}, "ok"),
        ({"maxmemory": 4 * MIB, "maxmemory_policy": "allkeys-lru"}, "ill"),
        ({"maxmemory": 4 * MIB, "maxmemory_policy": "volatile-ttl"}, "ill"),
        ({"maxmemory": 4 * MIB, "used_memory": 3.9 * MIB}, "warning"),
    ],
)
def test_the_memory_of_redis(changed: dict[str, Any], verdict: str) -> None:
    assert stream.memory(HEALTHY | changed).verdict == verdict


def test_a_disk_that_redis_cannot_write_to() -> None:
    assert stream.writing(HEALTHY).verdict == "ok"
    finding = stream.writing(HEALTHY | {"aof_last_write_status": "err"})
    assert (finding.verdict, finding.found) == ("ill", "aof_last_write_status is err")


@pytest.mark.parametrize(
    ("shards", "verdict", "found"),
    [
        ({}, "ok", "nothing waits in 8 shards"),
        ({1: (3, 0.2), 2: (4, 0.1)}, "ok", "7 events wait in 2 of 8 shards, the oldest for 0 s"),
        ({1: (3, 12.0)}, "warning", "3 events wait in 1 of 8 shards, the oldest for 12 s"),
        ({1: (3, 31.0)}, "ill", "3 events wait in 1 of 8 shards, the oldest for 31 s"),
        ({12: (1, 0.0)}, "ill", "events wait in streams up to 12, and there are 8 shards"),
    ],
)
def test_the_backlog(shards: dict[int, tuple[int, float]], verdict: str, found: str) -> None:
    finding = stream.backlog(shards, 8)
    assert (finding.verdict, finding.found) == (verdict, found)


SHOWN = {
    "server_version": "16.3 (Debian)",
    "server_version_num": "160003",
    "server_encoding": "UTF8",
    "transaction_read_only": "off",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
}


@pytest.mark.parametrize(
    ("changed", "verdict", "found"),
    [
        ({}, "ok", "PostgreSQL 16.3 at here"),
        ({"server_version_num": "140012", "server_version": "14.12"}, "ill", "PostgreSQL 14.12 at here"),
        ({"transaction_read_only": "on"}, "ill", "PostgreSQL 16.3 at here, read-only"),
        ({"server_encoding": "LATIN1"}, "ill", "PostgreSQL 16.3 at here, encoding LATIN1"),
    ],
)
def test_the_version_of_postgres(changed: dict[str, str], verdict: str, found: str) -> None:
    finding = store.version(SHOWN | changed, "here")
    assert (finding.verdict, finding.found) == (verdict, found)


def test_what_postgres_may_lose() -> None:
    assert store.durability(SHOWN).verdict == "ok"
    assert store.durability(SHOWN | {"synchronous_commit": "local"}).verdict == "ok"
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        finding = store.durability(SHOWN | {name: "off"})
        assert (finding.verdict, finding.found) == ("ill", f"{name} off")
        assert f"{name} = on" in finding.advice


def test_timers_and_dead_letters() -> None:
    assert store.timers(0, -12.5, 7).facts == {"overdue": 0, "oldest_seconds": 0.0, "set": 7}
    late = store.timers(2, 31.4, 7)
    assert (late.verdict, late.found) == ("ill", "2 of 7 timers are overdue, the oldest by 31 s")
    assert [store.dead_letters(number).found for number in (0, 7, 10_001)] == ["none", "7", "more than 10,000"]
    assert store.dead_letters(7).verdict == "warning"


def test_queues_that_nobody_consumes() -> None:
    known = ["ingest", "upkeep", "insight"]
    finding = workers.queues({"a@h": {"ingest", "insight"}}, {"ingest", "upkeep"}, known)
    assert (finding.verdict, finding.found) == ("ill", "1 answered: a@h; none consumes upkeep")
    both = workers.queues({"b@h": {"ingest"}, "a@h": {"upkeep"}}, {"ingest", "upkeep"}, known)
    assert (both.verdict, both.found) == ("ok", "2 answered: a@h, b@h; on ingest, upkeep")


def test_beat_is_seen_by_its_ticks() -> None:
    assert workers.beat(2, busy=True).verdict == "ok"
    assert workers.beat(0, busy=True).verdict == "warning"
    assert workers.beat(0, busy=False).verdict == "ill"


def test_clocks_that_differ() -> None:
    assert clocks({}).verdict == "unknown"
    assert clocks({"Redis": 0.9, "Postgres": -0.9}).found == "Redis and Postgres within 1 s of this machine"
    finding = clocks({"Redis": 12.34, "Postgres": -3600.0})
    assert finding.verdict == "warning"
    assert finding.found == "Redis is 12.3 s ahead of this machine; Postgres is 3600.0 s behind this machine"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://:secret@h:1/0", "redis://:***@h:1/0"),
        ("postgresql://u:secret@h/secret", "postgresql://u:***@h/secret"),
        ("redis://h:1/0", "redis://h:1/0"),
        ("redis://[h", "redis://[h"),
    ],
)
def test_passwords_are_not_shown(url: str, shown: str) -> None:
    assert masked(url) == shown
