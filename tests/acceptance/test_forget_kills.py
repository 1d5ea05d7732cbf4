"""SIGKILL at every step of a forgetting, and several at once: all of it is done in the end, and nothing else."""

import threading
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from acceptance.doomed_save import doomed
from aftermath import check
from forgetting import Person, everything, finish, worked
from holdfast.client import Holdfast
from holdfast.config import Settings
from holdfast.errors import SessionNotFound
from holdfast.pipeline.ingest import Ingest
from holdfast.testing import wait_until
from processes import at_work
from twice import everything as whole
from writing import drain, said

STEPS = 100
"""Fewer than a forgetting takes: so many deaths there are at least."""

PARTS = 3
"""So many tests share the steps."""

WORD = "xylophone"


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """Nothing is saved by itself, so that a forgetting always takes the same steps."""
    return settings.model_copy(
        update={"backup_url": str(tmp_path / "data" / "backup"), "autosave": False, "autosave_keep": 1}
    )


def under_way(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM forgettings WHERE done_at IS NULL")).scalar_one())


@pytest.mark.promise(10)
@pytest.mark.parametrize("first", range(1, PARTS + 1))
def test_a_forgetting_that_is_killed_at_any_step_is_done_in_the_end(
    first: int, hf: Holdfast, engine: Engine, settings: Settings, ingest: Ingest, tmp_path: Path
) -> None:
    bob = Person(hf, "bob", "marmalade")
    worked(engine, settings, bob)
    before = [whole(session) for session in bob.sessions]
    people: list[Person] = []
    with doomed(settings) as program:
        for step in count(first, PARTS):
            people.append(person := Person(hf, f"ann-{step}", f"{WORD}{step}"))
            session = person.begin()
            person.works(session)
            finish(engine, settings, session, saves=1)
            was = whole(session)
            died = program.dies(step, "forget", person.id)
            if not hf.service.forgetting.receipts(person.id):
                assert whole(session) == was, "all of it, or nothing"
                hf.forget(person.id)
            else:
                session.publish(said(f"late {person.word}"))
                with pytest.raises(SessionNotFound):
                    hf.session(session.id)
                if len(people) % 2:
                    hf.forget(person.id)
            if not died:
                break
    assert step > STEPS
    assert under_way(engine) > STEPS / PARTS / 4
    with at_work(settings, tmp_path):
        wait_until(lambda: not under_way(engine), seconds=60, what="what killed processes left")
    drain(ingest)
    for person in people:
        verdict = hf.service.forgetting.verify(person.id)
        assert verdict.clean, verdict.found
        (receipt,) = verdict.receipts
        assert len(receipt.sessions) == receipt.removed["sessions"] == 1
        assert receipt.removed["events"] == receipt.sessions[0].events
        assert receipt.removed["blobs"] == len(receipt.blobs) > 0
    left = everything(settings, engine)
    assert WORD.encode() not in left
    assert b"ann-" not in left
    assert bob.word.encode() in left
    assert hf.service.dead_letters() == []
    assert [whole(session) for session in bob.sessions] == before
    for session in bob.sessions:
        check(hf, session)


@pytest.mark.promise(10)
def test_several_at_once_take_turns_and_each_has_the_whole_receipt(
    hf: Holdfast, engine: Engine, settings: Settings
) -> None:
    ann, bob = Person(hf, "ann-0", WORD), Person(hf, "bob", "marmalade")
    worked(engine, settings, ann, bob)
    before = [whole(session) for session in bob.sessions]
    told: list[Any] = []

    def forget() -> None:
        with Holdfast(settings) as mine:
            told.append(mine.forget(ann.id))

    threads = [threading.Thread(target=forget) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 4
    assert len({receipt.id for receipt in told}) == 1
    assert told[0].removed["sessions"] == 2
    assert all(receipt == told[0] for receipt in told)
    assert WORD.encode() not in everything(settings, engine)
    assert [whole(session) for session in bob.sessions] == before


@pytest.mark.promise(1)
@pytest.mark.promise(10)
def test_while_one_is_forgotten_others_go_on(hf: Holdfast, engine: Engine, settings: Settings) -> None:
    """Appends, saves and forks of both go on while the one is forgotten, again and again; nothing comes back."""
    bob = Person(hf, "bob", "marmalade").begin()
    stop = threading.Event()
    failures: list[BaseException] = []
    said_by_bob = 0

    def works_for_ann() -> None:
        with Holdfast(settings) as mine:
            while not stop.is_set():
                try:
                    session = mine.start("ann-0", title=WORD)
                    for _ in range(3):
                        session.append(said(WORD))
                        session.publish(said(WORD))
                        session.save()
                        mine.fork(session.id).save()
                except SessionNotFound:
                    continue
                except Exception as error:  # noqa: BLE001  # told below
                    failures.append(error)
                    return

    threads = [threading.Thread(target=works_for_ann) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(12):
            hf.forget("ann-0")
            bob.append(said("hello"))
            bob.save()
            said_by_bob += 1
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []
    hf.forget("ann-0")
    verdict = hf.service.forgetting.verify("ann-0")
    assert verdict.clean, verdict.found
    assert verdict.since == ()
    assert WORD.encode() not in everything(settings, engine)
    assert len(bob.messages()) == said_by_bob
    assert check(hf, bob) == 1
