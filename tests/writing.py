"""What the tests of the way into the log share: a message, who drains it, and what of it is in the log."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from holdfast.client import Holdfast, Session
from holdfast.events import draft
from holdfast.pipeline.ingest import Ingest
from holdfast.stream.entry import encode

__all__ = ["contents", "drain", "drained", "draining", "raw", "said", "shard_of", "stream_of"]


def said(text: str, **envelope: Any) -> dict[str, Any]:
    return {"type": "message.added", "data": {"role": "user", "content": text}, **envelope}


def contents(session: Session) -> list[object]:
    return [message.content for message in session.messages()]


def shard_of(hf: Holdfast, session: Session) -> int:
    return hf.publisher.keys.shard(session.id)


def stream_of(hf: Holdfast, session: Session) -> str:
    return hf.publisher.keys.stream(shard_of(hf, session))


def raw(session: Session, event: dict[str, Any], **more: str | bytes) -> Any:
    """The fields of an entry as any program might write them, `more` in the place of those of the event."""
    made = draft(event, session_id=session.id, actor=session.agent)
    return {**encode("default", made), **more}


def drain(ingest: Ingest) -> None:
    """Commit whatever was published, to any shard."""
    for shard in range(ingest.reader.keys.shards):
        assert ingest.drain(shard, seconds=20)


def drained(hf: Holdfast, ingest: Ingest, session: Session) -> list[object]:
    """Commit what was published to the session's shard; returns what was said in the session."""
    assert ingest.drain(shard_of(hf, session), seconds=20)
    return contents(session)


@contextmanager
def draining(ingest: Ingest) -> Iterator[None]:
    """A thread in the place of a worker: while the block runs, whatever is published is committed."""
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.01):
            drain(ingest)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
