"""The workers: which answer, what they consume, and whether beat makes them tick."""

import time
from collections.abc import Mapping
from typing import Any

from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from holdfast import bootstrap
from holdfast.config import Settings
from holdfast.doctor.finding import Finding

__all__ = ["beat", "look", "queues"]

ANSWER_SECONDS = 1.0
TICK_SECONDS = 2.2
"""Beat ticks every second; in this time at least one tick must have run."""

TICK = "holdfast.tick"
START = "Start one: `holdfast up`, or celery -A holdfast.worker.app worker --queues {}"


def look(settings: Settings) -> list[Finding]:
    """Ask the workers. Takes a second, and with workers there three."""
    app = bootstrap.sending_app(settings)
    needed = {route["queue"] for route in app.conf.task_routes.values()}
    if settings.model is None:
        needed.discard("insight")  # nothing is sent there
    known = [queue.name for queue in app.conf.task_queues]
    try:
        with app.connection_for_write() as connection:
            return _ask(app, connection, needed, known)
    except (OperationalError, RedisError, OSError) as error:
        return [Finding("workers", "unknown", f"they could not be asked: {error}", "Look at Redis first")]
    finally:
        app.close()


def _ask(app: Celery, connection: Any, needed: set[str], known: list[str]) -> list[Finding]:
    consumed = app.control.inspect(timeout=ANSWER_SECONDS, connection=connection).active_queues()
    if not consumed:
        advice = f"{START.format(','.join(known))}. Until then events wait in Redis; nothing is lost"
        found = f"none answered within {ANSWER_SECONDS:g} s"
        return [
            Finding("workers", "ill", found, advice, {"workers": []}),
            Finding("beat", "unknown", "no worker to see it by"),
        ]
    names = sorted(consumed)
    # With the names known, each answer is awaited and no second is spent on waiting for more.
    inspect = app.control.inspect(destination=names, timeout=ANSWER_SECONDS, connection=connection)
    before = _ticks(inspect.stats())
    time.sleep(TICK_SECONDS)
    after = _ticks(inspect.stats())
    busy = any((inspect.active() or {}).values())
    by_queue = {name: {queue["name"] for queue in found} for name, found in consumed.items()}
    return [queues(by_queue, needed, known), beat(after - before, busy=busy)]


def queues(by_worker: Mapping[str, set[str]], needed: set[str], known: list[str]) -> Finding:
    """Whether every queue that tasks are sent to has a worker."""
    consumed = set().union(*by_worker.values())
    facts = {"workers": {name: sorted(found) for name, found in sorted(by_worker.items())}}
    found = f"{len(by_worker)} answered: {', '.join(sorted(by_worker))}"
    missing = sorted(needed - consumed)
    if missing:
        found += f"; none consumes {', '.join(missing)}"
        return Finding("workers", "ill", found, START.format(",".join(known)), facts)
    return Finding("workers", "ok", f"{found}; on {', '.join(sorted(consumed))}", facts=facts)


def beat(ticks: int, *, busy: bool) -> Finding:
    """Whether ticks come. Workers that are at work may just not have come to them."""
    facts = {"ticks": ticks, "seconds": TICK_SECONDS}
    if ticks > 0:
        return Finding("beat", "ok", f"{ticks} ticks in {TICK_SECONDS:g} s", facts=facts)
    found = f"no tick in {TICK_SECONDS:g} s"
    advice = "Start it: `holdfast up`, or celery -A holdfast.worker.app beat. Idle sessions are not paused until then"
    if busy:
        return Finding("beat", "warning", f"{found}, and the workers are busy", "Look again in a while", facts)
    return Finding("beat", "ill", found, advice, facts)


def _ticks(stats: Mapping[str, Any] | None) -> int:
    return sum(worker.get("total", {}).get(TICK, 0) for worker in (stats or {}).values())
