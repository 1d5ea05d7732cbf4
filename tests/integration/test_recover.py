"""Recovery: what whoever comes next gets back, and what is said of the rest."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.embedded import EmbeddedPostgres, EmbeddedRedis
from holdfast.errors import InvalidInput, StoreUnavailable
from holdfast.events import SessionRecovered
from holdfast.pipeline.ingest import Ingest
from holdfast.recovering.report import MODES, RecoveryReport
from holdfast.world import Files
from models import refused
from writing import drain, said

STEPS = [
    ("Session Identification", "session-metadata"),
    ("Context Loading", "context-snapshot"),
    ("State Synchronization", "state-diff"),
    ("Knowledge Update", "updated-knowledge-base"),
    ("Continuation Planning", "continuation-plan"),
]


def planned(hf: Holdfast) -> Session:
    """A session in the middle of a task, saved, and gone on with since."""
    session = hf.start("ada", agent="planner", kind="trip", title="Paris")
    session.append(
        said("Three days in Paris"),
        {"type": "task.assigned", "data": {"task_id": "T-1", "description": "Plan the trip", "next_steps": ["book"]}},
        {"type": "decision.made", "data": {"type": "budget", "value": 200}},
        {"type": "information.provided", "data": {"key": "days", "value": 3}},
    )
    session.save()
    session.append(
        {
            "type": "task.progressed",
            "data": {
                "completed_steps": ["weather"],
                "current_step": "find-hotel",
                "progress": 40,
                "last_action": "asked",
            },
        },
        {"type": "preference.stated", "data": {"key": "diet", "value": "vegetarian"}},
    )
    return session


@pytest.mark.promise(6)
@pytest.mark.parametrize("mode", ["quick", "full"])
def test_what_was_known_decided_and_left_open_comes_back(hf: Holdfast, mode: Any) -> None:
    before = planned(hf).state()
    session = hf.session(before.session_id or "")
    report = session.recover(mode)
    assert (report.mode, report.asked, report.status, report.ok) == (mode, mode, "success", True)
    assert report.state == before
    assert report.recovery_point == session.snapshots()[-1].id
    assert (report.refused, report.missing, report.last_good_seq, report.pending) == ([], [], 7, 0)
    assert report.next_steps == ["find-hotel", "book"]
    for told in ("T-1: Plan the trip, 40% complete", "Last action: asked", "budget 200", "days: 3", "diet: vegetarian"):
        assert told in report.context_summary
    assert report.continuation_id == f"CONTINUATION-{session.id.removeprefix('SESSION-')}-FIND-HOTEL"
    assert {each.where for each in report.state_diff} >= {"tasks.T-1.progress", "preferences.diet"}
    assert [(each.name, each.output) for each in report.steps] == STEPS
    assert all(each.seconds > 0 for each in report.steps)
    assert report.messages("openai") == [{"role": "user", "content": "Three days in Paris"}]


def test_the_recovery_is_recorded_with_its_five_steps(hf: Holdfast) -> None:
    session = planned(hf)
    report = session.recover()
    (event,) = session.events(after=7)
    told = event.payload
    assert report.recorded == event.seq
    assert isinstance(told, SessionRecovered)
    assert (told.mode, told.asked, told.status, told.last_good_seq) == ("quick", "quick", "success", 7)
    assert [(each["name"], each["output"]) for each in told.steps] == STEPS
    assert told.continuation_id == report.continuation_id
    recovery = session.state().last_recovery
    assert recovery is not None
    assert (recovery.mode, recovery.context_summary) == ("quick", report.context_summary.replace("\n", " "))
    assert session.recover(record=False).recorded is None
    assert len(session.events()) == 8


@pytest.mark.promise(6)
def test_uncertain_effects_come_first_and_interrupted_calls_are_told(hf: Holdfast) -> None:
    session = planned(hf)
    with session.effect("send_mail", "done-1"):
        pass
    with pytest.raises(OSError, match="lost"), session.effect("put_file", "again-1", repeatable=True):
        raise OSError("lost")
    with pytest.raises(OSError, match="lost"), session.effect("charge_card", "card-1", target="ada"):
        raise OSError("lost")
    call = {"id": "call-1", "name": "guide", "arguments": {"place": "Louvre"}}
    session.append({"type": "message.added", "data": {"role": "assistant", "tool_calls": [call]}})
    report = session.recover()
    assert [(each.effect.id, each.standing) for each in report.effects] == [
        ("charge_card/card-1", "uncertain"),
        ("put_file/again-1", "safe_to_repeat"),
        ("send_mail/done-1", "done"),
    ]
    assert [each.effect.id for each in report.open_effects] == ["charge_card/card-1", "put_file/again-1"]
    first, second, *others = report.next_steps
    assert first.startswith("Find out by its key card-1 whether this was done, and settle it before anything else")
    assert second.startswith("Decide what to do about an interrupted call")
    assert any(
        each.startswith("Do it again if it is still wanted (declared safe to repeat): put_file") for each in others
    )
    assert [each.problem for each in report.repairs] == ["interrupted_call"]
    assert len(session.messages()) == 2, "the log itself is not changed"
    for form in ("openai", "anthropic"):
        history = report.history(form)
        assert refused(form, history.messages, history.system) == []
    session.settle_effect("charge_card", "card-1", "done")
    session.append({"type": "message.added", "data": {"role": "assistant", "content": "I go on without the guide."}})
    after = session.recover()
    assert after.uncertain == []
    assert not any("interrupted" in each for each in after.next_steps), "it has gone on from there"
    assert [each.problem for each in after.repairs] == ["interrupted_call"], "and no model takes it as it is"


@pytest.mark.promise(6)
def test_the_same_history_on_the_second_and_the_hundredth_turn(hf: Holdfast) -> None:
    session = planned(hf)
    report = session.recover()
    first = report.messages("anthropic")
    for number in range(100):
        session.append(said(f"turn {number}"))
        assert report.messages("anthropic") == first
        assert session.history("openai").messages[: len(first)] == report.messages("openai")
    assert hf.session(session.id).recover().messages("openai")[:1] == report.messages("openai")


@pytest.mark.promise(6)
def test_what_waits_in_redis_is_committed_before_it_is_read(hf: Holdfast) -> None:
    session = planned(hf)
    session.publish(said("and a museum"))
    report = session.recover()
    assert (report.status, report.last_good_seq) == ("success", 8)
    assert report.messages()[-1]["content"] == "and a museum"


@pytest.mark.promise(6)
def test_a_world_that_changed_is_named_and_is_what_is_known_from_then_on(hf: Holdfast, tmp_path: Path) -> None:
    session = planned(hf)
    (tmp_path / "a.txt").write_text("one")
    probe = Files(["*.txt"], root=tmp_path)
    session.observe(probe)
    (tmp_path / "a.txt").write_text("two")
    report = session.recover(world=[probe])
    assert report.status == "success", "files that others changed are told, and do no harm"
    assert [(each.kind, each.subject) for each in report.changes] == [("file_modified", "a.txt")]
    assert any("a.txt" in each for each in report.warnings)
    assert {each.name: each.outcome for each in report.checks}["file-modification-check"] == "failed"
    assert session.recover(world=[probe]).changes == []


@pytest.mark.promise(6)
def test_a_failed_critical_check_makes_it_full_and_then_an_emergency(hf: Holdfast, tmp_path: Path) -> None:
    """As the guide's onFailure asks: manual verification, and emergency mode; what was proven is not thrown away."""
    session = planned(hf)
    session.append({"type": "artifact.produced", "data": {"path": "plan.md"}})
    (tmp_path / "plan.md").write_text("Louvre")
    probe = Files(["plan.md"], root=tmp_path)
    session.observe(probe)
    (tmp_path / "plan.md").unlink()
    report = session.recover(world=[probe])
    assert (report.asked, report.mode, report.status) == ("quick", "emergency", "partial")
    assert [(each.from_mode, each.to_mode) for each in report.escalations] == [
        ("quick", "full"),
        ("full", "emergency"),
    ]
    assert report.action == "request-manual-verification"
    assert report.next_steps[0].startswith("Verify by hand (project-state-consistency): plan.md")
    assert report.state.decisions_made
    assert report.last_good_seq == 9
    assert report.recorded == 10, "Postgres is there, so that the log has it at once"
    drained = hf.session(session.id).recover(world=[probe])
    assert drained.mode == "emergency", "what nobody verified is not taken for known"


