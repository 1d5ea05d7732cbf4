"""Closing: what summaries, learning, recall, expiry and forgetting cost, and that summaries follow what is new."""

import random
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import psycopg
from rich.progress import Progress

import holdfast
from holdfast import Session, bootstrap
from holdfast.client.memories import Memories
from holdfast.events import draft
from holdfast.pipeline.apply import Item, apply
from holdfast.pipeline.learn import learn_all
from holdfast.pipeline.summarise import bring_up, summarise_sessions
from holdfast.store.transaction import transaction
from load import WORDS, messages
from load import event as said
from report import Aim
from stack import Servers, servers, worker

__all__ = ["AIMS", "run"]

AIMS = [
    Aim("summary_flat", "summary_new_10_of_100000_ms", "summary_new_10_of_100_ms", most=1.5),
    Aim("search", "search_p50_ms_1000000", "aim_search_p50_ms", most=1.0),
    Aim("expire", "expire_per_s", "aim_expire_per_s", least=1.0),
]

WANTED = {"aim_search_p50_ms": 20.0, "aim_expire_per_s": 100_000 / 60}

SESSIONS, EVENTS = 300, 50
LENGTHS = (100, 100_000)
NEW, SUMMARIES = 10, 60
SEARCHES = 200
EXPIRED = 100_000
FORGOTTEN, PERSONS = 10_000, 5

SUBJECTS = ("seat", "cabin", "budget", "tone", "channel", "report", "language", "hotel", "airline", "measure")


def run() -> dict[str, float]:
    figures = dict(WANTED)
    with servers() as stack, Progress(transient=True) as progress:
        measured: list[Callable[[Servers, holdfast.Holdfast], dict[str, float]]] = [
            _rested,
            _summaries,
            _forgetting,
            _recall,
            _expiry,
        ]
        steps = progress.add_task("closing", total=len(measured))
        with stack.client(autosave=False) as hf:
            for each in measured:
                figures |= each(stack, hf)
                progress.advance(steps)
    return figures


def _rested(_: Servers, hf: holdfast.Holdfast) -> dict[str, float]:
    """Sessions of fifty events that have come to rest: their first summary, and what is learned from them."""
    sessions = [_worked(hf, f"user-{number % 40}", EVENTS, seed=number) for number in range(SESSIONS)]
    engine, rules = bootstrap.engine(hf.settings), bootstrap.rules(hf.settings)
    keys = [hf.service.find(session.id).key for session in sessions]
    half = SESSIONS // 2
    _, summaries = _timed(lambda: summarise_sessions(engine, keys[:half], rules=rules))
    _, more = _timed(lambda: summarise_sessions(engine, keys[half:], rules=rules))
    _, extracted = _timed(lambda: [learn_all(engine, hf.settings.tenant, session.id) for session in sessions])
    engine.dispose()
    return {
        "summaries_per_s": median([half / summaries, (SESSIONS - half) / more]),
        "extract_sessions_per_s": SESSIONS / extracted,
    }


def _summaries(_: Servers, hf: holdfast.Holdfast) -> dict[str, float]:
    """Ten new events behind a hundred, and behind a hundred thousand, in turns."""
    engine, rules = bootstrap.engine(hf.settings), bootstrap.rules(hf.settings)
    sessions = {length: _worked(hf, "long", length, seed=length) for length in LENGTHS}
    keys = {length: hf.service.find(session.id).key for length, session in sessions.items()}
    for key in keys.values():
        bring_up(engine, key, rules=rules)
    times: dict[int, list[float]] = {length: [] for length in LENGTHS}
    fresh = random.Random(6)
    for _round in range(SUMMARIES):
        for length, session in sessions.items():
            session.append(*_events(NEW, seed=fresh.randrange(1_000_000)))
            _, took = _timed(lambda: bring_up(engine, keys[length], rules=rules))  # noqa: B023  # called at once
            times[length].append(1000 * took)
    engine.dispose()
    return {f"summary_new_10_of_{length}_ms": median(each[5:]) for length, each in times.items()}


def _forgetting(_: Servers, hf: holdfast.Holdfast) -> dict[str, float]:
    """A person with one session of ten thousand events, saved, summarised and learned from."""
    times = []
    for number in range(PERSONS):
        user = f"person-{number}"
        _worked(hf, user, FORGOTTEN, seed=number).pause()
        _, took = _timed(lambda: hf.forget(user))  # noqa: B023  # called at once
        times.append(1000 * took)
    return {"forget_10000_events_ms": median(times)}


def _recall(stack: Servers, hf: holdfast.Holdfast) -> dict[str, float]:
    """Searches among a thousand memories, and among a million: of users, of one who has half of them, and of all."""
    figures = {}
    with psycopg.connect(stack.database_url, autocommit=True) as database:
        _fill(database, 0, 1_000)
        figures["search_p50_ms_1000"] = median(_searched(hf))
        _fill(database, 1_000, 1_000_000)
    times = _searched(hf)
    figures["search_p50_ms_1000000"] = median(times)
    figures["search_p50_ms_1000000_one_user"] = median(times[0::3])
    figures["search_p50_ms_1000000_half_of_all"] = median(times[1::3])
    figures["search_p50_ms_1000000_everybody"] = median(times[2::3])
    return figures


