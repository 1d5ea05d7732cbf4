"""Summaries in the store: beside the log, at the cost of what is new, whoever makes them and however often."""

import threading
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from holdfast import bootstrap
from holdfast.client import Holdfast, Session
from holdfast.errors import SessionNotFound
from holdfast.pipeline import summarise
from holdfast.pipeline.tick import tick
from holdfast.remembering import summary as remembering
from holdfast.remembering.summary import TEXT_CHARACTERS, Summary
from holdfast.store import summaries
from holdfast.store.transaction import transaction
from strategies import patient


def say(session: Session, count: int, start: int = 0) -> None:
    session.append(
        *[
            {"type": "message.added", "data": {"role": "user", "content": f"Message {n}"}}
            for n in range(start, start + count)
        ]
    )


def bring_up(hf: Holdfast, session: Session, reason: str | None = None) -> None:
    summarise.bring_up(hf.service._engine, key_of(hf, session), rules=hf.service._rules, reason=reason)


def key_of(hf: Holdfast, session: Session) -> int:
    return hf.service.find(session.id).key


def column(engine: Engine, query: str, *values: Any) -> Any:
    with transaction(engine) as connection:
        return connection.exec_driver_sql(query, values).scalar_one_or_none()


def due(engine: Engine, session: Session, kind: str) -> float | None:
    """Seconds until the session's timer of that kind is due; None without one."""
    found = column(
        engine,
        "SELECT extract(epoch FROM due_at - now())::float8 FROM timers t JOIN sessions s ON s.key = t.session_key "
        "WHERE s.id = %s AND t.kind = %s",
        session.id,
        kind,
    )
    return None if found is None else float(found)


def texts(summary: Summary | None) -> list[str]:
    assert summary is not None
    return [line.text for line in summary.lines]


def test_a_session_has_none_until_one_is_made(hf: Holdfast) -> None:
    session = hf.start("ada")
    assert session.summary() is None
    assert session.summaries() == []
    made = session.summarise()
    assert session.summary() == made
    assert (made.first, made.upto, made.base, made.reason, made.stands_in) == (1, 1, None, "asked", None)


def test_a_session_that_is_not_there_has_none(hf: Holdfast) -> None:
    with pytest.raises(SessionNotFound):
        hf.service.summaries.newest("SESSION-260129-999")
    with pytest.raises(SessionNotFound):
        hf.service.summaries.make("SESSION-260129-999")


@pytest.mark.promise(5)
def test_a_new_one_builds_on_the_last_and_stands_beside_it(hf: Holdfast) -> None:
    session = hf.start("ada", title="A trip")
    session.append({"type": "decision.made", "data": {"type": "budget", "value": 500, "confidence": "HIGH"}})
    first = session.summarise()
    say(session, 3)
    session.append({"type": "decision.escalated", "data": {"decision_id": "D", "question": "By train?"}})
    second = session.summarise()
    assert (second.base, second.upto) == (first.upto, 6)
    assert "budget 500 (by agent; how sure: HIGH)" in texts(second)
    assert "Waits for an answer: By train?" in texts(second)
    assert session.summaries() == [second, first]
    assert session.verify() == 6  # nothing was written into the log


def test_with_nothing_new_none_is_added(hf: Holdfast) -> None:
    session = hf.start("ada")
    first = session.summarise()
    assert session.summarise() == first
    assert session.summaries() == [first]


def test_it_covers_what_was_published_before(hf: Holdfast) -> None:
    session = hf.start("ada")
    session.publish({"type": "decision.made", "data": {"type": "colour", "value": "blue"}})
    assert "colour blue (by agent; how sure is not said)" in texts(session.summarise())


@pytest.mark.promise(5)
def test_in_any_cuts_it_says_the_same_as_in_one_go(hf: Holdfast) -> None:
    cut, whole = hf.start("ada"), hf.start("ada")
    for number in range(5):
        for session in (cut, whole):
            session.append(
                {"type": "effect.intended", "data": {"effect_id": f"e{number}", "action": "send"}},
                {"type": "decision.made", "data": {"type": f"t{number}", "value": number}},
                *(
                    [{"type": "effect.settled", "data": {"effect_id": f"e{number - 1}", "outcome": "done"}}]
                    * (number > 0)
                ),
            )
        cut.summarise()
    assert texts(cut.summary()) == texts(whole.summarise())
    assert len(cut.summaries()) == 5


