"""Patterns of sessions in the log: traced when they rest, found again, and suggested to the next one."""

import json
import threading
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine
from typer import Typer
from typer.testing import CliRunner

from habits import FROM, Habits, Work, happens, works
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.errors import InvalidInput, SessionNotFound
from holdfast.interfaces.cli.patterns import patterns as command
from holdfast.pipeline import tracing
from holdfast.pipeline.learn import learn
from holdfast.remembering.patterns import Suggestions, Trace, traced
from holdfast.store import log, sessions, traces
from holdfast.store.transaction import transaction
from processes import environment

TENANT = "default"


def held(hf: Holdfast, work: Work, user: str = "ada") -> Session:
    """A session in which this happens."""
    begun, *rest = happens(work)
    session = hf.start(user, session_id=None, kind="planning")
    assert begun[0] == "session.started"
    session.append(*[said(event, work, minute) for minute, event in enumerate(rest, 1)])
    return session


def said(event: tuple[str, dict[str, Any]], work: Work, minute: int) -> dict[str, Any]:
    return {"type": event[0], "data": event[1], "occurred_at": (work.at + timedelta(minutes=minute)).isoformat()}


def traced_up(engine: Engine, session: Session, upto: int | None = None, *, hand_over: bool = False) -> Trace:
    """As the learning of a session does."""
    with transaction(engine) as connection:
        found, _ = sessions.find(connection, TENANT, session.id)
        events = list(log.events(connection, found.key, session.id)) if hand_over else []
        end = found.events if upto is None else upto
        return tracing.trace(connection, TENANT, found.key, session.id, found.user_id, end, events)


def rows(engine: Engine) -> list[Any]:
    with transaction(engine) as connection:
        return list(
            connection.exec_driver_sql(
                "SELECT s.id, t.tenant, t.user_id, t.upto, t.recipe, t.trace::text, t.started_at "
                "FROM traces t JOIN sessions s ON s.key = t.session_key ORDER BY s.key"
            )
        )


@pytest.fixture
def past(hf: Holdfast, engine: Engine) -> list[Session]:
    """Ten sessions of somebody with habits."""
    made = [held(hf, work) for work in works(Random(1), 10, Habits(share=1))]
    for session in made:
        traced_up(engine, session)
    return made


def test_habits_are_found_in_the_log_with_the_events_that_show_them(hf: Holdfast, past: list[Session]) -> None:
    found = {each.name: each for each in hf.patterns("ada") if each.kind != "workflow"}
    assert found["stable_channels"].value == {"key": "channels", "value": ["CTV", "Paid Search"]}
    assert found["stable_channels"].support == found["stable_channels"].sessions == 10
    by_id = {session.id: session for session in past}
    for session_id, event_id in found["stable_channels"].evidence:
        (event,) = [each for each in by_id[session_id].events() if str(each.id) == event_id]
        assert event.data == {"key": "channels", "value": ["CTV", "Paid Search"]}
    assert {"starts_with", "before_finalising"} <= {each.name for each in hf.patterns("ada")}


@pytest.mark.usefixtures("past")
def test_a_new_session_is_told_what_is_likely(hf: Holdfast) -> None:
    session = hf.start("ada")
    found = hf.suggest(session)
    assert found.next_step is not None
    assert {each.about: each.value for each in found.prefilled}["measure"] == "ROAS"
    assert {"projections"} <= {each.value for each in found.questions}
    session.append({"type": "information.provided", "data": {"key": "measure", "value": "CPA"}})
    session.publish({"type": "preference.refused", "data": {"key": "channels"}})
    assert {each.about for each in hf.suggest(session.id).prefilled} == {"budget"}
    session.append({"type": "session.closed", "data": {}})
    assert hf.suggest(session) == Suggestions()


@pytest.mark.usefixtures("past")
def test_one_users_habits_are_no_others(hf: Holdfast, settings: Settings) -> None:
    assert hf.patterns("bob") == []
    assert hf.suggest(hf.start("bob")) == Suggestions()
    with Holdfast(settings.model_copy(update={"tenant": "other"})) as other:
        assert other.patterns("ada") == []


def test_without_sessions_there_is_nothing(hf: Holdfast) -> None:
    assert hf.patterns("nobody") == []
    with pytest.raises(SessionNotFound):
        hf.suggest("none-such")
    with pytest.raises(InvalidInput):
        hf.patterns("no body")
    with pytest.raises(InvalidInput, match="time zone"):
        hf.patterns("ada", zone="Nowhere/Land")


def test_a_trace_is_the_same_however_often_and_in_which_parts_it_is_made(hf: Holdfast, engine: Engine) -> None:
    session = held(hf, works(Random(2), 1, Habits())[0])
    events = list(session.events())
    whole = traced(None, events, session_id=session.id, user_id="ada")
    reached = 0
    for upto in (4, 7, 5, len(events), 2, len(events)):
        made = traced_up(engine, session, upto, hand_over=upto % 2 == 0)
        assert made == traced(None, events[: made.upto], session_id=session.id, user_id="ada")
        reached = max(reached, upto)
        assert made.upto == reached
    assert traced_up(engine, session, 4) == whole
    assert traced_up(engine, session) == whole
    ((session_id, tenant, user, upto, _, text, started),) = rows(engine)
    assert (session_id, tenant, user, upto, started) == (session.id, TENANT, "ada", len(events), whole.started_at)
    assert Trace.of(text) == whole


