"""The embedded stack: a Redis and a Postgres of our own, for a first run, for tests, and for one machine."""

from holdfast.embedded.postgres import EmbeddedPostgres
from holdfast.embedded.redis import EmbeddedRedis
from holdfast.embedded.stack import Stack

__all__ = ["EmbeddedPostgres", "EmbeddedRedis", "Stack"]