def _fill(database: psycopg.Connection[Any], first: int, last: int) -> None:
    """Memories with texts of ten words; every second one is the same user's, the others are of a thousand users."""
    database.execute(
        """
        INSERT INTO memories (tenant, id, owner_kind, owner, kind, name, value, text, confidence, source, status,
                              temporary, first_seen, last_seen, expires_at, replaces, contradicts)
        SELECT 'default', gen_random_uuid(), 'user', CASE WHEN n %% 2 = 0 THEN 'heavy' ELSE 'light-' || n %% 1000 END,
               'preference', subjects[1 + n %% 10], to_json(n), subjects[1 + n %% 10] || ' ' || array_to_string(ARRAY(
                   SELECT words[1 + floor(random() * array_length(words, 1))::int] FROM generate_series(1, 10)
                   WHERE n = n
               ), ' '), 0.5 + random() / 2, 'user', 'current', false, now() - n %% 300 * interval '1 day',
               now() - n %% 300 * interval '1 day', now() + interval '1 year', '{}', '{}'
        FROM (SELECT %s::text[] AS words, %s::text[] AS subjects) AS given, generate_series(%s::int, %s::int) AS n
        """,
        (WORDS, list(SUBJECTS), first, last - 1),
    )
    database.execute("VACUUM ANALYZE memories")


def _searched(hf: holdfast.Holdfast) -> list[float]:
    chosen = random.Random(7)
    owners: Sequence[Memories] = (hf.memories("light-501"), hf.memories("heavy"), hf.memories())
    times = []
    for number in range(3 * SEARCHES):
        text = f"{chosen.choice(SUBJECTS)} {chosen.choice(WORDS[20:])}"
        _, took = _timed(lambda: owners[number % 3].search(text))  # noqa: B023  # called at once
        times.append(1000 * took)
    return times


def _expiry(stack: Servers, hf: holdfast.Holdfast) -> dict[str, float]:
    """A hundred thousand sessions that were paused long ago, ended by one worker with two processes, tick by tick."""
    engine, rules = bootstrap.engine(hf.settings), bootstrap.rules(hf.settings)
    batch = 1_000
    for first in range(0, EXPIRED, batch):
        items = []
        for number in range(first, first + batch):
            for event in (
                {"type": "session.started", "data": {"user_id": f"gone-{number}"}},
                {"type": "session.paused", "data": {}},
            ):
                made = draft(event, session_id=f"quiet-{number}", actor="bench")
                items.append(Item(hf.settings.tenant, made, system=True))
        with transaction(engine) as connection:
            apply(connection, items, rules=rules)
    engine.dispose()
    app = bootstrap.sending_app(hf.settings)
    with psycopg.connect(stack.database_url, autocommit=True) as database:
        database.execute("DELETE FROM timers WHERE kind <> 'expire'")
        database.execute("UPDATE sessions SET last_activity_at = now() - interval '1 year' WHERE status = 'paused'")
        due = _count(database)
        database.execute("UPDATE timers SET due_at = now() - interval '1 minute'")
        with worker(stack, "holdfast.worker.app", "--concurrency", "2", "--queues", "upkeep"):
            began = time.perf_counter()
            while (left := _count(database)) > 0:
                if time.perf_counter() - began > 600:
                    raise RuntimeError(f"{left:,} sessions are still not expired")
                app.send_task("holdfast.tick", queue="upkeep")
                time.sleep(1.0)
            took = time.perf_counter() - began
    return {"expire_per_s": due / took}


def _count(database: psycopg.Connection[Any]) -> int:
    found = database.execute("SELECT count(*) FROM sessions WHERE status = 'paused' AND id LIKE 'quiet-%'").fetchone()
    return int(found[0]) if found else 0


def _worked(hf: holdfast.Holdfast, user: str, length: int, *, seed: int) -> Session:
    session = hf.start(user, kind="bench", agent="bench", defaults=False)
    events = _events(length, seed=seed)
    for place in range(0, len(events), 500):
        session.append(*events[place : place + 500])
    return session


def _events(count: int, *, seed: int) -> list[dict[str, Any]]:
    """Messages, and among twenty of them a decision, a question, its answer, and a word of the user's."""
    chosen = random.Random(seed)
    events: list[dict[str, Any]] = []
    for number, message in enumerate(messages(count, seed=seed)):
        name = f"{seed}-{number}"
        match number % 20:
            case 3:
                value = chosen.choice(WORDS)
                events.append({"type": "preference.stated", "data": {"key": chosen.choice(SUBJECTS), "value": value}})
            case 7:
                events.append({"type": "decision.made", "data": {"type": "plan", "decision": f"Take plan {name}"}})
            case 11:
                asked = {"decision_id": name, "question": f"May we go on with {name}?"}
                events.append({"type": "decision.escalated", "data": asked})
            case 15:
                answered = {"decision_id": f"{seed}-{number - 4}", "decision": "yes"}
                events.append({"type": "decision.answered", "data": answered})
            case _:
                events.append(said(message))
    return events


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    result = work()
    return result, time.perf_counter() - began
