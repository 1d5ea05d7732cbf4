"""What probes see of the world, and what they make of it: the words that the agent's side and a recovery share."""

import posixpath
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field

from holdfast.errors import EventTooLarge
from holdfast.events import MAX_EVENT_BYTES, Instant, WorldObserved
from holdfast.events.payload import Json

__all__ = ["Change", "Observation", "table", "told"]

_ENVELOPE_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is otherwise than it was."""

    probe: str
    """The name of the probe that saw it."""
    kind: str
    """As `branch`, `head`, `file_modified`, `file_deleted`, `task_status`, `probe_failed`."""
    subject: str | None
    """Which one: a path, the id of a task, a key."""
    before: Json
    after: Json
    sentence: str
    """All of it, for people."""

    def as_json(self) -> dict[str, Any]:
        """The change as a value of JSON."""
        return asdict(self)


class Observation(BaseModel):
    """What probes saw at a time: by the name of each `{"seen": {…}}`, or `{"failed": "why"}`, which is not nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    at: Instant
    """By the clock of whoever looked."""
    probes: dict[str, dict[str, Json]] = Field(default_factory=dict)

    def seen(self, probe: str) -> Json:
        """What that probe saw; None where it failed or was not asked."""
        return self.probes.get(probe, {}).get("seen")

    def failed(self, probe: str) -> str | None:
        """Why that probe could not look; None where it did, or was not asked."""
        why = self.probes.get(probe, {}).get("failed")
        return None if why is None else str(why)

    def of_kind(self, kind: str) -> dict[str, dict[str, Json]]:
        """What the built-in probes of a kind (`git`, `files`, `tasks`) saw, by name."""
        looks = {name: self.seen(name) for name in self.probes}
        return {name: seen for name, seen in looks.items() if isinstance(seen, dict) and seen.get("kind") == kind}

    def event(self) -> WorldObserved:
        """The event that tells it, with branch, pending changes and digests where built-in probes saw them.

        Raises `EventTooLarge` when it is more than an event can hold.
        """
        said: dict[str, Any] = {"probes": self.probes, **self._code()}
        files = self._digests()
        if files:
            said["files"] = files
        size = len(orjson.dumps(said))
        if size > MAX_EVENT_BYTES - _ENVELOPE_BYTES:
            parts = {name: len(orjson.dumps(look)) for name, look in self.probes.items()}
            heaviest = max(parts, key=lambda name: parts[name])
            raise EventTooLarge(
                "world",
                f"the observation has {size:,} bytes; an event takes {MAX_EVENT_BYTES - _ENVELOPE_BYTES:,}. "
                f"Most of it, {parts[heaviest]:,}, is of the probe {heaviest!r}: let it look at less",
            )
        return WorldObserved(**said)

    def _code(self) -> dict[str, Any]:
        for seen in self.of_kind("git").values():
            if seen.get("repository") is not True:
                continue
            code: dict[str, Any] = {"pending_changes": bool(seen.get("dirty_count"))}
            branch = seen.get("branch")
            return code | ({"working_branch": branch} if isinstance(branch, str) and branch else {})
        return {}

    def _digests(self) -> dict[str, str | None]:
        """By path. Of two files that different probes know by the same path, the second has its whole path."""
        digests: dict[str, str | None] = {}
        for seen in self.of_kind("files").values():
            for path, entry in table(seen, "files").items():
                digest = entry.get("sha256") if isinstance(entry, dict) else None
                if entry is not None and not isinstance(digest, str):
                    continue  # a directory, or unreadable: null would say that it is not there
                name = path if digests.get(path, digest) == digest else posixpath.join(str(seen.get("root")), path)
                digests[name] = digest
        return digests


def table(seen: Json, key: str) -> dict[str, Any]:
    """The object under that key; an empty one where what was seen has none. What is in a log can be of any shape."""
    inside = seen.get(key) if isinstance(seen, dict) else None
    return inside if isinstance(inside, dict) else {}


def told(at: datetime | None) -> str:
    """A time in a sentence."""
    return "an unknown time" if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"
