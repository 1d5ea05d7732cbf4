"""Steps of the conversation family."""

from holdfast.events import ConversationContextUpdated, Event, MessageAdded
from holdfast.session.message import MAIN
from holdfast.session.parts import Conversation
from holdfast.session.state import State
from holdfast.session.table import folds


@folds(MessageAdded)
def message_added(state: State, event: Event, said: MessageAdded) -> None:
    """Counted; the message itself stays in the log."""
    conversation = _conversation(state, event)
    conversation.messages += 1
    conversation.last_message_at = said.timestamp or event.occurred_at


@folds(ConversationContextUpdated)
def context_updated(state: State, event: Event, said: ConversationContextUpdated) -> None:
    """The orchestrator's context is set key by key, the rest replaced where it is given."""
    conversation = _conversation(state, event)
    conversation.orchestrator_context.update(said.orchestrator_context)
    conversation.conversation_id = said.conversation_id or conversation.conversation_id
    conversation.topic = said.topic or conversation.topic
    conversation.sub_topic = said.sub_topic or conversation.sub_topic
    conversation.technical_focus = said.technical_focus or conversation.technical_focus
    conversation.summary = said.summary or conversation.summary
    if said.recent_discussions is not None:
        conversation.recent_discussions = said.recent_discussions


def _conversation(state: State, event: Event) -> Conversation:
    key = event.conversation or MAIN
    conversation = state.conversations.get(key)
    if conversation is None:
        conversation = state.conversations[key] = Conversation(conversation_id=key)
    return conversation
