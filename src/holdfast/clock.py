"""The one place that reads this machine's clock.

Nothing in Holdfast is ordered by a clock: sequence numbers and fences order, and what is due is decided by the
database's time. This clock only stamps `occurred_at`, which informs and never decides.
"""

from datetime import UTC, datetime, timedelta

__all__ = ["EARLIEST", "LATEST", "after", "now"]

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""The half-open range, [EARLIEST, LATEST), in which a time is believed. Outside it an agent's clock is broken."""


def now() -> datetime:
    """The current time, aware, in UTC."""
    return datetime.now(UTC)


def after(start: datetime, seconds: float | None) -> datetime | None:
    """The time so many seconds after `start`; None, which is never, without seconds or beyond what a time can tell."""
    try:
        return None if seconds is None else start + timedelta(seconds=seconds)
    except OverflowError:
        return None
