"""SIGKILL at every step of a summary, and while a model is asked; real workers, and a model that takes its time."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine

from acceptance.doomed_save import doomed
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.remembering.summary import RECIPE, RECIPE_MODEL
from holdfast.store.transaction import transaction
from holdfast.testing import wait_until
from models_server import ModelServer, model_server
from processes import beat, ended, worker

PROGRAM = str(Path(__file__).parent / "doomed_summary.py")


@pytest.fixture
def server(free_port: Callable[[], int]) -> Iterator[ModelServer]:
    with model_server(free_port()) as server:
        yield server


@pytest.fixture
def settings(settings: Settings, server: ModelServer) -> Settings:
    """Settings with that model."""
    given = {"model": "openai:test", "model_url": server.url, "model_timeout": 30.0, "autosave": False}
    return settings.model_copy(update=given)


def said(number: int) -> dict[str, object]:
    return {"type": "message.added", "data": {"role": "user", "content": f"Message {number}"}}


def pass_time(engine: Engine, seconds: float = 7200) -> None:
    with transaction(engine) as connection:
        connection.exec_driver_sql("UPDATE timers SET due_at = due_at - %s * interval '1 second'", (seconds,))
        connection.exec_driver_sql(
            "UPDATE summaries SET asking_until = asking_until - %s * interval '1 second'", (seconds,)
        )


def recipes(session: Session) -> list[str]:
    return [each.recipe for each in session.summaries()]


@pytest.mark.promise(5)
def test_killed_at_every_step_a_summary_is_made_once_and_nothing_is_lost(
    hf: Holdfast, engine: Engine, settings: Settings
) -> None:
    session = hf.start("ada")
    session.append(*map(said, range(60)), {"type": "decision.made", "data": {"type": "budget", "value": 500}})
    log = session.events(limit=None)
    deaths = 0
    with doomed(settings, PROGRAM) as program:
        for step in count(1):
            if not program.dies(step, "summarise"):
                break
            deaths += 1
            assert session.events(limit=None) == log
            assert recipes(session) in ([], [RECIPE])
            pass_time(engine)
    assert deaths > 8
    assert recipes(session) == [RECIPE]
    (only,) = session.summaries()
    assert (only.first, only.upto, only.base) == (1, 62, None)
    assert session.verify() == 62


@pytest.mark.promise(5)
def test_killed_at_every_step_a_model_is_asked_until_its_summary_is_there_once(
    hf: Holdfast, engine: Engine, settings: Settings
) -> None:
    session = hf.start("ada")
    session.append(*map(said, range(5)))
    built_in = session.summarise()
    deaths = 0
    with doomed(settings, PROGRAM) as program:
        for step in count(1):
            if not program.dies(step, "ask_model"):
                break
            deaths += 1
            assert recipes(session) in ([RECIPE], [RECIPE_MODEL, RECIPE])
            assert session.summaries()[-1].lines == built_in.lines
            pass_time(engine)
    assert deaths > 8
    assert recipes(session) == [RECIPE_MODEL, RECIPE]
    assert session.verify() == 6


@pytest.mark.promise(5)
def test_workers_go_on_while_a_model_takes_its_time_and_one_is_killed_over_it(
    hf: Holdfast, engine: Engine, settings: Settings, server: ModelServer, tmp_path: Path
) -> None:
    session = hf.start("ada")
    server.hold()
    main = worker(settings, tmp_path, "main", "ingest,autosave,recovery,upkeep")
    asking = worker(settings, tmp_path, "asking", "insight")
    with ended(main, asking, beat(settings, tmp_path)):
        session.publish(*map(said, range(50)))
        assert server.asked.wait(60)
        for start in range(50, 350, 10):
            session.publish(*map(said, range(start, start + 10)))
        wait_until(lambda: len(session.messages(limit=None)) == 350)  # the queue of models holds nobody up
        wait_until(lambda: any(each.upto > 300 for each in session.summaries()), seconds=60)
        assert RECIPE_MODEL not in recipes(session)
        standing = session.summaries()[0].stands_in
        assert standing is not None
        asking.kill()
        server.release()
        pass_time(engine)
        with ended(worker(settings, tmp_path, "again", "insight")):
            wait_until(lambda: session.summaries()[0].recipe == RECIPE_MODEL, seconds=60)
    model = session.summaries()[0]
    assert model.upto == max(each.upto for each in session.summaries())
    assert [each.content for each in session.messages(limit=None)] == [f"Message {number}" for number in range(350)]
    assert session.verify() == 351