@pytest.mark.promise(6)
def test_with_postgres_stopped_it_answers_out_of_blobs_and_redis(
    settings: Settings, postgres_server: EmbeddedPostgres, ingest: Ingest
) -> None:
    with Holdfast(settings.model_copy(update={"append_timeout": 1.0})) as hf:
        session = planned(hf)
        session.save()
        session.append(said("committed, and not saved"))
        session.publish(said("still in Redis"))
        postgres_server.stop()
        try:
            for mode in ("quick", "full", "emergency"):
                report = session.recover(mode, record=False)
                assert (report.asked, report.mode, report.status) == (mode, "emergency", "partial")
                assert len(report.escalations) == len(MODES) - MODES.index(mode) - 1
                assert (report.last_good_seq, report.pending) == (7, 1)
                assert [(each.first, each.last) for each in report.missing] == [(8, None)]
                assert [each["content"] for each in report.messages()] == ["Three days in Paris", "still in Redis"]
                assert "diet: vegetarian" in report.context_summary
                assert report.next_steps[0].startswith("Find out what was done to the outside from event 8 on")
            with Holdfast(settings) as later:
                assert later.session(session.id).recover("emergency", record=False).last_good_seq == 7
            recorded = session.recover("emergency").recorded
        finally:
            postgres_server.start()
    assert isinstance(recorded, UUID)
    drain(ingest)
    with Holdfast(settings) as hf:
        assert [str(event.id) for event in hf.session(session.id).events()][-1] == str(recorded)


