"""What is damaged or lost is marked, logged and shown, and left as it is."""

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine, text

from capturing import counts
from command import Command
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.embedded import EmbeddedPostgres
from holdfast.errors import InvalidInput, NotConfigured
from holdfast.service import Inspections
from holdfast.store.inspections import Inspection
from writing import said

ID = "SESSION-260129-001"


@pytest.fixture
def holdfast(settings: Settings) -> Command:
    return Command(settings)


@pytest.fixture
def session(hf: Holdfast) -> Session:
    session = hf.start("phil", session_id=ID)
    session.append({"type": "task.assigned", "data": {"task_id": "t", "description": "SMS"}}, said("one"), said("two"))
    session.save()
    session.append(said("three"))
    return session


def marks(hf: Holdfast, session_id: str | None = None) -> list[Inspection]:
    return hf.service.inspections.listed(session_id)


def altered_event(engine: Engine, seq: int) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE events SET actor = 'nobody' WHERE seq = :seq"), {"seq": seq})


def log_of(engine: Engine) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [
            tuple(row) for row in connection.execute(text("SELECT seq, type, actor, digest FROM events ORDER BY 1"))
        ]


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The events that were logged, but for the ways that a recovery tried in vain."""
    events = [each.msg for each in caplog.records if each.name.startswith("holdfast.")]
    return [each for each in events if each != "recovery.failed"]


def test_what_is_whole_is_not_marked(hf: Holdfast, session: Session) -> None:
    for mode in ("quick", "full", "emergency"):
        session.recover(mode)
    assert marks(hf) == []


@pytest.mark.promise(6)
def test_a_damaged_log_is_marked_logged_and_left_as_it_is(
    hf: Holdfast, engine: Engine, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    altered_event(engine, 5)
    before = log_of(engine)
    report = session.recover("full", record=False)
    (mark,) = marks(hf)
    assert (mark.session_id, mark.code, mark.done_at) == (ID, "log_damaged", None)
    problem = "was altered after it was committed, or one before it was"
    assert mark.problem == report.damage == f"session {ID}, event 5: {problem}"
    assert mark.details["missing"] == [{"first": 5, "last": 5, "why": problem}]
    assert (mark.details["mode"], mark.details["last_good_seq"]) == ("full", 4)
    (record,) = [each for each in caplog.records if each.msg == "recovery.damaged"]
    told = vars(record)
    assert (record.levelname, told["session_id"], told["status"]) == ("ERROR", ID, "partial")
    assert told["problems"][0]["code"] == "log_damaged"
    assert log_of(engine) == before


def test_damage_of_which_snapshots_have_a_copy_is_marked_too(hf: Holdfast, engine: Engine, session: Session) -> None:
    altered_event(engine, 2)
    report = session.recover("full", record=False)
    assert (report.missing, report.last_good_seq) == ([], 5)
    assert [mark.code for mark in marks(hf)] == ["log_damaged"]


def test_a_point_that_was_refused_is_marked(settings: Settings, hf: Holdfast, session: Session) -> None:
    for path in (settings.data_dir / "blobs").rglob("*.gz"):
        path.write_bytes(path.read_bytes()[:-9])
    report = session.recover("full", record=False)
    (mark,) = marks(hf)
    assert (mark.code, mark.details["point"]) == ("blob_damaged", report.refused[0].point)
    assert mark.problem.startswith(f"{report.refused[0].point}: blob ")


def test_a_point_is_not_marked_for_a_key_that_is_not_set(settings: Settings, hf: Holdfast, session: Session) -> None:
    with Holdfast(settings.model_copy(update={"blob_keys": Fernet.generate_key().decode()})) as encrypting:
        encrypting.session(ID).save()
    report = session.recover("emergency", record=False)
    assert (report.status, [each.reason for each in report.refused]) == ("partial", ["wrong_key"])
    assert marks(hf) == []


def test_damage_that_is_met_again_is_one_mark_brought_up_to_date(
    hf: Holdfast, engine: Engine, session: Session
) -> None:
    altered_event(engine, 5)
    session.recover("full", record=False)
    (first,) = marks(hf)
    assert hf.service.inspections.done(ID) == 1
    assert marks(hf) == []
    assert [bool(mark.done_at) for mark in hf.service.inspections.listed(everything=True)] == [True]
    assert hf.service.inspections.done(ID) == 0
    session.recover("full", record=False)
    (second,) = marks(hf)
    assert (second.problem, second.done_at) == (first.problem, None)
    assert second.noted_at > first.noted_at
    assert counts(engine)["inspections"] == 1


def test_a_session_that_is_not_there_is_marked(hf: Holdfast) -> None:
    assert hf.recover("nowhere").status == "failed"
    (mark,) = marks(hf, "nowhere")
    assert (mark.session_id, mark.code) == ("nowhere", "session_not_found")
    assert [each["to_mode"] for each in mark.details["tried"]] == ["full", "emergency"]


def test_a_session_that_the_database_lost_is_marked(hf: Holdfast, engine: Engine, session: Session) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE sessions SET id = 'elsewhere'"))
    assert session.recover(record=False).status == "partial", "the blobs have it"
    (mark,) = marks(hf, ID)
    assert (mark.code, mark.details["mode"]) == ("session_not_found", "emergency")


def test_that_an_emergency_finds_no_snapshot_yet_is_no_damage(hf: Holdfast) -> None:
    session = hf.start("phil")
    assert session.recover("emergency").status == "failed"
    assert marks(hf) == []


def test_with_postgres_stopped_damage_is_logged_and_nothing_raised(
    settings: Settings, postgres_server: EmbeddedPostgres, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    postgres_server.stop()
    try:
        assert session.recover(record=False).status == "partial"
        assert logged(caplog) == [], "that Postgres is away is no damage"
        for path in (settings.data_dir / "blobs").rglob("*.gz"):
            path.write_bytes(b"")
        session.recover(record=False)
    finally:
        postgres_server.start()
    assert logged(caplog) == ["recovery.damaged", "inspection.not_noted"]


def test_without_a_database_damage_is_logged(
    settings: Settings, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    for path in (settings.data_dir / "blobs").rglob("*.gz"):
        path.write_bytes(b"")
    with Holdfast(settings.model_copy(update={"database_url": None})) as alone:
        alone.recover(session.id)
    assert logged(caplog) == ["recovery.damaged"]
    with pytest.raises(NotConfigured, match="marks are kept in Postgres"):
        Inspections(None, tenant="default").listed()


@pytest.mark.promise(9)
def test_marks_of_one_tenant_are_none_of_anothers(settings: Settings, hf: Holdfast) -> None:
    hf.recover("nowhere")
    with Holdfast(settings.model_copy(update={"tenant": "another"})) as other:
        assert marks(other) == []
        assert other.service.inspections.done("nowhere") == 0
    assert len(marks(hf)) == 1


def test_bad_input_is_named(hf: Holdfast) -> None:
    for call in (lambda: marks(hf, "a b"), lambda: hf.service.inspections.done("")):
        with pytest.raises(InvalidInput, match="session_id"):
            call()
    with pytest.raises(InvalidInput, match="limit"):
        hf.service.inspections.listed(limit=0)


def test_the_listing(holdfast: Command, hf: Holdfast) -> None:
    assert holdfast("sessions", "inspect").err == "No session is marked.\n"
    hf.recover("nowhere")
    (line,) = holdfast("sessions", "inspect", "--json").lines
    assert (line["session_id"], line["code"], line["done_at"]) == ("nowhere", "session_not_found", None)
    shown = holdfast("sessions", "inspect")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.splitlines()[1].startswith("nowhere")
    assert holdfast("sessions", "inspect", "nowhere", "--done").out == "nowhere: 1 mark taken off\n"
    assert holdfast("sessions", "inspect", "nowhere", "--done", "--json").lines == [
        {"session_id": "nowhere", "done": 0}
    ]
    assert holdfast("sessions", "inspect", "--json").lines == []
    assert len(holdfast("sessions", "inspect", "--all", "--json").lines) == 1
    assert holdfast("sessions", "inspect", "--done").code == 2


def test_an_examination_of_a_session_that_is_whole(holdfast: Command, hf: Holdfast, session: Session) -> None:
    with session.lease("planner"):
        shown = holdfast("sessions", "inspect", ID)
    assert shown.code == 0
    assert shown.err == "The session is not marked.\n"
    assert "the chain verifies" in shown.out
    assert "parts, each of them what was saved" in shown.out
    assert "held by planner until" in shown.out
    assert "dead letters" in shown.out
    found = {line["name"]: line for line in holdfast("sessions", "inspect", ID, "--json").lines}
    assert found.keys() == {"log", session.snapshots()[0].id, "lease", "dead letters"}
    assert {line["verdict"] for line in found.values()} == {"ok"}
    assert found["lease"]["facts"]["fence"] == 1
    assert hf.service.find(ID).events == 7


def test_an_examination_says_what_is_wrong(
    holdfast: Command, settings: Settings, engine: Engine, session: Session
) -> None:
    altered_event(engine, 4)
    session.recover("full", record=False)
    for path in (settings.data_dir / "blobs").rglob("*.gz"):
        path.unlink()
    before = counts(engine)
    lines = holdfast("sessions", "inspect", ID, "--json")
    assert lines.code == 6
    mark, *found = lines.lines
    assert mark["code"] == "log_damaged"
    verdicts = {line["name"]: line["verdict"] for line in found}
    assert verdicts == {"log": "ill", session.snapshots()[0].id: "ill", "lease": "ok", "dead letters": "ok"}
    shown = holdfast("sessions", "inspect", ID)
    assert shown.code == 6
    assert f"→ See what can be had all the same: holdfast recover {ID} --mode full --no-record" in shown.out
    assert counts(engine) == before


def test_dead_letters_are_told_and_are_no_damage(holdfast: Command, hf: Holdfast, session: Session) -> None:
    with session.lease("planner"):
        hf.session(ID).publish(said("too late"))
    hf.service.drain(seconds=20)
    found = {line["name"]: line for line in holdfast("sessions", "inspect", ID, "--json").lines}
    assert (found["dead letters"]["verdict"], found["dead letters"]["facts"]) == ("warning", {"count": 1})


def test_an_examination_of_a_session_that_is_not_there(holdfast: Command, hf: Holdfast) -> None:
    assert holdfast("sessions", "inspect", "nowhere").code == 3
    hf.recover("nowhere")
    lost = holdfast("sessions", "inspect", "nowhere", "--json")
    assert lost.code == 6
    assert [line.get("found") for line in lost.lines][1] == "there is no session 'nowhere'"
