"""Postgres: whether it keeps what it commits, whether its schema is ours, and what is overdue in it."""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from holdfast import bootstrap
from holdfast.config import Settings, masked
from holdfast.doctor import saving
from holdfast.doctor.finding import Finding
from holdfast.errors import HoldfastError, SchemaOutdated
from holdfast.store import migrations
from holdfast.store.transaction import transaction

__all__ = ["Postgres", "dead_letters", "durability", "forgettings", "look", "timers", "version"]

OLDEST_VERSION = 150000
OVERDUE_SECONDS = 10
FORGETTING_SECONDS = 600
COUNTED = 10_000
"""More dead letters than this are not counted: the number says nothing more."""

NAMES = (
    "server_version",
    "server_version_num",
    "server_encoding",
    "fsync",
    "full_page_writes",
    "synchronous_commit",
    "transaction_read_only",
)


class Postgres:
    """What the doctor saw of Postgres."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.ahead: float | None = None
        """Seconds by which its clock is ahead of ours."""


def look(settings: Settings) -> Postgres:
    """Everything about Postgres itself, and what in it needs care."""
    seen = Postgres()
    try:
        engine = bootstrap.engine(settings)
        try:
            _look(engine, settings, seen)
        finally:
            engine.dispose()
    except SQLAlchemyError as error:
        reason = str(error.__cause__ or error).partition("\n")[0]
        advice = "The role needs all rights on the database's tables; those of their owner will do"
        seen.findings.append(Finding("postgres", "ill", f"it refused to be looked at: {reason}", advice))
    except HoldfastError as error:
        advice = (
            "Start Postgres (`holdfast up` brings one), or set HOLDFAST_DATABASE_URL. Until then events wait in Redis; "
            "nothing is lost"
        )
        place = f"{masked(settings.database_url)}: " if settings.database_url else ""
        seen.findings.append(Finding("postgres", "ill", place + error.message, advice))
    return seen


def _look(engine: Engine, settings: Settings, seen: Postgres) -> None:
    with transaction(engine) as connection:
        before = time.time()
        now: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
        seen.ahead = now.timestamp() - (before + time.time()) / 2
        shown = {name: connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in NAMES}
    seen.findings += [version(shown, masked(str(settings.database_url))), durability(shown)]
    try:
        migrations.check(engine)
    except SchemaOutdated as error:
        seen.findings.append(
            Finding("schema", "ill", error.message, "Run `holdfast db upgrade`, then restart the workers")
        )
        return
    seen.findings.append(
        Finding("schema", "ok", f"revision {migrations.head()}", facts={"revision": migrations.head()})
    )
    with transaction(engine) as connection:
        overdue, oldest, total = connection.exec_driver_sql(
            f"""
            SELECT count(*) FILTER (WHERE due_at < now() - interval '{OVERDUE_SECONDS} seconds'),
                   coalesce(extract(epoch FROM now() - min(due_at)), 0), count(*)
            FROM timers
            """  # noqa: S608  # a constant
        ).one()
        letters = connection.exec_driver_sql(
            "SELECT count(*) FROM (SELECT FROM dead_letters WHERE tenant = %s OR tenant IS NULL LIMIT %s) AS letters",
            (settings.tenant, COUNTED + 1),
        ).scalar_one()
        unfinished, since = connection.exec_driver_sql(
            "SELECT count(*), coalesce(extract(epoch FROM now() - min(begun_at)), 0) FROM forgettings "
            "WHERE done_at IS NULL"
        ).one()
    seen.findings += [timers(overdue, float(oldest), total), dead_letters(letters), *saving.look(settings, engine)]
    seen.findings.append(forgettings(unfinished, float(since)))


def version(shown: Mapping[str, Any], place: str) -> Finding:
    """Whether it is new enough, may be written to, and can hold our text."""
    found = f"PostgreSQL {shown['server_version'].partition(' ')[0]} at {place}"
    facts = {name: shown[name] for name in ("server_version", "server_encoding", "transaction_read_only")}
    if int(shown["server_version_num"]) < OLDEST_VERSION:
        return Finding("postgres", "ill", found, "Holdfast needs PostgreSQL 15 or newer", facts)
    if shown["transaction_read_only"] != "off":
        advice = "HOLDFAST_DATABASE_URL must name the primary, and a role that may write"
        return Finding("postgres", "ill", f"{found}, read-only", advice, facts)
    if shown["server_encoding"] != "UTF8":
        advice = "Create the database anew, with ENCODING 'UTF8': no other encoding holds all text"
        return Finding("postgres", "ill", f"{found}, encoding {shown['server_encoding']}", advice, facts)
    return Finding("postgres", "ok", found, facts=facts)


def durability(shown: Mapping[str, Any]) -> Finding:
    """What `append` promises rests on: that what is committed is on the disk."""
    names = ("fsync", "full_page_writes", "synchronous_commit")
    facts = {name: shown[name] for name in names}
    off = [name for name in names if shown[name] == "off"]
    if off:
        advice = f"Set {', '.join(f'{name} = on' for name in off)}, or a lost machine loses what was committed"
        return Finding("postgres durability", "ill", f"{', '.join(off)} off", advice, facts)
    return Finding("postgres durability", "ok", "what is committed is on the disk", facts=facts)


def timers(overdue: int, oldest: float, total: int) -> Finding:
    """Whether what is due is done. `oldest` is by how many seconds the oldest timer is late."""
    facts = {"overdue": overdue, "oldest_seconds": round(max(0.0, oldest), 3), "set": total}
    if overdue:
        found = f"{overdue:,} of {total:,} timers are overdue, the oldest by {oldest:.0f} s"
        return Finding("timers", "ill", found, "Beat is down, or no worker consumes `upkeep`", facts)
    return Finding("timers", "ok", f"none of {total:,} is overdue", facts=facts)


def forgettings(number: int, oldest: float) -> Finding:
    """Whether everybody who was to be forgotten is. `oldest` is for how many seconds one has been under way."""
    facts = {"under_way": number, "oldest_seconds": round(max(0.0, oldest), 3)}
    if not number:
        return Finding("forgetting", "ok", "nobody is waiting to be forgotten", facts=facts)
    found = f"{number:,} under way, for up to {oldest:.0f} s"
    if oldest < FORGETTING_SECONDS:
        return Finding("forgetting", "warning", found, "It goes on by itself; look again in a while", facts)
    advice = "No worker consumes `upkeep`, or the blobs or Redis are out of reach; `holdfast forget USER` goes on, too"
    return Finding("forgetting", "ill", found, advice, facts)


def dead_letters(number: int) -> Finding:
    """Whether the log refused anything that nobody has looked at."""
    facts = {"count": number}
    if not number:
        return Finding("dead letters", "ok", "none", facts=facts)
    found = f"more than {COUNTED:,}" if number > COUNTED else f"{number:,}"
    advice = "`holdfast dead-letters list` says why; mend the cause, then `retry` or `drop`"
    return Finding("dead letters", "warning", found, advice, facts)
