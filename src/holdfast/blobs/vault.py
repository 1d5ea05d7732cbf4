"""The vault: blobs by their names, sealed on the way in, and never believed on the way out."""

import hashlib
import zlib
from collections.abc import Sequence
from typing import NamedTuple

from holdfast.blobs.cipher import Cipher
from holdfast.blobs.place import Place
from holdfast.errors import BlobDamaged, WrongKey

__all__ = ["Stored", "Vault", "address"]

STEP = 1 << 20


class Stored(NamedTuple):
    """What was written: its size in bytes, as it lies there, and the fingerprint of the key that sealed it."""

    size: int
    key_id: str | None


def address(content: bytes) -> bytes:
    """The SHA-256 of a blob's content, before it is encrypted."""
    return hashlib.sha256(content).digest()


class Vault:
    """Blobs in a place, behind a cipher.

    `key_id`, where the caller knows with which key a blob was sealed, tells an altered blob from one of a foreign key.
    Besides the errors below, everything raises `BlobsUnavailable` where a place cannot be reached or takes nothing.
    """

    def __init__(self, place: Place, cipher: Cipher) -> None:
        self.place = place
        self.cipher = cipher

    def put(self, name: str, content: bytes) -> Stored:
        """Seal a gzip file and write it; it lasts once this returns."""
        sealed = self.cipher.seal(content)
        self.place.write(name, sealed)
        return Stored(len(sealed), self.cipher.key_id)

    def get(self, name: str, address: bytes, *, key_id: str | None = None) -> bytes:
        """The content whose SHA-256 is `address`. Raises `BlobDamaged`, `BlobMissing` or `WrongKey`."""
        return self._opened(self.place.read(name), name, address, key_id)

    def copy_to(self, other: Place, name: str, address: bytes, *, key_id: str | None = None) -> int:
        """Copy a blob as it is stored, checked before and after; how many bytes. Raises as `get` does."""
        stored = self.place.read(name)
        self._opened(stored, name, address, key_id)
        _write(other, name, stored)
        return len(stored)

    def reseal(self, name: str, address: bytes, also: Sequence[Place] = (), *, key_id: str | None = None) -> Stored:
        """Encrypt a blob again with the newest key, here and in the places where it lies also. Raises as `get` does.

        Killed in the middle it leaves a blob whole everywhere, under the old key or the new one.
        """
        sealed = self.cipher.seal(self.get(name, address, key_id=key_id))
        for place in (self.place, *also):
            _write(place, name, sealed)
        return Stored(len(sealed), self.cipher.key_id)

    def _opened(self, stored: bytes, name: str, expected: bytes, key_id: str | None) -> bytes:
        try:
            content = self.cipher.open(stored, name, key_id)
        except (BlobDamaged, WrongKey) as error:
            raise type(error)(name, f"{error.problem} (in {self.place.url})") from error
        if address(content) != expected:
            raise BlobDamaged(name, f"{_damage(content)} (in {self.place.url})")
        return content


def _write(place: Place, name: str, stored: bytes) -> None:
    """Write, and read it back: the other copy is, or was, the only one."""
    place.write(name, stored)
    if place.read(name) != stored:
        raise BlobDamaged(name, f"is altered: it was written and came back different (in {place.url})")


def _damage(content: bytes) -> str:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        while content and not unpacker.eof:
            unpacker.decompress(content, STEP)
            content = unpacker.unconsumed_tail
    except zlib.error:
        return "is altered: its checksum is wrong"
    return "is altered: its checksum is wrong" if unpacker.eof else "is cut: its end is missing"
