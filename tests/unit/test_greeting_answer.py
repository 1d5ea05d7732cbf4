"""What a user who comes back is told: what the log says, and nothing where it says nothing."""

from datetime import UTC, datetime

import pytest

from holdfast.greeting.answer import CONTINUE, last_time
from holdfast.session import State
from holdfast.session.parts import Campaign, CompletedTask, Conversation, Decision, Effect, PendingDecision, Task

NOW = datetime(2026, 1, 29, tzinfo=UTC)


def decision(number: int) -> Decision:
    return Decision(
        id=str(number),
        type=f"d{number}",
        question=None,
        decision=None,
        value=number,
        rationale=None,
        confidence=None,
        decided_by="planner",
        timestamp=NOW,
        event_id=str(number),
    )


def test_where_nothing_is_known_nothing_is_claimed() -> None:
    assert last_time(State(session_id="s-1")) == f"Last time we were in session s-1. {CONTINUE}"


@pytest.mark.parametrize(
    ("state", "subject"),
    [
        (State(title="A trip"), "A trip"),
        (State(title="A trip", campaign=Campaign(title="Retail")), "Retail"),
        (State(conversations={"main": Conversation(topic="hotels")}), "hotels"),
        (State(tasks={"t": Task(task_id="t", description="book", started_at=NOW)}, active_task_id="t"), "book"),
        (
            State(
                tasks_completed=[
                    CompletedTask(
                        task_id="t", description="fly", outcome="done", summary=None, result=None, completed_at=NOW
                    )
                ]
            ),
            "fly",
        ),
    ],
)
def test_the_subject_is_the_first_of_those_that_tell_it(state: State, subject: str) -> None:
    assert last_time(state, "as listed").startswith(f"Last time we were working on: {subject}.")


def test_the_title_of_listings_is_what_is_left() -> None:
    assert last_time(State(), "Plan Paris?").startswith("Last time we were working on: Plan Paris?")


def test_the_newest_decisions_and_that_there_are_more() -> None:
    assert "We had decided: d1 1; d2 2." in last_time(State(decisions_made=[decision(1), decision(2)]))
    told = last_time(State(decisions_made=[decision(number) for number in range(5)]))
    assert "We had decided (the last 3 of 5): d2 2; d3 3; d4 4." in told


def test_what_is_open_and_what_is_not_known() -> None:
    told = last_time(
        State(
            session_id="s",
            effects={"e": Effect(id="e", status="intended", action="send_email"), "f": Effect(id="f", status="done")},
            pending_decisions={
                "q": PendingDecision(
                    id="q",
                    question="Which hotel?",
                    context=None,
                    options=[],
                    escalated_to=None,
                    escalated_by="planner",
                    escalated_at=NOW,
                    deadline=None,
                    default=None,
                    event_id="e",
                )
            },
            status="closed",
            ended_at=NOW,
        )
    )
    assert "Whether this was done is not known: send_email." in told
    assert "Still to be answered: Which hotel?" in told
    assert "That session is closed." in told
