"""A model that writes summaries: slow, wrong, away, and back. Nothing is lost, and each state can be seen."""

import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine

from holdfast import bootstrap
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.pipeline.ask_model import ask_model
from holdfast.pipeline.catch_up import catch_up
from holdfast.pipeline.model import Provider
from holdfast.pipeline.summarise import bring_up
from holdfast.pipeline.tick import tick
from holdfast.remembering.summary import RECIPE, RECIPE_MODEL, Summary
from holdfast.store.transaction import transaction
from models_server import ModelServer, Reply, each_in_turn, model_server, nonsense, sensible, status, unknown_event


@pytest.fixture
def server(free_port: Callable[[], int]) -> Iterator[ModelServer]:
    with model_server(free_port()) as server:
        yield server


@pytest.fixture
def asking(settings: Settings, server: ModelServer) -> Settings:
    """Settings with that model."""
    return settings.model_copy(update={"model": "openai:test", "model_url": server.url, "model_timeout": 20.0})


@pytest.fixture
def hf(asking: Settings) -> Iterator[Holdfast]:
    with Holdfast(asking) as holdfast:
        yield holdfast


def ask(hf: Holdfast, session: Session, *, budget: int = 10**9) -> bool:
    writer = bootstrap.writer(hf.settings)
    return ask_model(hf.service._engine, writer, hf.settings.tenant, session.id, budget=budget)


def due(engine: Engine, kind: str = "model") -> float | None:
    with transaction(engine) as connection:
        found = connection.exec_driver_sql(
            "SELECT extract(epoch FROM due_at - now())::float8 FROM timers WHERE kind = %s", (kind,)
        ).scalar_one_or_none()
    return None if found is None else float(found)


def pass_time(engine: Engine, seconds: float) -> None:
    """The fast clock: everything that is due is due so much earlier."""
    with transaction(engine) as connection:
        connection.exec_driver_sql("UPDATE timers SET due_at = due_at - %s * interval '1 second'", (seconds,))
        connection.exec_driver_sql(
            "UPDATE summaries SET asking_until = asking_until - %s * interval '1 second'", (seconds,)
        )


def work(hf: Holdfast, engine: Engine) -> int:
    """Do what a worker does about models that are due; returns how often that was."""
    with transaction(engine) as connection:
        due_now = [each for each in tick(connection) if each.task == "holdfast.ask_model"]
    for each in due_now:
        ask_model(engine, bootstrap.writer(hf.settings), **each.arguments, budget=hf.settings.model_tokens)
    return len(due_now)


def row(engine: Engine, what: str) -> object:
    with transaction(engine) as connection:
        return connection.exec_driver_sql(
            f"SELECT {what} FROM summaries WHERE recipe = %s ORDER BY upto DESC LIMIT 1", (RECIPE,)
        ).scalar_one()


def newest(session: Session) -> Summary:
    found = session.summary()
    assert found is not None
    return found


def begun(hf: Holdfast) -> Session:
    session = hf.start("ada", title="A trip")
    session.append(
        {"type": "message.added", "data": {"role": "user", "content": "To Paris"}},
        {"type": "decision.made", "data": {"type": "budget", "value": 500}},
    )
    session.summarise()
    return session


def test_until_the_model_answers_the_built_in_one_stands_in_and_says_so(hf: Holdfast, engine: Engine) -> None:
    session = begun(hf)
    standing = newest(session).stands_in
    assert standing is not None
    assert (standing.attempts, standing.problem, standing.asking) == (0, None, False)
    assert (due(engine) or 1) <= 0


@pytest.mark.promise(5)
def test_a_models_summary_is_added_beside_the_built_in_one(hf: Holdfast, engine: Engine, server: ModelServer) -> None:
    session = begun(hf)
    assert work(hf, engine) == 1
    model, builtin = session.summaries()
    assert (model.recipe, model.made_by, model.first, model.upto) == (RECIPE_MODEL, "openai:test", 1, 4 - 1)
    assert [line.text for line in model.lines] == ["All is well.", "budget 500 (by agent; how sure is not said)"]
    assert (builtin.recipe, builtin.upto, builtin.stands_in) == (RECIPE, 3, None)
    assert newest(session) == model
    assert due(engine) is None
    assert (row(engine, "model"), row(engine, "tokens")) == ("made", 750)
    assert "2. agent message.added (user): To Paris" in server.prompts[0]
    assert session.verify() == 3


