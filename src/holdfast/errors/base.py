"""The root of the tree."""

from typing import ClassVar

__all__ = ["HoldfastError"]


class HoldfastError(Exception):
    """The root of every error that Holdfast raises on purpose."""

    code: ClassVar[str] = "error"

    @property
    def message(self) -> str:
        """What went wrong and what to do, as one or two sentences."""
        return str(self)
