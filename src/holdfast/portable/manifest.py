"""The manifest of an export: which sessions are in it, and the SHA-256 of every file."""

import re
from collections.abc import Iterable, Mapping
from hashlib import file_digest
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from holdfast.errors import SnapshotDamaged
from holdfast.events.values import shown

__all__ = ["NAME", "Entry", "Manifest", "check", "check_no_others", "digest_of", "load"]

NAME = "holdfast-export.json"
FORMAT = "holdfast.export/1"

PATH = re.compile(r"tracking(?:/[A-Za-z0-9~][A-Za-z0-9._~-]{0,199}){1,4}")
"""What a file of an export is called: nothing that could lead out of its directory."""


class Entry(BaseModel):
    """A session of an export."""

    model_config = ConfigDict(strict=True, extra="forbid")

    events: int = Field(ge=1, lt=2**53)
    digest: str = Field(pattern="^[0-9a-f]{64}$")
    """The head of its hash chain, for the tenant that it was exported from."""
    history: str
    """The file with its log."""


class Manifest(BaseModel):
    """What an export says of itself."""

    model_config = ConfigDict(strict=True, extra="forbid")

    format: str = FORMAT
    tenant: str
    sessions: dict[str, Entry] = {}
    files: dict[str, str] = {}
    """SHA-256 by path."""

    def dump(self) -> bytes:
        """The file."""
        return orjson.dumps(self.model_dump(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)


def load(root: Path) -> Manifest:
    """The manifest of an export. Raises `SnapshotDamaged` where there is none, or none that can be believed."""
    try:
        manifest = Manifest.model_validate_json((root / NAME).read_bytes())
    except OSError as error:
        raise SnapshotDamaged(NAME, f"cannot be read; is {root} an export? ({error.strerror})") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise SnapshotDamaged(NAME, f"{shown('.'.join(map(str, first['loc'])))}: {first['msg']}") from error
    if manifest.format != FORMAT:
        raise SnapshotDamaged(NAME, f"is of the format {shown(manifest.format)}, and this release reads {FORMAT}")
    for path in manifest.files:
        if not PATH.fullmatch(path):
            raise SnapshotDamaged(NAME, f"names a file that no export has: {path[:200]!r}")
    for entry in manifest.sessions.values():
        if entry.history not in manifest.files:
            raise SnapshotDamaged(NAME, f"names no file {entry.history[:200]!r}")
    return manifest


def check(root: Path, files: Mapping[str, str]) -> None:
    """Raises `SnapshotDamaged` naming the first of these files that is missing or altered."""
    for path, expected in files.items():
        try:
            if not (root / path).is_file():
                raise SnapshotDamaged(path, "is missing, or is no file")
            found = digest_of(root / path)
        except OSError as error:
            raise SnapshotDamaged(path, f"cannot be read: {error.strerror}") from error
        if found != expected:
            raise SnapshotDamaged(path, "was altered after it was exported: its checksum is wrong")


def check_no_others(root: Path, files: Iterable[str]) -> None:
    """Raises `SnapshotDamaged` naming a file below `root` that is not one of these."""
    found = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    for path in sorted(found.difference(files, [NAME])):
        raise SnapshotDamaged(path, "is not in the manifest: it was added after the export was made")


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def document(value: Mapping[str, Any]) -> bytes:
    """A JSON document of the tree."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z)