def test_the_next_one_builds_on_the_models_last_and_the_new_events(
    hf: Holdfast, engine: Engine, server: ModelServer
) -> None:
    session = begun(hf)
    work(hf, engine)
    session.append({"type": "message.added", "data": {"role": "user", "content": "Or to Rome"}})
    session.summarise()
    work(hf, engine)
    assert "[3] progress: All is well." in server.prompts[1]
    assert "Or to Rome" in server.prompts[1]
    assert "To Paris" not in server.prompts[1]
    assert [each.upto for each in session.summaries() if each.recipe == RECIPE_MODEL] == [4, 3]


def test_of_more_events_than_it_can_be_told_it_gets_the_newest_and_the_built_in_summary_of_all(
    hf: Holdfast, engine: Engine, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("holdfast.pipeline.ask_model.EVENTS", 3)
    session = begun(hf)
    append_many(hf, session.id, 7)
    session.append({"type": "decision.escalated", "data": {"decision_id": "D", "question": "By train?"}})
    append_many(hf, session.id, 8)
    session.summarise()
    work(hf, engine)
    (told,) = server.prompts
    assert "[104] open: Waits for an answer: By train?" in told
    assert "204. agent message.added (user): 8 99" in told
    assert "8 96" not in told
    assert newest(session).recipe == RECIPE_MODEL


@pytest.mark.promise(5)
def test_while_a_slow_model_summarises_agents_append_and_nothing_is_lost(
    hf: Holdfast, engine: Engine, server: ModelServer
) -> None:
    session = begun(hf)
    server.hold()
    asking = threading.Thread(target=ask, args=(hf, session))
    asking.start()
    assert server.asked.wait(20)
    with transaction(engine) as connection:  # no transaction is open while the model is at work
        waits = connection.exec_driver_sql(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start < now()"
        ).scalar_one()
    assert waits == 0
    standing = newest(session).stands_in
    assert standing is not None
    assert standing.asking
    writers = [threading.Thread(target=append_many, args=(hf, session.id, number)) for number in range(3)]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    built_in = session.summarise()
    server.release()
    asking.join()
    assert len(session.messages(limit=None)) == 301
    assert session.verify() == 303
    model = next(each for each in session.summaries() if each.recipe == RECIPE_MODEL)
    assert (model.first, model.upto) == (1, 3)  # what it was told, and no more
    assert newest(session).lines == built_in.lines  # which covers more, so it stands in for the model's to come
    assert newest(session).stands_in is not None
    assert work(hf, engine) == 1
    assert (newest(session).recipe, newest(session).upto) == (RECIPE_MODEL, 303)


def append_many(hf: Holdfast, session_id: str, number: int) -> None:
    session = hf.session(session_id)
    for place in range(100):
        session.append({"type": "message.added", "data": {"role": "user", "content": f"{number} {place}"}})


@pytest.mark.promise(5)
@pytest.mark.parametrize(
    ("reply", "problem", "pause"),
    [
        (status(500), "500", 60),
        (status(429), "429", 60),
        (status(401), "401", 60),
        (nonsense, "no summary", 600),
        (unknown_event, "no summary", 600),
    ],
)
def test_a_model_that_fails_is_asked_again_and_what_became_of_it_is_seen(
    hf: Holdfast, engine: Engine, server: ModelServer, reply: Reply, problem: str, pause: float
) -> None:
    session = begun(hf)
    server.reply = reply
    assert work(hf, engine) == 1
    standing = newest(session).stands_in
    assert standing is not None
    assert standing.attempts == 1
    assert problem in (standing.problem or "")
    assert standing.next_try is not None
    assert pause - 10 < (due(engine) or 0) <= pause
    assert work(hf, engine) == 0  # not before its time
    server.reply = sensible
    pass_time(engine, pause)
    assert work(hf, engine) == 1
    assert newest(session).recipe == RECIPE_MODEL
    assert due(engine) is None


def test_nonsense_is_sent_back_once_with_what_is_wrong_with_it(
    hf: Holdfast, engine: Engine, server: ModelServer
) -> None:
    session = begun(hf)
    server.reply = each_in_turn(unknown_event, sensible)
    assert work(hf, engine) == 1
    assert newest(session).recipe == RECIPE_MODEL
    assert len(server.prompts) == 2
    assert row(engine, "tokens") == 1500


@pytest.mark.promise(5)
def test_a_model_that_does_not_answer_in_time_is_given_up_for_now(
    hf: Holdfast, engine: Engine, server: ModelServer, asking: Settings
) -> None:
    session = begun(hf)
    server.hold()
    writer = bootstrap.writer(asking.model_copy(update={"model_timeout": 0.5}))
    assert not ask_model(engine, writer, asking.tenant, session.id, budget=10**9)
    standing = newest(session).stands_in
    assert standing is not None
    assert "0.5 s" in (standing.problem or "")
    assert (due(engine) or 0) > 50
    server.release()


@pytest.mark.promise(5)
def test_a_model_that_is_down_for_an_hour_is_asked_less_and_less_and_all_is_made_up_later(
    hf: Holdfast, engine: Engine, server: ModelServer, free_port: Callable[[], int]
) -> None:
    sessions = [begun(hf) for _ in range(3)]
    port = int(server.url.rpartition(":")[2].partition("/")[0])
    server.stop()
    asked = 0
    for _ in range(120):  # an hour and more, in steps of half a minute
        asked += work(hf, engine)
        pass_time(engine, 30)
    assert 15 <= asked <= 24  # each: at 0, 1, 3, 7, 15, 31 and 63 minutes
    for session in sessions:
        session.append({"type": "message.added", "data": {"role": "user", "content": "Still there?"}})
        session.summarise()
        standing = newest(session).stands_in
        assert standing is not None
        assert standing.attempts >= 5
        assert "onnection" in (standing.problem or "")
    with model_server(port):
        pass_time(engine, 3600)
        assert work(hf, engine) == 3
        assert [(newest(each).recipe, newest(each).upto) for each in sessions] == [(RECIPE_MODEL, 4)] * 3
    assert due(engine) is None
    assert free_port()


def test_what_waits_is_never_more_than_the_newest(hf: Holdfast, engine: Engine) -> None:
    session = begun(hf)
    for _ in range(3):
        session.append({"type": "message.added", "data": {"role": "user", "content": "More"}})
        session.summarise()
    with transaction(engine) as connection:
        models = connection.exec_driver_sql("SELECT model FROM summaries ORDER BY upto").scalars().all()
    assert models == ["passed", "passed", "passed", "waiting"]
    assert work(hf, engine) == 1
    assert newest(session).upto == 6


@pytest.mark.promise(5)
def test_the_task_twice_asks_once(hf: Holdfast, server: ModelServer) -> None:
    session = begun(hf)
    server.hold()
    first = threading.Thread(target=ask, args=(hf, session))
    first.start()
    assert server.asked.wait(20)
    assert not ask(hf, session)  # somebody asks just now
    server.release()
    first.join()
    assert not ask(hf, session)  # it is there
    assert len(server.prompts) == 1
    assert sum(each.recipe == RECIPE_MODEL for each in session.summaries()) == 1


@pytest.mark.promise(5)
def test_whoever_dies_while_the_model_is_at_work_is_followed_by_another(
    hf: Holdfast, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = begun(hf)

    class Killed(BaseException):
        pass

    def dies(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(Provider, "write", dies)
        with pytest.raises(Killed):
            ask(hf, session)
    assert not ask(hf, session)  # it may still be at work
    assert 0 < (due(engine) or 0) <= 61
    pass_time(engine, 61)
    assert work(hf, engine) == 1
    assert newest(session).recipe == RECIPE_MODEL


@pytest.mark.parametrize("remade", [False, True])
def test_an_answer_about_what_was_forgotten_meanwhile_is_thrown_away(
    hf: Holdfast, engine: Engine, server: ModelServer, *, remade: bool
) -> None:
    session = begun(hf)
    server.hold()
    asking = threading.Thread(target=ask, args=(hf, session))
    asking.start()
    assert server.asked.wait(20)
    with transaction(engine) as connection:
        connection.exec_driver_sql("DELETE FROM summaries")
        connection.exec_driver_sql("UPDATE sessions SET summarised = 0")
    again = session.summarise() if remade else None
    server.release()
    asking.join()
    assert [each.recipe for each in session.summaries()] == [RECIPE] * remade
    if again:
        standing = newest(session).stands_in
        assert standing is not None
        assert (standing.attempts, standing.problem) == (0, None)


@pytest.mark.promise(8)
def test_the_days_tokens_are_never_overspent(hf: Holdfast, engine: Engine, server: ModelServer) -> None:
    sessions = [begun(hf) for _ in range(4)]
    budget = 25_000  # room for two that are asked at once, by what is set aside for them
    server.hold()
    threads = [threading.Thread(target=ask, args=(hf, each), kwargs={"budget": budget}) for each in sessions]
    for thread in threads:
        thread.start()
    assert server.asked.wait(20)
    with transaction(engine) as connection:
        set_aside = connection.exec_driver_sql("SELECT sum(tokens) FROM summaries").scalar_one()
    assert set_aside <= budget
    server.release()
    for thread in threads:
        thread.join()
    waiting = [standing for each in sessions if (standing := newest(each).stands_in)]
    assert len(waiting) == 2
    assert all("tokens are used up" in (each.problem or "") for each in waiting)
    with transaction(engine) as connection:
        later = connection.exec_driver_sql(
            "SELECT bool_and(due_at = date_trunc('day', now(), 'UTC') + interval '1 day') "
            "FROM timers WHERE kind = 'model'"
        ).scalar_one()
    assert later  # tomorrow, when there are new ones


def test_what_it_cost_on_another_day_is_no_part_of_todays(hf: Holdfast, engine: Engine, server: ModelServer) -> None:
    session = begun(hf)
    server.reply = nonsense
    assert not ask(hf, session)
    used = row(engine, "tokens")
    with transaction(engine) as connection:
        connection.exec_driver_sql("UPDATE summaries SET tokens = 10000000, asked_at = asked_at - interval '1 day'")
    assert not ask(hf, session, budget=10_000_000)
    assert row(engine, "tokens") == used
    assert not ask(hf, session)
    assert row(engine, "tokens") == 2 * used  # type: ignore[operator]  # a number


def test_where_a_model_is_configured_no_more_nothing_waits_though_nobody_consumes_its_queue(
    hf: Holdfast, engine: Engine, settings: Settings
) -> None:
    session = begun(hf)
    catch_up(engine, bootstrap.rules(hf.settings), backup=False)
    assert newest(session).stands_in is not None
    catch_up(engine, bootstrap.rules(settings), backup=False)
    assert newest(session).stands_in is None
    assert due(engine) is None


def test_without_a_model_nothing_waits_any_more(hf: Holdfast, engine: Engine) -> None:
    session = begun(hf)
    assert not ask_model(engine, None, hf.settings.tenant, session.id, budget=0)
    assert newest(session).stands_in is None
    assert due(engine) is None


@pytest.mark.parametrize("name", ["nobody:knows", "", "openai"])
def test_a_model_that_there_is_not_is_a_problem_and_no_crash(hf: Holdfast, engine: Engine, name: str) -> None:
    session = begun(hf)
    writer = bootstrap.writer(hf.settings.model_copy(update={"model": name, "model_url": None}))
    assert not ask_model(engine, writer, hf.settings.tenant, session.id, budget=10**9)
    standing = newest(session).stands_in
    assert standing is not None
    assert standing.problem


def test_bring_up_is_what_the_task_calls(hf: Holdfast, engine: Engine) -> None:
    session = hf.start("ada")
    bring_up(engine, hf.service.find(session.id).key, rules=hf.service._rules)
    assert newest(session).stands_in is not None
