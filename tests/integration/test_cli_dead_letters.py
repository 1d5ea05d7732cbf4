"""`holdfast dead-letters`: listed, shown, sent once more, thrown away."""

import pytest

from command import Command
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.pipeline.ingest import Ingest
from writing import drain, raw, said, shard_of, stream_of


@pytest.fixture
def holdfast(settings: Settings) -> Command:
    return Command(settings)


@pytest.fixture
def session(hf: Holdfast, ingest: Ingest) -> Session:
    """A session in whose stream lay an entry that is no event, and two events for sessions that are not there."""
    session = hf.start("u", session_id="s")
    stream = stream_of(hf, session)
    hf.publisher.redis.xadd(stream, raw(session, said("bad"), actor=b"\xff\x1b[31m"))
    for name in ("later", "never"):
        absent = Session(hf, name, "agent")
        absent.publish(said(f"hello from {name}"))
    drain(ingest)
    return session


def keys(holdfast: Command, *options: str) -> list[int]:
    return [line["key"] for line in holdfast("dead-letters", "list", "--json", *options).lines]


@pytest.mark.usefixtures("session")
def test_list_and_show(holdfast: Command) -> None:
    lines = holdfast("dead-letters", "list", "--json").lines
    assert sorted(line["reason"] for line in lines) == ["invalid_event", "session_not_found", "session_not_found"]
    assert all("entry" not in line for line in lines)
    shown = holdfast("dead-letters", "list")
    assert "there is no session 'later'" in shown.out
    assert shown.err == ""
    assert len(keys(holdfast, "--session", "later")) == 1
    first = holdfast("dead-letters", "list", "--json", "--limit", "1")
    assert first.err == f"There may be more: --after {first.lines[0]['key']}\n"
    assert len(keys(holdfast, "--after", str(first.lines[0]["key"]))) == 2
    (bad,) = [line["key"] for line in lines if line["reason"] == "invalid_event"]
    (letter,) = holdfast("dead-letters", "show", bad, "--json").lines
    assert letter["entry"]["actor"] == "\\xff\x1b[31m"
    assert letter["entry"]["data"] == '{"role":"user","content":"bad"}'
    human = holdfast("dead-letters", "show", bad).out
    assert r"\xff\x1b[31m" in human
    assert "\x1b" not in human


@pytest.mark.usefixtures("session")
def test_retry_sends_once_more_what_was_refused(holdfast: Command, hf: Holdfast, ingest: Ingest) -> None:
    later = hf.start("u", session_id="later")
    (key,) = keys(holdfast, "--session", "later")
    told = holdfast("dead-letters", "retry", key)
    assert (told.code, told.out, told.err) == (0, "", "1 dead letter retried.\n")
    drain(ingest)
    assert [message.content for message in later.messages()] == ["hello from later"]
    assert key not in keys(holdfast)


@pytest.mark.usefixtures("session")
def test_retry_of_all_ends_though_some_come_back(holdfast: Command, ingest: Ingest) -> None:
    before = keys(holdfast)
    told = holdfast("dead-letters", "retry", "--all", "--json")
    assert told.lines == [{"key": key, "retried": True} for key in before]
    assert keys(holdfast) == []
    drain(ingest)
    after = keys(holdfast)
    assert len(after) == 3
    assert min(after) > max(before)


@pytest.mark.usefixtures("session")
def test_drop_asks_first(holdfast: Command) -> None:
    before = keys(holdfast)
    refused = holdfast("dead-letters", "drop", "--all", typed="n\n")
    assert refused.code == 1
    assert refused.err.startswith("Throw 3 dead letters away for good?")
    assert refused.err.endswith("Nothing was dropped.\n")
    assert holdfast("dead-letters", "drop", "--all", typed="").code == 130
    assert keys(holdfast) == before
    assert holdfast("dead-letters", "drop", before[0], before[0], typed="y\n").code == 0
    assert keys(holdfast) == before[1:]
    assert holdfast("dead-letters", "drop", "--all", "--yes", "--json").lines == [
        {"key": key, "dropped": True} for key in before[1:]
    ]
    assert holdfast("dead-letters", "list").err == "No dead letters.\n"
    assert holdfast("dead-letters", "drop", "--all").code == 0


def test_keys_or_all_and_never_both(holdfast: Command) -> None:
    for words in (["retry"], ["drop"], ["retry", "1", "--all"], ["drop", "1", "--all", "--yes"]):
        told = holdfast("dead-letters", *words)
        assert told.code == 2
        assert "--all" in told.err
    for words in (["show", "7"], ["retry", "7"], ["drop", "7", "--yes"]):
        told = holdfast("dead-letters", *words)
        assert told.code == 2
        assert "there is no dead letter 7" in told.err


def test_a_dead_letter_goes_back_to_its_shard(holdfast: Command, hf: Holdfast, session: Session) -> None:
    (bad,) = [
        line["key"] for line in holdfast("dead-letters", "list", "--json").lines if line["reason"] == "invalid_event"
    ]
    assert holdfast("dead-letters", "retry", bad).code == 0
    assert hf.publisher.redis.xlen(hf.publisher.keys.stream(shard_of(hf, session))) == 1
