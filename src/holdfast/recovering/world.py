"""What changed in the world behind a session's back: the difference between what it knows and what is seen now."""

import posixpath
from collections.abc import Iterable, Iterator

from holdfast.recovering.asking import ask
from holdfast.recovering.changes import named
from holdfast.recovering.known import Expected, expected
from holdfast.recovering.observation import Change, Observation, table
from holdfast.recovering.patterns import shows
from holdfast.recovering.probe import Probe
from holdfast.session import State

__all__ = ["Change", "Observation", "Probe", "world_changes"]

_OF_FILES = frozenset({"dirty", "clean", "file_created", "file_deleted", "file_modified"})


def world_changes(state: State, observation: Observation | None, probes: Iterable[Probe] = ()) -> list[Change]:
    """Each thing that somebody else changed since the session last looked, and each probe that could not look.

    What the session itself changed since is no news. `probes` name the changes of what they saw; where a probe is not
    given, as when the recovery runs elsewhere, its looks are compared all the same. Without an observation nothing is
    known, so nothing is told: see `check_world`.
    """
    if observation is None:
        return []
    given = {probe.name: probe for probe in probes}
    found = [change for name in observation.probes for change in _of(state, observation, name, given.get(name))]
    covered = set(_covered(state, observation))
    return [change for change in found if not _told_better(observation, change, covered)]


def _of(state: State, observation: Observation, name: str, probe: Probe | None) -> list[Change]:
    why, now = observation.failed(name), observation.seen(name)
    if why is not None:
        return [_failed(name, why, f"the probe {name!r} could not look, so nothing is known of what it sees: {why}")]
    before = expected(state, name, now) if isinstance(now, dict) else None
    if before is None:
        return []
    return [change for change in _named(name, before, now, probe) if not _own(change, before)]


def _named(name: str, before: Expected, now: dict[str, object], probe: Probe | None) -> list[Change]:
    if probe is None:
        return named(name, before.seen, now)
    answer = ask(lambda: list(probe.changes(before.seen, now)))
    if answer.value is not None and all(isinstance(each, Change) for each in answer.value):
        return answer.value
    why = answer.failed or "it names them by something else than Change"
    sentence = f"the probe {name!r} looked, but could not name what changed: {why}"
    return [_failed(name, why, sentence), *named(name, before.seen, now)]


def _failed(name: str, why: str, sentence: str) -> Change:
    return Change(name, "probe_failed", None, None, why, sentence)


def _own(change: Change, before: Expected) -> bool:
    """A file in a commit since the look that the session itself had changed; where digests are known, they decide."""
    return before.seen.get("kind") == "git" and change.kind in _OF_FILES and change.subject in before.own


def _covered(state: State, observation: Observation) -> Iterator[str]:
    """The whole paths of the files that digests were compared of."""
    for name, seen in observation.of_kind("files").items():
        before = expected(state, name, seen)
        if before is not None:
            then, now = table(before.seen, "files"), table(seen, "files")
            compared = [path for path in then | now if shows(before.seen, path) and shows(seen, path)]
            yield from (posixpath.join(str(seen.get("root")), path) for path in compared)


def _told_better(observation: Observation, change: Change, covered: set[str]) -> bool:
    """What git says of a file that is known by its digest, before and now, adds nothing."""
    seen = observation.of_kind("git").get(change.probe)
    if seen is None or change.kind not in _OF_FILES or change.subject is None:
        return False
    return posixpath.join(str(seen.get("root")), change.subject) in covered
