"""Publishing: one round trip puts events into their shard's stream and rings its bell."""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

from redis import Redis
from redis.exceptions import ResponseError

from holdfast.errors import StreamUnavailable
from holdfast.events import Draft
from holdfast.logs import get_logger
from holdfast.stream.entry import encode
from holdfast.stream.failures import translated
from holdfast.stream.keys import BELL_SECONDS, Keys

__all__ = ["Publisher"]

log = get_logger(__name__)

Command = tuple[str | bytes | int, ...]


class Publisher:
    """Puts events into Redis. `ring(shard)` sends the task that drains a shard."""

    def __init__(self, redis: Redis, keys: Keys, ring: Callable[[int], None]) -> None:
        self.redis = redis
        self.keys = keys
        self._ring = ring

    def publish(self, tenant: str, drafts: Sequence[Draft], *, reply: str | None = None) -> None:
        """Put the events of one session into its stream, all or none, in the order given, and ring.

        Raises `StreamUnavailable`; the events may then have been accepted all the same, and publishing the same drafts
        again does no harm.
        """
        shard = self.keys.shard(drafts[0].session_id)
        stream = self.keys.stream(shard)
        commands: list[Command] = [
            ("XADD", stream, "*", *chain.from_iterable(encode(tenant, draft, reply).items())) for draft in drafts
        ]
        commands.append(("SET", self.keys.bell(shard), "1", "NX", "EX", BELL_SECONDS))
        with translated("publishing"):
            *_, rang = _transaction(self.redis, commands)
        if rang:
            self.send(shard)

    def republish(self, fields: Mapping[bytes, bytes]) -> None:
        """Put an entry into its session's stream once more, byte for byte, and ring."""
        shard = self.keys.shard(fields.get(b"session", b"").decode(errors="replace"))
        with translated("publishing"):
            self.redis.xadd(self.keys.stream(shard), dict(fields))  # type: ignore[arg-type]  # its dict is invariant
        self.ring(shard)

    def ring(self, shard: int) -> bool:
        """Call for a drain of the shard unless one is on its way. True where it was called."""
        with translated("ringing a shard's bell"):
            rang = self.redis.set(self.keys.bell(shard), 1, nx=True, ex=BELL_SECONDS)
        if rang:
            self.send(shard)
        return bool(rang)

    def send(self, shard: int) -> None:
        """Send the drain task. A failure is logged, not raised: the events are safe, and the sweep rings again."""
        try:
            self._ring(shard)
        except StreamUnavailable as error:
            log.warning("ring.failed", shard=shard, error=str(error))


def _transaction(redis: Redis, commands: Sequence[Command]) -> list[Any]:
    """Run the commands in one transaction and one round trip; returns their answers, or raises the first error of them.

    This is redis-py's pipeline without what nobody needs here; that cost a publisher more than its round trip.
    """
    connection: Any = redis.connection_pool.get_connection()  # redis-py types its connections in part

    def exchange() -> list[Any]:
        connection.send_packed_command(connection.pack_commands([("MULTI",), *commands, ("EXEC",)]))
        return [_answer(connection) for _ in range(len(commands) + 2)]

    try:
        *queued, answers = connection.retry.call_with_retry(exchange, lambda _: connection.disconnect())
    except BaseException:
        connection.disconnect()  # the rest of its answers must not become someone else's
        raise
    finally:
        redis.connection_pool.release(connection)
    results = [answers] if isinstance(answers, Exception) else answers
    for answer in (*queued, *results):
        if isinstance(answer, Exception):
            raise answer
    return results


def _answer(connection: Any) -> Any:
    try:
        return connection.read_response()
    except ResponseError as error:
        return error
