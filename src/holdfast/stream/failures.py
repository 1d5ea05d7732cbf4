"""Where redis-py's errors become ours."""

from collections.abc import Iterator
from contextlib import contextmanager

import redis

from holdfast.errors import StreamUnavailable

__all__ = ["translated"]


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn any failure of Redis inside the block into `StreamUnavailable`, which says what Redis said.

    A refusal by the server (out of memory, a read-only replica, a disk that is full) counts as well: whatever the
    reason, Redis did not take the command, and the remedy lies with its operator.
    """
    try:
        yield
    except redis.AuthenticationError as error:
        raise StreamUnavailable(
            f"Redis refused the password while {doing}; check HOLDFAST_REDIS_URL ({error})"
        ) from error
    except (redis.ConnectionError, redis.TimeoutError, OSError) as error:
        raise StreamUnavailable(f"Redis could not be reached while {doing}: {error}") from error
    except redis.RedisError as error:
        raise StreamUnavailable(f"Redis refused while {doing}: {error}") from error
