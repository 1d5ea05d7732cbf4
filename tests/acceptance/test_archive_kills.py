"""SIGKILL at every step of archiving and reviving: a session is archived or it is not, and nothing of it is lost."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from acceptance.doomed_save import doomed
from capturing import key_of
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.pipeline.ingest import Ingest
from resting import Timers, guards, set_columns
from writing import said

STEPS, MOST = 12, 200
"""Fewer than anything takes that is killed here: so many deaths there are at least."""


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """With a second location, which has to be right too."""
    return settings.model_copy(update={"backup_url": str(tmp_path / "backup"), "autosave": False})


def short(hf: Holdfast, end: str) -> Session:
    """A session with something in each of the tables that are released."""
    session = hf.start("u")
    session.append(
        said("one"),
        {"type": "preference.stated", "data": {"key": "k", "value": "v"}},
        {"type": "decision.escalated", "data": {"question": "Which?", "decision_id": "d"}},
        {"type": "handoff.offered", "data": {"handoff_id": "h", "to": "writer"}},
        {"type": "compute.settled", "data": {"calls": 1}},
        {"type": end},
    )
    return session


def over(engine: Engine, session: Session) -> str:
    """Let the session be one that is to be archived; returns its key."""
    key = key_of(engine, session)
    with engine.begin() as connection:
        connection.execute(text(f"DELETE FROM timers WHERE session_key = {key} AND kind <> 'archive'"))
    set_columns(engine, session, closed_at="now() - interval '10 years'")
    return str(key)


def rows(engine: Engine, session: Session) -> int:
    with engine.connect() as connection:
        query = f"SELECT count(*) FROM events WHERE session_key = {key_of(engine, session)}"
        return int(connection.execute(text(query)).scalar_one())


@pytest.mark.promise(3)
@pytest.mark.promise(10)
def test_archiving_that_is_killed_at_any_step_is_whole_or_not_at_all(
    hf: Holdfast, engine: Engine, settings: Settings, ingest: Ingest
) -> None:
    deaths, timers = [], Timers(settings, engine, ingest)
    with doomed(settings) as program:
        for step in range(1, MOST):
            session = short(hf, "session.closed")
            before = session.events(limit=None)
            died = program.dies(step, "archive", over(engine, session))
            archived = hf.service.find(session.id).archived_at is not None
            assert rows(engine, session) == (1 if archived else len(before))
            assert session.events(limit=None) == before
            assert session.verify() == len(before)
            deaths.append(archived)
            if not died:
                break
            assert timers.archive(session) == (not archived)
            assert session.events(limit=None) == before
    assert step > STEPS
    assert deaths[-1]
    assert not any(deaths[:STEPS])


@pytest.mark.promise(3)
@pytest.mark.promise(10)
def test_a_revival_that_is_killed_at_any_step_is_whole_or_not_at_all(
    hf: Holdfast, engine: Engine, settings: Settings, ingest: Ingest
) -> None:
    timers = Timers(settings, engine, ingest)
    with doomed(settings) as program:
        for step in range(1, MOST):
            end = ("session.closed", "session.expired")[step % 2]
            session = short(hf, end)
            before, guarded = session.events(limit=None), guards(engine, session)
            assert timers.archive(session) == 1
            died = program.dies(step, "revive", session.id)
            revived = hf.service.find(session.id).archived_at is None
            assert rows(engine, session) == (len(before) + (end == "session.expired") if revived else 1)
            hf.revive(session.id)
            events = session.events(limit=None)
            assert events[: len(before)] == before
            assert [each.type for each in events[len(before) :]] == ["session.resumed"] * (end == "session.expired")
            assert session.verify() == len(events)
            if end == "session.closed":
                assert guards(engine, session) == guarded
            if not died:
                break
    assert step > STEPS
