"""What a save of each tier holds: the shapes of the guide to persistence, filled from what the events say."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given, settings

from holdfast.events import Event
from holdfast.saving.contents import content, stamp
from holdfast.saving.policy import REASONS, Policy
from holdfast.saving.tiers import TIERS, Tier
from holdfast.session import State, fold
from strategies import events, patient

SESSION = "SESSION-240124-001"
START = datetime(2025, 1, 24, 10, tzinfo=UTC)
AT = START + timedelta(minutes=30)
POLICY = Policy(
    enabled=True,
    intervals={"context": 30, "conversation": 60, "project_state": 300, "full": 900},
    keep=5,
    triggers=frozenset(REASONS),
    tail=500,
)


def state_of(*said: tuple[str, dict[str, Any]], conversations: dict[int, str] | None = None) -> State:
    """The nth event occurred n minutes after ten, in the conversation that is named for it."""
    return fold(
        Event(
            session_id=SESSION,
            seq=seq,
            id=UUID(int=seq),
            type=event_type,
            version=1,
            actor="agent",
            occurred_at=START + timedelta(minutes=seq),
            recorded_at=START + timedelta(minutes=seq - 1),
            data=data,
            digest=b"",
            conversation=(conversations or {}).get(seq),
        )
        for seq, (event_type, data) in enumerate(said, 1)
    )


def content_of(state: State, tier: Tier) -> dict[str, Any]:
    return content(state, tier, at=AT, policy=POLICY, last_save=AT - timedelta(seconds=30))


# The session of the guide, told in events.
GUIDE = state_of(
    (
        "session.started",
        {
            "user_id": "phil",
            "kind": "task-execution",
            "agent": "development-assistant",
            "capabilities": ["coding", "debugging", "documentation"],
            "specialization": "wordpress-react-integration",
            "working_directory": "/projectDocs/task-board/",
            "active_files": ["TASK-6-004-implementation.md", "ongoing.md"],
            "agent_state": {
                "knowledge_level": "expert",
                "learning_progress": {"projectFamiliarity": "95%", "codebaseUnderstanding": "90%"},
            },
        },
    ),
    ("task.assigned", {"task_id": "TASK-4-010", "description": "Real-time slot validation"}),
    ("task.assigned", {"task_id": "TASK-6-003", "description": "Cron reminders"}),
    ("task.completed", {"task_id": "TASK-6-003"}),
    ("task.assigned", {"task_id": "TASK-6-004", "description": "SMS integration", "phase": "phase-6"}),
    ("decision.made", {"decision": "Using Twilio as primary SMS provider"}),
    ("decision.made", {"type": "budget", "value": 500_000}),
    ("decision.escalated", {"decision_id": "d1", "question": "Can we mention APY?"}),
    ("decision.answered", {"decision_id": "d1", "decision": "with a disclaimer"}),
    ("file.modified", {"path": "includes/class-sms-manager.php", "digest": "d1"}),
    ("file.modified", {"path": "old.php", "change": "deleted"}),
    ("file.modified", {"path": "assets/SMSTemplateManagement.jsx", "digest": "d2", "change": "created"}),
    (
        "world.observed",
        {
            "working_branch": "feature/sms-integration",
            "pending_changes": True,
            "build_status": "passing",
            "active_tasks": ["TASK-6-004", "TASK-6-003", "TASK-9"],
            "recent_completions": ["TASK-6-001", "TASK-6-002"],
            "project_health": "good",
            "files": {"README.md": "d3"},
        },
    ),
    (
        "conversation.context_updated",
        {
            "topic": "SMS Integration Framework",
            "sub_topic": "Admin Interface Integration",
            "technical_focus": "PrimeReact component integration",
            "recent_discussions": ["Database migration requirements"],
            "summary": "Working on SMS integration framework implementation",
            "orchestrator_context": {"workflow_id": "w1"},
        },
    ),
    ("message.added", {"role": "user", "content": "go on"}),
    ("message.added", {"role": "user", "content": "by the way"}),
    (
        "task.progressed",
        {
            "completed_steps": ["database-schema-created", "sms-provider-interface-implemented"],
            "current_step": "admin-interface-integration",
            "next_steps": ["test-sms-endpoints", "integrate-with-settings"],
            "progress": "85%",
        },
    ),
    conversations={14: "guide", 15: "guide", 16: "aside"},
)


def test_the_context_is_the_sessions_entry_in_the_registry() -> None:
    assert content_of(GUIDE, "context") == {
        "id": "SESSION-240124-001",
        "type": "task-execution",
        "status": "active",
        "created": "2025-01-24T10:00:00Z",
        "lastActivity": "2025-01-24T10:16:00Z",
        "agent": {
            "type": "development-assistant",
            "capabilities": ["coding", "debugging", "documentation"],
            "specialization": "wordpress-react-integration",
        },
        "context": {
            "currentTask": "TASK-6-004",
            "currentPhase": "phase-6",
            "workingDirectory": "/projectDocs/task-board/",
            "activeFiles": ["TASK-6-004-implementation.md", "ongoing.md"],
            "conversationSummary": "Working on SMS integration framework implementation",
            "keyDecisions": [
                "Using Twilio as primary SMS provider",
                "budget: 500000",
                "Can we mention APY? with a disclaimer",
            ],
        },
        "state": {
            "completedSteps": ["database-schema-created", "sms-provider-interface-implemented"],
            "currentStep": "admin-interface-integration",
            "nextSteps": ["test-sms-endpoints", "integrate-with-settings"],
            "blockers": [],
            "progress": "85%",
        },
        "persistence": {
            "autoSave": True,
            "saveInterval": "30s",
            "lastSave": "2025-01-24T10:29:30Z",
            "backupCount": 5,
        },
    }


def test_the_project_state_is_the_sessions_context_snapshot() -> None:
    assert content_of(GUIDE, "project_state") == {
        "timestamp": "2025-01-24T10:30:00Z",
        "projectState": {
            "currentPhase": "phase-6",
            "activeTasks": ["TASK-6-004", "TASK-9", "TASK-4-010"],
            "recentCompletions": ["TASK-6-001", "TASK-6-002", "TASK-6-003"],
            "projectHealth": "good",
            "criticalIssues": [],
        },
        "conversationContext": {
            "topic": "SMS Integration Framework",
            "subTopic": "Admin Interface Integration",
            "technicalFocus": "PrimeReact component integration",
            "recentDiscussions": ["Database migration requirements"],
        },
        "codeContext": {
            "lastModifiedFiles": ["assets/SMSTemplateManagement.jsx", "includes/class-sms-manager.php"],
            "workingBranch": "feature/sms-integration",
            "pendingChanges": True,
            "buildStatus": "passing",
            "files": {
                "includes/class-sms-manager.php": {
                    "digest": "d1",
                    "change": "modified",
                    "modifiedAt": "2025-01-24T10:10:00Z",
                },
                "old.php": {"digest": None, "change": "deleted", "modifiedAt": "2025-01-24T10:11:00Z"},
                "assets/SMSTemplateManagement.jsx": {
                    "digest": "d2",
                    "change": "created",
                    "modifiedAt": "2025-01-24T10:12:00Z",
                },
                "README.md": {"digest": "d3", "change": None, "modifiedAt": None},
            },
        },
        "aiAgentState": {
            "knowledgeLevel": "expert",
            "specialization": "wordpress-react-integration",
            "learningProgress": {"projectFamiliarity": "95%", "codebaseUnderstanding": "90%"},
        },
    }


def test_the_conversations_are_counted_and_described() -> None:
    assert content_of(GUIDE, "conversation") == {
        "conversations": {
            "guide": {
                "conversationId": "guide",
                "messages": 1,
                "lastMessageAt": "2025-01-24T10:15:00Z",
                "topic": "SMS Integration Framework",
                "subTopic": "Admin Interface Integration",
                "technicalFocus": "PrimeReact component integration",
                "recentDiscussions": ["Database migration requirements"],
                "summary": "Working on SMS integration framework implementation",
                "orchestratorContext": {"workflow_id": "w1"},
            },
            "aside": {
                "conversationId": "aside",
                "messages": 1,
                "lastMessageAt": "2025-01-24T10:16:00Z",
                "topic": None,
                "subTopic": None,
                "technicalFocus": None,
                "recentDiscussions": [],
                "summary": None,
                "orchestratorContext": {},
            },
        }
    }


def test_a_full_save_holds_the_others_and_the_whole_state() -> None:
    full = content_of(GUIDE, "full")
    assert full["session"] == content_of(GUIDE, "context")
    assert full["contextSnapshot"] == content_of(GUIDE, "project_state")
    assert full["conversations"] == content_of(GUIDE, "conversation")["conversations"]
    assert State.model_validate_json(orjson.dumps(full["state"])) == GUIDE


def test_what_no_event_said_is_not_made_up() -> None:
    empty = content(State(), "full", at=AT, policy=POLICY)
    assert empty["session"]["context"] == {
        "currentTask": None,
        "currentPhase": None,
        "workingDirectory": None,
        "activeFiles": [],
        "conversationSummary": None,
        "keyDecisions": [],
    }
    assert empty["session"]["state"]["progress"] is empty["session"]["persistence"]["lastSave"] is None
    assert empty["conversations"] == {}


def test_the_summary_of_the_session_counts_more_than_that_of_a_conversation() -> None:
    said = ("conversation.context_updated", {"summary": "of the conversation"})
    paused = state_of(said, ("session.paused", {"summary": "of the session"}))
    assert content_of(paused, "context")["context"]["conversationSummary"] == "of the session"


@pytest.mark.parametrize(("order", "topic"), [("ab", "of b"), ("ba", "of a")])
def test_the_conversation_that_went_on_last_is_the_topic(order: str, topic: str) -> None:
    message = ("message.added", {"role": "user", "content": "x"})
    state = state_of(
        *(("conversation.context_updated", {"topic": f"of {name}"}) for name in "ab"),
        message,
        message,
        conversations=dict(enumerate(f"ab{order}", 1)),
    )
    assert content_of(state, "project_state")["conversationContext"]["topic"] == topic


def test_a_task_that_was_taken_up_again_is_active_and_not_completed() -> None:
    assigned = ("task.assigned", {"task_id": "T1", "description": "x"})
    state = state_of(assigned, ("task.completed", {}), assigned)
    project = content_of(state, "project_state")["projectState"]
    assert (project["activeTasks"], project["recentCompletions"]) == (["T1"], [])


def test_a_task_that_failed_is_neither_active_nor_completed() -> None:
    state = state_of(
        ("world.observed", {"active_tasks": ["T1"]}), ("task.completed", {"task_id": "T1", "outcome": "failed"})
    )
    project = content_of(state, "project_state")["projectState"]
    assert (project["activeTasks"], project["recentCompletions"]) == ([], [])


@pytest.mark.parametrize(
    ("interval", "text"), [(30, "30s"), (0.5, "0.5s"), (300.0, "300s"), (366 * 86_400.0, "31622400s")]
)
def test_the_interval_is_the_one_that_holds_for_the_session(interval: float, text: str) -> None:
    policy = POLICY.overridden({"interval": interval, "enabled": False, "backup_count": 2})
    said = content(GUIDE, "context", at=AT, policy=policy)["persistence"]
    assert said == {"autoSave": False, "saveInterval": text, "lastSave": None, "backupCount": 2}


def test_a_time_has_as_much_of_the_second_as_there_is() -> None:
    assert stamp(AT.replace(microsecond=120)) == "2025-01-24T10:30:00.000120Z"
    assert stamp(AT) == "2025-01-24T10:30:00Z"


@settings(patient, max_examples=150)
@given(events())
def test_every_state_has_a_content_of_every_tier_that_json_gives_back(log: list[Event]) -> None:
    state = fold(log)
    before = state.model_copy(deep=True)
    for tier in TIERS:
        made = content_of(state, tier)
        assert orjson.loads(orjson.dumps(made)) == made
    assert state == before
    assert State.model_validate_json(orjson.dumps(content_of(state, "full")["state"])) == state
