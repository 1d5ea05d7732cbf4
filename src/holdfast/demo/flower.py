"""Flower's view of the workers, asked over HTTP as a browser would."""

import json
import urllib.error
import urllib.request
from base64 import b64encode
from collections import Counter
from http.client import HTTPException
from typing import Any

from holdfast.embedded.server import HOST, free_port

__all__ = ["Flower"]

ANSWER_SECONDS = 5.0


class Flower:
    """A Flower that listens, or will, on a port of its own, for user `holdfast` with that password."""

    def __init__(self, password: str) -> None:
        self.port = free_port()
        self.password = password
        self.url = f"http://{HOST}:{self.port}"

    def workers(self) -> set[str]:
        """The names of the workers that it sees alive. None are, as long as it does not answer."""
        seen = self._ask("/api/workers?status=true") or {}
        return {name.partition("@")[0] for name, alive in seen.items() if alive}

    def drains(self) -> Counter[str]:
        """How many drains it saw each worker finish."""
        tasks = self._ask("/api/tasks?taskname=holdfast.drain&state=SUCCESS") or {}
        return Counter(str(task["worker"]).partition("@")[0] for task in tasks.values())

    def _ask(self, path: str) -> Any:
        secret = b64encode(f"holdfast:{self.password}".encode()).decode()
        request = urllib.request.Request(self.url + path, headers={"Authorization": f"Basic {secret}"})  # noqa: S310  # our own address
        # Not through a proxy that the user may have set for the world outside.
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(request, timeout=ANSWER_SECONDS) as answer:
                return json.load(answer)
        except (urllib.error.URLError, HTTPException, OSError, ValueError):  # not there yet, or busy
            return None
