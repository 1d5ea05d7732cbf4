"""What cannot be reached, or is not set up."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holdfast.events import Draft

from holdfast.errors.base import HoldfastError

__all__ = [
    "BlobsUnavailable",
    "NotCommittedYet",
    "NotConfigured",
    "SchemaOutdated",
    "StoreUnavailable",
    "StreamUnavailable",
    "Unavailable",
]


class NotCommittedYet(HoldfastError, TimeoutError):
    """The events are safe in Redis but were not committed within the time limit; they will be, in order."""

    code = "not_committed_yet"


class Unavailable(HoldfastError, ConnectionError):
    """A server that Holdfast needs cannot be reached."""

    code = "unavailable"


class StreamUnavailable(Unavailable):
    """Redis cannot be reached, or did not answer within the time limit.

    `events` are the drafts that were to be published. Whether Redis has them is not known; publishing these again does
    no harm, because their ids tell.
    """

    code = "stream_unavailable"
    events: Sequence["Draft"] = ()


class StoreUnavailable(Unavailable):
    """Postgres cannot be reached, or broke the connection."""

    code = "store_unavailable"


class BlobsUnavailable(Unavailable):
    """The place where the blobs lie cannot be reached, or takes nothing: it is full, read-only or not ours to write."""

    code = "blobs_unavailable"


class NotConfigured(HoldfastError):
    """The call needs a part of Holdfast that is not installed or not configured."""

    code = "not_configured"


class SchemaOutdated(HoldfastError):
    """The database's schema is older or newer than this release; run `holdfast db upgrade`."""

    code = "schema_outdated"
