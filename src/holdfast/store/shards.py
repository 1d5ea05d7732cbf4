"""How far each shard's stream is committed, and whose turn it is to drain it."""

from holdfast.store.log import Cursor

__all__ = ["is_behind", "position", "take_turn"]


def position(cursor: Cursor, shard: int) -> str:
    """The stream id of the shard's last committed entry."""
    cursor.execute("SELECT position FROM shards WHERE shard = %s", (shard,))
    found = cursor.fetchone()
    if found is None:
        cursor.execute("INSERT INTO shards (shard) VALUES (%s) ON CONFLICT DO NOTHING", (shard,))
        return position(cursor, shard)
    return str(found[0])


def take_turn(cursor: Cursor, shard: int, expected: str, last: str) -> bool:
    """Lock the shard until the transaction ends, and say that its stream is committed up to `last`.

    False where its position was not the expected one: another drain had its turn.
    """
    cursor.execute("UPDATE shards SET position = %s WHERE shard = %s AND position = %s", (last, shard, expected))
    return cursor.rowcount == 1


def is_behind(entry_id: str, position: str) -> bool:
    """Whether an entry lies at or before the position: it was read before, or its stream has begun anew."""
    return _parts(entry_id) <= _parts(position)


def _parts(entry_id: str) -> tuple[int, int]:
    ms, _, seq = entry_id.partition("-")
    return int(ms), int(seq)
