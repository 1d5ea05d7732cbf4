"""The state plan's forms, out of nothing but events."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given

from holdfast.events import Event
from holdfast.session import Message, fold, message
from holdfast.sharing.plan import (
    Window,
    initial_states,
    lasting,
    message_entry,
    orchestrator_state,
    orchestrator_states,
    session_document,
    state_record,
    written,
)
from strategies import SESSION, events, patient

START = datetime(2025, 11, 9, 10, tzinfo=UTC)

SESSION_KEYS = [
    "session_id", "user_id", "session_token", "orchestrator_context", "conversations", "state", "workflow_states",
    "created_at", "updated_at", "expires_at", "last_activity",
]  # fmt: skip
STATE_KEYS = ["state_id", "session_id", "state_data", "orchestrator_metadata", "metadata", "ttl", "stored_at"]


def told(*said: tuple[str, dict[str, Any]], conversation: str | None = None) -> list[Event]:
    """Events a minute apart, by their agents' clock; committed a day later."""
    return [
        Event(
            session_id=SESSION,
            seq=seq,
            id=UUID(int=seq),
            type=event_type,
            version=1,
            actor="agent",
            occurred_at=START + timedelta(minutes=seq),
            recorded_at=START + timedelta(days=1, minutes=seq),
            data=data,
            digest=b"",
            conversation=conversation,
        )
        for seq, (event_type, data) in enumerate(said, 1)
    ]


def spoken(*said: dict[str, Any]) -> list[Message]:
    return [message(event) for event in told(*(("message.added", each) for each in said), conversation="guide_agent")]


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (START, "2025-11-09T10:00:00Z"),
        (START + timedelta(microseconds=1), "2025-11-09T10:00:00.000001Z"),
        (datetime.fromisoformat("2025-11-09T12:00:00+02:00"), "2025-11-09T10:00:00Z"),
        (None, None),
    ],
)
def test_times_are_written_as_in_the_plan(at: datetime | None, text: str | None) -> None:
    assert written(at) == text


def test_a_message_has_the_plans_keys_and_no_other_unless_it_says_more() -> None:
    plain, contextual, calling, answering = spoken(
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "ho", "orchestrator_context": {"workflow_id": "w"}},
        {"role": "assistant", "tool_calls": [{"id": "1", "name": "look", "arguments": {"at": "x"}}]},
        {"role": "tool", "content": "seen", "tool_call_id": "1"},
    )
    assert message_entry(plain) == {"role": "user", "content": "hi", "timestamp": "2025-11-09T10:01:00Z"}
    assert list(message_entry(contextual)) == ["role", "content", "timestamp", "orchestrator_context"]
    assert message_entry(calling)["tool_calls"] == [{"id": "1", "name": "look", "arguments": {"at": "x"}}]
    assert message_entry(answering)["tool_call_id"] == "1"


def test_a_window_knows_its_place() -> None:
    window = Window(spoken({"role": "user", "content": "a"}, {"role": "user", "content": "b"})[1:])
    assert (window.first, window.last, len(window)) == (2, 2, 1)
    empty = Window([], after=7)
    assert (empty.first, empty.last, empty == []) == (None, 7, True)


def test_a_workflow_that_is_over_moves_out_of_the_active_ones_and_stays_in_the_document() -> None:
    tracked = {"orchestrator_name": "O", "workflow_id": "w", "enabling_services": ["F"]}
    log = told(
        ("session.started", {"user_id": "u"}),
        ("workflow.tracked", tracked | {"status": "processing"}),
        ("workflow.tracked", {"orchestrator_name": "O", "workflow_id": "w", "status": "completed"}),
    )
    during, after = (session_document(fold(log[:upto]), {}, token=None, now=START) for upto in (2, 3))
    (entry,) = during["orchestrator_context"]["active_orchestrators"]
    assert entry == tracked | {"status": "processing", "started_at": "2025-11-09T10:02:00Z"}
    assert during["workflow_states"] == {}
    assert after["orchestrator_context"]["active_orchestrators"] == []
    assert after["workflow_states"] == {"w": entry | {"status": "completed"}}


def test_where_an_orchestrator_stands() -> None:
    def tracked(name: str, workflow: str, status: str) -> tuple[str, dict[str, Any]]:
        return "workflow.tracked", {"orchestrator_name": name, "workflow_id": workflow, "status": status}

    context = fold(
        told(tracked("O", "1", "processing"), tracked("O", "2", "waiting"), tracked("P", "3", "failed"))
    ).orchestrator_context
    state = orchestrator_state(context, "O")
    assert (state["status"], state["updated_at"]) == ("waiting", "2025-11-09T10:02:00Z")
    assert [each["workflow_id"] for each in state["active_workflows"]] == ["1", "2"]
    assert orchestrator_state(context, "P")["status"] == "failed"
    assert list(orchestrator_states(context)) == ["O", "P"]
    unheard: dict[str, Any] = {
        "status": "not_started",
        "active_workflows": [],
        "ended_workflows": [],
        "updated_at": None,
    }
    assert initial_states(["Q"]) == {"Q": {"orchestrator_name": "Q"} | unheard}
    assert orchestrator_state(context, "Q") == initial_states(["Q"])["Q"]


