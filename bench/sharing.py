"""Sharing: what a reservation costs, alone and in a crowd; slices of a heavy context; handoffs; windows of history."""

import random
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import cycle
from statistics import median, quantiles
from typing import Any

import orjson
import psycopg
from rich.progress import Progress

import holdfast
import load
from holdfast import Session
from latency import committing
from report import Aim
from stack import HERE, Servers, servers
from ways import RAW_TABLES

__all__ = ["AIMS", "run"]

AIMS = [
    Aim("reserve", "reserve_p50_ms", "bare_commit_p50_ms", most=3.0),
    Aim("settle", "settle_p50_ms", "bare_commit_p50_ms", most=3.0),
    Aim("slice", "slice_p50_ms", "aim_slice_p50_ms", most=1.0),
    Aim("history_flat", "history_window_p50_ms_100000", "history_window_p50_ms_100", most=1.5),
    Aim("overspent", "overspent", "one", most=0.0),
]

WANTED = {"aim_slice_p50_ms": 20.0, "one": 1.0}

BLOCKS, CALLS, WARM_UP = 6, 100, 50
"""Blocks of calls: what is compared runs in turns."""

PROCESSES, THREADS, SECONDS = 4, 8, 10.0
"""The contenders for one budget: 32, and for how long."""

CONTEXT_BYTES = 1_000_000
SLICES, HANDOFFS, WINDOWS, WINDOW = 60, 60, 200, 50


def run() -> dict[str, float]:
    figures = dict(WANTED)
    with servers() as stack, Progress(transient=True) as progress:
        steps = progress.add_task("sharing", total=5)
        with stack.client(autosave=False) as hf:
            for measured in (_alone, _slices, _handoffs, _windows):
                figures |= measured(stack, hf)
                progress.advance(steps)
            figures |= _crowd(stack, hf)
    return figures


def _alone(stack: Servers, hf: holdfast.Holdfast) -> dict[str, float]:
    """One agent, a budget at every level; and the same number of bare commits, in turns."""
    session = _nested(hf, limit=1_000_000)
    events = cycle([load.event(message) for message in load.messages(500, seed=5)])
    times: dict[str, list[float]] = {"reserve": [], "settle": [], "bare_commit": []}
    with psycopg.connect(stack.database_url, autocommit=True) as database:
        database.execute(RAW_TABLES)
        commit = committing(database)
        for block in range(BLOCKS + 1):
            for _ in range(WARM_UP if block == 0 else CALLS):
                reserve, reservation = _took(lambda: session.reserve("bench", tokens=10))
                settle, _ = _took(lambda: reservation.settle(tokens=8))  # noqa: B023  # called at once
                bare, _ = _took(lambda: commit(next(events)))
                if block:
                    times["reserve"].append(reserve)
                    times["settle"].append(settle)
                    times["bare_commit"].append(bare)
    pairs = list(map(sum, zip(times["reserve"], times["settle"], strict=True)))
    return {f"{name}_p50_ms": median(each) for name, each in times.items()} | {
        "reserve_and_settle_p50_ms": median(pairs)
    }


def _nested(hf: holdfast.Holdfast, limit: int) -> Session:
    session = hf.start("bench", kind="bench", agent="bench", shared=True)
    session.append({"type": "campaign.updated", "data": {"gtm_id": session.id}})
    task = {"description": "Bench", "budget": {"max_skill_calls": limit, "max_tokens": 100 * limit}}
    session.append({"type": "task.assigned", "data": task})
    for level in ("campaign", "session"):
        session.set_budget(level, max_skill_calls=limit, max_tokens=100 * limit)
    return session


def _crowd(stack: Servers, hf: holdfast.Holdfast) -> dict[str, float]:
    """Contenders in processes of their own, until the time is over; then for the last calls, until none is left."""
    session = _nested(hf, limit=10_000_000)
    command = [sys.executable, str(HERE / "contender.py"), session.id, str(THREADS), str(SECONDS)]
    began = time.perf_counter()
    told = [orjson.loads(line) for line in _all(command, stack, hf)]
    seconds = max(each["seconds"] for each in told)
    assert time.perf_counter() - began >= seconds
    reserved = [each for one in told for each in one["reserve_ms"]]
    cuts = quantiles(reserved, n=100, method="inclusive")
    figures = {
        "reserve_settle_per_s": sum(each["settled"] for each in told) / seconds,
        "reserve_p99_ms": cuts[98],
        "reserve_crowded_p50_ms": cuts[49],
    }
    spent = _nested(hf, limit=500)
    told = [orjson.loads(line) for line in _all([*command[:2], spent.id, str(THREADS), "30"], stack, hf)]
    used = sum(event.data.get("calls", 1) for event in spent.events(limit=None) if event.type == "compute.settled")
    assert used == sum(each["settled"] for each in told)
    assert spent.budget().adds_up
    return figures | {"overspent": max(0.0, used - 500.0), "of_the_last_500_used": float(used)}


