"""What the tests of forgetting share: two people with words of their own, and all bytes that there are of either."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from redis import Redis
from sqlalchemy import Engine, text

from holdfast import bootstrap
from holdfast.blobs.place import Place
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.errors import BlobDamaged, WrongKey
from holdfast.pipeline.backup import back_up
from holdfast.pipeline.learn import learn
from holdfast.pipeline.summarise import summarise_sessions
from holdfast.store.transaction import transaction
from writing import said

__all__ = ["CAMPAIGN", "Person", "everything", "finish", "key_of", "places", "worked"]

CAMPAIGN = "LAUNCH-7"


class Person:
    """Somebody with a word that nobody else says, and what was done for them."""

    def __init__(self, hf: Holdfast, user_id: str, word: str) -> None:
        self.hf = hf
        self.id = user_id
        self.word = word
        self.sessions: list[Session] = []

    def begin(self, **details: Any) -> Session:
        """A session whose every part holds the word."""
        session = self.hf.start(
            self.id, session_id=f"{self.id}-thread-{len(self.sessions) + 1}", title=f"about {self.word}", **details
        )
        self.sessions.append(session)
        return session

    def works(self, session: Session) -> None:
        """Something of every kind."""
        session.append(
            said(f"My secret is {self.word}"),
            {"type": "preference.stated", "data": {"key": "communication_style", "value": f"brief {self.word}"}},
            {"type": "knowledge.learned", "data": {"area": "product", "facts": {"door": f"opens with {self.word}"}}},
            {"type": "campaign.updated", "data": {"gtm_id": CAMPAIGN, "status": "in_progress"}},
            {"type": "task.assigned", "data": {"task_id": f"task-{self.word}", "description": f"find {self.word}"}},
            {"type": "artifact.produced", "data": {"path": f"{self.word}.md"}},
            {"type": "state.set", "data": {"key": self.word, "value": self.word}},
        )


def worked(engine: Engine, settings: Settings, *people: Person) -> None:
    """Sessions of all of them, begun in turns, with saves and copies, learned from and summed up."""
    for _ in range(2):
        for person in people:
            person.works(person.begin())
    for person in people:
        for session in person.sessions:
            finish(engine, settings, session)


def finish(engine: Engine, settings: Settings, session: Session, *, saves: int = 2) -> None:
    """Save it, go on and save again, so that something is pruned; copy it; learn from it; sum it up."""
    for _ in range(saves):
        session.save()
        session.append(said("and so on"))
    place = bootstrap.backup(settings, engine)
    if place is not None:
        vault = bootstrap.vault(settings, engine)
        back_up(engine, vault, place, bootstrap.policy(settings), settings.tenant, session.id)
    with transaction(engine) as connection:
        learn(connection, settings.tenant, session.id)
    summarise_sessions(engine, [key_of(engine, session.id)], rules=bootstrap.rules(settings))


def key_of(engine: Engine, session_id: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT key FROM sessions WHERE id = :id"), {"id": session_id}).scalar_one())


def places(settings: Settings, engine: Engine) -> list[Place]:
    """Both locations of the blobs, or the one."""
    elsewhere = bootstrap.backup(settings, engine)
    return [bootstrap.vault(settings, engine).place, *([elsewhere] if elsewhere else [])]


def everything(settings: Settings, engine: Engine) -> bytes:
    """All that is there, as plain as it can be made: rows, what Redis holds, names and contents of blobs."""
    return b"\n".join([*_rows(engine), *_keys(settings), *_blobs(settings, engine), *_files(settings)])


def _rows(engine: Engine) -> Iterator[bytes]:
    with engine.connect() as connection:
        tables = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars().all()
        for table in tables:
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):
                for value in row:
                    yield from _plain(value)


def _plain(value: object) -> Iterator[bytes]:
    if isinstance(value, list):
        for each in value:
            yield from _plain(each)
    elif isinstance(value, bytes):
        yield _opened(value)
    else:
        yield str(value).encode()


def _opened(content: bytes) -> bytes:
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        return content


def _keys(settings: Settings) -> Iterator[bytes]:
    redis: Redis = bootstrap.redis_client(settings)
    for key in redis.scan_iter(match=f"{settings.prefix}*"):
        yield key
        kind = redis.type(key)
        if kind == b"stream":
            yield repr(redis.xrange(key)).encode()
        elif kind == b"list":
            yield from redis.lrange(key, 0, -1)  # type: ignore[misc]
        elif kind == b"string":
            yield bytes(redis.get(key) or b"")  # type: ignore[arg-type]
    redis.close()


def _blobs(settings: Settings, engine: Engine) -> Iterator[bytes]:
    cipher = bootstrap.unclaimed_vault(settings).cipher
    for place in places(settings, engine):
        for name in place.names(""):
            yield name.encode()
            stored = place.read(name)
            with suppress(BlobDamaged, WrongKey):
                stored = cipher.open(stored, name, None)
            yield _opened(stored)


def _files(settings: Settings) -> Iterator[bytes]:
    """Also what is no blob: folders, and files that were never finished."""
    for path in settings.data_dir.rglob("*"):
        yield str(path.relative_to(settings.data_dir)).encode()
        if path.is_file():
            yield _opened(path.read_bytes())
