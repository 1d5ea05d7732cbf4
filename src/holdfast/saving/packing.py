"""Packing: gzip, so that whoever finds a blob years from now can read it with `gunzip`."""

import gzip
import zlib

from holdfast.errors import SnapshotDamaged

__all__ = ["packed", "unpacked"]

LEVEL = 6
"""Where zlib's gains end; the levels above cost twice the time for two percent."""


def packed(content: bytes) -> bytes:
    """The content as a gzip file. The same content gives the same bytes, whenever it is packed."""
    return gzip.compress(content, LEVEL, mtime=0)


def unpacked(what: str, stored: bytes) -> bytes:
    """The content of a gzip file. Raises `SnapshotDamaged` naming `what`."""
    try:
        return gzip.decompress(stored)
    except (EOFError, OSError, zlib.error) as error:
        raise SnapshotDamaged(what, f"is not whole: {error}") from error
