"""Whatever is killed while sessions are written and saved: what is kept at the end is whole, and it is all there."""

import random
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from acceptance.chaos import waiting
from aftermath import alone, check, tidy, vault_of
from capturing import pass_time
from holdfast.blobs.url import place_at
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.pipeline.tick import CLAIM_SECONDS
from holdfast.saving.tiers import TIERS
from holdfast.testing import wait_until
from processes import Process, beat, worker
from writing import said

SEED = 3
KILLS = 10
SESSIONS = 10
EVENTS = 20
KEEP = 2


@pytest.mark.promise(1)
@pytest.mark.promise(5)
def test_what_is_kept_is_whole_after_a_storm_of_kills(settings: Settings, engine: Engine, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    fast = {f"autosave_{tier}": 0.3 for tier in TIERS}
    given = {"autosave_keep": KEEP, "blob_grace": 1.0, "backup_url": str(tmp_path / "backup"), **fast}
    settings = settings.model_copy(update=given)
    crew = {name: worker(settings, tmp_path, name) for name in ("one", "two")} | {"beat": beat(settings, tmp_path)}
    try:
        with Holdfast(settings) as hf:
            sessions = [hf.start("u", session_id=f"s-{number}") for number in range(SESSIONS)]
            for _ in range(KILLS):
                for session in sessions:
                    publish(session, chance)
                enough = autosaves(engine) + chance.randrange(3, 3 * SESSIONS)
                wait_until(partial(so_many_saves, engine, enough), what="saves between two kills")
                strike(crew, chance, settings, tmp_path)
            wait_until(lambda: waiting(hf) == 0, what="the commit of all that was published")
            pass_time(engine, CLAIM_SECONDS + 1)
            vault, backup = vault_of(settings), place_at(settings.backup_url or "")
            for session in sessions:
                wait_until(partial(all_is_saved, session), what=f"a save of all of {session.id}")
                assert len(session.events(limit=None)) == 1 + KILLS * EVENTS
                wait_until(partial(alone, backup, vault, session), what=f"a copy of {session.id}")
                # The copy before this one stays for a moment, so that there is one at any time.
                assert len(TIERS) <= check(hf, session) <= len(TIERS) * KEEP + 1
            tidy(engine, vault.place)
    finally:
        for process in crew.values():
            process.kill()


def publish(session: Session, chance: random.Random) -> None:
    """Some words, and something that makes a save at once."""
    trigger = chance.choice(
        [
            {"type": "error.raised", "data": {"message": "no"}},
            {"type": "decision.made", "data": {"decision": "yes"}},
            {"type": "file.modified", "data": {"path": "a.py"}},
            {"type": "state.set", "data": {"key": "k", "value": "v" * chance.choice([10, 50_000])}},
        ]
    )
    session.publish(*[said(str(chance.random())) for _ in range(EVENTS - 1)], trigger)


def strike(crew: dict[str, Process], chance: random.Random, settings: Settings, directory: Path) -> None:
    """SIGKILL to a worker, one of its pool processes, or the beat; who died is started again."""
    name = chance.choice(["one", "two", "one's child", "two's child", "beat"])
    if name.endswith("child"):
        crew[name.partition("'")[0]].kill_child()
        return
    crew[name].kill()
    crew[name] = beat(settings, directory) if name == "beat" else worker(settings, directory, name)


def so_many_saves(engine: Engine, enough: int) -> bool:
    return autosaves(engine) >= enough


def autosaves(engine: Engine) -> int:
    """How many saves there were by themselves."""
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT coalesce(sum(autosaves), 0) FROM savings")).scalar_one())


def all_is_saved(session: Session) -> bool:
    newest = {each.tier: each.seq for each in reversed(session.snapshots())}
    return newest == dict.fromkeys(TIERS, session.events(limit=None)[-1].seq)
