"""Channels that a line of a scope allows."""

import re
from typing import Any

__all__ = ["channels_in", "channels_of"]

_ONLY = re.compile(r"only\s+(?:(?:on|in|for)\s+)?(?:the\s+|these\s+)?channels?\s*:\s*(?P<names>\S.*)", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*[,;/]\s*(?:and\s+|or\s+)?|\s+(?:and|or)\s+", re.IGNORECASE)


def channels_of(line: object) -> list[str] | None:
    """The channels, in lower case, of a boundary such as "Only channels: X, Discord"; None for any other line."""
    match = _ONLY.fullmatch(line.strip().rstrip(".")) if isinstance(line, str) else None
    names = [name.strip().lower() for name in _BETWEEN.split(match["names"])] if match else []
    return [name for name in names if name] or None


def channels_in(given: Any) -> list[str]:
    """The channels of a scope's own list, in lower case."""
    return [each.strip().lower() for each in given if isinstance(each, str)] if isinstance(given, list) else []
