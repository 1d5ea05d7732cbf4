"""SIGKILL at every step of a save, a copy, a collection and a rotation: nothing is lost but time."""

import os
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from acceptance.doomed_save import doomed
from aftermath import alone, check, newest_in, registered, tidy, used, vault_of
from capturing import key_of, pass_time
from holdfast import bootstrap
from holdfast.blobs.cipher import Cipher, new_key
from holdfast.blobs.place import Place
from holdfast.blobs.vault import Vault
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.errors import WrongKey
from holdfast.pipeline.backup import back_up
from holdfast.pipeline.collect import collect
from holdfast.pipeline.rotate import rotate
from holdfast.pipeline.tick import CLAIM_SECONDS
from holdfast.saving.tiers import TIERS, Tier
from holdfast.store import log
from holdfast.store.transaction import transaction
from holdfast.testing import wait_until
from processes import at_work
from writing import said

NEVER = 86_400.0
STEPS = 20
"""Fewer than anything takes that is killed here: so many deaths there are at least."""


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """One save of each tier is kept, so that every save prunes; nothing is saved that is not made due."""
    never = dict.fromkeys([f"autosave_{tier}" for tier in TIERS], NEVER)
    given = {"autosave_keep": 1, "blob_grace": 0.5, "backup_url": str(tmp_path / "backup"), **never}
    return settings.model_copy(update=given)


@pytest.fixture
def backup(settings: Settings, engine: Engine) -> Place:
    """The second location."""
    place = bootstrap.backup(settings, engine)
    assert place
    return place


def make_due(engine: Engine, session: Session) -> None:
    """Let the session's saves be due, and its last one be long ago."""
    due = "UPDATE timers SET due_at = now() WHERE session_key = :key AND kind <> 'idle'"
    long_ago = "UPDATE savings SET captured_at = captured_at - interval '1 hour' WHERE session_key = :key"
    with engine.begin() as connection:
        for statement in (due, long_ago):
            connection.execute(text(statement), {"key": key_of(engine, session)})


def saved_and_gone_on(hf: Holdfast, *tiers: Tier) -> Session:
    """A session with a save of each of these tiers, and events that are in none."""
    session = hf.start("u")
    session.append(said("one"), said("two"))
    for tier in tiers:
        session.save(tier)
    session.append(said("three"), {"type": "task.completed", "data": {}})
    return session


def copied(engine: Engine, vault: Vault, backup: Place, session: Session) -> int:
    return back_up(
        engine,
        vault,
        backup,
        bootstrap.policy(session._holdfast.settings),
        session._holdfast.settings.tenant,
        session.id,
    )


@pytest.mark.promise(3)
@pytest.mark.promise(5)
def test_a_save_that_is_killed_at_any_step_is_made_after_all(
    hf: Holdfast, engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    sessions = []
    with doomed(settings) as program:
        for step in count(1):
            sessions.append(session := saved_and_gone_on(hf, *TIERS))
            make_due(engine, session)
            died = program.dies(step, "save")
            assert check(hf, session) == 4, "a save of each tier, the one before or the new one"
            if not died:
                break
    assert step > STEPS
    left = list(settings.data_dir.rglob(".*.new"))
    assert left, "files that were never finished"
    for path in left:
        os.utime(path, times=(0, 0))
    pass_time(engine, CLAIM_SECONDS + 1)
    with at_work(settings, tmp_path):
        for session in sessions:
            wait_until(partial(is_saved, session), what="the save that was killed")
            assert check(hf, session) == 4
        wait_until(lambda: not any(path.exists() for path in left), what="the end of what was never finished")
        tidy(engine, vault_of(settings).place)


def is_saved(session: Session) -> bool:
    seq = session.events()[-1].seq
    return {(each.tier, each.seq) for each in session.snapshots()} == {(tier, seq) for tier in TIERS}


@pytest.mark.promise(3)
def test_a_copy_that_is_killed_at_any_step_leaves_the_copy_before_and_is_made_after_all(
    hf: Holdfast, engine: Engine, settings: Settings, backup: Place, tmp_path: Path
) -> None:
    sessions, vault = [], vault_of(settings)
    with doomed(settings) as program:
        for step in count(1):
            sessions.append(session := saved_and_gone_on(hf, "full"))
            assert copied(engine, vault, backup, session) == 2
            session.save("full")
            died = program.dies(step, "back_up", session.id)
            found = newest_in(backup, vault, session)
            assert found, "the copy before, or the new one"
            assert list(found.events()) == session.events(limit=found.body.seq)
            if not died:
                break
    assert step > STEPS
    assert alone(backup, vault, sessions[-1])
    assert not alone(backup, vault, sessions[0])
    with at_work(settings, tmp_path):
        for session in sessions:
            wait_until(partial(alone, backup, vault, session), what="the copy that was killed")


@pytest.mark.promise(3)
@pytest.mark.promise(5)
def test_a_collection_that_is_killed_at_any_step_takes_nothing_that_is_needed(
    hf: Holdfast, engine: Engine, settings: Settings, backup: Place
) -> None:
    vault, session = vault_of(settings), hf.start("u")
    with doomed(settings) as program:
        for step in count(1):
            for number in range(2):
                session.append(said(f"{step} {number}"))
                session.save("full")
                copied(engine, vault, backup, session)
            assert registered(engine) > used(engine), "there is something to collect"
            died = program.dies(step, "collect")
            assert check(hf, session) == 1
            assert alone(backup, vault, session)
            for place in (vault.place, backup):
                assert registered(engine) >= set(place.names("")) >= used(engine)
            collect(engine, [vault.place, backup], grace=0)
            for place in (vault.place, backup):
                tidy(engine, place)
            if not died:
                break
    assert step > STEPS


@pytest.mark.promise(3)
def test_a_rotation_that_is_killed_at_any_step_leaves_every_blob_readable(
    settings: Settings, engine: Engine, backup: Place
) -> None:
    old = new_key()
    settings = settings.model_copy(update={"blob_keys": old})
    with Holdfast(settings) as hf, doomed(settings) as program:
        session = saved_and_gone_on(hf, "full")
        session.save("full")
        places = vault_of(settings).place, backup
        copied(engine, vault_of(settings), backup, session)
        for step in count(1):
            new = new_key()
            died = program.dies(step, "rotate", blob_keys=f"{new},{old}")
            assert all(opens(engine, place, new, old) for place in places)
            rotate(engine, Vault(places[0], Cipher([new, old])), backup)
            for place in places:
                assert opens(engine, place, new)
                with pytest.raises(WrongKey):
                    opens(engine, place, old)
            old = new
            if not died:
                break
    assert step > STEPS
    with Holdfast(settings.model_copy(update={"blob_keys": new})) as hf:
        assert check(hf, hf.session(session.id)) == 1


def opens(engine: Engine, place: Place, *keys: str) -> int:
    """How many blobs in the place these keys open; every one that is there is tried, and checked."""
    vault = Vault(place, Cipher(keys))
    with transaction(engine) as connection:
        rows = log.cursor(connection).execute("SELECT name, address FROM blobs WHERE loose_since IS NULL").fetchall()
    there = set(place.names(""))
    return sum(bool(vault.get(name, address)) for name, address in rows if name in there)
