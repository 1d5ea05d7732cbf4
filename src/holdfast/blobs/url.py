"""From a setting to a place."""

import re
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from holdfast.blobs.directory import Directory
from holdfast.blobs.place import Place
from holdfast.errors import InvalidInput

__all__ = ["place_at"]

TAKEN = "give a directory, or s3://bucket/prefix"


def place_at(url: str, *, setting: str = "blob_url") -> Place:
    """The place that a directory's path or a URL names. Nothing is reached for yet.

    Raises `InvalidInput` naming the setting where it is neither, and `NotConfigured` naming the package to install
    where the driver for the URL is missing.
    """
    if not url.strip() or "\0" in url:
        raise InvalidInput(setting, f"is empty; {TAKEN}")
    if not (scheme := re.match("([A-Za-z][A-Za-z0-9+.-]*):", url)):
        return Directory(Path(url).expanduser())
    return _directory(url, setting) if scheme[1].lower() == "file" else _bucket(url, setting)


def _directory(url: str, setting: str) -> Place:
    parts = urlsplit(url)
    if parts.netloc not in {"", "localhost"} or not parts.path.startswith("/") or parts.query or parts.fragment:
        raise InvalidInput(setting, "is not of the form file:///directory")
    return Directory(Path(url2pathname(parts.path)))


def _bucket(url: str, setting: str) -> Place:
    # Costs a tenth of a second, which whoever keeps blobs in a directory need not spend.
    from holdfast.blobs.bucket import DRIVERS, Bucket  # noqa: PLC0415

    parts = urlsplit(url)
    if parts.scheme not in DRIVERS:
        raise InvalidInput(setting, f"is of the kind {parts.scheme}:, which cannot keep blobs; {TAKEN}")
    if "@" in parts.netloc:
        raise InvalidInput(setting, "must not hold credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    if not parts.netloc or parts.query or parts.fragment or ".." in parts.path.split("/"):
        raise InvalidInput(setting, f"is not of the form {parts.scheme}://bucket/prefix")
    return Bucket(url)
