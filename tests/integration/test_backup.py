"""The second location: there is a whole copy in it at any time, once there was one."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from holdfast import bootstrap
from holdfast.blobs.place import Place
from holdfast.blobs.vault import Vault
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.pipeline.backup import back_up
from holdfast.pipeline.collect import collect
from holdfast.saving.names import sessions_of
from holdfast.store import backups, log
from writing import said


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"backup_url": str(tmp_path / "backup"), "autosave_keep": 1})


@pytest.fixture
def vault(settings: Settings, engine: Engine) -> Vault:
    return bootstrap.vault(settings, engine)


@pytest.fixture
def backup(settings: Settings, engine: Engine) -> Place:
    place = bootstrap.backup(settings, engine)
    assert place is not None
    return place


def copied(engine: Engine, vault: Vault, backup: Place, settings: Settings, session: Session) -> int:
    return back_up(engine, vault, backup, bootstrap.policy(settings), settings.tenant, session.id)


def points(session: Session) -> list[int]:
    return [snapshot.seq for snapshot in session.snapshots()]


@pytest.mark.promise(5)
def test_the_last_copy_stays_until_there_is_a_newer_one(
    hf: Holdfast, engine: Engine, vault: Vault, backup: Place, settings: Settings
) -> None:
    session = hf.start("u")
    session.save()
    assert copied(engine, vault, backup, settings, session) == 2
    for number in range(3):
        session.append(said(str(number)))
        session.save()
    assert points(session) == [4, 1], "the newest, and the one that is in the second location"
    collect(engine, [vault.place, backup], grace=0)
    assert len(list(backup.names(sessions_of("default")))) == 1
    assert copied(engine, vault, backup, settings, session) > 0
    assert points(session) == [4]
    collect(engine, [vault.place, backup], grace=0)
    (name,) = backup.names(sessions_of("default"))
    assert "000000000004-" in name
    assert session.snapshots()[0].backed_up_at is not None


def test_how_far_it_is_behind(hf: Holdfast, engine: Engine, vault: Vault, backup: Place, settings: Settings) -> None:
    session = hf.start("u")
    session.save()
    with engine.begin() as connection:
        behind = backups.behind(log.cursor(connection))
    assert (behind.waiting, behind.never) == (1, 1)
    copied(engine, vault, backup, settings, session)
    with engine.begin() as connection:
        behind = backups.behind(log.cursor(connection))
    assert (behind.waiting, behind.seconds, behind.never) == (0, 0.0, 0)
    assert copied(engine, vault, backup, settings, session) == 0, "once is enough"


def test_every_full_snapshot_that_is_kept_is_copied(
    hf: Holdfast, engine: Engine, vault: Vault, backup: Place, settings: Settings
) -> None:
    session = hf.start("u", autosave={"backup_count": 3})
    for number in range(3):
        session.append(said(str(number)))
        session.save()
    copied(engine, vault, backup, settings, session)
    assert all(snapshot.backed_up_at for snapshot in session.snapshots())
    assert [int(name.rpartition("/")[2][:12]) for name in backup.names(sessions_of("default"))] == [2, 3, 4]
