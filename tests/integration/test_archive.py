"""Archive: of what ended long ago the rows go and nothing else, and it can be read, listed and recovered as before."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from capturing import counts, files, key_of, pass_time, saver_of
from holdfast import bootstrap
from holdfast.blobs.vault import Vault
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.doctor.session import examine_session
from holdfast.errors import SessionArchived, SessionExists
from holdfast.pipeline.backup import back_up
from holdfast.pipeline.ingest import Ingest
from holdfast.pipeline.learn import learn_sessions
from holdfast.pipeline.making import Order
from holdfast.portable import arrive
from holdfast.portable.export import Exporter
from holdfast.portable.restore import restore
from holdfast.saving.tiers import TIERS
from holdfast.store import sessions
from resting import Timers, due_in, lived, set_columns
from writing import drain, said

DAY = 86_400.0


@pytest.fixture
def timers(settings: Settings, engine: Engine, ingest: Ingest) -> Timers:
    """Beat and a worker."""
    return Timers(settings, engine, ingest)


def rows_of(engine: Engine, session: Session) -> dict[str, int]:
    """How many rows each table has of the session, where there are any."""
    key = key_of(engine, session)
    with engine.connect() as connection:
        tables = connection.execute(
            text("SELECT table_name FROM information_schema.columns WHERE column_name = 'session_key'")
        ).scalars()
        found = {
            table: connection.execute(text(f"SELECT count(*) FROM {table} WHERE session_key = {key}")).scalar_one()
            for table in tables
        }
    return {table: count for table, count in found.items() if count}


def test_what_ended_long_ago_is_archived_and_its_rows_are_released(
    hf: Holdfast, engine: Engine, timers: Timers
) -> None:
    session = lived(hf)
    assert due_in(engine, session)["archive"] == pytest.approx(365 * DAY, abs=60)
    before = session.events(limit=None)
    assert timers.archive(session) == 1
    left = rows_of(engine, session)
    assert left.pop("segments") <= 2
    assert left == {
        "events": 1, "snapshots": 1, "folds": 1, "savings": 1, "pins": 1, "recovery_points": 2, "conversations": 1,
        "tokens": 1,
    }  # fmt: skip
    with engine.connect() as connection:
        assert connection.execute(text("SELECT type FROM events")).scalar_one() == "preference.stated"
    assert session.events(limit=None) == before
    assert timers.archive(session) == 0, "once"


def test_it_is_read_as_before(hf: Holdfast, timers: Timers) -> None:
    session = lived(hf)

    def read() -> dict[str, Any]:
        return {
            "events": session.events(limit=None),
            "some": session.events(after=3, limit=2),
            "messages": session.messages(limit=5),
            "between": session.messages("main", after=4, before=9),
            "state": session.state(),
            "verified": session.verify(),
            "history": session.history("anthropic").messages,
            "preferences": hf.service.greetings.preferences("ada"),
            "found": hf.service.find(session.id)._replace(archived_at=None, closed_at=None),
        }

    before = read()
    assert timers.archive(session) == 1
    assert read() == before


@pytest.mark.promise(6)
@pytest.mark.parametrize("read", [Session.events, Session.messages, Session.state, Session.verify, Session.history])
def test_who_reads_it_at_that_moment_reads_all_of_it(
    hf: Holdfast, timers: Timers, monkeypatch: pytest.MonkeyPatch, read: Any
) -> None:
    session = lived(hf)
    before = read(session)
    find, archived = sessions.find, list[int]()

    def late(*given: Any, **named: Any) -> Any:
        found = find(*given, **named)
        if not archived:
            archived.append(0)
            archived[0] = timers.archive(session)
        return found

    monkeypatch.setattr(sessions, "find", late)
    assert read(session) == before
    assert archived == [1]
    assert read(session) == before


def test_it_is_listed_and_says_since_when(hf: Holdfast, timers: Timers) -> None:
    session = lived(hf)
    assert timers.archive(session) == 1
    (listed,) = hf.sessions(user_id="ada", status="closed", text="launch").items
    assert listed.archived_at is not None
    (kept,) = session.snapshots()
    assert (kept.tier, kept.pinned) == ("full", True)
    assert hf.service.saves.verify(session.id, kept.id) > 2
    assert [pin.note for pin in hf.service.saves.pins(session.id)] == ["archived"]


@pytest.mark.parametrize("mode", ["quick", "full", "emergency"])
def test_it_is_recovered(hf: Holdfast, timers: Timers, mode: Any) -> None:
    session = lived(hf)
    before = session.state()
    assert timers.archive(session) == 1
    report = session.recover(mode)
    assert (report.mode, report.status) == (mode, "partial" if mode == "emergency" else "success")
    assert report.state == before
    assert [each["content"] for each in report.messages("openai")][-1] == "the last"
    if mode != "emergency":
        assert any("sessions revive" in warning for warning in report.warnings)
        assert report.last_good_seq == hf.service.find(session.id).events


@pytest.mark.parametrize(
    "do",
    [
        lambda session: session.append(said("more")),
        lambda session: session.context(),
        lambda session: session.save(),
        lambda session: session.state(at=3),
        lambda session: session._holdfast.fork(session.id),
        lambda session: session.decision("d"),
    ],
)
def test_what_needs_its_rows_says_how_they_come_back(hf: Holdfast, timers: Timers, do: Any) -> None:
    session = lived(hf)
    assert timers.archive(session) == 1
    with pytest.raises(SessionArchived, match=f"was archived on 20.*`holdfast sessions revive {session.id}`"):
        do(session)


def test_what_is_published_to_it_is_kept_with_the_reason(hf: Holdfast, timers: Timers, ingest: Ingest) -> None:
    session = lived(hf, "session.expired")
    assert timers.archive(session) == 1
    session.publish(said("too late"))
    drain(ingest)
    assert [letter.reason for letter in hf.service.dead_letters()] == ["session_archived"]


def test_none_is_archived_before_its_time(hf: Holdfast, engine: Engine, timers: Timers) -> None:
    session = lived(hf)
    assert timers.passes(364 * DAY) == {}
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM timers WHERE kind IN ('summary', 'learn')"))
    # Its timer comes, but by its own row it has not ended long enough ago.
    assert timers.passes(2 * DAY) == {}
    assert due_in(engine, session)["archive"] == pytest.approx(365 * DAY, abs=60)
    set_columns(engine, session, closed_at="closed_at - interval '366 days'")
    assert timers.passes(366 * DAY) == {"archived": 1}


def test_one_of_which_something_is_still_made_waits_for_that(hf: Holdfast, engine: Engine, timers: Timers) -> None:
    session = lived(hf)
    assert timers.archive(session, derived=False) == 0
    assert due_in(engine, session)["archive"] == pytest.approx(3600, abs=60)
    assert timers.archive(session) == 1


def test_one_that_was_never_saved_is_saved_first(hf: Holdfast, timers: Timers) -> None:
    session = hf.start("u", autosave=False)
    session.append(said("one"), {"type": "session.closed"})
    assert session.snapshots() == []
    assert timers.archive(session) == 1
    assert [each.reason for each in session.snapshots()] == ["archive"]
    assert [each.content for each in session.messages()] == ["one"]


def test_a_task_that_comes_late_makes_nothing_of_the_rows_that_stayed(
    hf: Holdfast, engine: Engine, settings: Settings, timers: Timers, caplog: pytest.LogCaptureFixture
) -> None:
    session = lived(hf)
    assert timers.archive(session) == 1
    kept, key = session.snapshots(), key_of(engine, session)
    assert saver_of(settings, engine).save([Order(key, dict.fromkeys(TIERS))]) == 0
    assert learn_sessions(engine, [key]) == 1
    assert "failed" not in caplog.text
    assert session.snapshots() == kept
    hf.revive(session.id)
    hf.service.memories.learn(session.id)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT first, upto FROM runs")).all() == [(1, session.events()[-1].seq)]


def test_one_that_went_on_is_not_archived(hf: Holdfast, engine: Engine, timers: Timers) -> None:
    session = lived(hf, "session.expired")
    hf.revive(session.id)
    assert timers.archive(session) == 0
    assert "archive" not in due_in(engine, session)


def test_while_the_blobs_are_away_it_waits(hf: Holdfast, engine: Engine, settings: Settings, ingest: Ingest) -> None:
    session = lived(hf)
    away = settings.model_copy(update={"blob_url": "s3://127.0.0.1:1/nowhere"})
    assert Timers(away, engine, ingest).archive(session) == 0
    assert due_in(engine, session)["archive"] == pytest.approx(900, abs=60)
    assert hf.service.find(session.id).archived_at is None
    assert Timers(settings, engine, ingest).archive(session) == 1


@pytest.mark.parametrize("part", ["segments", "sessions"])
def test_what_cannot_be_read_back_is_not_released(
    hf: Holdfast, engine: Engine, settings: Settings, timers: Timers, part: str
) -> None:
    session, other = lived(hf), lived(hf)
    session.save()
    for name in files(settings):
        if f"/{part}/" in name and (part == "segments" or session.id in name):
            (settings.data_dir / "blobs" / name).write_bytes(b"nonsense")
    damaged = 2 if part == "segments" else 1
    assert timers.archive(session, other) == 2 - damaged
    assert hf.service.find(session.id).archived_at is None
    assert len(hf.service.inspections.listed(session.id)) == 1
    assert due_in(engine, session)["archive"] == pytest.approx(DAY, abs=60)
    assert session.verify() == len(session.events(limit=None))


def test_what_the_second_location_lacks_is_copied_and_read_back_first(
    hf: Holdfast, engine: Engine, settings: Settings, ingest: Ingest, tmp_path: Path
) -> None:
    settings = settings.model_copy(update={"backup_url": str(tmp_path / "backup")})
    session = lived(hf)
    before = session.events(limit=None)
    assert Timers(settings, engine, ingest).archive(session) == 1
    place = bootstrap.backup(settings, engine)
    assert place
    vault = bootstrap.unclaimed_vault(settings)
    whole = hf.service.saves.archived(session.id)
    there = Vault(place, vault.cipher)
    assert list(type(whole)(whole.body, there.get).events()) == before


def test_what_the_second_location_has_otherwise_is_not_released(
    hf: Holdfast, engine: Engine, settings: Settings, ingest: Ingest, tmp_path: Path
) -> None:
    settings = settings.model_copy(update={"backup_url": str(tmp_path / "backup")})
    session = lived(hf)
    timers = Timers(settings, engine, ingest)
    session.save()
    place = bootstrap.backup(settings, engine)
    assert place
    back_up(engine, bootstrap.vault(settings, engine), place, timers.rules.autosave, "default", session.id)
    for path in (tmp_path / "backup").rglob("*.jsonl.gz"):
        path.write_bytes(b"nonsense")
    assert timers.archive(session) == 0
    assert hf.service.find(session.id).archived_at is None
    assert len(hf.service.inspections.listed(session.id)) == 1


def test_what_is_pinned_stays(hf: Holdfast, timers: Timers) -> None:
    session = hf.start("u")
    session.append(said("one"))
    first = session.save()
    session.pin(first.id, note="mine")
    session.append(said("two"), {"type": "session.closed"})
    assert timers.archive(session) == 1
    newest, pinned = session.snapshots()
    assert (pinned.id, pinned.pinned) == (first.id, True)
    for each in (newest, pinned):
        assert hf.service.saves.verify(session.id, each.id) > 2
    hf.revive(session.id)
    assert [pin.note for pin in hf.service.saves.pins(session.id)] == ["mine"]


def test_the_doctor_finds_it_well(hf: Holdfast, settings: Settings, timers: Timers) -> None:
    session = lived(hf)
    assert timers.archive(session) == 1
    assert {each.verdict for each in examine_session(hf.service, session.id)} == {"ok"}
    for name in files(settings):
        if "/segments/" in name:
            (settings.data_dir / "blobs" / name).write_bytes(b"nonsense")
    assert {each.name for each in examine_session(hf.service, session.id) if each.verdict == "ill"} >= {"log"}


def test_it_is_exported_imported_and_restored(
    hf: Holdfast, engine: Engine, settings: Settings, timers: Timers, tmp_path: Path
) -> None:
    session = lived(hf)
    before = session.events(limit=None)
    assert timers.archive(session) == 1
    policy, root = bootstrap.policy(settings), tmp_path / "out"
    with pytest.raises(SessionArchived):
        Exporter(engine, "default", policy, tmp_path / "none").export([session.id])
    exporter = Exporter(engine, "default", policy, root, lambda: bootstrap.vault(settings, engine))
    assert exporter.export([session.id]) == 1
    with arrive.opened(root) as (place, manifest):
        rules = bootstrap.rules(settings)
        there = {session.id: session.id}
        assert list(arrive.arrive(engine, "default", rules, place, manifest, there)) == [(session.id, False)]
        again = {session.id: "again"}
        assert list(arrive.arrive(engine, "default", rules, place, manifest, again)) == [("again", True)]
    copy = hf.session("again")
    assert [each.data for each in copy.events(limit=None)] == [each.data for each in before]
    assert due_in(engine, copy)["archive"] == pytest.approx(365 * DAY, abs=60)
    (returned,) = restore(engine, bootstrap.unclaimed_vault(settings), rules, session_id=session.id)
    assert (returned.new, returned.conflict) == (False, None)


def test_another_session_of_its_id_is_not_taken_for_it(hf: Holdfast, timers: Timers) -> None:
    session = lived(hf)
    assert timers.archive(session) == 1
    with pytest.raises(SessionExists):
        hf.start("ada", session_id=session.id)


def test_its_conversations_and_tokens_still_lead_to_it(hf: Holdfast, timers: Timers) -> None:
    session = hf.start("u")
    conversation = session.open_conversation("guide_agent")
    token, over = session.issue_token(seconds=9e6), session.issue_token(seconds=60)
    session.append(said("one"), {"type": "session.closed"})
    hf.service.summaries.make(session.id)
    assert timers.archive(session) == 1
    assert hf.session_by_conversation(conversation).id == session.id
    opened = hf.session_by_token(token)
    assert opened.id == session.id
    assert opened.summary() is not None
    assert len(session.tokens()) == 2
    assert session.revoke_tokens() == 2
    assert over != token


def test_a_fork_of_it_keeps_what_they_share(hf: Holdfast, engine: Engine, timers: Timers) -> None:
    session = lived(hf)
    fork = hf.fork(session.id)
    before = fork.events(limit=None)
    assert timers.archive(session) == 1
    pass_time(engine, 3600)
    fork.append(said("on"))
    fork.save()
    assert fork.events(limit=None)[: len(before)] == before
    assert [each.status for each in hf.sessions().items] == ["active", "closed"]


def test_nothing_of_others_goes(hf: Holdfast, engine: Engine, timers: Timers) -> None:
    session, other = lived(hf), lived(hf)
    other.save()
    before = rows_of(engine, other)
    assert timers.archive(session) == 1
    assert rows_of(engine, other) == before
    assert counts(engine)["sessions"] == 2
