"""A full disk: the error says so, the log goes on, and saving goes on by itself once there is room."""

import shutil
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine

from aftermath import alone, check, tidy, vault_of
from capturing import pass_time
from disks import small_disk
from holdfast.blobs.url import place_at
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.errors import BlobsUnavailable
from holdfast.pipeline.capture import AWAY_SECONDS
from holdfast.pipeline.tick import CLAIM_SECONDS
from holdfast.saving.tiers import TIERS, Tier
from holdfast.testing import wait_until
from processes import beat, ended, worker
from writing import contents, said

FAST = dict.fromkeys([f"autosave_{tier}" for tier in TIERS], 0.3)


def fill(disk: Path) -> Path:
    """Write until nothing fits any more; returns the file."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(512)):
            pass
    assert shutil.disk_usage(disk).free == 0
    return ballast


def newest(session: Session) -> dict[Tier, int]:
    """By tier, the newest event that is saved."""
    return {each.tier: each.seq for each in reversed(session.snapshots())}


def is_newest(session: Session, seqs: dict[Tier, int]) -> bool:
    return newest(session) == seqs


def test_a_full_disk_stops_saves_that_need_it_and_nothing_else(
    settings: Settings, engine: Engine, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", "256k") as disk:
        settings = settings.model_copy(update={**FAST, "blob_url": str(disk / "blobs"), "blob_grace": 1.0})
        process = worker(settings, tmp_path)
        with ended(process, beat(settings, tmp_path)), Holdfast(settings) as hf:
            session = hf.start("u")
            session.publish(said("there is room"))
            wait_until(partial(is_newest, session, dict.fromkeys(TIERS, 2)), what="a save while there is room")
            before = {path: path.read_bytes() for path in disk.rglob("*.gz")}
            ballast = fill(disk)
            session.append(said("there is none"))
            with pytest.raises(BlobsUnavailable, match=f"^{disk / 'blobs'} is full: make room; nothing was lost"):
                session.save()
            with pytest.raises(BlobsUnavailable, match="is full"):
                session.save("conversation")
            for number in range(50):
                session.append(said(str(number)))
            assert session.verify() == 53
            light: dict[Tier, int] = {"full": 2, "conversation": 2, "project_state": 53, "context": 53}
            wait_until(partial(is_newest, session, light), what="the saves that need no blobs")
            wait_until(lambda: "save.waits" in process.text() and "task.waits" in process.text(), what="news of it")
            assert f"{disk / 'blobs'} is full" in process.text()
            assert "Traceback" not in process.text(), "a full disk is news, not a defect"
            assert check(hf, session) >= 4, "what was saved before is whole"
            assert before == {path: path.read_bytes() for path in disk.rglob("*.gz")}
            wait_until(lambda: not list(disk.rglob(".*.new")), what="the end of what did not fit")
            ballast.unlink()
            pass_time(engine, max(AWAY_SECONDS, CLAIM_SECONDS) + 1)
            wait_until(partial(is_newest, session, dict.fromkeys(TIERS, 53)), what="the saves that waited for room")
            assert contents(session) == ["there is room", "there is none", *map(str, range(50))]
            check(hf, session)
            assert session.save().seq == 53
            tidy(engine, vault_of(settings).place)


def test_a_full_second_location_stops_copies_and_nothing_else(
    settings: Settings, engine: Engine, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", "256k") as disk:
        settings = settings.model_copy(update={**FAST, "backup_url": str(disk / "backup")})
        backup, vault = place_at(str(disk / "backup")), vault_of(settings)
        backup.prepare()
        process = worker(settings, tmp_path)
        with ended(process, beat(settings, tmp_path)), Holdfast(settings) as hf:
            session = hf.start("u")
            wait_until(partial(alone, backup, vault, session), what="a copy while there is room")
            ballast = fill(disk)
            session.publish(said("there is none left"))
            wait_until(partial(is_newest, session, dict.fromkeys(TIERS, 2)), what="saves")
            wait_until(lambda: f"{disk / 'backup'} is full" in process.text(), what="news of it")
            assert check(hf, session)
            assert not alone(backup, vault, session)
            ballast.unlink()
            pass_time(engine, CLAIM_SECONDS + 1)
            wait_until(partial(alone, backup, vault, session), what="the copy that waited for room")
        assert "Traceback" not in process.text()
