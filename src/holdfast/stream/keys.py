"""Every key that Holdfast keeps in Redis. `{prefix}` is the setting `prefix`, `holdfast:` by default.

| key                     | type   | lives                 | holds |
|-------------------------|--------|-----------------------|-------|
| `{prefix}stream:{n}`    | stream | for ever              | the events of shard n that are not committed yet, one entry each |
| `{prefix}bell:{n}`      | string | `BELL_SECONDS`        | set while a drain of shard n is on its way, so that nobody sends another |
| `{prefix}notice:{token}`| list   | `NOTICE_SECONDS`      | the outcome of one `append` whose process cannot reach Postgres |

Celery keeps its queues beside these, under the same prefix.
"""

from dataclasses import dataclass
from zlib import crc32

__all__ = ["BELL_SECONDS", "NOTICE_SECONDS", "Keys"]

BELL_SECONDS = 15
"""How long a ring counts. A publisher that dies between setting the bell and sending the task delays its shard by this."""

NOTICE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Keys:
    """The names of the keys, and which shard a session's events go through."""

    prefix: str
    shards: int

    def shard(self, session_id: str) -> int:
        return crc32(session_id.encode()) % self.shards

    def stream(self, shard: int) -> str:
        return f"{self.prefix}stream:{shard}"

    def bell(self, shard: int) -> str:
        return f"{self.prefix}bell:{shard}"

    def notice(self, token: str) -> str:
        return f"{self.prefix}notice:{token}"
