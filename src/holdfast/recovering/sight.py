"""What was seen of the world, before and now, as the checks ask for it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from holdfast.events.payload import Json
from holdfast.recovering.known import Expected, expected, places
from holdfast.recovering.observation import Change, Observation, table, told
from holdfast.recovering.patterns import shows
from holdfast.session import State

__all__ = ["Sight"]

_BUILT_IN = ("git", "files", "tasks")


@dataclass(frozen=True, slots=True)
class Sight:
    """A session's state, what its probes see now, and what changed between."""

    state: State
    observation: Observation | None
    changes: Sequence[Change]

    @property
    def ever(self) -> bool:
        """Somebody looked at the world, then or now."""
        return self.observation is not None or self.state.world.observed_at is not None

    def looks(self, kind: str | None) -> Iterator[tuple[str, Any, Expected | None]]:
        """The looks of that kind now (None: of users' own probes): the probe, what it sees, what is expected."""
        for name in self.observation.probes if self.observation else ():
            seen = self.observation.seen(name) if self.observation else None
            if seen is not None and self._kind(name, seen) == kind:
                yield name, seen, expected(self.state, name, seen) if isinstance(seen, dict) else None

    def missing(self, kind: str | None) -> Iterator[tuple[str, str]]:
        """The probes of that kind that looked before and do not now, or were asked in vain, with a sentence of each."""
        asked = self.observation.probes if self.observation else {}
        for name in dict.fromkeys([*self.state.world.probes, *asked]):
            known = self.state.world.probes.get(name)
            before = known is not None and known.seen_at is not None
            if self._kind(name, known.seen if known else None) != kind:
                continue
            why = self.observation.failed(name) if self.observation else None
            if why is not None:
                yield name, f"the probe {name!r}{self._last(name)} could not look now: {why}"
            elif before and name not in asked:
                yield name, f"the probe {name!r}{self._last(name)} was not asked now"

    def changed(self, probe: str, *kinds: str) -> list[Change]:
        """The changes of those kinds that the probe saw."""
        return [change for change in self.changes if change.probe == probe and change.kind in kinds]

    def when(self, probe: str) -> str:
        """When the probe looked before."""
        known = self.state.world.probes.get(probe)
        return told(known.seen_at if known and known.seen_at else self.state.world.observed_at)

    def file(self, path: str) -> list[tuple[str, bool, bool | None]]:
        """Whether the file is there, for each probe that can tell: probe, now, and as expected (None: not known)."""
        found: list[tuple[str, bool, bool | None]] = []
        for name, seen, before in self.looks("files"):
            now, then = table(seen, "files"), table(before.seen, "files") if before else {}
            likely = places(path, str(seen.get("root")), self.state.world.working_directory)
            place = next((each for each in likely if shows(seen, each)), None)
            if place is not None:
                found.append((name, now.get(place) is not None, None if place not in then else then[place] is not None))
        for name, seen, before in self.looks("git"):
            gone = {change.subject or "" for change in self.changed(name, "file_deleted")} | _deleted(seen)
            place = self._place(path, seen, gone)
            if place is not None:
                found.append((name, False, before is None or place not in _deleted(before.seen)))
        return found

    def remembers_file(self, path: str, seen: Json) -> bool:
        """A look of files that has that file."""
        return isinstance(seen, dict) and self._place(path, seen, set(table(seen, "files"))) is not None

    def removed_by_session(self, path: str) -> bool:
        """The session itself deleted the file, or gave it another name."""
        file = self.state.world.files.get(path)
        if file is not None:
            return file.change == "deleted"
        return any(path in each.former_paths for each in self.state.world.files.values())

    def _place(self, path: str, seen: dict[str, Json], among: set[str]) -> str | None:
        likely = places(path, str(seen.get("root")), self.state.world.working_directory)
        return next((place for place in likely if place in among), None)

    def _last(self, name: str) -> str:
        known = self.state.world.probes.get(name)
        return f", which looked at {told(known.seen_at)}," if known and known.seen_at else ""

    def _kind(self, name: str, seen: Json) -> str | None:
        kind = seen.get("kind") if isinstance(seen, dict) else None
        if seen is None and name in _BUILT_IN:
            kind = name
        return kind if kind in _BUILT_IN else None


def _deleted(seen: dict[str, Json]) -> set[str]:
    return {
        path
        for path, entry in table(seen, "dirty").items()
        if isinstance(entry, dict) and entry.get("status") == "deleted"
    }
