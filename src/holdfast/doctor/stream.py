"""Redis: whether it keeps what it accepts, and what waits in it."""

import time
from collections.abc import Mapping
from typing import Any, cast

import redis

from holdfast import bootstrap
from holdfast.config import Settings, masked
from holdfast.doctor.finding import Finding
from holdfast.errors import HoldfastError
from holdfast.stream.failures import translated

__all__ = ["Redis", "backlog", "durability", "look", "memory", "version", "writing"]

OLDEST_VERSION = (6, 2)
MOST_SHARDS = 1024
SLOW_SECONDS, STUCK_SECONDS = 5.0, 30.0
FULL = 0.9

Info = Mapping[str, Any]

FSYNC = {
    "always": "each write is synced: a lost machine loses nothing that was accepted",
    "everysec": "a lost machine can lose up to 2 s of what was accepted, and so can a killed Redis whose disk is slow",
    "no": "a lost machine loses what the operating system had not written yet, often 30 s",
}


class Redis:
    """What the doctor saw of Redis."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.reached = False
        self.ahead: float | None = None
        """Seconds by which its clock is ahead of ours."""


def look(settings: Settings) -> Redis:
    """Everything about Redis itself, and the streams in it."""
    seen = Redis()
    place = masked(settings.redis_url)
    try:
        client = bootstrap.redis_client(settings)
        with client, translated("asking how it is"):
            before = time.time()
            seconds, micros = client.time()
            seen.ahead = seconds + micros / 1e6 - (before + time.time()) / 2
            info = client.info()
            fsync = _fsync(client)
            shards = _shards(client, settings, seconds)
    except HoldfastError as error:
        advice = (
            "Start Redis (`holdfast up` brings one), or set HOLDFAST_REDIS_URL. Until then, nothing can be published"
        )
        seen.findings.append(Finding("redis", "ill", f"{place}: {error.message}", advice))
        return seen
    seen.reached = True
    seen.findings += [version(info, place), durability(info, fsync), writing(info), memory(info), shards]
    return seen


def version(info: Info, place: str) -> Finding:
    """What it is, and whether it is new enough and may be written to."""
    name = "Valkey" if "valkey_version" in info else "Redis"
    own = str(info.get("valkey_version", info["redis_version"]))
    found = f"{name} {own} at {place}"
    facts = {"server": name, "version": own, "role": info.get("role")}
    # Valkey names here the Redis whose commands it has.
    spoken = tuple(int(part) for part in str(info["redis_version"]).split(".")[:2])
    if spoken < OLDEST_VERSION:
        return Finding("redis", "ill", found, "Holdfast needs Redis 6.2 or newer, or Valkey", facts)
    if info.get("role") != "master":
        return Finding("redis", "ill", f"{found}, a replica", "HOLDFAST_REDIS_URL must name the primary", facts)
    return Finding("redis", "ok", found, facts=facts)


def durability(info: Info, fsync: str | None) -> Finding:
    """What `publish` promises rests on: the append-only file. `fsync` is None where the server does not tell."""
    facts = {"appendonly": bool(info.get("aof_enabled")), "appendfsync": fsync}
    name = "redis append-only file"
    if not info.get("aof_enabled"):
        advice = "Set `appendonly yes`, or a restart of Redis loses every event that is not committed yet"
        return Finding(name, "ill", "it is off", advice, facts)
    if fsync is None:
        advice = "The server keeps CONFIG to itself; ask its operator for appendfsync"
        return Finding(name, "unknown", "it is on; appendfsync is not told", advice, facts)
    advice = "" if fsync == "always" else "Set `appendfsync always` to lose nothing; see docs/promises.md"
    return Finding(name, "warning" if fsync == "no" else "ok", f"appendfsync {fsync}: {FSYNC[fsync]}", advice, facts)


def writing(info: Info) -> Finding:
    """Whether the last writes to disk succeeded."""
    names = ("aof_last_write_status", "aof_last_bgrewrite_status")
    facts = {name: info.get(name, "ok") for name in names}
    failed = [name for name in names if facts[name] != "ok"]
    if failed:
        advice = "Look at the disk that Redis writes to (space, rights) and at its log; it refuses writes meanwhile"
        return Finding("redis disk", "ill", ", ".join(f"{name} is {facts[name]}" for name in failed), advice, facts)
    return Finding("redis disk", "ok", "the last writes succeeded", facts=facts)


def memory(info: Info) -> Finding:
    """Whether a full Redis would throw streams away, and how full it is."""
    limit, used, policy = int(info.get("maxmemory", 0)), int(info["used_memory"]), info.get("maxmemory_policy")
    facts = {"used": used, "limit": limit, "policy": policy}
    found = f"{used / 2**20:,.0f} MiB used"
    if not limit:
        return Finding("redis memory", "ok", f"{found}, no limit", facts=facts)
    found += f" of {limit / 2**20:,.0f} MiB, {policy}"
    if policy != "noeviction":
        advice = "Set `maxmemory-policy noeviction`: with any other, a full Redis throws events away"
        return Finding("redis memory", "ill", found, advice, facts)
    if used > FULL * limit:
        return Finding("redis memory", "warning", found, "When it is full, publishing is refused; give it more", facts)
    return Finding("redis memory", "ok", found, facts=facts)


def backlog(shards: Mapping[int, tuple[int, float]], configured: int) -> Finding:
    """What waits to be committed: of each shard that has any, how many entries, and for how many seconds the oldest."""
    waiting = sum(entries for entries, _ in shards.values())
    oldest = max((age for _, age in shards.values()), default=0.0)
    facts = {
        "configured": configured,
        "waiting": waiting,
        "oldest_seconds": round(oldest, 3),
        "shards": {str(shard): {"waiting": n, "oldest_seconds": round(age, 3)} for shard, (n, age) in shards.items()},
    }
    beyond = [shard for shard in shards if shard >= configured]
    if beyond:
        found = f"events wait in streams up to {max(beyond)}, and there are {configured} shards"
        advice = f"HOLDFAST_SHARDS was lowered; set it to {max(beyond) + 1} or more again until they are drained"
        return Finding("backlog", "ill", found, advice, facts)
    if not waiting:
        return Finding("backlog", "ok", f"nothing waits in {configured} shards", facts=facts)
    found = f"{waiting:,} events wait in {len(shards)} of {configured} shards, the oldest for {oldest:.0f} s"
    if oldest < SLOW_SECONDS:
        return Finding("backlog", "ok", found, facts=facts)
    advice = "They are safe, and not committed: look at the workers (queue `ingest`) and at Postgres"
    return Finding("backlog", "ill" if oldest > STUCK_SECONDS else "warning", found, advice, facts)


def _fsync(client: "redis.Redis") -> str | None:
    try:
        return str(client.config_get("appendfsync")["appendfsync"])
    except (redis.ResponseError, KeyError):  # managed servers keep CONFIG to themselves
        return None


def _shards(client: "redis.Redis", settings: Settings, now: int) -> Finding:
    keys = bootstrap.keys(settings)
    with client.pipeline(transaction=False) as pipe:
        for shard in range(MOST_SHARDS):
            pipe.xlen(keys.stream(shard))
        lengths = pipe.execute(raise_on_error=False)
    wrong = [shard for shard, length in enumerate(lengths) if isinstance(length, Exception)]
    if wrong:
        found = f"{keys.stream(wrong[0])} is no stream"
        return Finding("backlog", "ill", found, "Another program uses the prefix; choose another HOLDFAST_PREFIX")
    waiting = {}
    for shard, length in enumerate(lengths):
        if length:
            # It may have been drained since it was counted.
            oldest = client.xrange(keys.stream(shard), count=1)
            at = int(cast("bytes", oldest[0][0]).partition(b"-")[0]) / 1000 if oldest else now
            waiting[shard] = (length, max(0.0, now - at))
    return backlog(waiting, settings.shards)
