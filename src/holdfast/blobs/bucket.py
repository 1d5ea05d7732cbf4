"""A place in an object store: one object a blob, through the driver that fsspec has for it."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import fsspec

from holdfast.blobs.place import MARKER, allowed, checked
from holdfast.errors import BlobMissing, BlobsUnavailable, NotConfigured

__all__ = ["DRIVERS", "Bucket"]

DRIVERS = {"s3": "'holdfast[s3]'", "gs": "gcsfs", "az": "adlfs"}
"""Object stores, where a write is all or nothing by nature, and what to install for each. S3 is what we test."""

S3_OPTIONS: dict[str, Any] = {
    "config_kwargs": {
        "connect_timeout": 5,
        "read_timeout": 20,
        "retries": {"mode": "standard", "total_max_attempts": 2},
    },
    "max_concurrency": 1,  # else every read asks for the size first
}
DELETIONS = 8
FULL = frozenset({"QuotaExceeded", "QuotaExceededException", "XMinioStorageFull", "InsufficientStorage"})


class Bucket:
    """A `Place` below a URL such as `s3://bucket/prefix`. Endpoint and credentials are those of the environment."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._url = url.rstrip("/")
        self._protocol = parts.scheme
        self._root = f"{parts.netloc}{parts.path}".rstrip("/")
        self._clients: dict[int, Any] = {}
        try:
            fsspec.get_filesystem_class(parts.scheme)
        except ImportError as error:
            package = DRIVERS[parts.scheme]
            raise NotConfigured(f"blobs at {parts.scheme}:// need a driver; run: pip install {package}") from error

    @property
    def url(self) -> str:
        """The URL."""
        return self._url

    def prepare(self) -> None:
        """Nothing: whose bucket that is, and what it costs, its owner decides."""

    def write(self, name: str, content: bytes) -> None:
        """Put the object."""
        path = self._path(name)
        with self._translated(f"writing {name}"):
            self._client().pipe_file(path, content)

    def read(self, name: str) -> bytes:
        """Get the object."""
        path = self._path(name)
        with self._translated(f"reading {name}"):
            try:
                content: bytes = self._client().cat_file(path)
            except FileNotFoundError as error:
                if _code(error) == "NoSuchBucket":
                    raise
                raise BlobMissing(name, f"is missing in {self.url}") from error
        return content

    def delete(self, names: Sequence[str]) -> None:
        """Delete the objects, a few at a time."""
        paths = [self._path(name) for name in names]
        with self._translated("deleting"), ThreadPoolExecutor(DELETIONS) as threads:
            list(threads.map(self._delete, paths))

    def names(self, prefix: str) -> Iterator[str]:
        """The objects; each page of the listing is one request."""
        path = self._path(prefix) if prefix else self._root
        with self._translated("listing"):
            found = self._client().find(path)
        names = sorted(name.removeprefix(f"{self._root}/") for name in found if name.startswith(f"{path}/"))
        return (name for name in names if allowed(name) and name != MARKER)

    def folders(self, prefix: str) -> list[str]:
        """The common prefixes."""
        path = self._path(prefix) if prefix else self._root
        with self._translated("listing"):
            try:
                found = self._client().ls(path, detail=True)
            except FileNotFoundError as error:
                if _code(error) == "NoSuchBucket":
                    raise
                return []
        names = (entry["name"].rstrip("/").rpartition("/")[2] for entry in found if entry["type"] == "directory")
        return sorted(filter(allowed, names))

    def tidy(self, *, seconds: float) -> int:  # noqa: ARG002  # the place's signature
        """Nothing: an object store shows no object before it is whole."""
        return 0

    def _path(self, name: str) -> str:
        return f"{self._root}/{checked(name)}"

    def _delete(self, path: str) -> None:
        # One by one: the driver's bulk deletion says nothing of an object that the store refused to delete.
        try:
            self._client().rm_file(path)
        except FileNotFoundError as error:
            if _code(error) == "NoSuchBucket":
                raise

    def _client(self) -> Any:
        """This process's own client. Those of its parents are kept: closing them here would wait for their threads."""
        if os.getpid() not in self._clients:
            s3 = self._protocol == "s3"
            client = fsspec.filesystem(
                self._protocol,
                use_listings_cache=False,
                skip_instance_cache=True,
                **(S3_OPTIONS if s3 else {}),
            )
            if s3:
                client.retries = 1  # its own, which would multiply those of the library below it
            self._clients[os.getpid()] = client
        return self._clients[os.getpid()]

    @contextmanager
    def _translated(self, doing: str) -> Iterator[None]:
        try:
            yield
        except BlobMissing:
            raise
        except Exception as error:  # errors of drivers have no root in common
            raise BlobsUnavailable(self._complaint(doing, error)) from error

    def _complaint(self, doing: str, error: Exception) -> str:
        if _code(error) in FULL:
            return f"{self.url} is full: make room; nothing was lost, saving goes on by itself ({doing})"
        first_line = str(error).strip().partition("\n")[0] or type(error).__name__
        return f"the blobs in {self.url} are out of reach while {doing}: {first_line}"


def _code(error: Exception) -> str | None:
    """What S3 called it; the driver only tells it through the cause."""
    response = getattr(error.__cause__, "response", None)
    return response.get("Error", {}).get("Code") if isinstance(response, dict) else None