def _all(command: list[str], stack: Servers, hf: holdfast.Holdfast) -> list[str]:
    environment = stack.environment | {"HOLDFAST_DATA_DIR": str(hf.settings.data_dir), "HOLDFAST_AUTOSAVE": "false"}
    started = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)]
    told = [each.communicate(timeout=120)[0] for each in started]
    assert all(each.returncode == 0 for each in started)
    return told


def _slices(stack: Servers, hf: holdfast.Holdfast) -> dict[str, float]:  # noqa: ARG001  # as the others
    """Of a context of a megabyte: followed by whoever slices it, changed in between, and seen for the first time."""
    session, chance = hf.start("bench", kind="bench", agent="bench"), random.Random(7)
    size = 0
    while size < CONTEXT_BYTES:
        facts = {f"fact_{size}_{number}": _fact(chance) for number in range(40)}
        size += len(orjson.dumps(facts))
        session.append({"type": "knowledge.learned", "data": {"area": f"area_{size % 10}", "facts": facts}})
    session.append({"type": "task.assigned", "data": {"description": "Write about the account and its payments"}})
    session.save()
    session.slice("content-worker")

    def changed() -> None:
        facts = {"changed": chance.random()}
        session.append({"type": "knowledge.learned", "data": {"area": "area_1", "facts": facts}})

    def first() -> object:
        return hf.session(session.id, agent="bench").slice("content-worker")

    return {
        "slice_p50_ms": _median(lambda: session.slice("content-worker"), SLICES),
        "slice_changed_p50_ms": _median(lambda: session.slice("content-worker"), SLICES, before=changed),
        "slice_first_p50_ms": _median(first, SLICES // 4),
    }


def _fact(chance: random.Random) -> dict[str, Any]:
    words = chance.choices(load.WORDS, k=18)
    return {"says": " ".join(words[:12]), "count": chance.randrange(1000), "also": [" ".join(words[12:]), words[0]]}


def _handoffs(stack: Servers, hf: holdfast.Holdfast) -> dict[str, float]:  # noqa: ARG001  # as the others
    """Offered with its package, found, accepted with the lease, completed: from one agent to another."""
    session = hf.start("bench", kind="bench", agent="planner")
    session.append(*({"type": "information.provided", "data": {"key": f"k{n}", "value": n}} for n in range(20)))
    session.append({"type": "decision.made", "data": {"type": "budget", "value": 500_000, "confidence": "HIGH"}})

    def handed() -> None:
        session.hand_off("optimizer", capability="OPTIMIZE_CHANNEL_MIX")
        (offer,) = hf.handoffs("optimizer")
        with offer.accept() as accepted:
            accepted.complete({"status": "success"})

    return {"handoff_p50_ms": _median(handed, HANDOFFS)}


def _windows(stack: Servers, hf: holdfast.Holdfast) -> dict[str, float]:  # noqa: ARG001  # as the others
    """The newest messages of a conversation in sessions of these lengths, in turns."""
    sessions = {length: _talked(hf, length) for length in (100, 100_000)}
    times: dict[int, list[float]] = {length: [] for length in sessions}
    for _ in range(WINDOWS):
        for length, session in sessions.items():
            took, found = _took(lambda: session.get_conversation_history("guide_agent", limit=WINDOW))  # noqa: B023  # called at once
            times[length].append(took)
            assert len(found) == WINDOW
    return {f"history_window_p50_ms_{length}": median(each) for length, each in times.items()}


def _talked(hf: holdfast.Holdfast, length: int) -> Session:
    session = hf.start("bench", kind="bench", agent="guide_agent")
    spoken = load.messages(length, seed=length)
    for place in range(0, length, 500):
        said = [load.event(each) | {"conversation": "guide_agent"} for each in spoken[place : place + 500]]
        session.append(*said)
    return session


def _median(call: Callable[[], object], times: int, before: Callable[[], None] | None = None) -> float:
    found = []
    for _ in range(times):
        if before:
            before()
        found.append(_took(call)[0])
    return median(found)


def _took(call: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    found = call()
    return (time.perf_counter() - began) * 1000, found
