"""A nested budget under fire: 64 agents in processes of their own, of which some are killed with what they reserved."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.pipeline.overdue import release_reservations
from holdfast.service.budgets import Figures
from holdfast.store.transaction import transaction
from holdfast.testing import wait_until
from processes import environment

SPENDER = Path(__file__).with_name("spender.py")
PROCESSES, AGENTS_EACH, TURNS = 8, 8, 40
DEADLY = 3
SESSIONS = 4
CAMPAIGN, EACH, TASK, AGENT = 160, 60, 50, 5
"""Calls. Every level is the tightest somewhere: none lets all through that the one above it would."""


@pytest.mark.promise(8)
def test_64_agents_never_overspend_a_nested_budget(hf: Holdfast, settings: Settings, tmp_path: Path) -> None:
    sessions = [limited(hf) for _ in range(SESSIONS)]
    racing = [
        subprocess.Popen(
            [
                sys.executable,
                str(SPENDER),
                *map(str, (number * AGENTS_EACH, AGENTS_EACH, TURNS, DEADLY if number % 2 else 0)),
                str(tmp_path / f"{number}.txt"),
                *(session.id for session in sessions),
            ],
            env=environment(settings),
        )
        for number in range(PROCESSES)
    ]
    try:
        while any(one.poll() is None for one in racing):
            check_limits(hf)
            with suppress(subprocess.TimeoutExpired):
                racing[0].wait(0.2)
    finally:
        for one in racing:
            one.kill()
    assert [one.wait() for one in racing] == [0, -9] * (PROCESSES // 2)

    wait_until(lambda: sum(reserved(hf, session) for session in sessions) == 0, what="the end of what the dead held")
    told = [line.split() for file in tmp_path.glob("*.txt") for line in file.read_text().splitlines()]
    assert len(told) > PROCESSES // 2 * AGENTS_EACH * TURNS
    assert sum(line[0] == "blocked" for line in told) > 100
    settled = [line for line in told if line[0] == "settled"]
    reports = [session.budget() for session in sessions]
    assert all(report.adds_up for report in reports)
    ledger = [use for report in reports for use in report.ledger]
    # Who was killed may have settled without hearing of it.
    assert 0 <= len(ledger) - len(settled) <= PROCESSES // 2 * AGENTS_EACH
    assert sum(use.calls for use in ledger) >= sum(int(calls) for _, calls, _ in settled)

    campaign = hf.budget("RACE").figures
    assert (campaign.calls_used, campaign.tokens_used) == (
        sum(use.calls for use in ledger),
        sum(use.tokens for use in ledger),
    )
    assert (campaign.calls_reserved, campaign.tokens_reserved) == (0, 0)
    for figures in (campaign, *(each for report in reports for each in report.levels)):
        assert within(figures), figures
        assert (figures.calls_over, figures.tokens_over) == (0, 0), figures
    for session in sessions:
        assert session.verify() == session.state().history.total


def limited(hf: Holdfast) -> Session:
    session = hf.start("u", agent="lead", shared=True)
    session.append(
        {"type": "campaign.updated", "data": {"gtm_id": "RACE"}},
        {"type": "task.assigned", "data": {"description": "Race", "budget": {"max_skill_calls": TASK}}},
        {"type": "budget.set", "data": {"level": "campaign", "max_skill_calls": CAMPAIGN, "max_tokens": 12_000}},
        {"type": "budget.set", "data": {"level": "session", "max_skill_calls": EACH, "max_tokens": 4_000}},
        *(
            {"type": "budget.set", "data": {"level": "agent", "owner": f"agent-{number}", "max_skill_calls": AGENT}}
            for number in range(PROCESSES * AGENTS_EACH)
        ),
    )
    return session


def within(figures: Figures) -> bool:
    return all(left is None or left >= 0 for left in (figures.calls_left, figures.tokens_left))


def check_limits(hf: Holdfast) -> None:
    found = hf.budget("RACE")
    assert within(found.figures), found
    assert all(within(each) for each in found.sessions.values()), found


def reserved(hf: Holdfast, session: Session) -> int:
    """What the session still has set aside, once what has run out is given back."""
    service = hf.service
    with transaction(service._engine) as connection:
        release_reservations(connection, service.tenant, session.id, rules=service._rules)
    return len(session.budget().reserved)
