"""Revive: an archived session comes back as it was, once, and one that had expired goes on."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, text

from capturing import files
from command import Command
from holdfast.client import Holdfast
from holdfast.config import Settings
from holdfast.errors import BlobDamaged, SessionClosed, SessionNotFound, SnapshotDamaged
from holdfast.events import draft
from holdfast.pipeline.apply import Item, apply
from holdfast.pipeline.ingest import Ingest
from holdfast.pipeline.revive import _locked
from holdfast.store.transaction import transaction
from resting import Timers, due_in, guards, lived, set_columns
from writing import said

DAY = 86_400.0


@pytest.fixture
def timers(settings: Settings, engine: Engine, ingest: Ingest) -> Timers:
    """Beat and a worker."""
    return Timers(settings, engine, ingest)


def row(engine: Engine, session_id: str) -> dict[str, Any]:
    with engine.connect() as connection:
        found = connection.execute(text("SELECT * FROM sessions WHERE id = :id"), {"id": session_id}).mappings().one()
    return {name: value for name, value in found.items() if name not in {"timed", "saved", "closed_at"}}


@pytest.mark.promise(5)
def test_a_closed_session_comes_back_as_it_was(hf: Holdfast, engine: Engine, timers: Timers) -> None:
    session = lived(hf)
    figures = hf.budget("c").figures
    before = session.events(limit=None), guards(engine, session), row(engine, session.id), session.state()
    assert timers.archive(session) == 1
    assert hf.revive(session.id).id == session.id
    assert (session.events(limit=None), guards(engine, session), row(engine, session.id), session.state()) == before
    assert hf.budget("c").figures == figures, "it was counted before"
    assert session.verify() == len(before[0])
    assert due_in(engine, session) == {"archive": pytest.approx(365 * DAY, abs=60)}
    assert hf.service.saves.pins(session.id) == []
    assert hf.service.revive(session.id) is False
    with pytest.raises(SessionClosed):
        session.append(said("more"))
    fork = hf.fork(session.id)
    fork.append(said("more"))
    assert fork.state().status == "active"


@pytest.mark.promise(10)
def test_one_that_expired_goes_on(hf: Holdfast, engine: Engine, timers: Timers) -> None:
    session = lived(hf, "session.expired")
    before = session.events(limit=None)
    assert timers.archive(session) == 1
    revived = hf.revive(session.id)
    revived.append(said("on"))
    *rest, resumed, last = revived.events(limit=None)
    assert rest == before
    assert (resumed.type, resumed.actor, resumed.data) == ("session.resumed", "holdfast", {"reason": "revived"})
    assert last.data["content"] == "on"
    found = hf.service.find(session.id)
    assert (found.status, found.closed_at, found.archived_at) == ("active", None, None)
    assert due_in(engine, session).keys() == {"idle"}
    assert revived.save().seq == len(before) + 2
    revived.append({"type": "session.closed"})
    assert timers.archive(session) == 1, "and may be archived anew"
    assert len(hf.revive(session.id).events(limit=None)) == len(before) + 3


def test_one_that_expired_goes_on_though_it_was_not_archived(hf: Holdfast, engine: Engine, timers: Timers) -> None:
    session = hf.start("u", expires_at="2100-01-01T00:00:00Z")
    timers.passes(3601)
    set_columns(engine, session, expires_at="now() - interval '1 second'")
    assert timers.passes(100 * DAY) == {"expired": 1}
    assert hf.service.revive(session.id) is True
    assert hf.service.revive(session.id) is False
    session.append(said("on"))
    timers.passes(3601)
    assert timers.run() == {}, "its fixed end was lifted"
    assert due_in(engine, session)["expire"] == pytest.approx(90 * DAY, abs=7300)


def test_of_several_at_once_one_does_it(hf: Holdfast, timers: Timers) -> None:
    session = lived(hf, "session.expired")
    count = len(session.events(limit=None))
    assert timers.archive(session) == 1
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(hf.service.revive, [session.id] * 4))
    assert sorted(done) == [False, False, False, True]
    assert session.verify() == count + 1


@pytest.mark.promise(10)
def test_one_that_is_forgotten_meanwhile_is_not_found(
    hf: Holdfast, timers: Timers, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = lived(hf)
    assert timers.archive(session) == 1

    def late(*given: Any) -> Any:
        hf.forget("ada")
        return _locked(*given)

    monkeypatch.setattr("holdfast.pipeline.revive._locked", late)
    with pytest.raises(SessionNotFound, match="was forgotten while it was revived"):
        hf.revive(session.id)
    assert hf.service.forgetting.verify("ada").clean


def test_what_cannot_be_had_changes_nothing(hf: Holdfast, settings: Settings, timers: Timers) -> None:
    session = lived(hf)
    before = session.events(limit=None)
    assert timers.archive(session) == 1
    there = files(settings)
    for part in ("/segments/", "/sessions/"):
        for name in there:
            if part in name:
                (settings.data_dir / "blobs" / name).write_bytes(b"nonsense")
        with pytest.raises((BlobDamaged, SnapshotDamaged)):
            hf.revive(session.id)
        assert hf.service.find(session.id).archived_at is not None
        for name, content in there.items():
            (settings.data_dir / "blobs" / name).write_bytes(content)
    assert hf.revive(session.id).events(limit=None) == before


def test_a_session_that_is_not_there_or_is_at_work_is_left_alone(hf: Holdfast) -> None:
    with pytest.raises(SessionNotFound):
        hf.revive("nobody")
    session = hf.start("u")
    assert hf.service.revive(session.id) is False
    assert [each.type for each in session.events()] == ["session.started"]


def test_nobody_but_holdfast_resumes_one_that_expired(hf: Holdfast, engine: Engine) -> None:
    session = lived(hf, "session.expired")
    resumed = {"type": "session.resumed", "data": {"reason": "revived"}}
    with pytest.raises(SessionClosed):
        session.append(resumed)
    with transaction(engine) as connection:
        (outcome,) = apply(
            connection,
            [Item("default", draft(resumed, session_id=session.id, actor="a"))],
            rules=hf.service._rules,
        )
    assert isinstance(outcome, SessionClosed)


@pytest.mark.parametrize("end", ["session.closed", "session.expired"])
def test_a_user_who_comes_back_after_years_is_offered_to_go_on(hf: Holdfast, timers: Timers, end: str) -> None:
    session = lived(hf, end)
    assert timers.archive(session) == 1
    greeting = hf.greet("ada", "Let us continue where we left off")
    assert greeting.resumable == session.id
    assert greeting.preferences == {"communication_style": "brief"}
    assert "Last time we were working on" in greeting.answer
    resumed = greeting.resume()
    assert hf.service.find(session.id).archived_at is None
    if end == "session.expired":
        assert resumed.id == session.id
    else:
        assert resumed.state().continues == session.id
    resumed.append(said("on"))


def test_the_command_brings_it_back(hf: Holdfast, settings: Settings, timers: Timers) -> None:
    session = lived(hf, "session.expired")
    assert timers.archive(session) == 1
    count, run = hf.service.find(session.id).events, Command(settings)
    assert "expired, archived" in run("sessions", "list").out
    assert "archived_at" in run("sessions", "show", session.id).out
    refused = run("sessions", "fork", session.id)
    assert (refused.code, f"holdfast sessions revive {session.id}" in refused.err) == (4, True)
    done = run("sessions", "revive", session.id)
    assert done.out == f"{session.id} is back: {count + 1} events, active\n"
    (told,) = run("sessions", "revive", session.id, "--json").lines
    assert (told["revived"], told["status"], told["archived_at"]) == (False, "active", None)
