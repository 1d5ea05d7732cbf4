"""Every error that Holdfast raises on purpose.

    HoldfastError
    ├── InvalidInput                  something you passed is not acceptable; nothing was sent
    │   └── InvalidEvent              … in an event
    │       ├── UnknownEventType
    │       └── EventTooLarge
    ├── Refused                       the log did not accept the event; it is kept among the dead letters
    │   ├── SessionNotFound
    │   ├── SessionClosed
    │   │   └── SessionArchived       … and its events are in the blobs alone
    │   └── StaleWriter
    ├── SessionExists
    ├── LeaseHeld                     somebody else writes to the session now
    ├── EffectRefused                 an effect was not begun, because of what became of it before
    │   ├── EffectDone
    │   └── EffectUncertain
    ├── GuardRefused                  a guard did not allow it; nothing was changed
    │   ├── BudgetExceeded            … more than a budget has left
    │   ├── ReservationSettled
    │   ├── DecisionSettled
    │   ├── HandoffSettled
    │   ├── ConversationTaken
    │   ├── CampaignStepRefused
    │   └── ForgettingRefused         … a legal hold, as a rule
    ├── NotThere                      there is nothing of that id
    │   ├── DecisionNotFound
    │   ├── ReservationNotFound
    │   ├── HandoffNotFound
    │   ├── MemoryNotFound
    │   └── RunNotFound
    ├── TokenInvalid                  a session token opens nothing
    ├── NotCommittedYet               accepted by Redis, not yet committed; it will be
    ├── Unavailable                   a server cannot be reached
    │   ├── StreamUnavailable         … Redis
    │   ├── StoreUnavailable          … Postgres
    │   └── BlobsUnavailable          … the place where the blobs lie, or it takes nothing
    ├── NotConfigured                 this call needs a part that is not installed or not configured
    ├── SchemaOutdated                the database's schema is not the one that this release needs
    ├── SnapshotNotFound              there is no recovery point of that name
    ├── SnapshotDamaged               a snapshot, or a part of one, is not what was saved
    ├── BlobDamaged                   a blob is not what was stored under its name
    │   └── BlobMissing               … or not there at all
    ├── WrongKey                      a blob is encrypted, and none of the keys given opens it
    └── LogDamaged                    a session's chain of digests does not verify

Each class carries a `code`, the stable name by which interfaces and dead letters know it; the message is written for
the person who called, and the attributes carry the data. Drivers' errors are translated where they arise and kept as
the cause.
"""

from holdfast.errors.base import HoldfastError
from holdfast.errors.guards import (
    BudgetExceeded,
    CampaignStepRefused,
    ConversationTaken,
    DecisionNotFound,
    DecisionSettled,
    ForgettingRefused,
    GuardRefused,
    HandoffNotFound,
    HandoffSettled,
    MemoryNotFound,
    NotThere,
    ReservationNotFound,
    ReservationSettled,
    RunNotFound,
    TokenInvalid,
)
from holdfast.errors.servers import (
    BlobsUnavailable,
    NotCommittedYet,
    NotConfigured,
    SchemaOutdated,
    StoreUnavailable,
    StreamUnavailable,
    Unavailable,
)
from holdfast.errors.stored import BlobDamaged, BlobMissing, LogDamaged, SnapshotDamaged, SnapshotNotFound, WrongKey
from holdfast.errors.writing import (
    EffectDone,
    EffectRefused,
    EffectUncertain,
    EventTooLarge,
    InvalidEvent,
    InvalidInput,
    LeaseHeld,
    Refused,
    SessionArchived,
    SessionClosed,
    SessionExists,
    SessionNotFound,
    StaleWriter,
    UnknownEventType,
)

__all__ = [
    "BlobDamaged",
    "BlobMissing",
    "BlobsUnavailable",
    "BudgetExceeded",
    "CampaignStepRefused",
    "ConversationTaken",
    "DecisionNotFound",
    "DecisionSettled",
    "EffectDone",
    "EffectRefused",
    "EffectUncertain",
    "EventTooLarge",
    "ForgettingRefused",
    "GuardRefused",
    "HandoffNotFound",
    "HandoffSettled",
    "HoldfastError",
    "InvalidEvent",
    "InvalidInput",
    "LeaseHeld",
    "LogDamaged",
    "MemoryNotFound",
    "NotCommittedYet",
    "NotConfigured",
    "NotThere",
    "Refused",
    "ReservationNotFound",
    "ReservationSettled",
    "RunNotFound",
    "SchemaOutdated",
    "SessionArchived",
    "SessionClosed",
    "SessionExists",
    "SessionNotFound",
    "SnapshotDamaged",
    "SnapshotNotFound",
    "StaleWriter",
    "StoreUnavailable",
    "StreamUnavailable",
    "TokenInvalid",
    "Unavailable",
    "UnknownEventType",
    "WrongKey",
]
