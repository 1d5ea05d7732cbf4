"""A session that looks at the world, without any server: its events, and what comes of them."""

import os
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from holdfast.events import Event
from holdfast.recovering.checks import Check, check_world
from holdfast.recovering.probe import Probe
from holdfast.recovering.world import world_changes
from holdfast.session import State, fold
from holdfast.world import Change, Observation, observe

START = datetime(2026, 1, 29, 10, tzinfo=UTC)

Said = tuple[str, dict[str, Any]]


def state_of(*said: Said) -> State:
    """The fold of events a minute apart."""
    return fold(
        Event(
            session_id="SESSION-260129-001",
            seq=seq,
            id=UUID(int=seq),
            type=event_type,
            version=1,
            actor="agent",
            occurred_at=START + timedelta(minutes=seq),
            recorded_at=START + timedelta(minutes=seq),
            data=data,
            digest=b"",
        )
        for seq, (event_type, data) in enumerate(said, 1)
    )


def look(*probes: Probe) -> Said:
    """What they see now, as the event that tells it."""
    return told(observe(probes))


def told(observation: Observation) -> Said:
    return "world.observed", observation.event().model_dump(exclude_unset=True)


def seen(**probes: Any) -> Observation:
    """An observation that nobody made: by name what each sees, or text for why it failed."""
    return Observation(
        at=START,
        probes={name: {"failed": what} if isinstance(what, str) else {"seen": what} for name, what in probes.items()},
    )


def changes(state: State, *probes: Probe) -> list[Change]:
    """What they see to have changed."""
    return world_changes(state, observe(probes), probes)


def named(found: Sequence[Change]) -> set[tuple[str, str | None]]:
    return {(change.kind, change.subject) for change in found}


def checks(state: State, observation: Observation | None) -> dict[str, Check]:
    made = check_world(state, observation, world_changes(state, observation))
    return {check.name: check for check in made}


def outcomes(state: State, observation: Observation | None) -> list[str]:
    """Of the four checks, in the guide's order."""
    return [check.outcome for check in checks(state, observation).values()]


class Repository:
    """A git repository, whatever the git of this machine is set up to do."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self("init", "--quiet", "--initial-branch=main")

    def __call__(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, env=self.environment, capture_output=True, text=True, check=False
        )
        assert not check or done.returncode == 0, done.stderr
        return done.stdout.strip()

    @property
    def environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        names = {f"GIT_{who}_{what}": "test" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        return kept | names | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_EDITOR": "true"}

    def write(self, name: str, text: str) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def commit(self, name: str, text: str) -> str:
        """The commit that makes the file so."""
        self.write(name, text)
        self("add", "--all")
        self("commit", "--quiet", "--message", f"{name}: {text}")
        return self("rev-parse", "HEAD")
