"""Fetched: blobs that were read once, in a file without a name.

A session is put back in one transaction, and no transaction waits for a network. What is fetched may have been
encrypted where it lay: a file without a name is gone with the process, however that ends.
"""

from tempfile import TemporaryFile
from types import TracebackType
from typing import Self

from holdfast.blobs.vault import Vault

__all__ = ["Fetched"]


class Fetched:
    """Blobs of a vault, each read and checked at most once, for the length of a block."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._file = TemporaryFile()  # noqa: SIM115  # this class is the context
        self._places: dict[bytes, tuple[int, int]] = {}

    def fetch(self, name: str, address: bytes) -> None:
        """Have a blob at hand. Raises as `Vault.get` does."""
        if address not in self._places:
            content = self._vault.get(name, address)
            self._places[address] = (self._file.seek(0, 2), len(content))
            self._file.write(content)

    def get(self, name: str, address: bytes) -> bytes:
        """The blob."""
        self.fetch(name, address)
        place, size = self._places[address]
        self._file.seek(place)
        return self._file.read(size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
