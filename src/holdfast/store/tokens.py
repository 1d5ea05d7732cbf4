"""Tokens: how front ends reach sessions. Only hashes are here; whether one is good, the database's clock says.

A token is looked up by the hash of all of it, so how long that takes tells nothing of how much was right.
"""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from holdfast.store.log import cursor

__all__ = ["Opened", "Token", "add", "listed", "opened", "replace", "revoke"]

SHOWN = "id, label, created_at, expires_at, revoked_at, replaced_by IS NOT NULL"
GOOD = "expires_at > now() AND (revoked_at IS NULL OR revoked_at > now())"


class Token(NamedTuple):
    """A token as listings show it: all but the token itself, which is stored nowhere."""

    id: str
    label: str | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    """From then on it opens nothing; after a rotation that may still be to come."""
    rotated: bool
    """Whether it was exchanged for another."""


class Opened(NamedTuple):
    """The session that a token opens, and the token."""

    session_id: str
    token: Token


def add(
    connection: Connection, tenant: str, key: int, digest: bytes, token_id: str, label: str | None, seconds: float
) -> Token:
    """Store a token of the session, good for so many seconds from now."""
    rows = cursor(connection)
    rows.execute(
        f"""
        INSERT INTO tokens (hash, id, tenant, session_key, label, expires_at)
        VALUES (%s, %s, %s, %s, %s, now() + %s * interval '1 second')
        RETURNING {SHOWN}
        """,  # noqa: S608  # constants
        (digest, token_id, tenant, key, label, seconds),
    )
    return Token(*rows.fetchone() or ())


def opened(connection: Connection, tenant: str, digest: bytes) -> Opened | None:
    """What a token opens; None where it is unknown, of another tenant, or not good any more."""
    rows = cursor(connection)
    rows.execute(
        f"""
        SELECT s.id, t.* FROM (
            SELECT session_key, {SHOWN} FROM tokens WHERE hash = %s AND tenant = %s AND {GOOD}
        ) t JOIN sessions s ON s.key = t.session_key
        """,  # noqa: S608  # constants
        (digest, tenant),
    )
    found = rows.fetchone()
    return None if found is None else Opened(found[0], Token(*found[2:]))


def replace(connection: Connection, tenant: str, old: bytes, new: bytes, token_id: str, grace: float) -> Token | None:
    """Let another take the token's place, good for as long as the old one was to be; that ends after `grace` seconds.

    None where the old one is not good, or was replaced before: of two that try at once, one waits here for the other.
    """
    rows = cursor(connection)
    rows.execute(
        f"""
        WITH old AS (
            UPDATE tokens
            SET replaced_by = %s, revoked_at = least(coalesce(revoked_at, 'infinity'), now() + %s * interval '1 second')
            WHERE hash = %s AND tenant = %s AND replaced_by IS NULL AND {GOOD}
            RETURNING tenant, session_key, label, expires_at - created_at AS life
        )
        INSERT INTO tokens (hash, id, tenant, session_key, label, expires_at)
        SELECT %s, %s, tenant, session_key, label, now() + life FROM old
        RETURNING {SHOWN}
        """,  # noqa: S608  # constants
        (new, grace, old, tenant, new, token_id),
    )
    found = rows.fetchone()
    return None if found is None else Token(*found)


def listed(connection: Connection, key: int) -> list[Token]:
    """The session's tokens, the newest first, those that are not good any more as well."""
    rows = cursor(connection)
    rows.execute(
        f"SELECT {SHOWN} FROM tokens WHERE session_key = %s ORDER BY created_at DESC, id",  # noqa: S608  # constants
        (key,),
    )
    return [Token(*row) for row in rows]


def revoke(connection: Connection, key: int, token_id: str | None) -> tuple[int, int]:
    """End one of the session's tokens, or all. How many it has of that id, and how many of them were good until now."""
    rows = cursor(connection)
    rows.execute(
        f"""
        WITH ended AS (
            UPDATE tokens SET revoked_at = now()
            WHERE session_key = %(key)s AND (%(id)s::text IS NULL OR id = %(id)s) AND {GOOD} RETURNING 1
        )
        SELECT (SELECT count(*) FROM tokens WHERE session_key = %(key)s AND (%(id)s::text IS NULL OR id = %(id)s)),
               (SELECT count(*) FROM ended)
        """,  # noqa: S608  # constants
        {"key": key, "id": token_id},
    )
    found, ended = rows.fetchone() or (0, 0)
    return found, ended
