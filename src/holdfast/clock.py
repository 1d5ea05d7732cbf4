"""The one place that reads this machine's clock.

Nothing in Holdfast is ordered by a clock: sequence numbers and fences order, and what is due is decided by the
database's time. This clock only stamps `occurred_at`, which informs and never decides.
"""

from datetime import UTC, datetime

__all__ = ["EARLIEST", "LATEST", "now"]

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""The half-open range, [EARLIEST, LATEST), in which a time is believed. Outside it an agent's clock is broken."""


def now() -> datetime:
    """The current time, aware, in UTC."""
    return datetime.now(UTC)
