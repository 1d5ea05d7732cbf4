"""Conversations: which session a conversation's id belongs to. Who comes first has it."""

from holdfast.errors import ConversationTaken
from holdfast.pipeline.guards.fact import Fact, guarded
from holdfast.session import MAIN
from holdfast.store.log import Cursor

__all__ = ["named"]


def named(cursor: Cursor, fact: Fact) -> None:
    """The id leads to this conversation from now on, unless it leads somewhere already.

    Raises `ConversationTaken` where it was asked for strictly, and leads to another.
    """
    conversation_id = guarded(fact.data.get("conversation_id"))
    if conversation_id is None:
        return
    conversation = fact.conversation or MAIN
    cursor.execute(
        """
        INSERT INTO conversations (tenant, id, session_key, conversation) VALUES (%s, %s, %s, %s)
        ON CONFLICT DO NOTHING
        """,
        (fact.head.tenant, conversation_id, fact.head.key, conversation),
    )
    if cursor.rowcount or not fact.strict:
        return
    cursor.execute(
        "SELECT session_key, conversation FROM conversations WHERE tenant = %s AND id = %s",
        (fact.head.tenant, conversation_id),
    )
    if cursor.fetchone() != (fact.head.key, conversation):
        raise ConversationTaken(conversation_id)
