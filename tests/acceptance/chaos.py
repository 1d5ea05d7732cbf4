"""Chaos: publishers at work while everything is killed, and at the end the log must hold each acknowledged event once.

    make chaos MINUTES=10 SEED=1

Several publishers write to sessions of their own and to one that they share; two workers and a beat drain. In random
order a worker, a worker's pool process, a drain between its commit and its trim, Redis, Postgres, the beat or a
publisher is killed by SIGKILL and started again. The seed fixes the order of the kills, not the timing of a machine.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import processes
from holdfast.client import Holdfast
from holdfast.config import Settings
from holdfast.embedded import EmbeddedPostgres, EmbeddedRedis
from holdfast.store.migrations import upgrade
from holdfast.testing import wait_until
from processes import Process

HERE = Path(__file__).parent
PUBLISHERS = 3
SESSIONS_EACH = 2
SHARED = "session-of-all"
PROGRESS = 200
"""Events that must be acknowledged between two kills: chaos that stops the work proves nothing."""


class Chaos:
    """The servers and processes of one run, and the means to kill them."""

    def __init__(self, directory: Path, seed: int, say: Callable[[str], None]) -> None:
        self.directory = directory
        self.chance = random.Random(seed)
        self.seed = seed
        self.say = say
        self.kills: Counter[str] = Counter()
        self.redis = EmbeddedRedis(directory / "redis")
        self.postgres = EmbeddedPostgres(directory / "postgres")
        self.workers: dict[str, Process] = {}
        self.publishers: dict[str, Process] = {}
        self.names = iter(f"publisher-{number}" for number in range(100_000))

    def start(self, publishers: int = PUBLISHERS) -> None:
        """Start the servers, two workers, a beat and that many publishers."""
        self.redis.start()
        self.postgres.start()
        upgrade(self.postgres.url)
        self.settings = Settings.load(redis_url=self.redis.url, database_url=self.postgres.url)
        with Holdfast(self.settings) as holdfast:
            holdfast.start("everyone", session_id=SHARED)
        for name in ("worker-1", "worker-2"):
            self.workers[name] = processes.worker(self.settings, self.directory, name)
        self.beat = processes.beat(self.settings, self.directory)
        for _ in range(publishers):
            self.start_publisher()

    def start_publisher(self) -> None:
        name = next(self.names)
        own = [f"{name}-session-{number}" for number in range(SESSIONS_EACH)]
        with Holdfast(self.settings) as holdfast:
            for session_id in own:
                holdfast.start(name, session_id=session_id)
        command = [sys.executable, str(HERE / "publisher.py"), name, str(self.file(name)), str(self.seed), *own, SHARED]
        self.publishers[name] = Process(name, command, self.settings, self.directory)

    def file(self, publisher: str) -> Path:
        return self.directory / f"{publisher}.acknowledged"

    def acknowledged(self) -> list[tuple[str, str, UUID]]:
        """(publisher, session id, event id) of each whole line that a publisher wrote."""
        found = []
        for path in self.directory.glob("*.acknowledged"):
            for line in path.read_text().split("\n")[:-1]:
                session_id, event_id, _ = line.split()
                found.append((path.stem, session_id, UUID(event_id)))
        return found

    def progress(self, events: int) -> None:
        """Wait until that many more events were acknowledged."""
        goal = self.lines() + events
        wait_until(lambda: self.lines() >= goal, seconds=60, what=f"{events} more acknowledged events")

    def lines(self) -> int:
        return sum(path.read_bytes().count(b"\n") for path in self.directory.glob("*.acknowledged"))

    def strike(self) -> None:
        """Kill one thing, and start it again."""
        name, kill = self.chance.choice(
            [
                ("worker", self.kill_worker),
                ("pool process", self.kill_pool_process),
                ("drain after its commit", self.kill_drain),
                ("redis", self.kill_redis),
                ("postgres", self.kill_postgres),
                ("beat", self.kill_beat),
                *([("publisher", self.kill_publisher)] if self.publishers else []),
            ]
        )
        self.say(f"kill {name}")
        self.kills[name] += 1
        kill()

    def kill_worker(self) -> None:
        name = self.chance.choice(sorted(self.workers))
        self.workers[name].kill()
        self.workers[name] = processes.worker(self.settings, self.directory, name)

    def kill_pool_process(self) -> None:
        self.workers[self.chance.choice(sorted(self.workers))].kill_child()

    def kill_drain(self) -> None:
        shard = str(self.chance.randrange(self.settings.shards))
        Process("doomed", [sys.executable, str(HERE / "doomed_drain.py"), shard], self.settings, self.directory).wait(
            20
        )

    def kill_redis(self) -> None:
        self.redis.kill()
        self.redis.start()

    def kill_postgres(self) -> None:
        self.postgres.kill()
        self.postgres.start()

    def kill_beat(self) -> None:
        self.beat.kill()
        self.beat = processes.beat(self.settings, self.directory)

    def kill_publisher(self) -> None:
        name = self.chance.choice(sorted(self.publishers))
        self.publishers.pop(name).kill()
        self.start_publisher()

    def settle(self) -> None:
        """Stop the publishers and wait until the workers have drained every stream."""
        for publisher in self.publishers.values():
            publisher.stop()
        with Holdfast(self.settings) as holdfast:
            wait_until(lambda: waiting(holdfast) == 0, seconds=90, what="empty streams")

    def stop(self) -> None:
        for process in (*self.publishers.values(), *self.workers.values(), self.beat):
            process.kill()
        self.postgres.stop()
        self.redis.stop()


def waiting(holdfast: Holdfast) -> int:
    """Entries that are not committed yet."""
    keys = holdfast.publisher.keys
    return sum(holdfast.publisher.redis.xlen(keys.stream(shard)) for shard in range(keys.shards))


def check(holdfast: Holdfast, acknowledged: list[tuple[str, str, UUID]]) -> tuple[int, list[str]]:
    """The number of events in the logs, and every broken promise found there."""
    faults: list[str] = []
    expected: defaultdict[str, set[UUID]] = defaultdict(set)
    for _, session_id, event_id in acknowledged:
        expected[session_id].add(event_id)
    total = 0
    for session_id in sorted(expected):
        session = holdfast.session(session_id)
        events = session.events(limit=None)
        total += len(events)
        ids = Counter(event.id for event in events)
        faults += [f"{session_id}: acknowledged {missing} is missing" for missing in expected[session_id] - ids.keys()]
        faults += [f"{session_id}: {event_id} is there {times} times" for event_id, times in ids.items() if times > 1]
        if [event.seq for event in events] != list(range(1, len(events) + 1)):
            faults.append(f"{session_id}: the sequence has a gap")
        last: defaultdict[str, int] = defaultdict(int)
        for event in events:
            if event.type == "custom.step":
                publisher, number = event.data["publisher"], event.data["number"]
                if number <= last[publisher]:
                    faults.append(f"{session_id}: {publisher}'s {number} came after its {last[publisher]}")
                last[publisher] = number
        session.verify()
    faults += [f"dead letter {letter.key}: {letter.detail}" for letter in holdfast.service.dead_letters(limit=10)]
    return total, faults


def run(directory: Path, seed: int, enough: Callable[[int], bool], say: Callable[[str], None]) -> list[str]:
    """Strike until `enough(strikes)`; returns what was found broken."""
    chaos = Chaos(directory, seed, say)
    try:
        chaos.start()
        strikes = 0
        chaos.progress(PROGRESS)
        while not enough(strikes):
            chaos.strike()
            chaos.progress(PROGRESS)
            strikes += 1
        chaos.settle()
        acknowledged = chaos.acknowledged()
        with Holdfast(chaos.settings) as holdfast:
            total, faults = check(holdfast, acknowledged)
        kills = ", ".join(f"{name} {times}" for name, times in sorted(chaos.kills.items()))
        say(f"seed {seed}: {strikes} kills ({kills}); {len(acknowledged)} events acknowledged, {total} in the log")
        return faults
    finally:
        chaos.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    arguments = parser.parse_args()
    until = time.monotonic() + arguments.minutes * 60
    print(f"chaos for {arguments.minutes:g} minutes, seed {arguments.seed}")
    with tempfile.TemporaryDirectory(prefix="holdfast-chaos-") as directory:
        faults = run(
            Path(directory), arguments.seed, lambda _: time.monotonic() > until, lambda text: print(text, flush=True)
        )
    print("\n".join(faults) if faults else "every acknowledged event is in the log once, in its publisher's order")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