@pytest.mark.promise(6)
def test_a_session_that_only_postgres_knows_is_not_said_to_be_unknown_while_it_is_away(
    settings: Settings, postgres_server: EmbeddedPostgres
) -> None:
    with Holdfast(settings) as hf:
        session = hf.start("ada")
        postgres_server.stop()
        try:
            report = session.recover()
        finally:
            postgres_server.start()
        assert report.status == "failed"
        assert isinstance(report.problem, StoreUnavailable)
        assert [each.from_mode for each in report.escalations] == ["quick", "full"]
        assert session.recover().status == "success"


def test_a_process_without_postgres_recovers_in_an_emergency(settings: Settings, hf: Holdfast) -> None:
    session = planned(hf)
    session.save()
    with Holdfast(settings.model_copy(update={"database_url": None})) as alone:
        report = alone.session(session.id).recover(record=False)
        assert (report.mode, report.status) == ("emergency", "partial")
        assert report.state.decisions_made == session.state().decisions_made


@pytest.mark.promise(6)
def test_with_redis_stopped_what_it_holds_is_said_to_be_missing(
    settings: Settings, redis_server: EmbeddedRedis
) -> None:
    with Holdfast(settings.model_copy(update={"timeout": 0.3})) as hf:
        session = planned(hf)
        session.save()
        redis_server.stop()
        try:
            quick, emergency = session.recover(record=False), session.recover("emergency", record=False)
        finally:
            redis_server.start()
    assert (quick.mode, quick.status, quick.last_good_seq) == ("quick", "partial", 7)
    assert any("What was published and is not committed could not be read" in each for each in quick.warnings)
    assert emergency.status == "partial"
    assert any("Redis cannot be reached" in each.why for each in emergency.missing)