def test_a_carry_of_another_recipe_is_made_anew_from_the_whole_log(hf: Holdfast, engine: Engine) -> None:
    session = hf.start("ada")
    session.append({"type": "decision.made", "data": {"type": "colour", "value": "blue"}})
    session.summarise()
    with transaction(engine) as connection:
        connection.exec_driver_sql("UPDATE summaries SET carry = 'nonsense'")
    say(session, 1)
    again = session.summarise()
    assert "colour blue (by agent; how sure is not said)" in texts(again)
    assert again.base is None


def test_a_long_log_is_summarised_piece_by_piece(hf: Holdfast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(summarise, "EVENTS", 10)
    monkeypatch.setattr(summarise, "PAGE", 3)
    session = hf.start("ada")
    say(session, 34)
    assert session.summarise().upto == 35
    assert [(each.base, each.upto) for each in session.summaries()] == [(30, 35), (20, 30), (10, 20), (None, 10)]


def test_the_timer_comes_with_the_first_message_and_at_once_with_many(hf: Holdfast, engine: Engine) -> None:
    session = hf.start("ada")
    assert due(engine, session, "summary") is None
    say(session, 1)
    assert 3500 < (due(engine, session, "summary") or 0) <= 3600
    say(session, 49, 1)
    assert (due(engine, session, "summary") or 1) <= 0
    bring_up(hf, session)
    assert due(engine, session, "summary") is None
    newest = session.summary()
    assert newest is not None
    assert newest.reason == "size"
    say(session, 1)
    assert (due(engine, session, "summary") or 0) > 3500


@pytest.mark.parametrize(("end", "reason"), [("session.paused", "pause"), ("session.closed", "close")])
def test_one_that_rests_is_summarised_at_once(hf: Holdfast, engine: Engine, end: str, reason: str) -> None:
    session = hf.start("ada")
    session.append({"type": end, "data": {"summary": "All went well."}})
    assert (due(engine, session, "summary") or 1) <= 0
    with transaction(engine) as connection:
        (follow_up,) = [each for each in tick(connection) if each.task == "holdfast.summarise"]
    assert follow_up.arguments == {"keys": [key_of(hf, session)]}
    summarise.summarise_sessions(engine, follow_up.arguments["keys"], rules=hf.service._rules)
    newest = session.summary()
    assert newest is not None
    assert (newest.reason, newest.upto) == (reason, 2)
    assert "Said of it as a whole: All went well." in texts(newest)
    assert due(engine, session, "summary") is None


@pytest.mark.promise(5)
@pytest.mark.parametrize("times", [2, 3])
def test_the_task_twice_adds_one(hf: Holdfast, engine: Engine, times: int) -> None:
    session = hf.start("ada")
    say(session, 5)
    for _ in range(times):
        summarise.summarise_sessions(engine, [key_of(hf, session)], rules=hf.service._rules)
    assert len(session.summaries()) == 1


@pytest.mark.promise(5)
def test_two_at_once_add_one(hf: Holdfast, monkeypatch: pytest.MonkeyPatch) -> None:
    session = hf.start("ada")
    say(session, 20)
    both = threading.Barrier(2, timeout=20)
    calls = iter([both.wait, both.wait])
    real = remembering.summarise

    def together(*given: Any, **named: Any) -> Any:
        made = real(*given, **named)
        next(calls, int)()
        return made

    monkeypatch.setattr(summarise, "summarise", together)
    threads = [threading.Thread(target=bring_up, args=(hf, session)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (only,) = session.summaries()
    assert only.upto == 21


@pytest.mark.promise(5)
def test_appends_do_not_wait_for_one_that_is_being_made(
    hf: Holdfast, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = hf.start("ada")
    say(session, 5)
    real = remembering.summarise

    def slow(*given: Any, **named: Any) -> Any:
        made = real(*given, **named)
        monkeypatch.setattr(summarise, "summarise", real)
        say(session, 60, 5)  # in another connection, while this transaction is open
        return made

    monkeypatch.setattr(summarise, "summarise", slow)
    bring_up(hf, session)
    (only,) = session.summaries()
    assert (only.upto, only.base) == (6, None)
    assert column(engine, "SELECT untold FROM sessions WHERE id = %s", session.id) == 60
    assert (due(engine, session, "summary") or 1) <= 0  # what came meanwhile is due at once
    bring_up(hf, session)
    assert [(each.base, each.upto) for each in session.summaries()] == [(6, 66), (None, 6)]


@pytest.mark.promise(5)
def test_what_was_read_from_a_log_that_was_rewritten_is_thrown_away(
    hf: Holdfast, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = hf.start("ada")
    say(session, 2)
    real = remembering.summarise

    def late(*given: Any, **named: Any) -> Any:
        made = real(*given, **named)
        monkeypatch.setattr(summarise, "summarise", real)
        with transaction(engine) as connection:  # as forgetting does
            connection.exec_driver_sql(
                'UPDATE events SET digest = \'\\x00\', data = \'{"role": "user", "content": "Gone"}\' WHERE seq > 1'
            )
        return made

    monkeypatch.setattr(summarise, "summarise", late)
    bring_up(hf, session)
    (only,) = session.summaries()
    assert not any("Message" in text for text in texts(only))


def test_what_is_broken_in_one_session_keeps_no_other_from_its_summary(hf: Holdfast, engine: Engine) -> None:
    broken, whole = hf.start("ada"), hf.start("bob")
    for session in (broken, whole):
        say(session, 1)
    with transaction(engine) as connection:
        connection.exec_driver_sql(
            "UPDATE events SET type = 'session.dreamt' WHERE seq = 2 AND session_key = %s", (key_of(hf, broken),)
        )
    keys = [key_of(hf, each) for each in (broken, whole)]
    assert summarise.summarise_sessions(engine, keys, rules=hf.service._rules) == 1
    assert broken.summary() is None
    assert whole.summary() is not None
    assert 500 < (due(engine, broken, "summary") or 0) <= 600


def test_killed_at_any_statement_nothing_is_half_done(
    hf: Holdfast, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = hf.start("ada")
    say(session, 3)

    class Killed(BaseException):
        pass

    for name in ("held", "add", "move"):
        real = getattr(summaries, name)

        def dies(*given: Any, real: Any = real, **named: Any) -> Any:
            real(*given, **named)
            raise Killed

        monkeypatch.setattr(summaries, name, dies)
        with pytest.raises(Killed):
            bring_up(hf, session)
        monkeypatch.setattr(summaries, name, real)
        assert session.summaries() == []
        assert column(engine, "SELECT summarised FROM sessions WHERE id = %s", session.id) == 0
        assert due(engine, session, "summary") is not None
    bring_up(hf, session)
    assert len(session.summaries()) == 1


STEPS: dict[str, dict[str, Any]] = {
    "say": {"type": "message.added", "data": {"role": "user", "content": "Hello"}},
    "decide": {"type": "decision.made", "data": {"value": 1}},
    "pause": {"type": "session.paused"},
    "resume": {"type": "session.resumed"},
}


@settings(patient, max_examples=15, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(["summarise", *STEPS]), max_size=15))
def test_in_any_order_the_ranges_follow_each_other(hf: Holdfast, steps: list[str]) -> None:
    session = hf.start("ada")
    for step in steps:
        if step == "summarise":
            bring_up(hf, session)
        else:
            session.append(STEPS[step])
    session.summarise()
    made = session.summaries()[::-1]
    assert [each.base for each in made] == [None, *(each.upto for each in made[:-1])]
    assert made[-1].upto == len(session.events(limit=None))
    ids = {str(each.id): each.seq for each in session.events(limit=None)}
    for each in made:
        assert all(ids[event_id] <= each.upto for line in each.lines for event_id in line.events)
        assert len(each.text) <= TEXT_CHARACTERS


def test_the_rules_say_whether_a_model_is_asked(hf: Holdfast, engine: Engine) -> None:
    assert bootstrap.rules(hf.settings.model_copy(update={"model": "openai:x"})).model
    session = hf.start("ada")
    session.summarise()
    assert column(engine, "SELECT model FROM summaries") == "none"
    assert due(engine, session, "model") is None
