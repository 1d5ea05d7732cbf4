"""One tenant's conversations, and the documents that show a session as the state plan does."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from holdfast.errors import HoldfastError, InvalidInput
from holdfast.events import Draft, identifier, reference
from holdfast.outcome import Receipt
from holdfast.pipeline.apply import Item, apply
from holdfast.pipeline.rebuild import state_at
from holdfast.pipeline.rules import Rules
from holdfast.service.contexts import Context
from holdfast.session import Message, State, message
from holdfast.sharing.plan import lasting, session_document, state_record
from holdfast.store import conversations, log, sessions
from holdfast.store.transaction import transaction

__all__ = ["Conversations"]


class Conversations:
    """The conversations of one tenant's sessions."""

    def __init__(self, engine: Engine, settle: Callable[[str], None], *, tenant: str, rules: Rules) -> None:
        self._engine = engine
        self._settle = settle
        self.tenant = tenant
        self._rules = rules

    def find(self, conversation_id: str) -> tuple[str, str]:
        """The session that the conversation is part of, and its name there. Raises `SessionNotFound`."""
        identifier("conversation_id", conversation_id)
        with transaction(self._engine) as connection:
            return conversations.session_of(connection, self.tenant, conversation_id)

    def ids_of(self, session_id: str, conversation: str) -> list[str]:
        """The ids that lead to a session's conversation: none yet, one, or what it was given besides.

        Raises `SessionNotFound`.
        """
        with transaction(self._engine) as connection:
            found, _ = sessions.find(connection, self.tenant, session_id)
            return conversations.ids_of(connection, found.key, conversation)

    def open(self, event: Draft) -> Receipt:
        """Commit the event that gives a conversation its id, behind what was published before.

        Raises `ConversationTaken` where the id leads to another, and as the log refuses an event.
        """
        self._settle(event.session_id)
        with transaction(self._engine) as connection:
            (outcome,) = apply(connection, [Item(self.tenant, event, strict=True)], rules=self._rules)
        if isinstance(outcome, HoldfastError):
            raise outcome
        return outcome

    def messages(
        self,
        session_id: str,
        *,
        conversation: str | None = None,
        conversation_id: str | None = None,
        after: int = 0,
        before: int | None = None,
        limit: int | None = None,
        oldest: bool = False,
    ) -> list[Message]:
        """Messages between `after` and `before`, in order: the newest `limit`, or the `oldest`.

        They are of one conversation, by its name or its id, or of all. Raises `SessionNotFound`, and `InvalidInput` for
        an id that leads to none of this session.
        """
        if conversation is not None:
            identifier("conversation", conversation)
        with transaction(self._engine) as connection:
            log.steady(connection)
            found, _ = sessions.find(connection, self.tenant, session_id)
            if conversation_id is not None:
                conversation = self._named(connection, session_id, identifier("conversation_id", conversation_id))
            read = log.messages(
                connection,
                found.key,
                session_id,
                conversation=conversation,
                after=after,
                before=before,
                limit=limit,
                oldest=oldest,
            )
        return [message(event) for event in read]

    def _named(self, connection: Connection, session_id: str, conversation_id: str) -> str:
        owner, conversation = conversations.session_of(connection, self.tenant, conversation_id)
        if owner != session_id:
            raise InvalidInput("conversation_id", f"{conversation_id!r} is no conversation of session {session_id!r}")
        return conversation

    def document(self, session_id: str, *, token: str | None, messages: int | None) -> dict[str, Any]:
        """The session in the plan's form, all of one moment, with the newest `messages` of each conversation."""
        with transaction(self._engine) as connection:
            log.steady(connection)
            found, _ = sessions.find(connection, self.tenant, session_id)
            state = state_at(connection, self.tenant, found.key, session_id, found.events)
            said = _said(connection, found.key, state, session_id, messages)
            now = connection.execute(select(func.now())).scalar_one()
        return session_document(state, said, token=token, now=now)

    def record(self, context: Context, state_id: str) -> dict[str, Any] | None:
        """A state record in the plan's form; None where there is none, or its time is over. Raises `InvalidInput`."""
        reference("state_id", state_id)
        with context.reading() as state:
            with transaction(self._engine) as connection:
                now = connection.execute(select(func.now())).scalar_one()
            value = lasting(state, now).get(state_id)
            return None if value is None else deepcopy(state_record(context.session_id, state_id, value))


def _said(
    connection: Connection, key: int, state: State, session_id: str, limit: int | None
) -> dict[str, list[Message]]:
    said: dict[str, list[Message]] = {name: [] for name in state.conversations}
    # All of them come out of one walk of the log; the newest of each need one look into an index each.
    for conversation in [None] if limit is None else state.conversations:
        for event in log.messages(connection, key, session_id, conversation=conversation, limit=limit):
            read = message(event)
            said[read.conversation].append(read)
    return said
