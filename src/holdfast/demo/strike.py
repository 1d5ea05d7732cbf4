"""A worker is killed in the middle of its work, and it is known to be the middle.

What a drain does takes milliseconds. So Postgres is asked, again and again, whether a drain has its turn and its
transaction open; then the workers are held still, and Postgres is asked once more whose that is. As long as the worker
that it belongs to stands still nothing of its shard can be committed, and what is committed and what is not can be
counted. Then it is killed.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psycopg

from holdfast.client import Holdfast
from holdfast.demo.crew import Member
from holdfast.service import Service
from holdfast.stream.reader import Reader

__all__ = ["Struck", "strike"]

CATCH_SECONDS = 20.0
SETTLE_SECONDS = 0.02  # until those held stand still, and Postgres has done the last that they asked for
HELD_EVENTS = 10
HELD_SECONDS = 2.0

# The lock is the shard's turn. A worker that waits for its turn is `active`, not `idle in transaction`.
IN_THE_MIDDLE = """
SELECT DISTINCT a.client_port
FROM pg_stat_activity AS a JOIN pg_locks AS l ON l.pid = a.pid
WHERE a.state = 'idle in transaction' AND l.relation = 'shards'::regclass AND l.granted
"""


@dataclass(frozen=True, slots=True)
class Struck:
    """What was counted while the worker stood still, and when it was killed."""

    worker: Member
    committed: int
    """Events of the session in the log."""
    waiting: int
    """Events of the session that only Redis had."""
    bell_seconds: float
    """For how long the bell that called the worker still counts: until then no other is called. 0 where it is off."""
    killed_at: float
    """On the monotonic clock."""


def strike(
    holdfast: Holdfast, reader: Reader, workers: Sequence[Member], session_id: str, agent_ended: Callable[[], bool]
) -> Struck | None:
    """Kill one of the workers in the middle of draining the session's shard. None where none was found in time."""
    shard = reader.keys.shard(session_id)
    until = time.monotonic() + CATCH_SECONDS
    with psycopg.connect(str(holdfast.settings.database_url), autocommit=True) as postgres:
        while time.monotonic() < until and not agent_ended():
            caught = _catch(postgres, workers)
            if caught is None:
                continue
            _let_wait(reader, shard, agent_ended)
            committed, waiting = _counted(holdfast.service, reader, shard, session_id)
            if committed and waiting:
                caught.kill()
                bell = max(0, holdfast.publisher.redis.pttl(reader.keys.bell(shard))) / 1000
                return Struck(caught, committed, waiting, bell, time.monotonic())
            caught.go_on()
    return None


def _catch(postgres: psycopg.Connection, workers: Sequence[Member]) -> Member | None:
    """A worker that stands still with a drain's transaction open; the others go on. None where that did not work."""
    if not postgres.execute(IN_THE_MIDDLE).fetchall():
        return None
    for worker in workers:
        worker.hold()
    time.sleep(SETTLE_SECONDS)
    turns = {port for (port,) in postgres.execute(IN_THE_MIDDLE).fetchall()}
    caught = next((worker for worker in workers if worker.ports() & turns), None)
    for worker in workers:
        if worker is not caught:
            worker.go_on()
    return caught


def _let_wait(reader: Reader, shard: int, agent_ended: Callable[[], bool]) -> None:
    """The agent goes on meanwhile, so that there is something to see."""
    until = time.monotonic() + HELD_SECONDS
    while reader.backlog(shard) < HELD_EVENTS and time.monotonic() < until and not agent_ended():
        time.sleep(0.01)


def _counted(service: Service, reader: Reader, shard: int, session_id: str) -> tuple[int, int]:
    """Events committed, and events that are in Redis and not committed. What is committed may not be trimmed yet."""
    committed = {str(event.id) for event in service.events(session_id)}
    queued = {raw.fields[b"id"].decode() for raw in reader.read(shard)}
    return len(committed), len(queued - committed)