def test_events_at_hand_that_do_not_connect_are_read_anew(hf: Holdfast, engine: Engine) -> None:
    session = held(hf, works(Random(2), 1, Habits())[0])
    events = list(session.events())
    with transaction(engine) as connection:
        found, _ = sessions.find(connection, TENANT, session.id)
        made = tracing.trace(connection, TENANT, found.key, session.id, "ada", len(events), events[3:])
    assert made == traced(None, events, session_id=session.id, user_id="ada")


def test_a_trace_of_another_recipe_is_made_anew(hf: Holdfast, engine: Engine) -> None:
    session = held(hf, works(Random(2), 1, Habits())[0])
    whole = traced_up(engine, session)
    with transaction(engine) as connection:
        connection.exec_driver_sql("UPDATE traces SET recipe = 'trace/0', trace = '{\"old\": true}'")
        assert traces.newest(log.cursor(connection), TENANT, "ada", 10) == []
    assert traced_up(engine, session) == whole
    assert Trace.of(rows(engine)[0][5]) == whole


def test_many_at_once_make_the_same(hf: Holdfast, engine: Engine) -> None:
    session = held(hf, works(Random(3), 1, Habits())[0])
    last = len(list(session.events()))
    threads = [threading.Thread(target=traced_up, args=(engine, session, upto)) for upto in range(1, last + 1, 3)]
    threads.append(threading.Thread(target=traced_up, args=(engine, session)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (row,) = rows(engine)
    assert row[3] == last
    assert Trace.of(row[5]) == traced(None, list(session.events()), session_id=session.id, user_id="ada")


def test_text_that_postgres_finds_hard_is_kept(hf: Holdfast, engine: Engine) -> None:
    session = hf.start("ada")
    session.append({"type": "information.provided", "data": {"key": "mood\0 \u202e", "value": "a\0b"}})
    traced_up(engine, session)
    (row,) = rows(engine)
    assert Trace.of(row[5]).choices["mood"].value == "a\0b"
    assert hf.patterns("ada") == []


def test_only_the_newest_sessions_count(hf: Holdfast, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        measure = "ROAS" if number < 4 else "CPA"
        happened = Work(at=FROM + timedelta(days=3 * number), choices={"measure": measure})
        traced_up(engine, held(hf, happened))
    monkeypatch.setattr("holdfast.service.patterns.SESSIONS", 8)
    (found,) = [each for each in hf.patterns("ada") if each.kind == "preference"]
    assert (found.value["value"], found.support, found.sessions) == ("CPA", 8, 8)


def test_what_the_session_itself_shows_is_neither_for_nor_against(
    hf: Holdfast, engine: Engine, past: list[Session]
) -> None:
    session = hf.start("ada")
    session.append({"type": "preference.refused", "data": {"key": "measure", "value": "CPA"}})
    session.append({"type": "session.paused", "data": {}})
    traced_up(engine, session)
    (likely,) = [each for each in hf.suggest(session).prefilled if each.about == "measure"]
    assert likely.pattern is not None
    assert likely.pattern.sessions == len(past) == 10


@pytest.mark.usefixtures("past")
def test_the_command_shows_them(settings: Settings) -> None:
    app = Typer()
    app.command()(command)
    shown = CliRunner().invoke(app, ["ada"], env=environment(settings))
    assert shown.exit_code == 0
    assert "User consistently chooses ROAS for measure (10 of 10 sessions)" in shown.stdout
    lines = CliRunner().invoke(app, ["ada", "--json"], env=environment(settings)).stdout.splitlines()
    assert {"kind", "name", "support", "sessions", "confidence", "evidence"} <= json.loads(lines[0]).keys()
    assert "No patterns." in CliRunner().invoke(app, ["bob"], env=environment(settings)).stderr


def learned(engine: Engine, session: Session, most: int = 1000) -> None:
    """What a worker does once the session rests."""
    behind = True
    while behind:
        with transaction(engine) as connection:
            behind = learn(connection, TENANT, session.id, most=most).behind


def test_whoever_learns_from_a_session_traces_it(hf: Holdfast, engine: Engine) -> None:
    session = held(hf, works(Random(2), 1, Habits())[0])
    whole = traced(None, list(session.events()), session_id=session.id, user_id="ada")
    learned(engine, session, most=5)
    learned(engine, session)
    (row,) = rows(engine)
    assert Trace.of(row[5]) == whole


def test_a_fork_shows_no_habit(hf: Holdfast, engine: Engine) -> None:
    session = held(hf, works(Random(2), 1, Habits())[0])
    learned(engine, hf.fork(session.id))
    (row,) = rows(engine)
    assert Trace.of(row[5]).forked


def test_what_is_remembered_is_prefilled_with_what_it_rests_on(hf: Holdfast, engine: Engine) -> None:
    past = hf.start("ada")
    past.append({"type": "preference.stated", "data": {"key": "communication_style", "value": "concise"}})
    past.append({"type": "session.closed", "data": {}})
    learned(engine, past)
    (event,) = [each for each in past.events() if each.type == "preference.stated"]
    session = hf.start("ada")
    (likely,) = [each for each in hf.suggest(session).prefilled if each.about == "communication_style"]
    assert (likely.value, likely.pattern, likely.evidence) == ("concise", None, ((past.id, str(event.id)),))
    assert likely.confidence > 0.5
    session.append({"type": "preference.refused", "data": {"key": "communication_style"}})
    assert hf.suggest(session).prefilled == ()


def test_an_archived_session_is_suggested_nothing(hf: Holdfast, engine: Engine, past: list[Session]) -> None:
    with transaction(engine) as connection:
        connection.exec_driver_sql("UPDATE sessions SET archived_at = now() WHERE id = %s", (past[0].id,))
    assert hf.suggest(past[0]) == Suggestions()
    assert hf.patterns("ada")
