"""When sessions are saved: by worker and beat, on a fast clock, as the settings and the sessions themselves say."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from capturing import key_of, timers
from holdfast import bootstrap
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.saving.tiers import TIERS
from holdfast.testing import wait_until
from processes import at_work
from writing import said

NEVER = 86_400.0
NO_INTERVAL = {"intervals": dict.fromkeys(TIERS, NEVER)}
FAST = {"autosave_context": 0.4, "autosave_conversation": 1.2, "autosave_project_state": 2.0, "autosave_full": 2.8}

Saved = tuple[str, str, int]
"""A snapshot's tier, reason and event."""

MADE: dict[str, Any] = {"type": "decision.made", "data": {"decision": "the blue one"}}
MODIFIED: dict[str, Any] = {"type": "file.modified", "data": {"path": "a.py"}}
RAISED: dict[str, Any] = {"type": "error.raised", "data": {"message": "no"}}
COMPLETED: dict[str, Any] = {"type": "task.completed", "data": {"summary": "done"}}

TRIGGERS: dict[str, tuple[dict[str, Any], str, str]] = {
    "a task that is completed": (COMPLETED, "full", "task-completion"),
    "a decision": (MADE, "context", "major-decision"),
    "an answer": (
        {"type": "decision.answered", "data": {"decision_id": "d", "decision": "yes"}}, "context", "major-decision",
    ),
    "a file": (MODIFIED, "project_state", "file-modification"),
    "an error": (RAISED, "full", "error-occurrence"),
    "a pause": ({"type": "session.paused"}, "full", "session-end"),
    "a close": ({"type": "session.closed"}, "full", "session-end"),
    "an expiry": ({"type": "session.expired"}, "full", "session-end"),
    "a failure": ({"type": "session.failed", "data": {"reason": "broken"}}, "full", "session-end"),
    "a request": ({"type": "save.requested"}, "full", "user-request"),
    **{
        f"a request for {tier}": ({"type": "save.requested", "data": {"tier": tier}}, tier, "user-request")
        for tier in TIERS
    },
}  # fmt: skip
"""Events, and what they make."""


def saved(session: Session) -> list[Saved]:
    """What was saved of the session, in the order of events and then of tiers."""
    found = [(each.tier, each.reason, each.seq) for each in session.snapshots()]
    return sorted(found, key=lambda each: (each[2], TIERS.index(each[0])))


def is_saved(session: Session, expected: Sequence[Saved]) -> bool:
    return saved(session) == list(expected)


def has_saved(session: Session, expected: Saved) -> bool:
    return expected in saved(session)


def asked_for_at_last(session: Session) -> Saved:
    """Ask for a save, and wait for it: whatever was due before it is saved then, for both are in one message."""
    session.publish({"type": "save.requested", "data": {"tier": "conversation"}})
    (request,) = wait_until(lambda: [each for each in saved(session) if each[1] == "user-request"])
    return request


def test_each_tier_is_saved_when_its_interval_is_over(settings: Settings, tmp_path: Path) -> None:
    with at_work(settings.model_copy(update=FAST), tmp_path) as hf:
        session = hf.start("u")
        alone = {tier: hf.start("u", autosave={"intervals": {**NO_INTERVAL["intervals"], tier: 0.5}}) for tier in TIERS}
        wait_until(lambda: len(saved(session)) == 4, what="every tier")
        for tier, each in alone.items():
            wait_until(partial(is_saved, each, [(tier, "interval", 1)]), what=f"a save of {tier}")
            each.publish(said("more"))
        for tier, each in alone.items():
            both = [(tier, "interval", 1), (tier, "interval", 2)]
            wait_until(partial(is_saved, each, both), what=f"the next save of {tier}")
        began = session.events()[0].recorded_at
        made = {each.tier: each for each in session.snapshots()}
    for tier in TIERS:
        assert made[tier].created_at - began >= timedelta(seconds=FAST[f"autosave_{tier}"] / 2)
    name = session.id.removeprefix("SESSION-")
    assert {each.id for each in made.values()} == {f"RECOVERY-{name}-AUTO-SAVE-{number}" for number in (1, 2, 3, 4)}
    assert {each.reason for each in made.values()} == {"interval"}


def test_events_do_not_put_a_save_off(settings: Settings, tmp_path: Path) -> None:
    with at_work(settings.model_copy(update=FAST), tmp_path) as hf:
        session = hf.start("u")

        def saved_while_it_goes_on() -> bool:
            session.append(said("more"))
            return {tier for tier, _, _ in saved(session)} == set(TIERS)

        wait_until(saved_while_it_goes_on, what="a save of every tier")


