"""The examples, run as a user runs them, and killed with everything that they stand on."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from holdfast.client import Holdfast
from holdfast.config import Settings
from holdfast.embedded import EmbeddedPostgres, EmbeddedRedis
from holdfast.store.migrations import upgrade
from processes import environment

EXAMPLES = Path(__file__).parents[2] / "examples"


class Chat:
    """The chat service, as a process."""

    def __init__(self, settings: Settings) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, "-W", "error", EXAMPLES / "chat_service.py"],
            env=environment(settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, call: str, **arguments: object) -> dict[str, Any]:
        assert self._popen.stdin
        assert self._popen.stdout
        self._popen.stdin.write(json.dumps({"call": call, **arguments}) + "\n")
        self._popen.stdin.flush()
        answer: dict[str, Any] = json.loads(self._popen.stdout.readline())
        return answer

    def kill(self) -> None:
        self._popen.kill()
        self._popen.communicate()


@contextmanager
def chatting(settings: Settings) -> Iterator[Chat]:
    chat = Chat(settings)
    try:
        yield chat
    finally:
        chat.kill()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    """A Redis of the test's own, to be killed."""
    server = EmbeddedRedis(tmp_path / "redis")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """A Postgres of the test's own, to be killed."""
    server = EmbeddedPostgres(tmp_path / "postgres")
    server.start()
    upgrade(server.url)
    yield server
    server.stop()


def contents(document: dict[str, Any], agent_type: str) -> list[str]:
    return [each["content"] for each in document["conversations"][agent_type]["messages"]]


@pytest.mark.promise(1)
def test_a_conversation_goes_on_when_everything_was_killed(redis: EmbeddedRedis, postgres: EmbeddedPostgres) -> None:
    settings = Settings.load(redis_url=redis.url, database_url=postgres.url)
    with chatting(settings) as chat:
        token = chat("log_in", user_id="user-1")["token"]
        guided = chat("send_message_to_guide", token=token, message="Help me upload a file")
        conversation_id = chat("open_liaison", token=token)["conversation_id"]
        answered = chat("send_message_to_liaison", conversation_id=conversation_id, message="How far is it?")
        shown = chat("refresh", token=token)
    for server in (redis, postgres):
        server.kill()
    for server in (redis, postgres):
        server.start()

    with chatting(settings) as chat:
        assert chat("refresh", token=token) == shown, "the page after it was loaded again"
        assert contents(shown, "guide_agent") == ["Help me upload a file", guided["guidance"]]
        assert contents(shown, "content_liaison") == ["How far is it?", answered["content"]]
        (workflow,) = shown["orchestrator_context"]["active_orchestrators"]
        assert answered["content"] == "ContentAnalysisOrchestrator is processing: workflow_1."
        assert answered["orchestrator_context"]["workflow_id"] == workflow["workflow_id"] == guided["workflow_id"]
        assert shown["conversations"]["guide_agent"]["orchestrator_context"]["active_workflows"] == ["workflow_1"]

        again = chat("send_message_to_guide", token=token, message="What did I ask?")
        assert again["guidance"] == "You have asked me 2 things. The first was: Help me upload a file"
        assert chat("open_liaison", token=token) == {"conversation_id": conversation_id}
        later = chat("send_message_to_liaison", conversation_id=conversation_id, message="And now?")
        assert later["content"] == "ContentAnalysisOrchestrator is still processing: workflow_1."
        page = chat("earlier", token=token, agent_type="guide_agent")
        assert [each["content"] for each in page["messages"]] == [
            *contents(shown, "guide_agent"),
            "What did I ask?",
            again["guidance"],
        ]
        assert chat("earlier", token=token, agent_type="guide_agent", before=page["first"])["messages"] == []
        assert chat("refresh", token=token[:-1])["error"] == "token_invalid"


def test_two_agents_at_terminals_share_a_session(settings: Settings, hf: Holdfast) -> None:
    def talk(example: str, *arguments: str, said: str) -> str:
        command = [sys.executable, "-W", "error", str(EXAMPLES / example), *arguments]
        done = subprocess.run(
            command, env=environment(settings), input=said, capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout

    first = talk("guide_agent.py", said="Hello\nHelp me upload a file\n")
    session_id = first.split(";")[0]
    assert "assistant  I'll help you upload a file." in first
    assert "is processing: workflow_2." in talk("liaison_agent.py", session_id, said="How far is it?\n")
    again = talk("guide_agent.py", session_id, said="What was it?\n")
    assert "     user  Hello\n" in again
    assert "assistant  You have asked me 3 things. The first was: Hello" in again
    assert [each.actor for each in hf.session(session_id).messages("guide_agent")][:2] == ["user", "guide_agent"]
