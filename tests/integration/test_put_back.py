"""Putting back: a session that was put back cannot be told from one that was never away."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.errors import InvalidInput, LogDamaged, SessionExists, SessionNotFound
from holdfast.events import Event
from holdfast.pipeline import put_back as module
from holdfast.pipeline.put_back import put_back, put_whole
from holdfast.pipeline.whole import whole
from holdfast.saving.segment import Line
from holdfast.store import log, savings
from holdfast.store.transaction import transaction
from strategies import events, patient
from twice import another, everything, listing, published, timers, write
from writing import contents, said


@pytest.fixture
def second(settings: Settings, tmp_path: Path) -> Iterator[Holdfast]:
    """An empty installation."""
    with another(settings, tmp_path / "second") as fresh, Holdfast(fresh) as holdfast:
        yield holdfast


def lines(session: Session) -> list[Line]:
    service = session._holdfast.service
    with transaction(service._engine) as connection:
        key = service.find(session.id).key

        def read(after: int, upto: int) -> list[tuple[Any, ...]]:
            return savings.lines(log.cursor(connection), [savings.Range(key, after, upto)])[key]

        return [line for line, _ in whole(read, service.tenant, session.id, service.find(session.id).events)]


def put(hf: Holdfast, session_id: str, these: Any) -> bool:
    service = hf.service
    return put_whole(service._engine, service.tenant, session_id, these, rules=service._rules)


def a_session(hf: Holdfast, session_id: str | None = None, **details: Any) -> Session:
    session = hf.start("u", kind="trip", agent="planner", session_id=session_id, **details)
    session.append(said("  Plan my\0 trip "), *(said(f"and {number}") for number in range(5)))
    with session.lease("one"):
        session.append(said("alone"))
    return session


def test_a_session_put_back_is_equal_in_all_that_can_be_read(hf: Holdfast, second: Holdfast) -> None:
    for number, end in enumerate(("session.paused", "session.closed", "session.expired", "custom.thought", "lease")):
        session = a_session(hf, f"s{number}", autosave={"interval": "5s", "backup_count": 2})
        if end == "lease":
            hf.service.take_lease(session.id, "held", exclusive=True)
        else:
            session.append({"type": end})
        assert put(second, session.id, iter(lines(session)))
        again = second.session(session.id)
        assert everything(again) == everything(session)
        assert second.sessions(text="plan trip").items[0].title == "Plan my trip"
        shown = listing(second, session.id)
        state = again.state()
        assert (shown["created_at"], shown["last_activity_at"]) == (state.created_at, state.last_activity)
        assert (shown["status"], shown["closed_at"]) == (state.status, state.ended_at)
        assert shown["fence"] == state.fence


def test_it_is_saved_and_falls_idle_as_any_other(hf: Holdfast, second: Holdfast) -> None:
    for session_id, details, last in (
        ("active", {}, said("x")),
        ("closed", {}, {"type": "session.closed"}),
        ("off", {"autosave": False}, said("x")),
    ):
        session = a_session(hf, session_id, **details)
        session.append(last)
        put(second, session_id, lines(session))
    saves = [("context", None), ("conversation", None), ("full", None), ("project_state", None)]
    summary = ("summary", None)
    assert timers(second, "active") == ([*saves[:3], ("idle", None), saves[3], summary], 15)
    closed, timed = timers(second, "closed")
    assert set(closed) == {*saves, summary, ("learn", None), ("archive", None)}
    assert timed == 15
    assert timers(second, "off") == ([("idle", None), summary], 0)
    assert second.session("active").save().seq == listing(second, "active")["events"]
    assert "full" not in [kind for kind, _ in timers(second, "active")[0]]


def test_a_long_tail_is_saved_at_once(hf: Holdfast, second: Holdfast) -> None:
    session = hf.start("u")
    session.append(*({"type": "custom.step"} for _ in range(500)))
    put(second, session.id, lines(session))
    assert ("context", "tail-size") in timers(second, session.id)[0]


def test_what_waits_for_somebody_waits_again(hf: Holdfast, second: Holdfast) -> None:
    session = hf.start("u", agent="planner")
    session.escalate("Before any campaign?", to="@eve", decision_id="early")
    session.append({"type": "campaign.updated", "data": {"gtm_id": "C-1", "campaign_owner": "@phil"}})
    session.escalate("One?", deadline=3600, decision_id="one")
    session.escalate("Two?", deadline=3600, escalation_path=["@eve"], decision_id="two")
    session.answer("two", "Yes", by="@phil")
    for handoff in ("a", "b", "c"):
        session.hand_off("worker", handoff_id=handoff, seconds=3600)
    session.handoff("a").refuse("busy")
    session.handoff("b").accept().complete({"found": 1})
    assert put(second, session.id, lines(session))
    restored = second.session(session.id)
    for status in (None, "pending", "answered"):
        assert second.decisions(status=status) == hf.decisions(status=status)
    assert [each.id for each in second.decisions(campaign="C-1")] == ["one"]
    assert second.handoffs(status=None) == hf.handoffs(status=None)
    assert {kind for kind, _ in timers(second, session.id)[0]} >= {"decisions", "handoffs"}
    restored.answer("one", "Yes", by="@phil")
    with second.handoffs("worker")[0].accept() as accepted:
        accepted.complete({"found": 2})
    assert {each.id: each.status for each in second.handoffs(status=None)} == {
        "a": "refused", "b": "completed", "c": "completed",
    }  # fmt: skip


def test_it_goes_on_where_it_was(hf: Holdfast, second: Holdfast) -> None:
    session = a_session(hf)
    put(second, session.id, lines(session))
    again = second.session(session.id)
    assert again.append(said("more"))[0].seq == listing(hf, session.id)["events"] + 1
    assert again.append({"id": str(session.events()[1].id), **said("anything")})[0].duplicate
    again.verify()
    with again.lease("next") as lease:
        assert lease.fence == listing(hf, session.id)["fence"] + 1


@pytest.mark.promise(3)
def test_what_is_there_already_is_left_as_it_is_also_when_it_went_on(hf: Holdfast, second: Holdfast) -> None:
    session = a_session(hf)
    these = lines(session)
    assert put(second, session.id, these)
    assert not put(second, session.id, these)
    second.session(session.id).append(said("more"))
    before = everything(second.session(session.id))
    assert not put(second, session.id, these)
    assert not put(second, session.id, these[:3])
    assert everything(second.session(session.id)) == before


def test_another_session_of_that_id_is_not_touched(hf: Holdfast, second: Holdfast) -> None:
    session = a_session(hf, "s")
    second.start("somebody", session_id="s").append(said("mine"))
    before = everything(second.session("s"))
    with pytest.raises(SessionExists, match="'s' is there already, with other events"):
        put(second, "s", lines(session))
    assert everything(second.session("s")) == before
    # Nor one that knows less: what came after may have been different.
    put(second, "t", lines(session)[:4])
    with pytest.raises(SessionExists):
        put(second, "t", lines(session))


def test_under_another_id_and_for_another_tenant_only_the_chain_is_new(hf: Holdfast, second: Holdfast) -> None:
    session = a_session(hf)
    these = lines(session)
    put(second, "another", these)
    service = second.service
    with transaction(service._engine) as connection:
        assert put_back(connection, "acme", session.id, these, rules=service._rules)
    with Holdfast(second.settings.model_copy(update={"tenant": "acme"})) as acme:
        for again in (second.session("another"), acme.session(session.id)):
            assert again.verify() == len(these)
            assert contents(again) == contents(session)
            assert [each.id for each in again.events()] == [each.id for each in session.events()]
            assert again.events()[0].digest != session.events()[0].digest
    with pytest.raises(SessionNotFound):
        second.session(session.id)


def test_whatever_goes_wrong_leaves_nothing_behind(
    hf: Holdfast, second: Holdfast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK", 2)
    session = a_session(hf)
    these = lines(session)

    def broken() -> Iterator[Line]:
        yield from these[:5]
        raise LogDamaged(session.id, 6, "is missing")

    wrong: list[tuple[Any, type[Exception]]] = [
        (broken(), LogDamaged),
        ([], InvalidInput),
        (these[1:], InvalidInput),
        (these[:3] + these[4:], InvalidInput),
        (these[:3] + these[2:], InvalidInput),
        ([*these, these[0]._replace(seq=len(these) + 1)], InvalidInput),
        ([*these, these[4]._replace(seq=len(these) + 1)], InvalidInput),
    ]
    for broken_lines, error in wrong:
        with pytest.raises(error):
            put(second, session.id, broken_lines)
        assert second.sessions().items == []
    assert put(second, session.id, these)
    assert everything(second.session(session.id)) == everything(session)


def test_never_more_than_a_chunk_is_in_memory(hf: Holdfast, second: Holdfast, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    monkeypatch.setattr(module, "CHUNK", 7)
    write_rows = log.write

    def noted(cursor: log.Cursor, rows: Sequence[log.Row]) -> None:
        written.append(len(rows))
        write_rows(cursor, rows)

    monkeypatch.setattr(log, "write", noted)
    session = hf.start("u")
    session.append(*(said("x" * 100) for _ in range(50)))
    written.clear()
    put(second, session.id, iter(lines(session)))
    assert written == [7] * 7 + [2]
    monkeypatch.setattr(module, "CHUNK_BYTES", 300)
    written.clear()
    put(second, "again", iter(lines(session)))
    assert max(written) <= 4


def test_many_at_once_make_one_session(hf: Holdfast, second: Holdfast) -> None:
    session = a_session(hf)
    these = lines(session)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: put(second, session.id, these), range(8)))
    assert sorted(done) == [False] * 7 + [True]
    assert everything(second.session(session.id)) == everything(session)


def test_ids_that_are_given_out_later_are_others(hf: Holdfast, second: Holdfast) -> None:
    these = lines(a_session(hf))
    today = f"SESSION-{datetime.now(UTC):%y%m%d}"
    for session_id in (f"{today}-007", f"{today}-0010", "SESSION-250101-500", f"{today}-12345678901234567890"):
        put(second, session_id, these)
    assert second.start("u").id == f"{today}-011"
    put(second, f"{today}-003", these)
    assert second.start("u").id == f"{today}-012"


def test_an_id_whose_start_was_refused_is_free(hf: Holdfast, second: Holdfast) -> None:
    session = a_session(hf, "s")
    refused = Session(second, "s", "agent")
    with pytest.raises(Exception, match="fence 5"):
        refused.append({"type": "session.started", "data": {"user_id": "someone"}, "fence": 5})
    assert put(second, "s", lines(session))
    assert everything(second.session("s")) == everything(session)


@hypothesis_settings(patient, max_examples=25, suppress_health_check=list(HealthCheck))
@given(events())
def test_any_log_comes_back_equal(hf: Holdfast, second: Holdfast, made: list[Event]) -> None:
    session = hf.start("u")
    write(hf, session, *published(made))
    assert put(second, session.id, iter(lines(session)))
    assert everything(second.session(session.id)) == everything(session)


def test_the_first_event_is_as_old_as_its_session(hf: Holdfast) -> None:
    session = hf.start("u")
    first: Event = session.events()[0]
    assert listing(hf, session.id)["created_at"] == first.recorded_at == session.state().created_at
    assert lines(session)[0].recorded_at == first.recorded_at


def test_a_fork_that_is_put_back_has_no_offers_and_no_conversation_of_its_parent(
    hf: Holdfast, second: Holdfast
) -> None:
    parent = hf.start("u", agent="planner")
    parent.open_conversation("guide_agent", "conv_guide_123")
    parent.hand_off("worker", handoff_id="it")
    fork = hf.fork(parent.id)
    for each in (fork, parent):
        assert put(second, each.id, lines(each))
    assert [(each.session_id, each.id) for each in second.handoffs("worker")] == [(parent.id, "it")]
    assert second.session_by_conversation("conv_guide_123").id == parent.id
