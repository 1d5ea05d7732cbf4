"""Packing: gzip, so that whoever finds a blob years from now can read it with `gunzip`."""

import gzip
import zlib

from holdfast.errors import SnapshotDamaged

__all__ = ["QUICK", "SMALL", "packed", "unpacked"]

QUICK, SMALL = 6, 9
"""zlib's levels: the higher takes twice the time for three percent, which pays for what is kept long."""


def packed(content: bytes, level: int = QUICK) -> bytes:
    """The content as a gzip file. The same content gives the same bytes, whenever it is packed."""
    return gzip.compress(content, level, mtime=0)


def unpacked(what: str, stored: bytes) -> bytes:
    """The content of a gzip file. Raises `SnapshotDamaged` naming `what`."""
    try:
        return gzip.decompress(stored)
    except (EOFError, OSError, zlib.error) as error:
        raise SnapshotDamaged(what, f"is not whole: {error}") from error
