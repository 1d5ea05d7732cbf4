"""How long memories last: how fast they fade, and when they end. Both count from when they were last agreed with.

kind         half-life   ends after     because
preference      180 d        2 years    people change their ways slowly
fact            365 d        3 years    what is so tends to stay so
decision        180 d        1 year     it was about work that is done by then
learning        365 d        4 years    what a campaign taught holds for its successors
temporary         7 d       30 d        it was about one piece of work, whatever its kind
"""

from datetime import datetime, timedelta

from holdfast.remembering.memory.finding import Kind

__all__ = ["HALF_LIVES", "LIFETIMES", "TEMPORARY_HALF_LIFE", "TEMPORARY_LIFETIME", "end_of", "faded", "half_life"]

HALF_LIVES: dict[Kind, timedelta] = {
    "preference": timedelta(days=180),
    "fact": timedelta(days=365),
    "decision": timedelta(days=180),
    "learning": timedelta(days=365),
}
LIFETIMES: dict[Kind, timedelta] = {
    "preference": timedelta(days=730),
    "fact": timedelta(days=1095),
    "decision": timedelta(days=365),
    "learning": timedelta(days=1460),
}
TEMPORARY_HALF_LIFE = timedelta(days=7)
TEMPORARY_LIFETIME = timedelta(days=30)


def half_life(kind: Kind, *, temporary: bool = False) -> timedelta:
    """After how long without a word one is half as sure."""
    return TEMPORARY_HALF_LIFE if temporary else HALF_LIVES[kind]


def faded(confidence: float, kind: Kind, last_seen: datetime, now: datetime, *, temporary: bool = False) -> float:
    """What is left at `now` of a confidence as of `last_seen`."""
    halves = max(now - last_seen, timedelta(0)) / half_life(kind, temporary=temporary)
    return float(confidence * 0.5**halves)


def end_of(kind: Kind, last_seen: datetime, *, temporary: bool = False) -> datetime:
    """When a memory ends that is not agreed with again."""
    lifetime = TEMPORARY_LIFETIME if temporary else LIFETIMES[kind]
    try:
        return last_seen + lifetime
    except OverflowError:  # said in the year 9999
        return datetime.max.replace(tzinfo=last_seen.tzinfo)
