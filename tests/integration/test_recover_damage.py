"""Recovery of what is damaged: the right older point, `partial`, what is missing; never a state that never was."""

import shutil
from collections.abc import Iterator

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from damaging import FOUND, WITHOUT_CONTENT, Saved, alterations, altered, changed, needed, saved_sessions, spoiled
from holdfast.client import Holdfast
from holdfast.config import Settings
from holdfast.errors import LogDamaged
from holdfast.recovering.report import RecoveryReport
from holdfast.saving.packing import packed, unpacked
from holdfast.saving.snapshot import fold_digest
from holdfast.session import RECIPE
from holdfast.store import log
from holdfast.store.chain import genesis, link
from strategies import patient
from writing import said

laws = settings(
    patient, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
def saved(settings: Settings, engine: Engine) -> Iterator[Saved]:
    with saved_sessions(settings, engine) as found:
        yield found


def recovered(saved: Saved, mode: str) -> RecoveryReport:
    """The report, after what holds of every report: no state that never was, no history beyond it, nothing silent."""
    report = saved.session.recover(mode, record=False)  # type: ignore[arg-type]  # one of the three
    if report.status == "failed":
        assert report.problem is not None
        return report
    assert report.state == saved.states[report.last_good_seq]
    assert [each.seq for each in report.recovered] == [
        event.seq for event in saved.events if event.type == "message.added" and event.seq <= report.last_good_seq
    ]
    if report.status == "success":
        assert report.last_good_seq == len(saved.states) - 1
        assert not [*report.refused, *report.missing]
    else:
        assert report.refused or report.missing or report.warnings
    return report


def newest_good(saved: Saved, damaged: set[str]) -> str | None:
    return next((each.id for each in saved.snapshots if each.id not in damaged), None)


def test_what_is_whole_is_a_success_from_its_newest_point(saved: Saved) -> None:
    for mode in ("quick", "full"):
        report = recovered(saved, mode)
        assert (report.status, report.recovery_point) == ("success", saved.snapshots[0].id)
    report = recovered(saved, "emergency")
    newest = next(each for each in saved.snapshots if each.tier == "full")
    assert (report.status, report.recovery_point, report.last_good_seq) == ("partial", newest.id, newest.seq)
    assert [(each.first, each.last) for each in report.missing] == [(newest.seq + 1, None)]


@pytest.mark.promise(6)
@laws
@given(which=st.integers(0, 99), where=st.integers(0, 10**6), bits=st.integers(0, 255))
def test_any_byte_of_any_blob_leads_to_the_right_older_point(
    saved: Saved, engine: Engine, which: int, where: int, bits: int
) -> None:
    path = saved.blobs[which % len(saved.blobs)]
    with altered(path, spoiled(path.read_bytes(), where, bits)):
        damaged = set(saved.damaged())
        full = recovered(saved, "full")
        emergency = recovered(saved, "emergency")
        quick = recovered(saved, "quick")
    hit = {each.id for each in saved.snapshots if any(path.name in name for name in needed(engine, each))}
    wholes = [each for each in saved.snapshots if each.tier == "full"]
    assert {each.point for each in full.refused} == {each.id for each in wholes} & hit
    assert full.status == ("partial" if full.refused else "success")
    assert full.recovery_point == newest_good(saved, {each.point for each in full.refused})
    assert emergency.status == "partial"
    assert emergency.recovery_point in {each.id for each in wholes}
    if emergency.recovery_point in damaged:
        # The state was in its body, which is good; the history is not, and says so when it is asked for.
        with pytest.raises(FOUND):
            list(emergency.read_history())
    assert quick.last_good_seq == len(saved.states) - 1


@pytest.mark.promise(6)
@pytest.mark.parametrize("mode", ["quick", "full", "emergency"])
def test_a_full_snapshot_whose_blob_is_not_what_was_saved_is_passed_over(saved: Saved, mode: str) -> None:
    saved.session.append({"type": "state.set", "data": {"key": "last", "value": 1}})
    older = next(each for each in saved.snapshots if each.tier == "full")
    newest = saved.session.save()
    (body,) = set((saved.root / "default/sessions" / saved.session.id).iterdir()) - set(saved.blobs)
    for content in (body.read_bytes()[:-1], b"", None):
        with altered(body, content):
            report = saved.session.recover(mode, record=False)  # type: ignore[arg-type]  # one of the three
        assert report.status == "partial"
        assert report.mode == mode
        assert report.recovery_point != newest.id
        assert len(report.refused) == (content is not None or mode != "emergency"), "a blob that is gone is not listed"
        assert report.last_good_seq == (older.seq if mode == "emergency" else newest.seq)


@pytest.mark.promise(6)
@pytest.mark.parametrize("table", ["snapshots", "folds"])
def test_any_altered_column_leads_to_the_right_older_point(saved: Saved, engine: Engine, table: str) -> None:
    for row, column, value in list(alterations(engine, table)):
        with changed(engine, table, row, column, value):
            listed, damaged = [each.id for each in saved.session.snapshots()], set(saved.damaged())
            full = recovered(saved, "full")
            quick = recovered(saved, "quick")
        if (table, column) in WITHOUT_CONTENT:
            continue
        assert {each.point for each in full.refused} >= damaged & set(listed), (column, value)
        assert (full.status == "partial") == bool(full.refused)
        for report in (quick, full):
            assert report.recovery_point not in damaged
            refused = {each.point for each in report.refused}
            assert report.recovery_point == next(each for each in listed if each not in damaged | refused)


@pytest.mark.promise(6)
def test_a_fold_that_is_not_that_of_its_events_is_found_by_a_full_recovery(saved: Saved, engine: Engine) -> None:
    """As a fault of the fold itself would make it: every digest of it is right."""
    with engine.begin() as connection:
        seq, body = connection.execute(text("SELECT seq, body FROM folds ORDER BY seq DESC LIMIT 1")).one()
        state = orjson.loads(unpacked("fold", body)) | {"title": "never said"}
        body = packed(orjson.dumps(state))
        connection.execute(
            text("UPDATE folds SET body = :body, digest = :digest WHERE seq = :seq"),
            {"body": body, "digest": fold_digest("default", saved.session.id, seq, RECIPE, body), "seq": seq},
        )
    report = recovered(saved, "full")
    assert report.status == "partial"
    assert all("is not that of its events" in each.detail for each in report.refused)
    assert {each.point for each in report.refused} >= {each.id for each in saved.snapshots if each.seq == seq}
    assert report.refused


@pytest.mark.promise(6)
def test_a_log_that_was_rewritten_as_a_whole_contradicts_its_snapshots(saved: Saved, engine: Engine) -> None:
    """Its chain is right, from the first event to the head; only the snapshots remember what was."""
    with engine.begin() as connection:
        digest, last = genesis("default", saved.session.id), len(saved.events)
        for row in list(log.lines(log.cursor(connection), 1, after=0, upto=last)):
            fields, data = row[:-2], row[-2].replace(b"0 0", b"9 9")
            digest = link(digest, fields, data)
            connection.execute(
                text("UPDATE events SET data = cast(:data AS json), digest = :digest WHERE seq = :seq"),
                {"data": data.decode(), "digest": digest, "seq": row[0]},
            )
        connection.execute(text("UPDATE sessions SET digest = :digest"), {"digest": digest})
    assert saved.session.verify() == last
    for mode in ("quick", "full"):
        report = saved.session.recover(mode, record=False)
        assert (report.mode, report.status, report.recovery_point) == (mode, "partial", None)
        assert {each.point for each in report.refused} == {each.id for each in saved.snapshots}
        assert all("does not fit the log" in each.detail for each in report.refused)


@pytest.mark.promise(6)
def test_any_event_that_was_altered_or_is_gone_is_taken_from_a_snapshot_or_said_to_be_missing(
    saved: Saved, engine: Engine
) -> None:
    last = len(saved.states) - 1
    lent = max(each.seq for each in saved.snapshots if each.tier == "full")
    for seq in range(1, last + 1):
        for change in (
            'UPDATE events SET data = \'{"role": "user", "content": "never said"}\' WHERE seq = :seq',
            "UPDATE events SET digest = digest || '\\x00' WHERE seq = :seq",
            "UPDATE events SET actor = actor || 'x' WHERE seq = :seq",
            "DELETE FROM events WHERE seq = :seq",
        ):
            with engine.begin() as connection:
                connection.execute(text("CREATE TABLE before AS SELECT * FROM events"))
                connection.execute(text(change), {"seq": seq})
            try:
                full, quick = recovered(saved, "full"), recovered(saved, "quick")
            finally:
                with engine.begin() as connection:
                    connection.execute(text("DELETE FROM events"))
                    connection.execute(text("INSERT INTO events SELECT * FROM before"))
                    connection.execute(text("DROP TABLE before"))
            assert full.status == "partial"
            assert full.last_good_seq == (last if seq <= lent else seq - 1)
            assert bool(full.missing) == (seq > lent)
            assert any("damaged" in each for each in full.warnings)
            if quick.status == "success":
                assert quick.mode == "quick", "what it read was whole"
            else:
                assert quick.status == "partial"


@pytest.mark.promise(6)
def test_a_head_that_was_altered_is_found(saved: Saved, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE sessions SET digest = set_byte(digest, 0, get_byte(digest, 0) # 1)"))
    for mode in ("quick", "full"):
        report = saved.session.recover(mode, record=False)
        assert (report.mode, report.status) == ("full", "partial")
        assert report.state == saved.states[-1]
        assert any("does not match the session's head" in each for each in report.warnings)


@pytest.mark.promise(6)
def test_without_any_good_snapshot_the_log_alone_is_enough_and_that_is_said(saved: Saved, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE snapshots SET reason = reason || 'x'"))
    for mode in ("quick", "full"):
        report = recovered(saved, mode)
        assert (report.status, report.recovery_point) == ("partial", None)
        assert len(report.refused) == len(saved.snapshots)
        assert report.state == saved.states[-1]


@pytest.mark.promise(6)
def test_a_log_that_is_gone_is_not_an_empty_session(saved: Saved, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM events"))
    newest = next(each for each in saved.snapshots if each.tier == "full")
    report = recovered(saved, "quick")
    assert (report.mode, report.status, report.last_good_seq) == ("full", "partial", newest.seq)
    assert bool(report.missing) == (newest.seq < len(saved.states) - 1)


@pytest.mark.promise(6)
def test_a_log_and_blobs_that_are_gone_are_not_an_empty_session_either(saved: Saved, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM events"))
    for path in saved.blobs:
        path.unlink()
    for mode in ("quick", "full"):
        report = saved.session.recover(mode, record=False)
        assert (report.status, report.last_good_seq) == ("failed", 0)
        assert [(each.first, each.last) for each in report.missing] == [(1, None)]
        assert isinstance(report.problem, LogDamaged)
        with pytest.raises(LogDamaged, match="event 1: cannot be read as it was committed, and no snapshot has it"):
            report.messages()
    assert [each.code for each in saved.hf.service.inspections.listed()] == ["log_damaged"]


@pytest.mark.promise(6)
@pytest.mark.parametrize("data", ['{"role": "user", "content": "never said"}', '{"role": "nobody"}', "{}", "5"])
def test_the_summary_repeats_nothing_that_was_never_said(saved: Saved, engine: Engine, data: str) -> None:
    """Also of what lies before the snapshot, which its fold does not need."""
    last = max(event.seq for event in saved.events if event.type == "message.added")
    assert last < saved.snapshots[0].seq
    with engine.begin() as connection:
        connection.execute(text("UPDATE events SET data = :data WHERE seq = :seq"), {"data": data, "seq": last})
    for mode in ("quick", "full"):
        report = recovered(saved, mode)
        assert (report.mode, report.status, report.last_good_seq) == ("full", "partial", len(saved.states) - 1)
        assert report.context_summary.endswith("Last from the user: 5 2")


@pytest.mark.promise(6)
def test_a_history_that_cannot_be_had_from_anywhere_is_not_a_shorter_one(hf: Holdfast, engine: Engine) -> None:
    """Quick needs nothing of the event; whoever reads the history does, and is told."""
    session = hf.start("u")
    session.append(*(said(f"{number}") for number in range(100)))
    session.save("context")
    with engine.begin() as connection:
        connection.execute(text("UPDATE events SET actor = 'somebody' WHERE seq = 3"))
    report = session.recover(record=False)
    assert (report.status, report.last_good_seq) == ("success", 101)
    with pytest.raises(LogDamaged, match="event 3"):
        report.messages()
    full = session.recover("full", record=False)
    assert (full.status, full.last_good_seq) == ("partial", 2)
    assert [each["content"] for each in full.messages()] == ["0"]


@pytest.mark.promise(6)
@pytest.mark.promise(9)
def test_the_snapshot_of_another_session_is_not_taken_for_this_ones(hf: Holdfast, settings: Settings) -> None:
    mine, other = hf.start("u"), hf.start("another")
    other.append(said("a secret"))
    for session in (mine, other):
        session.save()
    folders = settings.data_dir / "blobs/default/sessions"
    (stranger,) = (folders / other.id).iterdir()
    shutil.copy(stranger, folders / mine.id)
    report = mine.recover("emergency", record=False)
    assert report.state.user_id == "u"
    assert (report.status, report.last_good_seq) == ("partial", 1)
    assert ["is not where it belongs" in each.detail for each in report.refused] == [True]
    assert report.messages() == []