@pytest.mark.promise(6)
def test_what_cannot_be_read_is_a_failure_and_not_an_empty_session(hf: Holdfast, engine: Engine) -> None:
    session = planned(hf)
    with engine.begin() as connection:
        connection.execute(text("UPDATE sessions SET id = 'elsewhere'"))
    report = Session(hf, "nowhere", "planner").recover()
    assert (report.status, report.recorded) == ("failed", None)
    assert report.context_summary == (
        "I apologize but I could not load your previous session. Let me help you get set up quickly."
    )
    assert "neither the blobs nor Redis know a session 'nowhere'" in report.warnings[0]
    with pytest.raises(LookupError):
        report.messages()
    lost = session.recover()
    assert (lost.mode, lost.status) == ("emergency", "partial"), "the database has lost it; the blobs have not"
    assert lost.state.decisions_made


def test_somebody_elses_lease_keeps_the_recovery_out_of_the_log_and_not_from_reading(hf: Holdfast) -> None:
    session = planned(hf)
    with hf.session(session.id).lease("other"):
        report = session.recover()
        assert (report.status, report.recorded) == ("success", None)
        assert any("The recovery is not in the log" in each for each in report.warnings)
        assert report.steps[0].found["holder"] == "other"


def test_a_session_that_has_ended_can_be_read(hf: Holdfast) -> None:
    session = planned(hf)
    session.append({"type": "session.closed", "data": {"summary": "All booked"}})
    report = session.recover()
    assert (report.status, report.recorded) == ("success", None)
    assert "Summary: All booked" in report.context_summary
    assert any("The recovery is not in the log" in each for each in report.warnings)


def test_a_recovery_under_a_lease_carries_its_fence(hf: Holdfast) -> None:
    session = planned(hf)
    with session.lease("planner") as lease:
        report = session.recover()
        assert isinstance(report.recorded, int)
        assert session.events(after=report.recorded - 1)[0].fence == lease.fence


def test_a_session_that_failed_is_active_again_once_it_was_recovered(hf: Holdfast) -> None:
    session = planned(hf)
    session.append({"type": "session.failed", "data": {"reason": "out of memory"}})
    assert session.recover().status == "success"
    assert session.state().status == hf.service.find(session.id).status == "active"
    session.append({"type": "session.failed", "data": {"reason": "again"}})
    session.append({"type": "session.recovered", "data": {"mode": "quick", "status": "failed"}})
    assert session.state().status == hf.service.find(session.id).status == "failed"


def test_there_are_three_modes(hf: Holdfast) -> None:
    with pytest.raises(InvalidInput, match="mode: must be one of quick, full, emergency, not 'slow'"):
        planned(hf).recover("slow")  # type: ignore[arg-type]  # what is tested


def test_the_report_is_json(hf: Holdfast) -> None:
    report: RecoveryReport = planned(hf).recover()
    told = report.as_json()
    assert {"status", "context_summary", "next_steps", "warnings", "recovery_point", "steps"} <= told.keys()
    assert told["steps"][4]["found"]["continuation_id"] == report.continuation_id


@pytest.mark.promise(6)
@pytest.mark.parametrize("mode", MODES)
def test_what_is_still_in_the_spool_is_said_to_be_left_out(
    settings: Settings, redis_server: EmbeddedRedis, tmp_path: Path, mode: Any
) -> None:
    with Holdfast(settings.model_copy(update={"timeout": 0.3, "spool": tmp_path / "spool"})) as hf:
        session = planned(hf)
        session.save()
        redis_server.stop()
        try:
            session.publish(said("kept in the spool"))
            reports = [session.recover(mode, record=False), hf.recover(session.id, mode=mode, record=False)]
        finally:
            redis_server.start()
        for report in reports:
            assert (report.status, report.last_good_seq) == ("partial", 7)
            assert any("keeps in its spool is not taken into account" in each for each in report.warnings)
        assert session.recover(mode, record=False).messages()[-1]["content"] == "kept in the spool"


@pytest.mark.promise(6)
def test_tables_of_an_older_release_are_no_reason_to_raise(hf: Holdfast, engine: Engine) -> None:
    session = planned(hf)
    session.save()
    session.publish(said("waits"))
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE sessions DROP COLUMN held_until"))
    report = session.recover(record=False)
    assert (report.mode, report.status, report.pending) == ("emergency", "partial", 1)
    assert "holdfast db upgrade" in report.escalations[0].why
