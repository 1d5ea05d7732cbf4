"""Encryption at rest: the first key seals, every key opens, and what was stored without any stays readable."""

import base64
import binascii
import hashlib
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from holdfast.errors import BlobDamaged, InvalidInput, WrongKey

__all__ = ["Cipher", "new_key"]

GZIP = b"\x1f\x8b"
VERSION = 0x80
AROUND, BLOCK = 1 + 8 + 16 + 32, 16
"""Of a Fernet token: version, time, initialisation vector and signature; and what the rest is a multiple of."""


class Cipher:
    """Seals and opens blobs with Fernet keys; without any, blobs are stored as they are."""

    def __init__(self, keys: Sequence[str] = ()) -> None:
        """The newest key first. Raises `InvalidInput` for what is no key, without repeating it."""
        self._fernets = [_fernet(number, key) for number, key in enumerate(keys, start=1)]
        self.key_ids = [_fingerprint(key) for key in keys]

    @property
    def key_id(self) -> str | None:
        """The fingerprint of the key that seals; None where blobs are stored plain."""
        return self.key_ids[0] if self.key_ids else None

    def seal(self, content: bytes) -> bytes:
        """What is stored for a gzip file."""
        if not content.startswith(GZIP):
            raise ValueError("only gzip files can be stored: by their first bytes a blob is known to be plain")
        return self._fernets[0].encrypt(content) if self._fernets else content

    def open(self, stored: bytes, name: str, key_id: str | None = None) -> bytes:
        """What was sealed. Not checked further where it is plain.

        Raises `WrongKey` where it is encrypted and no key opens it, and `BlobDamaged` where it is neither plain nor as
        long as an encrypted blob is. An encrypted blob that was altered looks like one of another key, unless it is
        known that `key_id` sealed it.
        """
        if stored.startswith(GZIP):
            return stored
        if not stored:
            raise BlobDamaged(name, "is cut: it is empty")
        if not _is_token(stored):
            raise BlobDamaged(name, "is cut or altered: it is neither a gzip file nor a whole encrypted one")
        if not self._fernets:
            raise WrongKey(name, "is encrypted; set HOLDFAST_BLOB_KEYS to the key that it was encrypted with")
        try:
            return MultiFernet(self._fernets).decrypt(stored)
        except InvalidToken as error:
            if key_id in self.key_ids:
                # A process that was not yet given a rotation's new key comes here too, for a moment.
                raise BlobDamaged(
                    name, "is altered, or encrypted anew with a key not given here: its own does not open it"
                ) from error
            count = len(self._fernets)
            raise WrongKey(
                name,
                f"is encrypted with a key that is not among the {count} in HOLDFAST_BLOB_KEYS, or it was altered",
            ) from error


def new_key() -> str:
    """A new key, as HOLDFAST_BLOB_KEYS takes it."""
    return Fernet.generate_key().decode()


def _fernet(number: int, key: str) -> Fernet:
    try:
        return Fernet(key)
    except (ValueError, TypeError) as error:
        problem = f"number {number} is not a Fernet key; make one with `holdfast keys new`"
        raise InvalidInput("blob_keys", problem) from error


def _fingerprint(key: str) -> str:
    return hashlib.sha256(b"holdfast blob key\0" + base64.urlsafe_b64decode(key)).hexdigest()[:8]


def _is_token(stored: bytes) -> bool:
    """Whether it has the form of a Fernet token, in the one spelling that Fernet writes.

    Base64 has several for the same bytes; without this, some flipped bits would pass.
    """
    try:
        token = base64.urlsafe_b64decode(stored)
    except (binascii.Error, ValueError):
        return False
    inner = len(token) - AROUND
    return base64.urlsafe_b64encode(token) == stored and token[0] == VERSION and inner >= BLOCK and inner % BLOCK == 0