def test_each_trigger_makes_a_save_of_its_tier(settings: Settings, tmp_path: Path) -> None:
    with at_work(settings.model_copy(update={"autosave_tail": 20}), tmp_path) as hf:
        sessions = {name: hf.start("u", autosave=NO_INTERVAL) for name in TRIGGERS}
        long = hf.start("u", autosave=NO_INTERVAL)
        long.publish(*[said(str(number)) for number in range(18)])
        for name, (event, _, _) in TRIGGERS.items():
            sessions[name].publish(event)
        for name, (_, tier, reason) in TRIGGERS.items():
            wait_until(partial(is_saved, sessions[name], [(tier, reason, 2)]), what=f"a save for {name}")
        assert saved(long) == []
        long.publish(said("the twentieth"))
        wait_until(lambda: saved(long) == [("context", "tail-size", 20)], what="a save for a long tail")
        long.publish(*[said(str(number)) for number in range(20)])
        wait_until(lambda: saved(long)[1:] == [("context", "tail-size", 40)], what="the next save for a long tail")


def test_a_session_says_itself_when_it_is_saved(settings: Settings, tmp_path: Path) -> None:
    with at_work(settings.model_copy(update=FAST), tmp_path) as hf:
        off = hf.start("u", autosave=False)
        few = hf.start("u", autosave={**NO_INTERVAL, "triggers": ["error-occurrence"]})
        none = hf.start("u", persistence={"auto_save": False})
        for session in (off, few, none):
            session.publish(COMPLETED, MADE, MODIFIED, RAISED)
            request = asked_for_at_last(session)
            expected = {("full", "error-occurrence")} if session is few else set()
            assert {each[:2] for each in saved(session) if each != request} == expected
        ending = hf.start("u", autosave={**NO_INTERVAL, "triggers": []})
        ending.publish(COMPLETED, {"type": "session.closed"})
        wait_until(lambda: saved(ending) == [("full", "session-end", 3)], what="the save of what has ended")


def test_the_installation_says_what_makes_a_save(settings: Settings, tmp_path: Path) -> None:
    settings = settings.model_copy(update={"autosave_triggers": "task-completion", "autosave_tail": 3})
    with at_work(settings, tmp_path) as hf:
        session, other = (hf.start("u", autosave=NO_INTERVAL) for _ in range(2))
        other.publish(COMPLETED)
        wait_until(lambda: saved(other) == [("full", "task-completion", 2)], what="the save of what is completed")
        session.publish(MADE, MODIFIED, RAISED, {"type": "session.paused"})
        request = asked_for_at_last(session)
        assert saved(session) == [request]
    settings = settings.model_copy(update={"autosave": False, **FAST})
    with Holdfast(settings) as hf:
        quiet = hf.start("u")
        quiet.append(COMPLETED)
        kinds = timers(hf.service._engine, quiet)
        insists = hf.start("u", autosave=True)
        assert not kinds
        assert timers(hf.service._engine, insists).keys() == set(TIERS)


@pytest.mark.promise(7)
def test_a_burst_is_saved_once_a_second_and_to_its_last_event(settings: Settings, tmp_path: Path) -> None:
    with at_work(settings, tmp_path) as hf:
        session = hf.start("u", autosave={**NO_INTERVAL, "backup_count": 1000})
        sender = bootstrap.sending_app(settings)

        def goes_on() -> bool:
            for _ in range(20):
                session.append(RAISED)
            sender.send_task("holdfast.tick", expires=60)  # more often than beat does
            return len(session.snapshots()) >= 3 and hf.service.find(session.id).events > 200

        wait_until(goes_on, what="three saves while the burst lasts")
        last = session.events(limit=None)[-1].seq
        wait_until(partial(has_saved, session, ("full", "error-occurrence", last)), what="a save of the last event")
        made = session.snapshots()
    moments = sorted({each.created_at for each in made})
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    assert min(gaps) >= timedelta(seconds=1)


def rows_of(engine: Engine, session: Session) -> dict[str, list[Any]]:
    """All that the database has of the session, with the transaction that wrote each row last."""
    tables = ("timers", "savings", "folds", "segments", "snapshots", "events", "pins")
    key = key_of(engine, session)
    with engine.connect() as connection:
        found = {
            table: [
                tuple(row)
                for row in connection.execute(
                    text(f"SELECT xmin::text, ctid::text, * FROM {table} WHERE session_key = :key ORDER BY 2"),
                    {"key": key},
                )
            ]
            for table in tables
        }
        of_session = text("SELECT xmin::text, * FROM sessions WHERE key = :key")
        found["sessions"] = [tuple(row) for row in connection.execute(of_session, {"key": key})]
    return found


@pytest.mark.promise(7)
def test_an_idle_session_costs_nothing(settings: Settings, tmp_path: Path) -> None:
    with at_work(settings.model_copy(update=dict.fromkeys(FAST, 0.2)), tmp_path) as hf:
        engine = hf.service._engine
        idle, busy = hf.start("u"), hf.start("u")
        idle.publish(said("something"), RAISED)
        wait_until(lambda: len(saved(idle)) >= 4 and not timers(engine, idle), what="the end of its saves")
        before, files = rows_of(engine, idle), sorted(path.name for path in settings.data_dir.rglob("*.gz"))
        for number in range(2):
            busy.publish(said(str(number)))
            wait_until(partial(has_saved, busy, ("context", "interval", number + 2)), what="a save of the other")
        assert rows_of(engine, idle) == before
        assert {kind for _, _, _, kind, *_ in before["timers"]} == {"idle", "summary"}
        assert set(files) <= {path.name for path in settings.data_dir.rglob("*.gz")}
