"""The fold: what each event does to the state, and the laws that hold for all of them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.errors import InvalidInput, UnknownEventType
from holdfast.events import KNOWN, Event, MessageAdded
from holdfast.session import MAIN, State, advance, fold, message
from holdfast.session.status import status_after
from holdfast.session.table import STEPS, folds
from strategies import SESSION, events, patient

START = datetime(2026, 1, 29, 10, tzinfo=UTC)


def told(*said: tuple[str, dict[str, Any]], conversation: str | None = None) -> list[Event]:
    """Events a minute apart: the nth has the id n, and occurred n minutes after ten."""
    return [
        Event(
            session_id=SESSION,
            seq=seq,
            id=UUID(int=seq),
            type=event_type,
            version=1,
            actor="agent",
            occurred_at=START + timedelta(minutes=seq),
            recorded_at=START + timedelta(minutes=seq, seconds=1),
            data=data,
            digest=b"",
            conversation=conversation,
        )
        for seq, (event_type, data) in enumerate(said, 1)
    ]


def state_of(*said: tuple[str, dict[str, Any]]) -> State:
    return fold(told(*said))


def test_every_type_has_a_step() -> None:
    assert set(STEPS) == set(KNOWN.types)


def test_no_type_has_two_steps() -> None:
    with pytest.raises(ValueError, match=r"message\.added has a step already"):
        folds(MessageAdded)(lambda state, event, said: None)  # noqa: ARG005  # a step that does nothing


@settings(patient, max_examples=200)
@given(events(), st.data())
def test_a_fold_can_be_cut_anywhere(log: list[Event], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(log)))
    head = fold(log[:cut])
    before = head.model_copy(deep=True)
    assert fold(log[cut:], head) == fold(log)
    assert head == before  # and what was passed in is as it was


@settings(patient, max_examples=100)
@given(events(), st.data())
def test_a_state_of_ones_own_is_advanced_in_place(log: list[Event], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(log)))
    state = fold(log[:cut])
    assert advance(state, log[cut:]) is state
    assert state == fold(log)


@settings(patient, max_examples=100)
@given(events(), st.data())
def test_a_state_goes_through_json_and_comes_back_equal(log: list[Event], data: st.DataObject) -> None:
    state = fold(log)
    assert State.model_validate_json(state.model_dump_json()) == state
    # … and it goes on as if it had never been away, which equality alone would not tell: tables have an order.
    cut = data.draw(st.integers(0, len(log)))
    head = State.model_validate_json(fold(log[:cut]).model_dump_json())
    assert fold(log[cut:], head).model_dump_json() == state.model_dump_json()


@settings(patient, max_examples=40)
@given(events())
def test_the_history_counts_every_event(log: list[Event]) -> None:
    history = fold(log).history
    assert history.total == history.last_seq == len(log) == sum(history.by_type.values())


@settings(patient, max_examples=40)
@given(events())
def test_folding_changes_no_event(log: list[Event]) -> None:
    before = [repr(event) for event in log]
    fold(log, fold(log))
    assert [repr(event) for event in log] == before


@settings(patient, max_examples=40)
@given(events())
def test_the_status_is_the_one_that_the_sessions_table_has(log: list[Event]) -> None:
    status = "active"
    for event in log:
        status = status_after(status, event.type)
    assert fold(log).status == status


def test_a_state_shares_nothing_with_another() -> None:
    one, two = State(), State()
    one.world.active_files.append("a.py")
    one.compute.skills_invoked = 5
    assert two == State()


def test_an_event_of_a_newer_release_is_not_passed_over() -> None:
    with pytest.raises(UnknownEventType):
        state_of(("session.dreamt", {}))


def test_events_of_ones_own_are_counted_and_change_nothing_more() -> None:
    state = state_of(("custom.mood", {"mood": "good"}))
    assert state.history.by_type == {"custom.mood": 1}
    rest = {"history", "session_id", "created_at", "updated_at", "last_activity"}
    assert state.model_dump(exclude=rest) == State().model_dump(exclude=rest)


def test_session_says_who_and_what_for() -> None:
    state = state_of(
        (
            "session.started",
            {
                "user_id": "phil",
                "kind": "task-execution",
                "agent": "development-assistant",
                "title": "SMS integration",
                "capabilities": ["coding", "debugging"],
                "specialization": "react-wordpress-integration",
                "session_token": "tok",
                "continues": "SESSION-260128-002",
                "expires_at": "2026-02-01T00:00:00Z",
                "current_phase": "phase-6",
                "working_directory": "/projectDocs",
                "active_files": ["ongoing.md"],
                "agent_state": {"knowledge_level": "expert", "learning_progress": {"project_familiarity": "95%"}},
                "persistence": {"auto_save": True, "save_interval": "30s", "backup_count": 5},
            },
        ),
        ("session.resumed", {"agent": "reviewer", "agent_state": {"learning_progress": {"codebase": "90%"}}}),
        ("save.requested", {"trigger": "user-request"}),
    )
    assert (state.session_id, state.user_id, state.kind, state.title) == (
        SESSION,
        "phil",
        "task-execution",
        "SMS integration",
    )
    assert (state.session_token, state.continues) == ("tok", "SESSION-260128-002")
    assert state.expires_at == datetime(2026, 2, 1, tzinfo=UTC)
    assert (state.created_at, state.updated_at) == (START + timedelta(seconds=61), START + timedelta(seconds=181))
    assert state.agent.model_dump() == {
        "type": "reviewer",
        "capabilities": ["coding", "debugging"],
        "specialization": "react-wordpress-integration",
        "knowledge_level": "expert",
        "learning_progress": {"project_familiarity": "95%", "codebase": "90%"},
    }
    assert (state.world.current_phase, state.world.working_directory) == ("phase-6", "/projectDocs")
    assert state.world.active_files == ["ongoing.md"]
    assert state.persistence.model_dump() == {
        "auto_save": True,
        "save_interval": 30.0,
        "intervals": {},
        "triggers": None,
        "backup_count": 5,
        "saves_requested": 1,
        "last_requested": START + timedelta(minutes=3),
    }


def test_session_says_how_it_wants_to_be_saved() -> None:
    autosave = {
        "interval": "2 minutes",
        "intervals": {"fullSnapshot": "1 h", "of_tomorrow": 5},
        "triggers": ["task-completion"],
        "storage": {"format": "json"},
    }
    older = {"auto_save": False, "save_interval": 30, "backup_count": 0}
    saving = state_of(("session.started", {"user_id": "ann", "autosave": autosave, "persistence": older})).persistence
    assert (saving.auto_save, saving.save_interval, saving.backup_count) == (False, 120.0, None)
    assert (saving.intervals, saving.triggers) == ({"full": 3600.0}, ["task-completion"])
    off = state_of(("session.started", {"user_id": "ann", "autosave": False, "persistence": {"auto_save": True}}))
    assert (
        off.persistence == state_of(("session.started", {"user_id": "ann", "autosave": {"enabled": False}})).persistence
    )
    assert off.persistence.auto_save is False


@pytest.mark.parametrize("end", ["session.paused", "session.closed", "session.expired", "session.resumed"])
def test_session_that_was_forked_goes_its_own_way(end: str) -> None:
    log = told(
        ("session.started", {"user_id": "ann"}),
        ("lease.taken", {"owner": "a", "fence": 3}),
        (end, {}),
        ("session.forked", {"from_session": "SESSION-260128-001", "at_seq": 3, "recovery_point": "RECOVERY-1"}),
    )
    state = fold(log)
    assert (state.status, state.ended_at, state.status_reason) == ("active", None, None)
    assert (state.lease, state.fence) == (None, 3)
    assert state.forked_from is not None
    assert state.forked_from.model_dump() == {
        "session_id": "SESSION-260128-001",
        "seq": 3,
        "recovery_point": "RECOVERY-1",
    }
    assert state.session_id == SESSION


def test_session_is_paused_resumed_recovered_and_closed() -> None:
    log = told(
        ("task.assigned", {"description": "x"}),
        ("session.paused", {"reason": "idle", "summary": "half done", "next_steps": ["test"]}),
        (
            "session.recovered",
            {"mode": "full", "status": "partial", "uncertain": ["e1"], "warnings": ["old"], "agent": "b"},
        ),
        ("session.closed", {"outcome": "shipped", "learnings": ["threads work"]}),
    )
    paused, recovered, closed = fold(log[:2]), fold(log[:3]), fold(log)
    assert (paused.status, paused.status_reason, paused.summary) == ("paused", "idle", "half done")
    assert paused.last_activity == log[0].recorded_at  # a pause is no activity
    assert paused.active_task is not None
    assert paused.active_task.next_steps == ["test"]
    assert (recovered.status, recovered.status_reason, recovered.agent.type) == ("active", None, "b")
    assert recovered.last_recovery is not None
    assert (recovered.last_recovery.status, recovered.last_recovery.uncertain) == ("partial", ["e1"])
    assert (closed.status, closed.status_reason, closed.ended_at) == ("closed", "shipped", log[3].recorded_at)
    assert (closed.summary, closed.learnings) == ("half done", ["threads work"])


@pytest.mark.parametrize(("how", "reason"), [("expired", "30 days idle"), ("failed", "out of credit")])
def test_session_ends_otherwise_and_comes_back(how: str, reason: str) -> None:
    log = told((f"session.{how}", {"reason": reason}), ("session.recovered", {"mode": "quick", "status": "success"}))
    ended = fold(log[:1])
    assert (ended.status, ended.status_reason, ended.ended_at) == (how, reason, log[0].recorded_at)
    back = fold(log)
    assert (back.status, back.status_reason, back.ended_at) == ("active", None, None)


def test_conversations_are_counted_and_described_but_stay_in_the_log() -> None:
    said = {"role": "user", "content": "Help me upload a file", "timestamp": "2026-01-29T09:00:00Z"}
    guide = told(
        ("message.added", said),
        (
            "conversation.context_updated",
            {"conversation_id": "conv_guide_123", "orchestrator_context": {"a": 1, "b": 1}, "topic": "files"},
        ),
        (
            "conversation.context_updated",
            {"orchestrator_context": {"b": 2}, "recent_discussions": ["x"], "summary": "s"},
        ),
        conversation="guide_agent",
    )
    state = fold([*guide, *told(("message.added", {"role": "assistant"}))])
    assert list(state.conversations) == ["guide_agent", MAIN]
    about = state.conversations["guide_agent"]
    assert (about.conversation_id, about.messages, about.topic, about.summary) == ("conv_guide_123", 1, "files", "s")
    assert about.orchestrator_context == {"a": 1, "b": 2}
    assert about.last_message_at == datetime(2026, 1, 29, 9, tzinfo=UTC)
    assert state.conversations[MAIN].last_message_at == START + timedelta(minutes=1)
    assert "Help me" not in state.model_dump_json()


def test_orchestration_shows_what_runs_and_what_it_uses() -> None:
    tracked = {"orchestrator_name": "ContentAnalysisOrchestrator", "workflow_id": "w1"}
    log = told(
        ("workflow.tracked", tracked | {"status": "processing", "enabling_services": ["FileParser"]}),
        ("service.used", {"service": "FileParser", "invocations": 4, "contribution": "parsed_file_data"}),
        ("service.used", {"service": "FileParser", "status": "ok"}),
        ("delegation.recorded", {"chain": ["ContentAnalysisOrchestrator", "FileParser"], "workflow_id": "w1"}),
        ("agent.consulted", {"agent": "oracle", "output": {"chains": 28}, "confidence": 0.9}),
        ("workflow.tracked", tracked | {"status": "completed"}),
    )
    context = fold(log[:5]).orchestrator_context
    assert context.active_orchestrators["w1"].started_at == START + timedelta(minutes=1)
    assert context.enabling_services["FileParser"].model_dump() == {
        "invocations": 5,
        "last_used": START + timedelta(minutes=3),
        "status": "ok",
        "contributions": ["parsed_file_data"],
    }
    assert context.workflow_delegation_chain[0].chain == ["ContentAnalysisOrchestrator", "FileParser"]
    state = fold(log)
    assert state.orchestrator_context.active_orchestrators == {}
    ended = state.orchestrator_context.ended_workflows["w1"]
    assert (ended.status, ended.started_at, ended.enabling_services) == (
        "completed",
        START + timedelta(minutes=1),
        ["FileParser"],
    )
    assert (state.agents_consulted[0].output, state.agents_consulted[0].event_id) == ({"chains": 28}, str(UUID(int=5)))


def test_work_moves_on_step_by_step_within_its_scope_and_budget() -> None:
    state = state_of(
        (
            "task.assigned",
            {
                "task_id": "T1",
                "description": "SMS",
                "phase": "phase-6",
                "next_steps": ["schema"],
                "scope": {"objectives": ["post"], "out_of_scope": ["video"]},
                "budget": {"max_skill_calls": 10, "max_tokens": 100_000, "deadline": "2026-01-30T12:00:00Z"},
            },
        ),
        (
            "task.progressed",
            {"completed_steps": ["schema"], "current_step": "admin", "next_steps": ["test"], "progress": "85%"},
        ),
        (
            "task.progressed",
            {"task_id": "T1", "completed_steps": ["schema", "admin"], "blockers": ["key"], "last_action": "migrated"},
        ),
        ("compute.reserved", {"reservation_id": "r1", "skill": "oracle", "calls": 2, "tokens": 5000}),
        ("compute.settled", {"reservation_id": "r1", "tokens": 2000, "result": "success"}),
        ("compute.reserved", {"reservation_id": "r2", "tokens": 500}),
    )
    task = state.active_task
    assert task is not None
    assert task.scope is not None
    assert task.scope.out_of_scope == ["video"]
    assert (task.completed_steps, task.current_step, task.next_steps) == (["schema", "admin"], "admin", ["test"])
    assert (task.blockers, task.progress, task.last_action) == (["key"], 85.0, "migrated")
    assert state.world.current_phase == "phase-6"
    assert (state.compute.skills_invoked, state.compute.tokens_used) == (1, 2000)
    assert (state.compute.calls_reserved, state.compute.tokens_reserved) == (1, 500)
    assert (state.calls_remaining, state.tokens_remaining) == (8, 97_500)
    assert state.compute.invocation_log[0].model_dump(exclude={"event_id", "agent"}) == {
        "skill": "oracle",
        "timestamp": START + timedelta(minutes=5),
        "calls": 1,
        "tokens": 2000,
        "result": "success",
        "task_id": "T1",
    }


def test_work_without_a_budget_is_not_limited() -> None:
    for state in (
        State(),
        state_of(("task.assigned", {"description": "x"})),
        state_of(("task.assigned", {"description": "x", "budget": {}})),
    ):
        assert (state.calls_remaining, state.tokens_remaining) == (None, None)


def test_work_is_completed_and_the_latest_open_task_goes_on() -> None:
    log = told(
        ("task.assigned", {"task_id": "T1", "description": "one"}),
        ("task.assigned", {"task_id": "T2", "description": "two"}),
        ("task.assigned", {"description": "three"}),
        ("task.completed", {"task_id": "T2", "outcome": "cancelled"}),
        ("task.completed", {"result": {"ok": True}}),
        ("task.completed", {}),
        ("task.completed", {}),
    )
    assert fold(log[:4]).active_task_id == str(UUID(int=3))
    assert fold(log[:5]).active_task_id == "T1"
    state = fold(log)
    assert (state.active_task_id, state.active_task, state.tasks) == (None, None, {})
    done = [(task.task_id, task.description, task.outcome) for task in state.tasks_completed]
    assert done == [
        ("T2", "two", "cancelled"),
        (str(UUID(int=3)), "three", "success"),
        ("T1", "one", "success"),
        (None, None, "success"),
    ]


def test_work_taken_up_again_is_the_latest() -> None:
    assigned = [("task.assigned", {"task_id": task_id, "description": task_id}) for task_id in ("T1", "T2", "T3", "T1")]
    log = told(
        *assigned, ("task.completed", {"task_id": "T1"}), ("task.assigned", assigned[0][1]), ("task.completed", {})
    )
    assert list(fold(log[:4]).tasks) == ["T2", "T3", "T1"]
    assert fold(log[:5]).active_task_id == fold(log).active_task_id == "T3"


def test_work_on_a_task_that_was_never_assigned_is_not_lost() -> None:
    state = state_of(("task.progressed", {"progress": 10}), ("task.progressed", {"task_id": "T9", "current_step": "x"}))
    assert state.active_task is not None
    assert (state.active_task.task_id, state.active_task.progress) == (str(UUID(int=1)), 10.0)
    assert (state.tasks["T9"].current_step, state.tasks["T9"].description) == ("x", None)


def test_work_leaves_values_artifacts_and_validations() -> None:
    state = state_of(
        ("state.set", {"key": "k", "value": 1}),
        ("state.set", {"key": "k", "value": None, "ttl": 60, "orchestrator_metadata": {"workflow_id": "w1"}}),
        ("artifact.produced", {"path": "x.md", "type": "draft_x_post", "produced_by": "worker"}),
        ("artifact.produced", {"path": "x.md", "status": "pending_review"}),
        ("validation.reported", {"validator": "brand_validator", "status": "fail", "issues": ["tone"]}),
        ("validation.reported", {"validator": "brand_validator", "status": "blocked", "blockers": ["partner"]}),
    )
    assert (state.values["k"].value, state.values["k"].ttl, state.values["k"].set_by) == (None, 60, "agent")
    artifact = state.artifacts["x.md"]
    assert (artifact.type, artifact.status, artifact.produced_by) == ("draft_x_post", "pending_review", "agent")
    validation = state.validations["brand_validator"]
    assert (validation.status, validation.issues, validation.blockers) == ("blocked", [], ["partner"])
    assert validation.last_run == START + timedelta(minutes=6)


def test_knowledge_is_merged_key_by_key() -> None:
    state = state_of(
        ("knowledge.learned", {"area": "product", "facts": {"chains": 28, "swap": True}, "source": "oracle"}),
        ("knowledge.learned", {"area": "product", "facts": {"chains": 30}, "confidence": "HIGH"}),
        ("knowledge.learned", {"area": "past_learnings", "facts": ["threads work"]}),
        ("knowledge.learned", {"area": "past_learnings", "facts": ["avoid superlatives"]}),
        ("information.provided", {"key": "budget", "value": 400_000}),
        ("information.provided", {"key": "budget", "value": 500_000}),
        ("preference.stated", {"key": "communication_style", "value": "concise", "confidence": 0.8}),
        ("campaign.updated", {"gtm_id": "YIELD-XYZ-001", "tier": 2, "status": "kickoff", "channel": "x"}),
        ("campaign.updated", {"status": "in_progress"}),
    )
    assert state.knowledge["product"].facts == {"chains": 30, "swap": True}
    assert (state.knowledge["product"].learned_from, state.knowledge["product"].confidence) == ("agent", "HIGH")
    assert state.knowledge["past_learnings"].items == ["threads work", "avoid superlatives"]
    told_us = state.information["budget"]
    assert (told_us.value, told_us.provided_by, told_us.event_id) == (500_000, "agent", str(UUID(int=6)))
    assert (state.preferences["communication_style"].value, state.preferences["communication_style"].confidence) == (
        "concise",
        0.8,
    )
    assert state.campaign is not None
    assert state.campaign.model_dump(exclude_none=True) == {
        "gtm_id": "YIELD-XYZ-001",
        "tier": 2,
        "status": "in_progress",
        "channel": "x",
    }


def test_decisions_are_made_answered_or_lapse() -> None:
    log = told(
        ("decision.made", {"type": "budget", "value": 500_000, "confidence": "HIGH", "rationale": "the user said so"}),
        ("decision.escalated", {"decision_id": "d1", "question": "APY?", "escalated_to": "@phil", "default": "no"}),
        (
            "decision.escalated",
            {"question": "Video?", "options": ["yes", "no"], "deadline": "2026-01-30T12:00:00Z", "default": "no"},
        ),
        ("decision.escalated", {"decision_id": "d3", "question": "Tone?"}),
        ("decision.answered", {"decision_id": "d1", "decision": "with a disclaimer", "decided_by": "@phil"}),
        ("decision.lapsed", {"decision_id": str(UUID(int=3)), "reason": "no answer"}),
        ("decision.made", {"decision_id": "d3", "decision": "warm"}),
        ("decision.answered", {"decision_id": "unheard", "decision": "yes"}),
        ("decision.lapsed", {"decision_id": "unheard of", "decision": "go"}),
    )
    pending = fold(log[:4]).pending_decisions
    assert list(pending) == ["d1", str(UUID(int=3)), "d3"]
    assert (pending["d1"].status, pending["d1"].escalated_by) == ("awaiting_response", "agent")
    state = fold(log)
    assert state.pending_decisions == {}
    made = [(each.id, each.question, each.decision, each.value, each.decided_by) for each in state.decisions_made]
    assert made == [
        (str(UUID(int=1)), None, None, 500_000, "agent"),
        ("d1", "APY?", "with a disclaimer", None, "@phil"),
        ("d3", "Tone?", "warm", None, "agent"),
        ("unheard", None, "yes", None, "agent"),
    ]
    assert (state.decisions_made[0].rationale, state.decisions_made[0].confidence) == ("the user said so", "HIGH")
    lapsed = [(each.id, each.question, each.decision) for each in state.decisions_lapsed]
    assert lapsed == [(str(UUID(int=3)), "Video?", "no"), ("unheard of", None, "go")]


def test_guards_show_who_holds_the_lease() -> None:
    log = told(
        ("lease.taken", {"owner": "a", "fence": 1}),
        ("lease.taken", {"owner": "b", "fence": 2, "exclusive": False}),
        ("lease.released", {"owner": "a", "fence": 1}),
        ("lease.released", {"owner": "b", "fence": 2}),
    )
    late = fold(log[:3])
    assert late.lease is not None
    assert (late.lease.owner, late.lease.fence, late.lease.exclusive, late.fence) == ("b", 2, False, 2)
    assert (fold(log).lease, fold(log).fence) == (None, 2)


def test_guards_show_what_was_blocked_and_settled_without_a_reservation() -> None:
    state = state_of(
        ("request.blocked", {"request": "a video", "reason": "out of scope", "action": "make a task of it"}),
        ("compute.settled", {"skill": "oracle", "calls": 3, "tokens": 10}),
    )
    assert state.blocked_requests[0].action == "make a task of it"
    assert (state.compute.skills_invoked, state.compute.tokens_used) == (3, 10)


def test_guards_follow_a_handoff_through_its_life() -> None:
    package = {"session_id": SESSION, "current_step": 3, "requesting_capability": "OPTIMIZE_CHANNEL_MIX"}
    log = told(
        ("handoff.offered", {"to": "optimizer", "handoff_id": "h1", "package": package}),
        ("handoff.accepted", {"handoff_id": "h1"}),
        ("handoff.completed", {"handoff_id": "h1", "outcome": "mixed", "result": {"ctv": 0.4}}),
        ("handoff.offered", {"to": "other"}),
        ("handoff.refused", {"handoff_id": str(UUID(int=4)), "reason": "busy"}),
        ("handoff.refused", {"handoff_id": "elsewhere", "refused_by": "c"}),
    )
    offered = fold(log[:1]).handoffs["h1"]
    assert (offered.status, offered.requesting_capability, offered.offered_by) == (
        "offered",
        "OPTIMIZE_CHANNEL_MIX",
        "agent",
    )
    assert offered.event_id == str(UUID(int=1))
    assert fold(log[:2]).handoffs["h1"].status == "accepted"
    handoffs = fold(log).handoffs
    assert (handoffs["h1"].status, handoffs["h1"].to, handoffs["h1"].result) == ("completed", "optimizer", {"ctv": 0.4})
    assert (handoffs[str(UUID(int=4))].status, handoffs[str(UUID(int=4))].reason) == ("refused", "busy")
    assert (handoffs["elsewhere"].status, handoffs["elsewhere"].to) == ("refused", "c")


def test_effects_are_uncertain_until_they_are_settled() -> None:
    log = told(
        ("effect.intended", {"action": "send_mail", "effect_id": "e1", "target": "ann", "idempotency_key": "k"}),
        ("effect.intended", {"action": "charge_card", "arguments": {"cents": 500}}),
        ("effect.settled", {"effect_id": "e1", "outcome": "done", "result": "250 OK"}),
        ("effect.settled", {"effect_id": "unheard", "outcome": "failed", "error": "refused"}),
        ("effect.intended", {"action": "send_mail", "effect_id": "e1"}),
    )
    assert [effect.id for effect in fold(log[:2]).unsettled_effects] == ["e1", str(UUID(int=2))]
    state = fold(log[:4])
    assert [effect.action for effect in state.unsettled_effects] == ["charge_card"]
    assert (state.effects["e1"].status, state.effects["e1"].result) == ("done", "250 OK")
    assert (state.effects["unheard"].status, state.effects["unheard"].error) == ("failed", "refused")
    assert [effect.action for effect in fold(log).unsettled_effects] == ["send_mail", "charge_card"]


def test_world_is_what_was_last_seen_and_done() -> None:
    state = state_of(
        ("world.observed", {"working_branch": "main", "files": {"a.py": "d1", "b.py": None}, "facts": {"os": "linux"}}),
        (
            "world.observed",
            {"pending_changes": False, "build_status": "passing", "critical_issues": [], "facts": {"cpu": 2}},
        ),
        ("file.modified", {"path": "a.py", "digest": "d2"}),
        ("file.modified", {"path": "c.py", "change": "renamed", "renamed_from": "b.py"}),
        ("error.raised", {"message": "boom", "severity": "critical", "details": {"line": 3}}),
    )
    world = state.world
    assert (world.working_branch, world.pending_changes, world.build_status) == ("main", False, "passing")
    assert world.facts == {"os": "linux", "cpu": 2}
    assert sorted(world.files) == ["a.py", "c.py"]
    assert (world.files["a.py"].digest, world.files["a.py"].change, world.files["a.py"].modified_by) == (
        "d2",
        "modified",
        "agent",
    )
    assert (world.files["c.py"].change, world.observed_at) == ("renamed", START + timedelta(minutes=2))
    assert (state.errors[0].message, state.errors[0].severity, state.errors[0].source) == ("boom", "critical", "agent")


def test_a_message_is_a_view_of_its_event() -> None:
    data = {"role": "assistant", "content": None, "tool_calls": [{"id": "c", "name": "f"}], "name": "bot"}
    (event,) = told(("message.added", data | {"orchestrator_context": {"workflow_id": "w1"}}), conversation="guide")
    view = message(event)
    assert (view.seq, view.role, view.content, view.name, view.conversation) == (1, "assistant", None, "bot", "guide")
    assert [(call.id, call.name, call.arguments) for call in view.tool_calls] == [("c", "f", {})]
    assert (view.actor, view.orchestrator_context, view.timestamp) == (
        "agent",
        {"workflow_id": "w1"},
        event.occurred_at,
    )
    (event,) = told(
        ("message.added", {"role": "tool", "content": "12°", "tool_call_id": "c", "timestamp": "2026-01-29T09:00:00Z"})
    )
    view = message(event)
    assert (view.tool_calls, view.tool_call_id, view.conversation) == ([], "c", MAIN)
    assert view.timestamp == datetime(2026, 1, 29, 9, tzinfo=UTC)
    with pytest.raises(InvalidInput, match=r"event: must be a message\.added, not a session\.resumed"):
        message(told(("session.resumed", {}))[0])
