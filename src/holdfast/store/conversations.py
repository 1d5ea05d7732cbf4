"""Conversations: whose id is whose. The rows are made with the events that give a conversation its id."""

from sqlalchemy import Connection

from holdfast.errors import SessionNotFound
from holdfast.store.log import cursor

__all__ = ["id_of", "session_of"]


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


def id_of(connection: Connection, key: int, conversation: str) -> str | None:
    """The id of a session's conversation; None where it has none."""
    rows = cursor(connection)
    rows.execute(
        "SELECT id FROM conversations WHERE session_key = %s AND conversation = %s ORDER BY id LIMIT 1",
        (key, conversation),
    )
    found = rows.fetchone()
    return None if found is None else found[0]
