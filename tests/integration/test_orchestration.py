"""Orchestration and state records: the plan's documents, out of the story that the plan tells."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.errors import InvalidInput
from holdfast.events import instant
from holdfast.pipeline import overdue
from holdfast.store.transaction import transaction
from holdfast.testing import wait_until

SEEDS = Path(__file__).parents[1] / "seeds"

OF_THE_DATABASE = ("created_at", "updated_at", "last_activity")


def seed(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((SEEDS / f"{name}.json").read_text(encoding="utf-8"))
    return read


@pytest.fixture
def session(hf: Holdfast) -> Session:
    return hf.start("u", agent="guide_agent")


def test_the_plans_session_document_field_by_field(hf: Holdfast) -> None:
    expected = seed("plan_session")
    session = hf.start(
        "user-1", agent="guide_agent", session_id=expected["session_id"], expires_at=expected["expires_at"]
    )
    token = session.issue_token()
    for name, conversation in expected["conversations"].items():
        session.open_conversation(name, conversation["conversation_id"])
        for each in conversation["messages"]:
            session.add_conversation_message(
                name, each["role"], each["content"], each.get("orchestrator_context"), timestamp=each["timestamp"]
            )
        session.update_conversation_orchestrator_context(name, conversation["orchestrator_context"])
    (workflow,) = expected["orchestrator_context"]["active_orchestrators"]
    session.track_orchestrator_workflow(workflow["orchestrator_name"], workflow)
    session.update_enabling_service_status("FileParser", "ready", invocations=4, timestamp="2025-11-09T10:04:00Z")
    session.update_enabling_service_status("FileParser", "busy", timestamp="2025-11-09T10:05:00Z")
    session.update_enabling_service_status("FileParser", "idle", invocations=0)

    document = hf.session_by_token(token).document(token=token)

    assert document.keys() == expected.keys()
    assert document["session_token"] == token
    for field in OF_THE_DATABASE:
        assert document[field].endswith("Z")
        instant(field, document[field])
    given = {field: expected[field] for field in expected if field not in {*OF_THE_DATABASE, "session_token"}}
    assert {field: document[field] for field in given} == given
    assert json.loads(json.dumps(document)) == document
    windowed = session.document(messages=1)["conversations"]["guide_agent"]["messages"]
    assert windowed == expected["conversations"]["guide_agent"]["messages"][-1:]


def test_the_plans_state_record_field_by_field(hf: Holdfast) -> None:
    expected = seed("plan_state")
    session = hf.start("user-1", session_id=expected["session_id"])
    metadata = expected["orchestrator_metadata"]
    stored = session.store_state(
        expected["state_id"],
        expected["state_data"],
        orchestrator_metadata={name: value for name, value in metadata.items() if "contributions" not in name},
        metadata=expected["metadata"],
        ttl=expected["ttl"],
        timestamp=expected["stored_at"],
    )
    (given,) = metadata["enabling_service_contributions"]
    assert stored == expected | {"orchestrator_metadata": metadata | {"enabling_service_contributions": []}}
    session.contribute(expected["state_id"], given["service"], given["contribution"], timestamp=given["timestamp"])
    assert session.get_state(expected["state_id"]) == expected
    assert session.get_state("no such") is None
    # As it is given, whole, it is kept as well.
    session.store_state("whole", expected["state_data"], orchestrator_metadata=metadata)
    whole = session.get_state("whole")
    assert whole is not None
    assert whole["orchestrator_metadata"] == metadata


@pytest.mark.promise(5)
def test_what_services_contribute_at_the_same_time_is_all_there(hf: Holdfast, session: Session) -> None:
    session.store_state("s", {})

    def contribute(number: int) -> None:
        hf.session(session.id).contribute("s", f"service {number % 4}", str(number))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(contribute, range(40)))
    record = session.get_state("s")
    assert record is not None
    given = record["orchestrator_metadata"]["enabling_service_contributions"]
    assert sorted(int(each["contribution"]) for each in given) == list(range(40))


def test_a_workflow_is_told_bit_by_bit(session: Session) -> None:
    session.track_orchestrator_workflow(
        "O", {"workflow_id": "w", "status": "processing", "enabling_services": ["F"]}, timestamp="2025-11-09T10:00:00Z"
    )
    session.track_orchestrator_workflow("O", {"workflow_id": "w", "status": "waiting"})
    state = session.get_orchestrator_state("O")
    assert (state["status"], state["ended_workflows"]) == ("waiting", [])
    assert state["active_workflows"] == [
        {
            "orchestrator_name": "O",
            "workflow_id": "w",
            "status": "waiting",
            "started_at": "2025-11-09T10:00:00Z",
            "enabling_services": ["F"],
        }
    ]
    session.track_orchestrator_workflow("O", {"workflow_id": "w", "status": "completed"})
    assert session.get_orchestrator_states()["O"]["status"] == "completed"
    assert session.get_initial_orchestrator_states(["O"])["O"]["status"] == "not_started"
    session.record_delegation(("O", "F"), workflow_id="w")
    assert session.document()["orchestrator_context"]["workflow_delegation_chain"] == ["O", "F"]


@pytest.mark.parametrize(
    "data", [{}, {"workflow_id": ""}, {"workflow_id": "w", "orchestrator_name": "P"}, {"workflow_id": "w", "status": 1}]
)
def test_a_workflow_that_is_none_is_refused(session: Session, data: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        session.track_orchestrator_workflow("O", data)


def test_a_value_is_gone_when_its_time_is_over_and_then_the_log_says_so(
    hf: Holdfast, session: Session, engine: Engine, settings: Settings
) -> None:
    session.store_state("short", 1, ttl=1, timestamp="2199-01-01T00:00:00Z")  # a clock that is wrong changes nothing
    session.store_state("long", 2, ttl=3600, timestamp="2001-01-01T00:00:00Z")
    assert session.document()["state"] == {"short": 1, "long": 2}
    wait_until(lambda: session.get_state("short") is None, what="the end of its time")
    assert session.document()["state"] == {"long": 2}
    assert "short" in session.state().values, "no timer has run yet"

    def expired() -> int:
        with transaction(engine) as connection:
            return overdue.expire_values(connection, settings.tenant, session.id, rules=hf.service._rules)

    assert expired() == 1
    assert list(session.state().values) == ["long"]
    assert [each.data["key"] for each in session.events() if each.type == "state.expired"] == ["short"]
    assert expired() == 0


def test_a_value_that_is_set_anew_lasts_anew(session: Session, engine: Engine) -> None:
    session.store_state("s", 1, ttl=1)
    session.store_state("s", 2)
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_sleep(1.1)"))
    record = session.get_state("s")
    assert record is not None
    assert (record["state_data"], record["ttl"]) == (2, None)


def test_null_is_a_value(session: Session) -> None:
    session.store_state("s", None)
    record = session.get_state("s")
    assert record is not None
    assert record["state_data"] is None


def test_what_is_none_is_refused_by_the_name_that_it_was_given_under(session: Session) -> None:
    wrong: Any
    for wrong in (None, 5, [], "w"):
        with pytest.raises(InvalidInput, match=r"^workflow_data: "):
            session.track_orchestrator_workflow("Orchestrator", wrong)
    with pytest.raises(InvalidInput, match=r"^workflow_data\.started_at: "):
        session.track_orchestrator_workflow("Orchestrator", {"workflow_id": "w", "started_at": "soon"})
    for wrong in (None, "FileParser", 5, {"a": 1}):
        with pytest.raises(InvalidInput, match=r"^chain: must be a list of names"):
            session.record_delegation(wrong)
    with pytest.raises(InvalidInput, match=r"^timestamp: "):
        session.update_enabling_service_status("FileParser", timestamp="soon")
    assert len(session.events()) == 1


def test_a_value_that_is_set_anew_without_an_end_has_none(hf: Holdfast, engine: Engine) -> None:
    session = hf.start("u", agent="a")
    session.store_state("s", {"n": 1}, ttl=1)
    session.store_state("s", {"n": 2})
    with transaction(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM due_values")).scalar_one() == 0
