"""Every key that Holdfast keeps in Redis. `{prefix}` is the setting `prefix`, `holdfast:` by default.

| key                      | type   | lives            | holds |
|--------------------------|--------|------------------|-------|
| `{prefix}stream:{n}`     | stream | for ever         | the events of shard n that are not committed yet, one each |
| `{prefix}bell:{n}`       | string | `BELL_SECONDS`   | set while a drain of shard n is due or at work: send no other |
| `{prefix}notice:{token}` | list   | `NOTICE_SECONDS` | the outcome of an `append` by a process without Postgres |

Celery keeps its queues beside these, under the same prefix.
"""

from dataclasses import dataclass
from zlib import crc32

__all__ = ["BELL_SECONDS", "NOTICE_SECONDS", "Keys"]

BELL_SECONDS = 5
"""How long a ring counts. A publisher that dies between ringing and sending the task delays its shard by this."""

NOTICE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Keys:
    """The names of the keys, and which shard a session's events go through."""

    prefix: str
    shards: int

    def shard(self, session_id: str) -> int:
        """The shard that a session's events go through."""
        return crc32(session_id.encode()) % self.shards

    def stream(self, shard: int) -> str:
        """The key of a shard's stream."""
        return f"{self.prefix}stream:{shard}"

    def bell(self, shard: int) -> str:
        """The key of a shard's bell."""
        return f"{self.prefix}bell:{shard}"

    def notice(self, token: str) -> str:
        """The key of the outcome that an appender waits for."""
        return f"{self.prefix}notice:{token}"
