"""Replay, from the file to the verdict."""

import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from holdfast import bootstrap
from holdfast.client import Holdfast
from holdfast.config import Settings
from holdfast.errors import SessionExists
from holdfast.replay.check import check_log
from holdfast.replay.publish import Share
from holdfast.replay.publishers import Publishers
from holdfast.replay.recording import Survey, survey
from holdfast.replay.report import Report
from holdfast.replay.waiting import LOOK_SESSIONS, Waiting, Watch
from holdfast.service import Service

__all__ = ["check", "replay"]

LOOK_SECONDS = 0.25


def replay(
    holdfast: Holdfast,
    paths: Sequence[Path],
    *,
    watch: Watch,
    publishers: int = 4,
    batch: int = 1,
    speed: float | None = None,
    prefix: str = "",
    timeout: float = 300.0,
) -> Report:
    """Publish the recordings, wait until the log has them, and check it against them.

    Nothing is published unless all of it is valid. A session that a replay began before is resumed; its events' ids
    make repeats harmless. `speed` paces by recorded time, one event a call; without it there are `batch` events a call.
    `timeout` is how long nothing may move. Raises `InvalidInput` naming file, line and field; `SessionExists` for one
    that something else began; `StreamUnavailable`, `StoreUnavailable` and `NotCommittedYet` at the time limit.
    """
    found = survey(paths, prefix)
    resumed = _resumed(holdfast.service, found)
    if speed is not None:
        _say_what_is_not_paced(found, watch)
    begun = time.monotonic()
    reader = bootstrap.reader(holdfast.settings)
    try:
        waiting = Waiting(holdfast.service, reader, found, watch, timeout)
        of = max(1, min(publishers, len(found.sessions)))
        settings = _for_publishers(holdfast.settings)
        shares = [
            Share(settings, tuple(paths), prefix, nth, of, batch, speed, found.first, timeout) for nth in range(of)
        ]
        with Publishers(shares, watch.notice) as crowd:
            begun = time.monotonic()
            _publish(crowd, waiting, found, watch)
        published_seconds = time.monotonic() - begun
        while not waiting.look(found.events) and not waiting.decided():
            time.sleep(LOOK_SECONDS)
        committed_seconds = time.monotonic() - begun
    finally:
        reader.close()
    report = check_log(holdfast.service, paths, prefix, found, watch, timeout)
    report.resumed = resumed
    report.published_seconds = round(published_seconds, 3)
    report.committed_seconds = round(committed_seconds, 3)
    return report


def check(
    holdfast: Holdfast, paths: Sequence[Path], *, watch: Watch, prefix: str = "", timeout: float = 300.0
) -> Report:
    """Check the log against recordings that were replayed before; publishes nothing."""
    return check_log(holdfast.service, paths, prefix, survey(paths, prefix), watch, timeout)


def _publish(crowd: Publishers, waiting: Waiting, found: Survey, watch: Watch) -> None:
    look_at = 0.0
    while crowd.at_work:
        crowd.listen(LOOK_SECONDS)
        watch.progress("published", crowd.accepted, found.events)
        if time.monotonic() > look_at:
            waiting.look(crowd.accepted)
            look_at = time.monotonic() + LOOK_SECONDS


def _resumed(service: Service, found: Survey) -> int:
    """How many of the sessions are there already. Raises `SessionExists` for one that no replay began."""
    asked = iter(found.sessions.items())
    resumed = 0
    while some := list(islice(asked, LOOK_SESSIONS)):
        there = service.reached([(session_id, outline.first_id) for session_id, outline in some])
        for session_id, outline in some:
            if session_id in there and not there[session_id][1]:
                raise SessionExists(
                    f"{outline.place}: session {session_id!r} is there already, and it was no replay of this recording "
                    "that began it; give its replay another id with a prefix (--prefix)"
                )
        resumed += len(there)
    return resumed


def _for_publishers(settings: Settings) -> Settings:
    """Publishers reach Redis alone, and wait for it themselves rather than fill the spool."""
    return settings.model_copy(update={"database_url": None, "spool": None})


def _say_what_is_not_paced(found: Survey, watch: Watch) -> None:
    untimed = found.messages - found.timed
    if untimed:
        which = (
            "none of the messages says" if not found.timed else f"{untimed:,} of {found.messages:,} messages do not say"
        )
        watch.notice(f"{which} when it was recorded; what has no time is published without waiting")
