"""What a save of each tier holds, as JSON in the shape that the guide to persistence and recovery gives it.

    context         the session's entry in the registry: its agent, task, files, decisions, steps, progress
    conversation    each conversation: how long it is and what it is about; its messages are in the segments
    project_state   the context snapshot: project, conversation, code, agent
    full            all of it, and the whole state

Nothing is made up: what the session's events do not say is null, or an empty list.
"""

from datetime import UTC, datetime
from typing import Any

import orjson

from holdfast.clock import EARLIEST
from holdfast.saving.policy import Policy
from holdfast.saving.tiers import Tier
from holdfast.session import State
from holdfast.session.parts import Conversation, Decision, File

__all__ = ["content", "context", "conversations", "project_state", "stamp"]

RECENT = 10
"""How many of the tasks done, and of the files changed, are recent."""


def content(
    state: State, tier: Tier, *, at: datetime, policy: Policy, last_save: datetime | None = None
) -> dict[str, Any]:
    """What a save of that tier holds, taken at `at`, of a session saved by `policy` and last at `last_save`.

    Of the tier project_state it is the session's entry among the `contextSnapshots`; of the tier context, that among
    the `sessions` of the registry.
    """
    if tier == "context":
        return context(state, policy=policy, last_save=last_save)
    if tier == "project_state":
        return project_state(state, at=at)
    if tier == "conversation":
        return {"conversations": conversations(state)}
    return {
        "session": context(state, policy=policy, last_save=last_save),
        "contextSnapshot": project_state(state, at=at),
        "conversations": conversations(state),
        "state": state.model_dump(mode="json"),
    }


def context(state: State, *, policy: Policy, last_save: datetime | None) -> dict[str, Any]:
    """The session's entry in the registry. `currentTask` is the task that is active; it has the steps and the progress.

    The summary is the session's own, and until it has one, that of the conversation that was last about something.
    """
    task, world = state.active_task, state.world
    return {
        "id": state.session_id,
        "type": state.kind,
        "status": state.status,
        "created": stamp(state.created_at),
        "lastActivity": stamp(state.last_activity),
        "agent": {
            "type": state.agent.type,
            "capabilities": list(state.agent.capabilities),
            "specialization": state.agent.specialization,
        },
        "context": {
            "currentTask": task.task_id if task else None,
            "currentPhase": world.current_phase,
            "workingDirectory": world.working_directory,
            "activeFiles": list(world.active_files),
            "conversationSummary": state.summary or _topical(state).summary,
            "keyDecisions": [_decided(decision) for decision in state.decisions_made],
        },
        "state": {
            "completedSteps": list(task.completed_steps) if task else [],
            "currentStep": task.current_step if task else None,
            "nextSteps": list(task.next_steps) if task else [],
            "blockers": list(task.blockers) if task else [],
            "progress": f"{task.progress:g}%" if task and task.progress is not None else None,
        },
        "persistence": {
            "autoSave": policy.enabled,
            "saveInterval": f"{policy.intervals['context']:.10g}s",
            "lastSave": stamp(last_save),
            "backupCount": policy.keep,
        },
    }


def project_state(state: State, *, at: datetime | None) -> dict[str, Any]:
    """The session's entry among the context snapshots, and with the code each file that is known, with its digest.

    Active tasks and completions are those that someone saw in the project, and those of the session.
    """
    world, about = state.world, _topical(state)
    done = {task.task_id: task.outcome for task in state.tasks_completed if task.task_id not in state.tasks}
    completed = [task for task, outcome in done.items() if task is not None and outcome in {"success", "partial"}]
    return {
        "timestamp": stamp(at),
        "projectState": {
            "currentPhase": world.current_phase,
            "activeTasks": _each_once([task for task in world.active_tasks if task not in done], list(state.tasks)),
            "recentCompletions": _each_once(world.recent_completions, completed[-RECENT:]),
            "projectHealth": world.project_health,
            "criticalIssues": list(world.critical_issues),
        },
        "conversationContext": {
            "topic": about.topic,
            "subTopic": about.sub_topic,
            "technicalFocus": about.technical_focus,
            "recentDiscussions": list(about.recent_discussions),
        },
        "codeContext": {
            "lastModifiedFiles": _last_modified(world.files),
            "workingBranch": world.working_branch,
            "pendingChanges": world.pending_changes,
            "buildStatus": world.build_status,
            "files": {
                path: {"digest": file.digest, "change": file.change, "modifiedAt": stamp(file.modified_at)}
                for path, file in world.files.items()
            },
        },
        "aiAgentState": {
            "knowledgeLevel": state.agent.knowledge_level,
            "specialization": state.agent.specialization,
            "learningProgress": dict(state.agent.learning_progress),
        },
    }


def conversations(state: State) -> dict[str, Any]:
    """Each conversation, by the name under which its messages were published."""
    return {
        name: {
            "conversationId": conversation.conversation_id,
            "messages": conversation.messages,
            "lastMessageAt": stamp(conversation.last_message_at),
            "topic": conversation.topic,
            "subTopic": conversation.sub_topic,
            "technicalFocus": conversation.technical_focus,
            "recentDiscussions": list(conversation.recent_discussions),
            "summary": conversation.summary,
            "orchestratorContext": dict(conversation.orchestrator_context),
        }
        for name, conversation in state.conversations.items()
    }


def stamp(at: datetime | None) -> str | None:
    """A time as the guide writes it: `2025-01-24T10:30:00Z`, with as much of the second as there is."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _topical(state: State) -> Conversation:
    """The conversation that went on last, of those of which anyone said what they are about."""
    told = [each for each in state.conversations.values() if each.topic or each.summary or each.recent_discussions]
    return max(told, key=lambda each: each.last_message_at or EARLIEST, default=Conversation())


def _decided(decision: Decision) -> str:
    """A decision in a line: what was decided, behind the question that it answers or the name of the value it sets."""
    said = decision.value if decision.decision is None else decision.decision
    text = said if isinstance(said, str) else orjson.dumps(said).decode()
    if decision.question:
        return f"{decision.question} {text}"
    return f"{decision.type}: {text}" if decision.type and decision.decision is None else text


def _last_modified(files: dict[str, File]) -> list[str]:
    """What the session changed, the latest first. What it deleted cannot be opened."""
    modified = [
        (file.modified_at, path) for path, file in files.items() if file.modified_at and file.change != "deleted"
    ]
    return [path for _, path in sorted(modified, key=lambda each: each[0], reverse=True)[:RECENT]]


def _each_once(*lists: list[str]) -> list[str]:
    return list(dict.fromkeys(each for names in lists for each in names))
