"""Settings that lead nowhere, or to a server that says no: which sentence the user gets."""

import json
import logging
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.pool import QueuePool

from holdfast import bootstrap, logs, testing
from holdfast.client import Holdfast, connect
from holdfast.config import Settings
from holdfast.errors import (
    HoldfastError,
    InvalidInput,
    NotCommittedYet,
    SessionClosed,
    StoreUnavailable,
    StreamUnavailable,
)
from holdfast.outcome import error
from holdfast.pipeline.idle import pause_if_idle
from holdfast.store.transaction import transaction


def said(text: str) -> dict[str, object]:
    return {"type": "message.added", "data": {"role": "user", "content": text}}


def test_a_wrong_password_of_redis_is_told_as_such(settings: Settings, hf: Holdfast) -> None:
    session = hf.start("u")
    wrong = settings.model_copy(update={"redis_url": settings.redis_url.replace("://:", "://:not-")})
    with Holdfast(wrong) as stranger, pytest.raises(StreamUnavailable, match="refused the password"):
        stranger.session(session.id).publish(said("x"))


def test_a_wrong_password_of_postgres_is_told_as_such(settings: Settings) -> None:
    url = str(settings.database_url).replace("://holdfast:", "://holdfast:not-")
    stranger = connect(redis_url=settings.redis_url, database_url=url)
    with stranger, pytest.raises(StoreUnavailable, match="password authentication failed"):
        stranger.sessions()


def test_a_command_that_redis_refuses_is_told_in_its_words(hf: Holdfast) -> None:
    session = hf.start("u")
    stream = hf.publisher.keys.stream(hf.publisher.keys.shard(session.id))
    hf.publisher.redis.set(stream, "no stream")
    with pytest.raises(StreamUnavailable, match="WRONGTYPE"):
        session.publish(said("x"))
    hf.publisher.redis.delete(stream)
    session.append(said("the connection is as good as before"))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"redis_url": "http://127.0.0.1"}, "redis_url"),
        ({"database_url": "mysql://127.0.0.1/x", "redis_url": "redis://127.0.0.1:1"}, "database_url"),
        ({"database_url": "postgresql:127", "redis_url": "redis://127.0.0.1:1"}, "database_url"),
        ({"shards": 0}, "shards"),
        ({"timeout": "soon"}, "timeout"),
        ({"no_such_setting": 1}, "no_such_setting"),
    ],
)
def test_a_setting_that_cannot_be_is_named(given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        connect(**given)
    assert refused.value.field == field


def test_a_refusal_that_was_written_down_is_the_same_error_again() -> None:
    closed = error("s", "session_closed", "session 's' is closed")
    assert isinstance(closed, SessionClosed)
    assert (closed.session_id, str(closed)) == ("s", "session 's' is closed")
    assert type(error("s", "a_reason_of_a_newer_release", "told")) is HoldfastError
    invalid = error("s", "invalid_event", "data.role: is required")
    assert isinstance(invalid, InvalidInput)
    assert invalid.field == "data.role"


def test_what_is_due_for_a_session_that_is_not_there_is_nothing(settings: Settings, engine: Engine) -> None:
    with transaction(engine) as connection:
        assert pause_if_idle(connection, "default", "nobody", rules=bootstrap.rules(settings)) is False


def test_real_servers_for_a_users_tests(tmp_path: Path) -> None:
    with testing.servers(tmp_path) as settings, Holdfast(settings) as hf:
        session = hf.start("u", session_id="trip-1")
        session.publish(said("hello"))
        testing.drain(settings)
        assert [message.content for message in session.messages()] == ["hello"]
        session.publish(said("there"))
        with pytest.raises(NotCommittedYet, match="was not empty within 0 s"):
            testing.drain(settings, seconds=0)
    with pytest.raises(TimeoutError, match="the moon did not come true"):
        testing.wait_until(lambda: False, seconds=0, what="the moon")


@pytest.fixture
def root() -> Iterator[None]:
    """Python's root logger, put back as it was."""
    logger = logging.getLogger()
    handlers, level = logger.handlers, logger.level
    yield
    logger.handlers = handlers
    logger.setLevel(level)


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize("style", ["json", "console"])
def test_log_lines_carry_their_fields(style: str, capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(style)
    logs.get_logger("holdfast.test").warning("event.refused", session_id="s-1", reason="stale_writer")
    logging.getLogger("someone.else").warning("plain %s", "words")
    ours, others = capsys.readouterr().err.splitlines()
    if style == "json":
        line = json.loads(ours)
        assert (line["event"], line["session_id"], line["level"]) == ("event.refused", "s-1", "warning")
        assert json.loads(others)["event"] == "plain words"
    else:
        assert "event.refused" in ours
        assert "session_id=s-1" in ours
        assert "plain words" in others


def test_that_every_connection_is_in_use_is_said_in_our_words(hf: Holdfast) -> None:
    engine = hf.service._engine
    assert isinstance(engine.pool, QueuePool)
    engine.pool._timeout = 0.1
    with ExitStack() as stack:
        for _ in range(10):
            stack.enter_context(engine.connect())
        with pytest.raises(StoreUnavailable, match="every connection of this process to Postgres is in use"):
            hf.sessions()
    assert hf.sessions().items == []
