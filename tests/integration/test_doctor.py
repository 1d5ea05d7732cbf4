"""`holdfast doctor` on real servers, in health and in illness."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import Engine, text

from command import Command
from holdfast.client import Holdfast
from holdfast.config import Settings
from holdfast.doctor import Finding, examine
from holdfast.embedded import EmbeddedPostgres
from holdfast.testing import wait_until
from processes import beat, ended, worker
from writing import said


def findings(settings: Settings) -> dict[str, Finding]:
    found = {finding.name: finding for finding in examine(settings)}
    assert all(finding.found for finding in found.values())
    assert all(finding.advice for finding in found.values() if finding.verdict in {"ill", "warning"})
    return found


def verdicts(settings: Settings) -> dict[str, str]:
    return {name: finding.verdict for name, finding in findings(settings).items()}


@pytest.fixture
def silence() -> Iterator[int]:
    """The port of something that takes connections and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(16)
        yield listening.getsockname()[1]


@pytest.mark.timeout(120)
def test_all_is_well(settings: Settings, tmp_path: Path) -> None:
    working, ticking = worker(settings, tmp_path), beat(settings, tmp_path)
    holdfast = Command(settings)
    with ended(working, ticking):
        wait_until(lambda: "ready" in working.text(), seconds=60, what="the worker")
        wait_until(lambda: verdicts(settings)["beat"] == "ok", seconds=60, what="a tick")
        told = holdfast("doctor", "--json")
        assert (told.code, told.err) == (0, "")
        assert {line["verdict"] for line in told.lines} == {"ok"}
        names = {line["name"] for line in told.lines}
        assert {"settings", "redis", "postgres", "schema", "backlog", "workers", "beat", "timers", "clocks"} <= names
        ticking.kill()
        # A tick that was sent before may still run.
        wait_until(lambda: verdicts(settings)["beat"] == "ill", seconds=30, what="the end of the ticks")
        told = holdfast("doctor")
    assert (told.code, told.err) == (5, "Ill: beat\n")
    assert "no tick in 2.2 s" in told.out
    assert "\x1b" not in told.out


def test_no_worker(settings: Settings) -> None:
    found = findings(settings)
    assert {name for name, finding in found.items() if finding.verdict == "ill"} == {"workers"}
    assert found["beat"].verdict == "unknown"


def test_nothing_is_there(settings: Settings) -> None:
    nowhere = {"redis_url": "redis://127.0.0.1:1/0", "database_url": "postgresql://u:secret@127.0.0.1:1/x"}
    begun = time.monotonic()
    told = Command(settings.model_copy(update=nowhere))("doctor")
    assert time.monotonic() - begun < 6
    assert (told.code, told.err) == (5, "Ill: redis, postgres\n")
    assert "secret" not in told.out
    assert "holdfast up" in told.out


def test_nothing_answers(settings: Settings, silence: int) -> None:
    mute = {"redis_url": f"redis://127.0.0.1:{silence}/0", "database_url": f"postgresql://u@127.0.0.1:{silence}/x"}
    begun = time.monotonic()
    found = verdicts(settings.model_copy(update={**mute, "timeout": 60.0}))
    assert time.monotonic() - begun < 8
    assert found["redis"] == found["postgres"] == "ill"
    assert found["clocks"] == found["workers"] == "unknown"


def test_postgres_alone_is_down_or_missing(settings: Settings, silence: int) -> None:
    down = findings(settings.model_copy(update={"database_url": f"postgresql://u@127.0.0.1:{silence}/x"}))
    assert (down["redis"].verdict, down["postgres"].verdict) == ("ok", "ill")
    missing = findings(settings.model_copy(update={"database_url": None}))
    assert "HOLDFAST_DATABASE_URL" in missing["postgres"].found


def test_the_schema_is_not_there(settings: Settings, postgres_server: EmbeddedPostgres) -> None:
    bare = f"{postgres_server.url.rpartition('/')[0]}/postgres"
    found = findings(settings.model_copy(update={"database_url": bare}))
    assert (found["postgres"].verdict, found["schema"].verdict) == ("ok", "ill")
    assert "holdfast db upgrade" in found["schema"].advice
    assert "timers" not in found


