"""One tenant's session tokens: text that is shown once, and opens one session until it ends.

A token is 256 random bits behind a prefix that tells what it is, so that it can be found where it does not belong. It
goes into no log line, no repr and no error.
"""

import re
import secrets
from enum import Enum
from hashlib import sha256
from typing import Final, NamedTuple

from sqlalchemy import Engine

from holdfast.errors import InvalidInput, TokenInvalid
from holdfast.events import name
from holdfast.store import sessions, tokens
from holdfast.store.tokens import Opened, Token
from holdfast.store.transaction import transaction

__all__ = ["ALL", "TOKEN_SECONDS", "Issued", "Tokens"]

PREFIX = "hft_"
FORM = re.compile(PREFIX + "[A-Za-z0-9_-]{43}")

TOKEN_SECONDS = 7 * 86_400.0
"""How long a token is good unless somebody says otherwise."""


class _All(Enum):
    ALL = "all"


ALL: Final = _All.ALL
"""All tokens: asked for by this, so that an id that somebody does not have ends none."""

LONGEST_SECONDS = 366 * 86_400.0


class Issued(NamedTuple):
    """A token that was made just now: the one time that it can be seen."""

    text: str
    token: Token

    def __repr__(self) -> str:
        return f"Issued(text={PREFIX}…, token={self.token!r})"


class Tokens:
    """The tokens of one tenant's sessions."""

    def __init__(self, engine: Engine, *, tenant: str) -> None:
        self._engine = engine
        self.tenant = tenant

    def issue(self, session_id: str, *, seconds: float | None = None, label: str | None = None) -> Issued:
        """A token that opens the session for so many seconds (None: a week). Raises `SessionNotFound`."""
        seconds = TOKEN_SECONDS if seconds is None else _seconds("seconds", seconds, least=1)
        if label is not None:
            name("label", label)
        text, token_id = _made()
        with transaction(self._engine) as connection:
            found, _ = sessions.find(connection, self.tenant, session_id, archived=True)
            return Issued(text, tokens.add(connection, self.tenant, found.key, _hash(text), token_id, label, seconds))

    def opened(self, text: str) -> Opened:
        """The session that a token opens. Raises `TokenInvalid`, and says of no reason which."""
        digest = _checked(text)
        with transaction(self._engine) as connection:
            found = tokens.opened(connection, self.tenant, digest)
        if found is None:
            raise TokenInvalid
        return found

    def rotate(self, text: str, *, grace: float) -> Issued:
        """Another token in the place of this one, which ends after `grace` seconds. Raises `TokenInvalid`.

        It is good for as long as this one was made for. A token is exchanged once.
        """
        grace = _seconds("grace", grace, least=0)
        digest = _checked(text)
        new, token_id = _made()
        with transaction(self._engine) as connection:
            replaced = tokens.replace(connection, self.tenant, digest, _hash(new), token_id, grace)
        if replaced is None:
            raise TokenInvalid
        return Issued(new, replaced)

    def listed(self, session_id: str) -> list[Token]:
        """The session's tokens, the newest first. Raises `SessionNotFound`."""
        with transaction(self._engine) as connection:
            found, _ = sessions.find(connection, self.tenant, session_id, archived=True)
            return tokens.listed(connection, found.key)

    def revoke(self, session_id: str, token_id: str | _All = ALL) -> int:
        """End a token of the session, or all; returns how many were good until now.

        Raises `SessionNotFound`, and `InvalidInput` where the session never had that token.
        """
        one = token_id if isinstance(token_id, str) and token_id.isprintable() else ""
        with transaction(self._engine) as connection:
            found, _ = sessions.find(connection, self.tenant, session_id, archived=True)
            there, ended = tokens.revoke(connection, found.key, None if token_id is ALL else one)
        if token_id is not ALL and not there:
            # Not shown: somebody may have given the token itself.
            raise InvalidInput(
                "token_id", f"is the id of no token of session {session_id!r}, as its listing shows them"
            )
        return ended


def _made() -> tuple[str, str]:
    return PREFIX + secrets.token_urlsafe(32), f"token-{secrets.token_hex(6)}"


def _hash(text: str) -> bytes:
    return sha256(text.encode()).digest()


def _checked(text: object) -> bytes:
    """Raises `TokenInvalid` for what no token looks like, without saying what it was."""
    if not isinstance(text, str) or not FORM.fullmatch(text):
        raise TokenInvalid
    return _hash(text)


def _seconds(field: str, value: object, *, least: float) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= LONGEST_SECONDS:
        return float(value)
    raise InvalidInput(field, f"must be a number of seconds from {least:g} to {LONGEST_SECONDS:,.0f}, not {value!r}")
