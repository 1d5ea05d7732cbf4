"""What a place offers where blobs lie, and how a blob may be called."""

import re
from collections.abc import Iterator, Sequence
from typing import Protocol

from holdfast.errors import InvalidInput

__all__ = ["MARKER", "Place", "allowed", "checked"]

MARKER = "holdfast.json"
"""The file that says whose place it is. It is read and written like a blob, and listed never."""

NAME_BYTES = 1024
PART = re.compile(r"[A-Za-z0-9_=%+@,~-][A-Za-z0-9._=%+@,~:-]{0,199}")
"""What neither a file system nor an object store nor a driver takes for something else: no `..`, no pattern, no query.
A first dot is for files that are being written."""


class Place(Protocol):
    """A directory or a bucket that keeps immutable files under names such as `acme/segments/0a/0a1b.jsonl.gz`.

    Every method raises `BlobsUnavailable` where the place cannot be reached, or does not do what it is told, and
    `InvalidInput` for a name that could lead out of it. All may be called in any process and thread, also after a fork.
    """

    @property
    def url(self) -> str:
        """Where it is, for messages; without secrets."""

    def prepare(self) -> None:
        """Make a directory that is not there yet. A bucket is never made."""

    def write(self, name: str, content: bytes) -> None:
        """Write or replace a blob, all or nothing. It is there, whatever is switched off, once this returns."""

    def read(self, name: str) -> bytes:
        """A blob, unchecked. Raises `BlobMissing`, which it never says of a place that is itself not there."""

    def delete(self, names: Sequence[str]) -> None:
        """Delete blobs for good; missing ones are fine."""

    def names(self, prefix: str) -> Iterator[str]:
        """The full names of all blobs in the folder `prefix` (all there are: "") and below, in the order of their text.

        A folder that does not exist has none. Files that are being written, and those that could not be ours, do not
        appear.
        """

    def folders(self, prefix: str) -> list[str]:
        """The names of the folders directly in the folder `prefix`, sorted, without a look at what lies in them."""

    def tidy(self, *, seconds: float) -> int:
        """Remove what killed writers left more than that many seconds ago; how many files that were."""


def checked(name: str) -> str:
    """The name. Raises `InvalidInput` for one that could mean something else than a file below the place."""
    if not allowed(name):
        raise InvalidInput(
            "blob", f"{name[:200]!r} is no name for a blob: parts of up to 200 letters, digits and ._=%+@,~:- between /"
        )
    return name


def allowed(name: str) -> bool:
    """Whether a blob may be called so."""
    return len(name) <= NAME_BYTES and all(PART.fullmatch(part) for part in name.split("/"))
