"""A model at a provider that speaks OpenAI's protocol: as slow, as wrong and as away as a test wants it to be."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["ModelServer", "Reply", "each_in_turn", "model_server", "nonsense", "sensible", "status", "unknown_event"]

Reply = Callable[[str], dict[str, Any] | int]
"""What is answered to a prompt: the arguments of the answer, or an HTTP status."""


def sensible(prompt: str) -> dict[str, Any]:
    """A summary that names the last event that it was given."""
    return {"lines": [{"section": "progress", "text": "All is well.", "events": [last_number(prompt)]}]}


def unknown_event(prompt: str) -> dict[str, Any]:
    return {"lines": [{"section": "progress", "text": "It was so.", "events": [last_number(prompt) + 1000]}]}


def nonsense(prompt: str) -> dict[str, Any]:  # noqa: ARG001  # a reply
    return {"poem": "Roses are red"}


def status(code: int) -> Reply:
    return lambda _: code


def each_in_turn(*replies: Reply) -> Reply:
    """One reply after the other."""
    left = iter(replies)

    def reply(prompt: str) -> dict[str, Any] | int:
        return next(left)(prompt)

    return reply


def last_number(prompt: str) -> int:
    return int(re.findall(r"^(\d+)\. ", prompt, re.MULTILINE)[-1])


class ModelServer:
    """Listens on a port of its own. `reply` may be exchanged at any time; `release` lets held answers go."""

    def __init__(self, port: int, reply: Reply = sensible) -> None:
        self.url = f"http://127.0.0.1:{port}/v1"
        self.reply = reply
        self.prompts: list[str] = []
        self.asked = threading.Event()
        self.free = threading.Event()
        self.free.set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                prompt = next(each["content"] for each in said["messages"] if each["role"] == "user")
                outer.prompts.append(prompt)
                outer.asked.set()
                outer.free.wait(60)
                answer = outer.reply(prompt)
                body = json.dumps(completion(said, answer)).encode()
                self.send_response(answer if isinstance(answer, int) else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """Whoever asked has gone."""

        self._server = Quiet(("127.0.0.1", port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def hold(self) -> None:
        """Answer nobody until `release`."""
        self.asked.clear()
        self.free.clear()

    def release(self) -> None:
        self.free.set()

    def stop(self) -> None:
        self.free.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


def completion(said: dict[str, Any], answer: dict[str, Any] | int) -> dict[str, Any]:
    """The provider's words around an answer: a call of the tool that was asked for."""
    if isinstance(answer, int):
        return {"error": {"message": "the provider is not well", "type": "server_error"}}
    call = {"name": said["tools"][0]["function"]["name"], "arguments": json.dumps(answer)}
    message = {"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "type": "function", "function": call}]}
    return {
        "id": "x", "object": "chat.completion", "created": 1, "model": said["model"],
        "choices": [{"index": 0, "finish_reason": "tool_calls", "message": message}],
        "usage": {"prompt_tokens": 700, "completion_tokens": 50, "total_tokens": 750},
    }  # fmt: skip


@contextmanager
def model_server(port: int, reply: Reply = sensible) -> Iterator[ModelServer]:
    server = ModelServer(port, reply)
    try:
        yield server
    finally:
        server.stop()
