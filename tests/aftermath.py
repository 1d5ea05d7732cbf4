"""What must be true of saves, whatever happened: those that are kept are whole, and nothing lies about for ever."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text

from holdfast import bootstrap
from holdfast.blobs.place import Place
from holdfast.blobs.vault import Vault
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.pipeline.restored import Restored, restored
from holdfast.saving.names import parsed, sessions_of
from holdfast.session import fold
from holdfast.testing import wait_until

__all__ = [
    "all_sessions",
    "alone",
    "check",
    "check_sessions",
    "database",
    "newest_in",
    "registered",
    "tidy",
    "used",
    "vault_of",
]


@contextmanager
def database(settings: Settings) -> Iterator[Engine]:
    """A connection to the database for the block, whichever settings the client has."""
    engine = bootstrap.engine(settings)
    try:
        yield engine
    finally:
        engine.dispose()


def vault_of(settings: Settings) -> Vault:
    return bootstrap.unclaimed_vault(settings)


def all_sessions(hf: Holdfast) -> list[Session]:
    return [hf.session(each.id) for each in hf.sessions(limit=1000).items]


def check_sessions(hf: Holdfast) -> int:
    """Logs are whole; whatever is kept verifies; full snapshots give back the log. Returns how many snapshots."""
    return sum(check(hf, session) for session in all_sessions(hf))


def check(hf: Holdfast, session: Session) -> int:
    """The same of one session."""
    events = session.events(limit=None)
    assert session.verify() == len(events)
    kept = session.snapshots()
    for snapshot in kept:
        assert hf.service.saves.verify(session.id, snapshot.id) >= 2
        assert session.state(at=snapshot.id) == fold(events[: snapshot.seq])
        if snapshot.tier == "full":
            assert list(hf.service.saves.restored(session.id, snapshot.id).events()) == events[: snapshot.seq]
    return len(kept)


def registered(engine: Engine) -> set[str]:
    """The blobs that have a row."""
    return _names(engine, "SELECT name FROM blobs")


def used(engine: Engine) -> set[str]:
    """The blobs that something refers to."""
    return _names(
        engine,
        "SELECT name FROM blobs WHERE key IN (SELECT blob FROM segments UNION SELECT body FROM snapshots)",
    )


def tidy(engine: Engine, place: Place) -> None:
    """Wait until in the place there is what is needed, and nothing else."""
    wait_until(lambda: registered(engine) == used(engine), what="the collection of what nobody needs")
    assert set(place.names("")) == used(engine)


def newest_in(place: Place, vault: Vault, session: Session) -> Restored | None:
    """The session's newest full snapshot in a place, found without the database; checked to be whole."""
    there = Vault(place, vault.cipher)
    folder = f"{sessions_of(session._holdfast.settings.tenant)}/{session.id}"
    bodies = [found for name in place.names(folder) if (found := parsed(name))]
    if not bodies:
        return None
    newest = max(bodies)
    return restored(newest.name, there.get(newest.name, newest.address), there.get)


def alone(place: Place, vault: Vault, session: Session) -> bool:
    """Whether the place alone gives back all of the session as it is now."""
    found = newest_in(place, vault, session)
    return found is not None and list(found.events()) == session.events(limit=None)


def _names(engine: Engine, query: str) -> set[str]:
    with engine.connect() as connection:
        return set(connection.execute(text(query)).scalars())
