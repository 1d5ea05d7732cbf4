"""Erasing: entries of sessions that were forgotten, out of every stream and notice that there is."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import cast

import orjson
from redis import Redis

from holdfast.stream.entry import named
from holdfast.stream.failures import translated
from holdfast.stream.keys import Keys
from holdfast.stream.reader import Page

__all__ = ["Chooser", "entries", "erase", "notices"]

ENTRIES = 250

QUOTED = re.compile("'([^']*)'")
"""How messages name a session."""

Chooser = Callable[[Iterable[tuple[str, str]]], set[tuple[str, str]]]
"""Which of these (tenant, session id) were forgotten."""


def erase(connect: Callable[[], Redis], keys: Keys, tenant: str, chosen: Chooser) -> tuple[int, int]:
    """Delete what the streams hold for sessions that were chosen; returns how many entries, and how many notices.

    `connect` makes a client that never reconnects silently: ids of a stream that began anew mean other entries. Streams
    that nobody drains, because there were more shards once, are gone through as well. Raises `StreamUnavailable`.
    """
    with translated("erasing entries"), connect() as redis:
        removed = sum(cast("int", redis.xdel(stream, *ids)) for stream, ids in entries(redis, keys, chosen) if ids)
        told = notices(redis, keys, tenant, chosen)
        return removed, cast("int", redis.delete(*told)) if told else 0


def entries(redis: Redis, keys: Keys, chosen: Chooser) -> Iterator[tuple[bytes, list[bytes]]]:
    """The ids of the entries that were chosen, by stream, a page at a time."""
    for stream in redis.scan_iter(match=f"{_literal(keys.prefix)}stream:*", count=1000, _type="stream"):
        start = "-"
        while page := cast("Page", redis.xrange(stream, min=start, count=ENTRIES)):
            names = {entry_id: name for entry_id, fields in page if (name := named(fields)) is not None}
            which = chosen(set(names.values())) if names else set()
            yield stream, [entry_id for entry_id, name in names.items() if name in which]
            start = f"({page[-1][0].decode()}"


def notices(redis: Redis, keys: Keys, tenant: str, chosen: Chooser) -> list[bytes]:
    """The keys of the notices that name a session of the tenant that was chosen. They would end within a minute."""
    found = []
    for key in redis.scan_iter(match=f"{_literal(keys.prefix)}notice:*", count=1000, _type="list"):
        names = {(tenant, name) for text in cast("list[bytes]", redis.lrange(key, 0, -1)) for name in _quoted(text)}
        if names and chosen(names):
            found.append(key)
    return found


def _quoted(text: bytes) -> list[str]:
    try:
        told = orjson.loads(text)
        return [name for each in told for name in QUOTED.findall(each.get("message", "")) if "\0" not in name]
    except (ValueError, TypeError, AttributeError):
        return []  # something of a stranger's


def _literal(prefix: str) -> str:
    """A prefix for Redis' patterns, in which some characters mean others."""
    return re.sub(r"([*?\[\]\\^-])", r"\\\1", prefix)
