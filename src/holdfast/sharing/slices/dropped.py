"""What a slice leaves out."""

from typing import Any, Literal, NamedTuple

__all__ = ["Dropped", "Why"]

Why = Literal["limit", "size", "redacted"]


class Dropped(NamedTuple):
    """What is not in a slice although the view includes it. What the view does not include is not mentioned."""

    path: str
    """Of the document: the object or list that lost some of its parts, or what is redacted, as `artifacts[*].path`."""
    why: Why
    """No room in the whole (`limit`) or in its part (`size`), or a value that is there and is not shown."""
    items: int
    """How many facts or items."""
    tokens: int
    """What they would have taken; of what is redacted that is not told."""
    names: tuple[str, ...] = ()
    """Their keys. Of a list they have none: the oldest are gone."""

    def as_mapping(self) -> dict[str, Any]:
        """For JSON."""
        return {**self._asdict(), "names": list(self.names)}