def test_a_mere_change_of_a_services_status_is_no_use_of_it() -> None:
    log = told(
        ("service.used", {"service": "F", "invocations": 0, "status": "ready"}),
        ("service.used", {"service": "F", "invocations": 2}),
        ("service.used", {"service": "F", "invocations": 0, "status": "down"}),
    )
    document = [session_document(fold(log[:upto]), {}, token=None, now=START) for upto in (1, 3)]
    services = [each["orchestrator_context"]["enabling_services"]["F"] for each in document]
    assert services == [
        {"invocations": 0, "last_used": None},
        {"invocations": 2, "last_used": "2025-11-09T10:02:00Z"},
    ]


def test_the_delegation_chain_is_the_one_recorded_last() -> None:
    log = told(("delegation.recorded", {"chain": ["O", "F"]}), ("delegation.recorded", {"chain": ["O", "F", "D"]}))
    document = session_document(fold(log), {}, token=None, now=START)
    assert document["orchestrator_context"]["workflow_delegation_chain"] == ["O", "F", "D"]


def test_what_services_give_to_a_record_is_added_to_what_it_came_with() -> None:
    first = {"service": "F", "contribution": "parsed", "timestamp": "2025-11-09T10:00:00Z"}
    metadata = {"created_by_orchestrator": "O", "enabling_service_contributions": [first], "mine": 1}
    log = told(
        ("state.set", {"key": "s", "value": [1], "orchestrator_metadata": metadata}),
        ("service.used", {"service": "D", "contribution": "analysed", "state_id": "s"}),
        ("service.used", {"service": "D", "contribution": "lost", "state_id": "no such"}),
        ("service.used", {"service": "D", "state_id": "s"}),
    )
    state = fold(log)
    assert state_record(SESSION, "s", state.values["s"])["orchestrator_metadata"] == {
        "created_by_orchestrator": "O",
        "workflow_id": None,
        "mine": 1,
        "enabling_service_contributions": [
            first,
            {"service": "D", "contribution": "analysed", "timestamp": "2025-11-09T10:02:00Z"},
        ],
        "delegation_chain": [],
    }
    assert state.orchestrator_context.enabling_services["D"].contributions == ["analysed", "lost"]
    again = fold([*log, *told(("state.set", {"key": "s", "value": 2}))])
    assert (
        state_record(SESSION, "s", again.values["s"])["orchestrator_metadata"]["enabling_service_contributions"] == []
    )


def test_a_values_time_runs_from_its_commit_and_its_end_is_not_part_of_it() -> None:
    state = fold(
        told(
            ("state.set", {"key": "short", "value": 1, "ttl": 60}),
            ("state.set", {"key": "for ever", "value": 2}),
            ("state.set", {"key": "nearly", "value": 3, "ttl": 2**53 - 1}),
        )
    )
    committed = START + timedelta(days=1, minutes=1)
    assert "short" in lasting(state, committed + timedelta(seconds=59))
    assert list(lasting(state, committed + timedelta(seconds=60))) == ["for ever", "nearly"]
    document = session_document(state, {}, token=None, now=committed + timedelta(days=1))
    assert document["state"] == {"for ever": 2, "nearly": 3}


def test_the_token_is_the_callers_or_what_the_session_was_started_with() -> None:
    state = fold(told(("session.started", {"user_id": "u", "session_token": "given"})))
    assert session_document(state, {}, token=None, now=START)["session_token"] == "given"
    assert session_document(state, {}, token="mine", now=START)["session_token"] == "mine"


@patient
@given(events())
def test_whatever_happened_the_forms_have_the_plans_keys(log: list[Event]) -> None:
    state = fold(log)
    messages: dict[str, list[Message]] = {}
    for event in log:
        if event.type == "message.added":
            read = message(event)
            messages.setdefault(read.conversation, []).append(read)
    document = session_document(state, messages, token=None, now=START)
    assert list(document) == SESSION_KEYS
    assert list(document["orchestrator_context"]) == [
        "active_orchestrators",
        "enabling_services",
        "workflow_delegation_chain",
    ]
    for name, conversation in document["conversations"].items():
        assert list(conversation) == ["conversation_id", "messages", "orchestrator_context"]
        assert len(conversation["messages"]) == state.conversations[name].messages
    for key, value in state.values.items():
        assert list(state_record(SESSION, key, value)) == STATE_KEYS
