"""What the services of guards have in common: what was published comes first, and a lost answer is asked for again."""

import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Engine

from holdfast.errors import StoreUnavailable
from holdfast.pipeline.rules import Rules
from holdfast.store.transaction import transaction

__all__ = ["Guarded"]

T = TypeVar("T")

RETRY_SECONDS = 0.2


class Guarded:
    """One tenant's part of a service. `settle` commits what waits in front of a session.

    A transaction whose commit nobody heard of is tried again for `timeout` seconds, which does no harm: its events have
    their ids.
    """

    def __init__(
        self, engine: Engine, settle: Callable[[str], None], *, tenant: str, rules: Rules, timeout: float
    ) -> None:
        self._engine = engine
        self._settle = settle
        self.tenant = tenant
        self._rules = rules
        self._timeout = timeout

    def _committed(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns in a transaction of its own. Raises `StoreUnavailable` at the time limit."""
        until = time.monotonic() + self._timeout
        while True:
            try:
                with transaction(self._engine) as connection:
                    return work(connection)
            except StoreUnavailable:
                if time.monotonic() > until:
                    raise
                time.sleep(RETRY_SECONDS)
