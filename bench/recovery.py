"""Recovery: how long each of the three takes as sessions grow, what a lease costs, how well resuming is recognised."""

import time
from functools import cache
from pathlib import Path
from statistics import quantiles

from rich.progress import Progress

import holdfast
from holdfast import Session, bootstrap
from holdfast.errors import StaleWriter
from holdfast.greeting.measure import measure
from holdfast.recovering.report import Mode
from load import event as said
from load import messages
from report import Aim
from stack import HERE, servers
from weight import grow

__all__ = ["AIMS", "run"]

AIMS = [
    Aim("quick_p99_ms_10000", "quick_p99_ms_10000", "aim_quick_p99_ms", most=1.0),
    Aim("full_p99_ms_10000", "full_p99_ms_10000", "aim_full_p99_ms", most=1.0),
    Aim("emergency_p99_ms_10000", "emergency_p99_ms_10000", "aim_emergency_p99_ms", most=1.0),
    Aim("quick_100000_to_1000", "quick_p50_ms_100000", "quick_p50_ms_1000", most=1.5),
    Aim("resume_intent_precision", "resume_intent_precision", "aim_resume_intent_precision", least=1.0),
    Aim("resume_intent_recall", "resume_intent_recall", "aim_resume_intent_recall", least=1.0),
]

WANTED = {
    "aim_quick_p99_ms": 20.0,
    "aim_full_p99_ms": 500.0,
    "aim_emergency_p99_ms": 10.0,
    "aim_resume_intent_precision": 0.98,
    "aim_resume_intent_recall": 0.95,
}

LENGTHS = {100: 15.0, 1_000: 6.0, 10_000: 0.6, 100_000: 0.6}
"""Events of a session, and seconds from one to the next, by which the default schedule saves it. The shortest is long
enough to have been saved whole once; before that an emergency finds only what waits in Redis."""

TAIL = 7
"""Events after the last save: an agent dies at any time."""

ROUNDS: dict[Mode, dict[int, int]] = {
    "quick": dict.fromkeys(LENGTHS, 200),
    "full": {100: 100, 1_000: 100, 10_000: 40, 100_000: 8},
    "emergency": dict.fromkeys(LENGTHS, 200),
}

TAKES = 300
STALE = 200

PHRASES = HERE.parent / "tests" / "resume_phrases"


def run() -> dict[str, float]:
    with servers() as stack, Progress(transient=True) as progress:
        steps = progress.add_task("recovery", total=len(LENGTHS) + 3)
        figures = dict(WANTED)
        with stack.client(autosave=False) as hf:
            sessions = {}
            for length, seconds in LENGTHS.items():
                sessions[length] = _grown(hf, length, seconds)
                progress.advance(steps)
            for mode in ("quick", "full"):
                figures |= _timed(sessions, mode)
            progress.advance(steps)
            figures |= {"lease_take_ms": _takes(hf), "stale_writers_committed": _stale(hf)}
        # The emergency is that the database is down; the client is one that finds that out for itself.
        stack.stop_postgres()
        with stack.client(autosave=False) as hf:
            figures |= _timed({length: hf_session(hf, each) for length, each in sessions.items()}, "emergency")
        progress.advance(steps)
    return figures | _intent()


def hf_session(hf: holdfast.Holdfast, session: Session) -> Session:
    """The same session by another client, which asks nobody whether it is there."""
    return Session(hf, session.id, session.agent)


def _grown(hf: holdfast.Holdfast, length: int, seconds_a_message: float) -> Session:
    """A session with a task, some decisions, and messages; saved as it would have been, and gone on with a little."""
    engine = bootstrap.engine(hf.settings)
    saver = bootstrap.saver(hf.settings, engine, cache(lambda: bootstrap.vault(hf.settings, engine)))
    session = hf.start("bench", kind="bench", title="A trip to Paris")
    session.append(
        {"type": "task.assigned", "data": {"task_id": "T-1", "description": "Plan it", "next_steps": ["book", "pay"]}},
        *({"type": "decision.made", "data": {"type": f"d{number}", "value": number}} for number in range(20)),
    )
    spoken = messages(length - 22, seed=length)
    grow(hf, saver, session, spoken[:-TAIL], seconds_a_message)
    session.append(*map(said, spoken[-TAIL:]))
    engine.dispose()
    assert hf.service.find(session.id).events == length
    return session


def _timed(sessions: dict[int, Session], mode: Mode) -> dict[str, float]:
    figures: dict[str, float] = {}
    for length, session in sessions.items():
        times = []
        for _ in range(ROUNDS[mode][length]):
            began = time.perf_counter()
            report = session.recover(mode, record=False)
            times.append((time.perf_counter() - began) * 1000)
            assert report.mode == mode
            assert report.status == ("partial" if mode == "emergency" else "success"), report.warnings
        cuts = quantiles(times, n=100, method="inclusive")
        figures[f"{mode}_p50_ms_{length}"], figures[f"{mode}_p99_ms_{length}"] = cuts[49], cuts[98]
    return figures


def _takes(hf: holdfast.Holdfast) -> float:
    session = hf.start("bench", kind="bench")
    times = []
    for _ in range(TAKES):
        began = time.perf_counter()
        hf.service.take_lease(session.id, "bench", exclusive=True)
        times.append((time.perf_counter() - began) * 1000)
    return quantiles(times, n=2)[0]


def _stale(hf: holdfast.Holdfast) -> int:
    """Of so many writers that were superseded and wrote all the same, how many got into the log."""
    session = hf.start("bench", kind="bench")
    committed = 0
    for number in range(STALE):
        old = hf.service.take_lease(session.id, "old", exclusive=True, takeover=True)
        hf.service.take_lease(session.id, "new", exclusive=True, takeover=True)
        event = {"type": "custom.stale", "fence": old.fence}
        if number % 2:
            session.publish(event)
        else:
            _refused(session, event)
    hf.service.drain(seconds=60)
    committed = sum(event.type == "custom.stale" for event in session.events(limit=None))
    assert len(hf.service.dead_letters(session_id=session.id, limit=1000)) == STALE // 2
    return committed


def _refused(session: Session, event: dict[str, object]) -> None:
    try:
        session.append(event)
    except StaleWriter:
        return
    raise AssertionError("a stale writer was not told")


def _intent() -> dict[str, float]:
    """On the half of the labelled phrases that nothing was tuned on."""
    precision, recall = measure(_phrases("tested-resume"), _phrases("tested-other"))
    return {"resume_intent_precision": precision, "resume_intent_recall": recall}


def _phrases(name: str) -> list[str]:
    return [line for line in Path(PHRASES / f"{name}.txt").read_text("utf-8").splitlines() if line.strip()]
