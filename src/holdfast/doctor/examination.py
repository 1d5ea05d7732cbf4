"""The whole examination, within a few seconds whatever is down."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from holdfast.config import Settings
from holdfast.doctor import settings as configuration
from holdfast.doctor import store, stream, workers
from holdfast.doctor.finding import Finding

__all__ = ["clocks", "examine"]

T = TypeVar("T")

SECONDS = 4.5
CALL_SECONDS = 2.0
"""What a call to Redis may take here, however patient the settings are."""

SKEW_SECONDS = 1.0


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; a server that does not answer in time is ill. Changes nothing."""
    impatient = settings.model_copy(update={"timeout": min(settings.timeout, CALL_SECONDS)})
    until = time.monotonic() + SECONDS
    redis = _Look(lambda: _redis(impatient))
    postgres = _Look(lambda: store.look(impatient))
    streamed, working = redis.result(until) or (None, [])
    stored = postgres.result(until)
    late = f"did not answer within {SECONDS:g} s"
    findings = [configuration.chosen(settings), *configuration.spool(settings)]
    findings += streamed.findings if streamed else [Finding("redis", "ill", late, "Look at Redis, and the way there")]
    findings += stored.findings if stored else [Finding("postgres", "ill", late, "Look at Postgres, and the way there")]
    findings += working
    ahead = {"Redis": streamed.ahead if streamed else None, "Postgres": stored.ahead if stored else None}
    return [*findings, clocks({name: seconds for name, seconds in ahead.items() if seconds is not None})]


def clocks(ahead: dict[str, float]) -> Finding:
    """Whether the clocks agree: by how many seconds each server is ahead of this machine."""
    facts = {name.lower(): round(seconds, 3) for name, seconds in ahead.items()}
    if not ahead:
        return Finding("clocks", "unknown", "no server to compare with")
    far = {name: seconds for name, seconds in ahead.items() if abs(seconds) > SKEW_SECONDS}
    if not far:
        return Finding("clocks", "ok", f"{' and '.join(ahead)} within {SKEW_SECONDS:g} s of this machine", facts=facts)
    found = "; ".join(
        f"{name} is {abs(s):.1f} s {'ahead of' if s > 0 else 'behind'} this machine" for name, s in far.items()
    )
    advice = "Set them by NTP. No order depends on them, but a task that seems too old to its worker is thrown away"
    return Finding("clocks", "warning", found, advice, facts)


def _redis(settings: Settings) -> tuple[stream.Redis, list[Finding]]:
    seen = stream.look(settings)
    if not seen.reached:
        return seen, [
            Finding("workers", "unknown", "they are asked through Redis"),
            Finding("beat", "unknown", "it is seen by the workers"),
        ]
    return seen, workers.look(settings)


class _Look(Generic[T]):
    """A look in a thread of its own, which is left behind where it takes too long."""

    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self._found: T | None = None
        self._failure: Exception | None = None
        # A daemon: nobody must wait for it when the program ends.
        self._thread = threading.Thread(target=self._run, name="holdfast-doctor", daemon=True)
        self._thread.start()

    def result(self, until: float) -> T | None:
        """What it found; None where it is not done in time."""
        self._thread.join(max(0.0, until - time.monotonic()))
        if self._failure is not None:
            raise self._failure
        return self._found

    def _run(self) -> None:
        try:
            self._found = self._function()
        except Exception as failure:  # noqa: BLE001  # raised again where the result is awaited
            self._failure = failure
