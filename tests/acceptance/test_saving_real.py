"""Saving on real input: of every recorded conversation the newest full snapshot alone gives back every message."""

import gzip
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, text

from aftermath import newest_in, tidy, vault_of
from holdfast.blobs.url import place_at
from holdfast.client import Holdfast
from holdfast.config import Settings
from holdfast.events import Event
from holdfast.pipeline.restored import Restored
from holdfast.saving.tiers import TIERS
from holdfast.session import fold
from holdfast.testing import wait_until
from processes import Process, at_work

DATA = Path(__file__).parents[3] / "shared" / "data"
FILES = [DATA / "tau_airline.jsonl.gz", DATA / "tau2_support.jsonl.gz"]
SESSIONS, MESSAGES = 260, 8056
FAST = dict.fromkeys([f"autosave_{tier}" for tier in TIERS], 0.5) | {"autosave_keep": 2, "blob_grace": 1.0}


def recorded() -> Iterator[dict[str, Any]]:
    """The conversations, as their files have them."""
    for file in FILES:
        with gzip.open(file) as lines:
            yield from map(orjson.loads, lines)


def said(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What messages say, but for when; a field that is null or empty says as much as one that is not there."""
    return [
        {name: value for name, value in message.items() if value not in (None, []) and name != "timestamp"}
        for message in messages
    ]


def behind(engine: Engine) -> int:
    """How many sessions have an event that is in no full snapshot, or a full snapshot that was not copied."""
    query = """
        SELECT count(*) FROM sessions s WHERE NOT EXISTS (
            SELECT FROM snapshots n JOIN blobs b ON b.key = n.body
            WHERE n.session_key = s.key AND n.tier = 'full' AND n.seq = s.seq AND b.backed_up_at IS NOT NULL)
    """
    with engine.connect() as connection:
        return int(connection.execute(text(query)).scalar_one())


def check_alone(found: Restored, log: list[Event], conversation: dict[str, Any]) -> int:
    """What was saved is the log, and its messages are those of the recording; returns how many there are."""
    events = list(found.events())
    assert events == log
    assert found.state() == fold(log)
    messages = [event.data for event in events if event.type == "message.added"]
    assert said(messages) == said(conversation["messages"])
    return len(messages)


@pytest.mark.promise(5)
@pytest.mark.skipif(not all(file.exists() for file in FILES), reason="the recorded conversations are not here")
def test_the_newest_full_snapshot_alone_gives_back_every_message_that_was_recorded(
    settings: Settings, engine: Engine, tmp_path: Path
) -> None:
    settings = settings.model_copy(update={**FAST, "backup_url": str(tmp_path / "backup")})
    vault, backup = vault_of(settings), place_at(settings.backup_url or "")
    command = [sys.executable, "-m", "holdfast.interfaces.command", "replay", "--publishers=2", *map(str, FILES)]
    with at_work(settings, tmp_path):
        replay = Process("replay", command, settings, tmp_path)
        assert replay.wait(100) == 0, replay.text()
        wait_until(lambda: behind(engine) == 0, seconds=60, what="a full snapshot of every session, and its copy")
        tidy(engine, vault.place)
    with Holdfast(settings) as hf:
        sessions = messages = 0
        for conversation in recorded():
            session = hf.session(conversation["session_id"])
            log = session.events(limit=None)
            point = next(each.id for each in session.snapshots() if each.tier == "full")
            found = check_alone(hf.service.saves.restored(session.id, point), log, conversation)
            copy = newest_in(backup, vault, session)
            assert copy
            assert check_alone(copy, log, conversation) == found
            sessions, messages = sessions + 1, messages + found
        assert (sessions, messages) == (SESSIONS, MESSAGES)
