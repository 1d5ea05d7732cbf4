"""What the tests of forks, exports and restores share: a second installation, and whether two sessions are equal."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.events import OF_LEASES, Event, draft
from holdfast.pipeline.apply import Item, apply
from holdfast.store.transaction import transaction

__all__ = ["another", "everything", "listing", "published", "timers", "write"]

MIGRATED = "migrated"


@contextmanager
def another(settings: Settings, directory: Path, **given: Any) -> Iterator[Settings]:
    """An installation beside that of the settings: a fresh database, a place for blobs of its own."""
    url = settings.database_url or ""
    name = f"second_{uuid4().hex}"
    with psycopg.connect(f"{url.rpartition('/')[0]}/postgres", autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {MIGRATED}")
        try:
            fresh = {"database_url": f"{url.rpartition('/')[0]}/{name}", "prefix": f"{name}:", "data_dir": directory}
            yield settings.model_copy(update={**fresh, **given})
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def everything(session: Session) -> tuple[Any, ...]:
    """All that can be read of a session, after its chain was followed."""
    count = session.verify()
    events = session.events(limit=None)
    assert len(events) == count
    return events, session.messages(), session.state(), listing(session._holdfast, session.id)


def listing(hf: Holdfast, session_id: str) -> dict[str, Any]:
    """What listings show of it."""
    return {name: value for name, value in hf.service.find(session_id)._asdict().items() if name != "key"}


def timers(hf: Holdfast, session_id: str) -> tuple[list[tuple[str, str | None]], int]:
    """A session's timers with their reasons, and the tiers that its row says have one."""
    with transaction(hf.service._engine) as connection:
        rows = connection.exec_driver_sql(
            "SELECT t.kind, t.reason FROM timers t JOIN sessions s ON s.key = t.session_key WHERE s.id = %s ORDER BY 1",
            (session_id,),
        ).all()
        timed = connection.exec_driver_sql("SELECT timed FROM sessions WHERE id = %s", (session_id,)).scalar_one()
    return [(kind, reason) for kind, reason in rows], timed


def published(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Events as Holdfast could have been given them: without a second start, and without leases, which it counts."""
    return [
        {
            "id": str(each.id), "type": each.type, "version": each.version, "occurred_at": each.occurred_at,
            "data": each.data, "conversation": each.conversation,
        }
        for each in events
        if each.type not in {"session.started", *OF_LEASES}
    ]  # fmt: skip


def write(hf: Holdfast, session: Session, *events: dict[str, Any]) -> None:
    """Put events into the log as Holdfast itself does: also those that nobody may publish."""
    items = [
        Item(hf.settings.tenant, draft(each, session_id=session.id, actor=session.agent), system=True)
        for each in events
    ]
    if not items:
        return
    with transaction(hf.service._engine) as connection:
        apply(connection, items, rules=hf.service._rules, look_first=True)
