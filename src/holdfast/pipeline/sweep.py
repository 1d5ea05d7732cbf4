"""Sweep: ring the bell of every shard that has a backlog and for which no drain is on its way.

Enqueueing a drain is a hint; this is the guarantee. It needs nothing but Redis, because what is committed is trimmed.
"""

from holdfast.stream.publisher import Publisher
from holdfast.stream.reader import Reader

__all__ = ["sweep"]


def sweep(publisher: Publisher, reader: Reader) -> list[int]:
    """Returns the shards that were rung."""
    return [shard for shard in range(reader.keys.shards) if reader.backlog(shard) and publisher.ring(shard)]
