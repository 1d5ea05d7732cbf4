"""The session document, in exactly the plan's form."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from holdfast.session import Message, State
from holdfast.sharing.plan.conversation import conversation_entry
from holdfast.sharing.plan.orchestration import orchestration_entry, workflow_entry
from holdfast.sharing.plan.record import lasting
from holdfast.sharing.plan.times import written

__all__ = ["session_document"]


def session_document(
    state: State, messages: Mapping[str, Sequence[Message]], *, token: str | None, now: datetime
) -> dict[str, Any]:
    """The session as the plan shows it: `messages` by conversation, what has a time as of `now`, the database's.

    `token` is the one that the caller came with. Only hashes are stored, so no other could be shown, but one that was
    given when the session was started.
    """
    context = state.orchestrator_context
    return {
        "session_id": state.session_id,
        "user_id": state.user_id,
        "session_token": token if token is not None else state.session_token,
        "orchestrator_context": orchestration_entry(context),
        "conversations": {
            name: conversation_entry(conversation, messages.get(name, ()))
            for name, conversation in state.conversations.items()
        },
        "state": {key: value.value for key, value in lasting(state, now).items()},
        # Those that are over: the active ones are in the orchestrator context.
        "workflow_states": {each.workflow_id: workflow_entry(each) for each in context.ended_workflows.values()},
        "created_at": written(state.created_at),
        "updated_at": written(state.updated_at),
        "expires_at": written(state.expires_at),
        "last_activity": written(state.last_activity),
    }
