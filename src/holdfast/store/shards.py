"""How far each shard's stream is committed, and whose turn it is to drain it."""

from holdfast.store.log import Cursor

__all__ = ["is_behind", "move", "take_turn"]


def take_turn(cursor: Cursor, shard: int) -> str:
    """Lock the shard until the transaction ends; returns the stream id of its last committed entry."""
    cursor.execute("SELECT position FROM shards WHERE shard = %s FOR UPDATE", (shard,))
    found = cursor.fetchone()
    if found is None:
        cursor.execute("INSERT INTO shards (shard) VALUES (%s) ON CONFLICT DO NOTHING", (shard,))
        return take_turn(cursor, shard)
    return str(found[0])


def move(cursor: Cursor, shard: int, position: str) -> None:
    """Say that the stream is committed up to `position`."""
    cursor.execute("UPDATE shards SET position = %s WHERE shard = %s", (position, shard))


def is_behind(entry_id: str, position: str) -> bool:
    """Whether an entry lies at or before the position: it was read before, or its stream has begun anew."""
    return _parts(entry_id) <= _parts(position)


def _parts(entry_id: str) -> tuple[int, int]:
    ms, _, seq = entry_id.partition("-")
    return int(ms), int(seq)
