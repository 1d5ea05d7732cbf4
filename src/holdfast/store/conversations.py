"""Conversations: whose id is whose. The rows are made with the events that give a conversation its id."""

from sqlalchemy import Connection

from holdfast.errors import SessionNotFound
from holdfast.store.log import cursor

__all__ = ["ids_of", "session_of"]


def session_of(connection: Connection, tenant: str, conversation_id: str) -> tuple[str, str]:
    """The session that the conversation is part of, and its name there. Raises `SessionNotFound`."""
    rows = cursor(connection)
    rows.execute(
        """
        SELECT s.id, c.conversation FROM conversations c JOIN sessions s ON s.key = c.session_key
        WHERE c.tenant = %s AND c.id = %s
        """,
        (tenant, conversation_id),
    )
    found = rows.fetchone()
    if found is None:
        raise SessionNotFound("", f"there is no conversation {conversation_id!r}")
    return found[0], found[1]


def ids_of(connection: Connection, key: int, conversation: str) -> list[str]:
    """The ids that lead to a session's conversation, in the order of the alphabet."""
    rows = cursor(connection)
    rows.execute(
        "SELECT id FROM conversations WHERE session_key = %s AND conversation = %s ORDER BY id",
        (key, conversation),
    )
    return [found for (found,) in rows]