def test_tables_that_may_not_be_read(settings: Settings, engine: Engine) -> None:
    role = f"reader_{time.monotonic_ns()}"
    with engine.begin() as connection:
        connection.execute(text(f"CREATE ROLE {role} LOGIN PASSWORD 'x'"))
        connection.execute(text(f"GRANT SELECT ON alembic_version TO {role}"))
    place = str(settings.database_url).rpartition("@")[2]
    found = verdicts(settings.model_copy(update={"database_url": f"postgresql://{role}:x@{place}"}))
    with engine.begin() as connection:
        connection.execute(text(f"DROP OWNED BY {role}"))
        connection.execute(text(f"DROP ROLE {role}"))
    assert found["postgres"] == "ill"


def test_what_waits_and_what_is_overdue(settings: Settings, hf: Holdfast, engine: Engine) -> None:
    session = hf.start("u", session_id="s")
    session.publish(said("waits"))
    keys = hf.publisher.keys
    hf.publisher.redis.xadd(keys.stream((keys.shard("s") + 1) % settings.shards), {"no": "event"}, id="1-1")
    with engine.begin() as connection:
        connection.execute(text("UPDATE timers SET due_at = now() - interval '25 seconds'"))
    found = findings(settings)
    assert (found["backlog"].verdict, found["backlog"].facts["waiting"]) == ("ill", 2)
    assert (found["timers"].verdict, found["timers"].facts["overdue"]) == ("ill", 5), (
        "a save of each tier, and the pause"
    )


def test_streams_beyond_the_shards(settings: Settings, hf: Holdfast) -> None:
    hf.publisher.redis.xadd(f"{settings.prefix}stream:11", {"an": "entry"})
    found = findings(settings)["backlog"]
    assert found.verdict == "ill"
    assert "set it to 12 or more again" in found.advice
    hf.publisher.redis.set(f"{settings.prefix}stream:3", "no stream")
    assert findings(settings)["backlog"].found == f"{settings.prefix}stream:3 is no stream"


def test_dead_letters_and_the_spool(settings: Settings, engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO dead_letters (tenant, shard, entry_id, entry_digest, entry, reason, detail)"
                " VALUES ('default', 0, '1-1', '', '{}', 'x', 'x'), ('other', 0, '1-2', '', '{}', 'x', 'x')"
            )
        )
    spool = tmp_path / "spool"
    kept = settings.model_copy(update={"spool": spool})
    assert findings(kept)["spool"].verdict == "ok"
    spool.write_text("[]\n")
    found = findings(kept)
    assert (found["dead letters"].verdict, found["dead letters"].found) == ("warning", "1")
    assert (found["spool"].verdict, found["spool"].facts["bytes"]) == ("warning", 3)


def test_a_server_that_keeps_its_configuration_to_itself(settings: Settings, hf: Holdfast) -> None:
    redis: Redis = hf.publisher.redis
    redis.acl_setuser(
        "modest", enabled=True, passwords=["+x"], commands=["+@all", "-config"], keys=["*"], channels=["*"]
    )
    place = settings.redis_url.rpartition("@")[2]
    found = findings(settings.model_copy(update={"redis_url": f"redis://modest:x@{place}"}))
    redis.acl_deluser("modest")
    assert found["redis"].verdict == "ok"
    assert found["redis append-only file"].verdict == "unknown"


def test_where_the_settings_come_from(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOLDFAST_PREFIX", settings.prefix)
    given = Settings.load(flower_password="secret", redis_url=settings.redis_url, database_url=settings.database_url)
    facts = findings(given)["settings"].facts
    assert facts["prefix"] == {"value": settings.prefix, "from": "variable"}
    assert facts["flower_password"] == {"value": "***", "from": "given"}
    assert facts["shards"] == {"value": "8", "from": "default"}
    running = tmp_path / "environment"
    running.write_text(f"HOLDFAST_REDIS_URL='{settings.redis_url}'\nHOLDFAST_DATABASE_URL='{settings.database_url}'\n")
    found = findings(Settings.load(data_dir=tmp_path))["settings"]
    assert found.facts["redis_url"]["from"] == str(running)
    assert ":***@" in found.found
