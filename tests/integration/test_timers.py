"""Timers: a session that is quiet is paused, and what is due is claimed once, and again where it was lost."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from holdfast import bootstrap
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.pipeline.idle import pause_if_idle
from holdfast.pipeline.rules import Rules
from holdfast.pipeline.tick import BATCH, CLAIM_SECONDS, tick
from holdfast.store.transaction import transaction
from strategies import event_data, patient
from writing import said

IDLE = 3600.0
RULES = Rules(IDLE, replace(bootstrap.policy(Settings()), enabled=False))


def timers(engine: Engine) -> dict[str, float]:
    """The sessions that have a timer which pauses them, and in how many seconds it is due."""
    query = """
        SELECT s.id, extract(epoch FROM t.due_at - now()) FROM timers t JOIN sessions s ON s.key = t.session_key
        WHERE t.kind = 'idle'
    """
    with engine.connect() as connection:
        return {session_id: float(seconds) for session_id, seconds in connection.execute(text(query))}


def keys_of(connection: Connection) -> list[int]:
    """The sessions, by key, that a tick has somebody look at."""
    return [key for each in tick(connection) if each.task == "holdfast.pause_idle" for key in each.arguments["keys"]]


def named(engine: Engine, keys: list[int]) -> list[str]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT key, id FROM sessions")).all()
    ids = {row.key: row.id for row in rows}
    return [ids[key] for key in keys]


def ticked(engine: Engine) -> list[str]:
    with transaction(engine) as connection:
        keys = keys_of(connection)
    return named(engine, keys)


def handled(engine: Engine, session_id: str, tenant: str = "default") -> bool:
    with transaction(engine) as connection:
        return pause_if_idle(connection, tenant, session_id, rules=RULES)


def pass_time(engine: Engine, seconds: float) -> None:
    """Everything that is in the database happened, or is due, that much earlier."""
    with engine.begin() as connection:
        for column in ("sessions SET last_activity_at = last_activity_at", "timers SET due_at = due_at"):
            connection.execute(text(f"UPDATE {column} - :seconds * interval '1 second'"), {"seconds": seconds})


@pytest.fixture
def hf(settings: Settings) -> Iterator[Holdfast]:
    """A client of an installation that saves nothing by itself: its timers are others."""
    with Holdfast(settings.model_copy(update={"autosave": False})) as holdfast:
        yield holdfast


@pytest.fixture
def session(hf: Holdfast) -> Session:
    return hf.start("u", session_id="s")


def test_a_session_that_is_quiet_is_paused(engine: Engine, session: Session) -> None:
    assert ticked(engine) == []
    assert timers(engine)["s"] == pytest.approx(IDLE, abs=5)
    pass_time(engine, IDLE + 1)
    assert ticked(engine) == ["s"]
    assert handled(engine, "s")
    paused = session.events()[-1]
    assert (paused.type, paused.actor, paused.data) == ("session.paused", "holdfast", {"reason": "idle"})
    assert session.state().status == "paused"
    assert timers(engine) == {}
    assert not handled(engine, "s"), "once"
    assert session.verify() == 2


def test_events_do_not_move_the_timer_it_looks_again_when_it_fires(engine: Engine, session: Session) -> None:
    pass_time(engine, IDLE / 2)
    session.append(said("busy"))
    assert timers(engine)["s"] == pytest.approx(IDLE / 2, abs=5)
    pass_time(engine, IDLE / 2)
    assert ticked(engine) == ["s"]
    assert not handled(engine, "s")
    assert timers(engine)["s"] == pytest.approx(IDLE / 2, abs=5)
    pass_time(engine, IDLE / 2)
    assert ticked(engine) == ["s"]
    assert handled(engine, "s")


def test_a_pause_does_not_count_as_activity(hf: Holdfast, engine: Engine, session: Session) -> None:
    pass_time(engine, IDLE + 1)
    before = hf.service.find("s").last_activity_at
    assert handled(engine, "s")
    assert hf.service.find("s").last_activity_at == before
    assert session.state().last_activity == session.events()[0].recorded_at


@pytest.mark.parametrize("end", ["session.paused", "session.closed", "session.expired", "session.failed"])
def test_a_session_that_is_not_active_has_no_timer(engine: Engine, session: Session, end: str) -> None:
    data = {"reason": "broken"} if end == "session.failed" else {}
    session.append({"type": end, "data": data})
    assert timers(engine) == {}
    assert not handled(engine, "s")


@pytest.mark.parametrize("wake", [{"type": "session.resumed"}, said("back again")])
def test_a_session_that_wakes_has_a_timer_again(engine: Engine, session: Session, wake: dict[str, Any]) -> None:
    session.append({"type": "session.paused"})
    session.append({"type": "session.paused"})
    assert timers(engine) == {}
    session.append(wake)
    assert timers(engine)["s"] == pytest.approx(IDLE, abs=5)
    assert session.state().status == "active"


def test_a_session_that_began_and_ended_in_one_round_has_no_timer(hf: Holdfast, engine: Engine) -> None:
    short = Session(hf, "short", "agent")
    short.append({"type": "session.started", "data": {"user_id": "u"}}, said("x"), {"type": "session.closed"})
    assert timers(engine) == {}


def test_the_holder_of_a_lease_can_fall_idle_too(engine: Engine, session: Session) -> None:
    with session.lease("holder"):
        pass_time(engine, IDLE + 1)
        assert handled(engine, "s")
        session.append(said("still mine"))
    assert session.state().status == "active"


@pytest.mark.promise(3)
def test_two_ticks_at_once_claim_each_timer_once(
    hf: Holdfast, settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = {hf.start("u").id for _ in range(7)}
    pass_time(engine, IDLE + 1)
    monkeypatch.setattr("holdfast.pipeline.tick.BATCH", 4)
    with transaction(engine) as first, transaction(engine) as second, transaction(engine) as third:
        claimed = [named(engine, keys_of(connection)) for connection in (first, second, third)]
    assert [len(each) for each in claimed] == [4, 3, 0]
    assert set().union(*claimed) == started
    assert BATCH > 4
    with psycopg.connect(settings.database_url or "") as busy:
        pass_time(engine, CLAIM_SECONDS + 1)
        busy.execute("SELECT FROM timers FOR UPDATE")
        assert ticked(engine) == [], "what another is at work on is passed over, not waited for"


def test_a_follow_up_that_was_lost_comes_due_again(engine: Engine, session: Session) -> None:
    pass_time(engine, IDLE + 1)
    assert ticked(engine) == ["s"]
    assert ticked(engine) == [], "claimed"
    pass_time(engine, CLAIM_SECONDS + 1)
    assert ticked(engine) == ["s"]
    assert handled(engine, "s")
    assert not handled(engine, "s"), "a follow-up that comes twice does no harm"
    assert session.state().history.total == 2


def test_what_is_not_there_is_not_paused(engine: Engine, session: Session) -> None:
    pass_time(engine, IDLE + 1)
    assert not handled(engine, "nowhere")
    assert not handled(engine, "s", tenant="other")
    assert len(session.events()) == 1


LIVES = st.lists(
    st.lists(
        st.sampled_from(
            ["session.paused", "session.resumed", "session.closed", "session.failed", "session.recovered",
             "message.added", "state.set", "lease", "idle"]
        ),
        min_size=1,
        max_size=3,
    ),
    max_size=6,
)  # fmt: skip


@settings(patient, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(LIVES, st.data())
def test_table_fold_and_timer_agree_on_the_status(
    hf: Holdfast, engine: Engine, life: list[list[str]], data: st.DataObject
) -> None:
    session = hf.start("u")
    for batch in life:
        published = [each for each in batch if each not in {"lease", "idle"}]
        session.publish(*[{"type": each, "data": data.draw(event_data(each))} for each in published])
        hf.service._settle(session.id)
        if "lease" in batch and hf.service.find(session.id).status != "closed":
            hf.service.take_lease(session.id, "a", exclusive=False)
        if "idle" in batch:
            with transaction(engine) as connection:
                pause_if_idle(connection, "default", session.id, rules=RULES._replace(idle_after=1e-6))
        found = hf.service.find(session.id)
        state = session.state()
        assert (found.status, found.last_activity_at) == (state.status, state.last_activity)
        assert (found.closed_at is not None) == (state.status == "closed")
        assert (session.id in timers(engine)) == (state.status == "active")
