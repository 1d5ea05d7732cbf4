"""Again: a transaction whose commit nobody heard of is tried once more, where a repeat does no harm."""

import time
from collections.abc import Callable
from typing import TypeVar

from holdfast.errors import StoreUnavailable

__all__ = ["again"]

T = TypeVar("T")

RETRY_SECONDS = 0.2


def again(work: Callable[[], T], seconds: float) -> T:
    """What `work` returns, which is tried until Postgres answers. Raises `StoreUnavailable` at the time limit."""
    until = time.monotonic() + seconds
    while True:
        try:
            return work()
        except StoreUnavailable:
            if time.monotonic() > until:
                raise
            time.sleep(RETRY_SECONDS)
