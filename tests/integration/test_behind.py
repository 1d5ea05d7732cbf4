"""Sessions that an earlier release wrote, before the guards or beside them: their guards are caught up with."""

from typing import Any

import pytest

from holdfast.client import Holdfast, Session
from holdfast.errors import BudgetExceeded, CampaignStepRefused, DecisionSettled
from holdfast.pipeline.guards.behind import catch_all_up
from holdfast.store import log
from holdfast.store.transaction import transaction


@pytest.fixture
def session(hf: Holdfast) -> Session:
    """One that an earlier release wrote."""
    session = hf.start("u", agent="bot")
    session.append(
        {"type": "campaign.updated", "data": {"gtm_id": "A", "status": "in_progress"}},
        {"type": "task.assigned", "data": {"task_id": "T-1", "description": "x", "budget": {"max_skill_calls": 3}}},
        {"type": "compute.settled", "data": {"skill": "writer", "calls": 2}},
        {"type": "decision.escalated", "data": {"question": "?", "decision_id": "d-1", "escalated_to": "@phil"}},
        {"type": "handoff.offered", "data": {"to": "worker", "handoff_id": "h-1"}},
    )
    with transaction(hf.service._engine) as connection:
        cursor = log.cursor(connection)
        for table in ("budgets", "decisions", "handoffs"):
            cursor.execute(f"DELETE FROM {table}")
        cursor.execute("UPDATE sessions SET moved = 0, campaign = NULL, campaign_status = NULL")
    return session


def test_an_upgrade_catches_up_with_all_of_them_and_once(hf: Holdfast, session: Session) -> None:
    assert catch_all_up(hf.service._engine) == 1
    assert [(each.id, each.campaign) for each in hf.decisions("@phil")] == [("d-1", "A")]
    assert [each.id for each in hf.handoffs("worker")] == ["h-1"]
    assert hf.budget("A").figures.calls_used == 2
    assert session.budget().adds_up
    assert catch_all_up(hf.service._engine) == 0


@pytest.mark.promise(8)
def test_a_limit_of_before_holds(session: Session) -> None:
    with pytest.raises(BudgetExceeded):
        session.reserve("writer", 2)
    with session.reserve("writer", 1):
        pass
    assert session.budget().adds_up


def test_what_was_asked_and_offered_before_goes_on(hf: Holdfast, session: Session) -> None:
    session.answer("d-1", "Yes", by="@phil")
    with pytest.raises(DecisionSettled):
        session.answer("d-1", "No", by="@phil")
    with hf.handoffs("worker")[0].accept() as accepted:
        accepted.complete()
    assert session.handoff("h-1").status == "completed"


def test_a_campaigns_life_goes_on_where_it_was(session: Session) -> None:
    update: dict[str, Any] = {"campaign": {"status": "kickoff"}}
    with pytest.raises(CampaignStepRefused, match="in_progress"):
        session.update_context(update)


def test_what_an_earlier_release_writes_beside_this_one_moves_them_with_the_next_event(
    hf: Holdfast, session: Session
) -> None:
    session.append({"type": "custom.step"})
    assert session.budget().adds_up
    with transaction(hf.service._engine) as connection:
        log.cursor(connection).execute("UPDATE sessions SET moved = seq - 1")
    session.append({"type": "compute.settled", "data": {"skill": "writer", "calls": 1}})
    assert session.budget().adds_up
    assert session.verify() == 8
