"""What a sign is: words that speak for a wish to go on, or against it."""

from typing import NamedTuple

__all__ = ["Sign", "signs"]


class Sign(NamedTuple):
    """Something that may be said."""

    says: str
    pattern: str
    """Of words and parts; `parts.compiled` makes the regular expression."""
    weight: float


def signs(says: str, weight: float, *patterns: str) -> tuple[Sign, ...]:
    """Several ways to say one thing."""
    return tuple(Sign(says, each, weight) for each in patterns)
