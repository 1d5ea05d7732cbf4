"""Where saves lie: in two places that need not be of one kind, behind keys that change while everything goes on."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from aftermath import alone, check_sessions, newest_in, tidy, used, vault_of
from capturing import pass_time, timers
from holdfast import bootstrap
from holdfast.blobs.cipher import Cipher, new_key
from holdfast.blobs.url import place_at
from holdfast.blobs.vault import Vault
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.doctor import Finding
from holdfast.doctor.saving import look
from holdfast.errors import WrongKey
from holdfast.pipeline.backup import back_up
from holdfast.pipeline.rotate import rotate
from holdfast.pipeline.tick import CLAIM_SECONDS
from holdfast.saving.snapshot import Snapshot
from holdfast.saving.tiers import TIERS
from holdfast.testing import wait_until
from processes import at_work
from writing import said

FAST = dict.fromkeys([f"autosave_{tier}" for tier in TIERS], 0.3) | {"blob_grace": 1.0, "autosave_keep": 2}


def saved_to(session: Session, seq: int) -> bool:
    return any(each.tier == "full" and each.seq == seq for each in session.snapshots())


def newest_full(session: Session) -> Snapshot:
    return next(each for each in session.snapshots() if each.tier == "full")


def rests(engine: Engine, session: Session) -> bool:
    """Whether nothing is to be saved or copied of the session."""
    return not timers(engine, session)


def backup_finding(settings: Settings, engine: Engine) -> Finding:
    """What `holdfast doctor` says of the second location."""
    (found,) = (each for each in look(settings, engine) if each.name == "backup")
    return found


@pytest.fixture(params=["a directory, copied to S3", "S3, copied to a directory"])
def both(request: pytest.FixtureRequest, settings: Settings, bucket: str, tmp_path: Path) -> Settings:
    """Saves in the one place, copies in the other."""
    directory = str(tmp_path / "other")
    urls = (directory, f"{bucket}/copies") if request.param.startswith("a ") else (f"{bucket}/saves", directory)
    return settings.model_copy(update={**FAST, "blob_url": urls[0], "backup_url": urls[1]})


@pytest.mark.promise(5)
def test_saves_and_their_copies_are_whole_in_any_place(both: Settings, engine: Engine, tmp_path: Path) -> None:
    vault, backup = vault_of(both), place_at(both.backup_url or "")
    for place in (vault.place, backup):
        place.prepare()
    with at_work(both, tmp_path) as hf:
        sessions = [hf.start("u") for _ in range(3)]
        for number in range(3):
            for session in sessions:
                session.publish(said(f"{number}"), {"type": "error.raised", "data": {"message": "no"}})
            for session in sessions:
                wait_until(partial(saved_to, session, 3 + 2 * number), what="a save of everything")
        for session in sessions:
            wait_until(partial(alone, backup, vault, session), what="a copy of everything")
            assert session.save().seq == 7
        assert check_sessions(hf) >= len(TIERS) * len(sessions)
        wait_until(
            lambda: backup_finding(both, engine).found == "nothing waits to be copied", what="the end of the copying"
        )
        assert all(newest_full(session).backed_up_at for session in sessions)
        tidy(engine, vault.place)
        wait_until(lambda: set(backup.names("")) <= used(engine), what="the collection of old copies")


def test_a_second_location_that_is_away_is_behind_visibly_and_catches_up(
    settings: Settings, engine: Engine, tmp_path: Path
) -> None:
    here, away = tmp_path / "backup", tmp_path / "elsewhere"
    settings = settings.model_copy(update={**FAST, "backup_url": str(here)})
    backup, vault = place_at(str(here)), vault_of(settings)
    backup.prepare()
    with at_work(settings, tmp_path) as hf:
        sessions = [hf.start("u") for _ in range(3)]
        for session in sessions:
            wait_until(partial(alone, backup, vault, session), what="the first copy")
        here.rename(away)
        for session in sessions:
            session.publish(said("while it is away"))
            wait_until(partial(saved_to, session, 2), what="a save of everything")
        wait_until(lambda: backup_finding(settings, engine).facts["waiting"] == 3, what="three sessions that wait")
        found = backup_finding(settings, engine)
        assert found.found.startswith("3 sessions wait to be copied, for up to ")
        assert found.facts["seconds"] > 0
        wait_until(lambda: "task.waits" in (tmp_path / "worker.log").read_text(), what="the worker's word on it")
        assert not here.exists(), "a disk that is not mounted is not made up for"
        assert not any(newest_full(session).backed_up_at for session in sessions)
        away.rename(here)
        for session in sessions:
            found_there = newest_in(backup, vault, session)
            assert found_there
            assert found_there.body.seq == 1
        pass_time(engine, CLAIM_SECONDS + 1)
        for session in sessions:
            wait_until(partial(alone, backup, vault, session), what="the copies that waited")
        wait_until(lambda: backup_finding(settings, engine).found == "nothing waits to be copied", what="the end of it")


@pytest.mark.promise(5)
def test_keys_change_while_everything_is_saved(settings: Settings, engine: Engine, tmp_path: Path) -> None:
    old, new = new_key(), new_key()
    settings = settings.model_copy(update={**FAST, "blob_keys": old, "backup_url": str(tmp_path / "backup")})
    backup = place_at(settings.backup_url or "")
    backup.prepare()
    with at_work(settings, tmp_path) as hf:
        sessions = [hf.start("u") for _ in range(3)]
        for session in sessions:
            session.publish(said("under the old key"))
            wait_until(partial(alone, backup, vault_of(settings), session), what="a copy")
    both = settings.model_copy(update={"blob_keys": f"{new},{old}"})
    vault = vault_of(both)
    with at_work(both, tmp_path) as hf:
        sessions = [hf.session(session.id) for session in sessions]

        def rotated_while_it_goes_on() -> bool:
            for session in sessions:
                session.publish(said("between"))
            for first, second in ((old, new), (new, old)):
                rotate(engine, Vault(vault.place, Cipher([first, second])), backup)
            return all(newest_full(session).seq > 10 for session in sessions)

        wait_until(rotated_while_it_goes_on, what="saves while keys are changed")
        # A blob that was encrypted anew while it was copied is copied once more, when its timer comes again.
        pass_time(engine, CLAIM_SECONDS + 1)
        for session in sessions:
            wait_until(partial(alone, backup, vault, session), what="a copy of everything")
            wait_until(partial(rests, engine, session), what="the end of the saving")
        tidy(engine, vault.place)
        assert rotate(engine, vault, backup) == 0, "what was saved meanwhile is encrypted with the new key"
    with Holdfast(settings) as hf:
        for session in sessions:
            point = newest_full(hf.session(session.id)).id
            for refused in (hf.service.saves.verify, hf.service.saves.restored):
                with pytest.raises(WrongKey, match="HOLDFAST_BLOB_KEYS"):
                    refused(session.id, point)
    alone_new = settings.model_copy(update={"blob_keys": new})
    with Holdfast(alone_new) as hf:
        assert check_sessions(hf) >= len(TIERS) * len(sessions)
        for session in sessions:
            assert alone(backup, vault_of(alone_new), hf.session(session.id))
    for place in (vault.place, backup):
        stored = [place.read(name) for name in place.names("")]
        assert len(stored) >= 2 * len(sessions)
        assert all(Cipher([new]).open(each, "a blob") for each in stored)


@pytest.mark.parametrize("first", ["the copy", "the rotation"])
def test_a_blob_that_is_copied_and_encrypted_anew_at_once_has_the_new_key_in_both_places(
    settings: Settings, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    old, new = new_key(), new_key()
    settings = settings.model_copy(update={"blob_keys": old, "backup_url": str(tmp_path / "backup")})
    backup = bootstrap.backup(settings, engine)
    assert backup
    with Holdfast(settings) as hf:
        session = hf.start("u")
        session.save()
        vault = vault_of(settings.model_copy(update={"blob_keys": f"{new},{old}"}))
        policy = bootstrap.policy(settings)
        copy = partial(back_up, engine, vault, backup, policy, settings.tenant, session.id)
        encrypt = partial(rotate, engine, vault, backup)
        if first == "the copy":
            monkeypatch.setattr(Vault, "copy_to", with_once(Vault.copy_to, encrypt, first=False))
            copy()
        else:
            monkeypatch.setattr(Vault, "reseal", with_once(Vault.reseal, copy, first=True))
            encrypt()
        while "backup" in timers(engine, session):
            copy()
    for place in (vault.place, backup):
        stored = [place.read(name) for name in place.names("")]
        assert len(stored) == 2
        assert all(Cipher([new]).open(each, "a blob") for each in stored)


def with_once(function: Callable[..., Any], other: Callable[[], Any], *, first: bool) -> Callable[..., Any]:
    """The function; at its first call something else happens first, or after it."""
    left = [other]

    def call(*args: Any, **kwargs: Any) -> Any:
        then = left.pop() if left else None
        if then and first:
            then()
        result = function(*args, **kwargs)
        if then and not first:
            then()
        return result

    return call
