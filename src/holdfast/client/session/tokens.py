"""How a front end reaches a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.client.session.log import Log

if TYPE_CHECKING:
    from holdfast.store.tokens import Token

__all__ = ["Tokens"]


class Tokens(Log):
    """How a front end reaches a session."""

    def issue_token(self, *, seconds: float | None = None, label: str | None = None) -> str:
        """A token that opens this session: to be given to one front end, and never shown again.

        It is good for `seconds`, a week unless given. Only its hash is stored.
        """
        return self._holdfast.service.tokens.issue(self.id, seconds=seconds, label=label).text

    def tokens(self) -> list[Token]:
        """The session's tokens, the newest first, also those that ended: their ids, labels and times."""
        return self._holdfast.service.tokens.listed(self.id)

    def revoke_token(self, token_id: str) -> bool:
        """End the token of that id, at once. False where it had ended already. Raises `InvalidInput` for no such id."""
        return self._holdfast.service.tokens.revoke(self.id, token_id) > 0

    def revoke_tokens(self) -> int:
        """End all tokens of the session, at once; returns how many were still good."""
        return self._holdfast.service.tokens.revoke(self.id)
