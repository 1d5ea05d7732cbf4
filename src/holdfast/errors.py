"""Every error that Holdfast raises on purpose.

    HoldfastError
    ├── InvalidInput                  something you passed is not acceptable; nothing was sent
    │   └── InvalidEvent              … in an event
    │       ├── UnknownEventType
    │       └── EventTooLarge
    ├── Refused                       the log did not accept the event; it is kept among the dead letters
    │   ├── SessionNotFound
    │   ├── SessionClosed
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
    │   └── CampaignStepRefused
    ├── NotThere                      there is nothing of that id
    │   ├── DecisionNotFound
    │   ├── ReservationNotFound
    │   └── HandoffNotFound
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

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from holdfast.events import Draft

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
    "GuardRefused",
    "HandoffNotFound",
    "HandoffSettled",
    "HoldfastError",
    "InvalidEvent",
    "InvalidInput",
    "LeaseHeld",
    "LogDamaged",
    "NotCommittedYet",
    "NotConfigured",
    "NotThere",
    "Refused",
    "ReservationNotFound",
    "ReservationSettled",
    "SchemaOutdated",
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


class HoldfastError(Exception):
    """The root of every error that Holdfast raises on purpose."""

    code: ClassVar[str] = "error"

    @property
    def message(self) -> str:
        """What went wrong and what to do, as one or two sentences."""
        return str(self)


class InvalidInput(HoldfastError, ValueError):
    """A value that was passed in is not acceptable. `field` names it; nothing was sent or stored."""

    code = "invalid_input"

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem

    def __reduce__(self) -> tuple[type["InvalidInput"], tuple[str, str]]:
        return type(self), (self.field, self.problem)


class InvalidEvent(InvalidInput):
    """An event is malformed. `field` is the path to the offending value, such as `data.role`."""

    code = "invalid_event"


class UnknownEventType(InvalidEvent):
    """An event's type, or the version of its type, is not one that this release knows."""

    code = "unknown_event_type"


class EventTooLarge(InvalidEvent):
    """An event is over the size limit."""

    code = "event_too_large"


class Refused(HoldfastError):
    """The log did not accept an event. It is kept among the dead letters, with this reason."""

    code = "refused"

    def __init__(self, session_id: str, problem: str) -> None:
        super().__init__(problem)
        self.session_id = session_id
        self.problem = problem

    def __reduce__(self) -> tuple[type["Refused"], tuple[str, str]]:
        return type(self), (self.session_id, self.problem)


class SessionNotFound(Refused, LookupError):
    """There is no session of that id in this tenant."""

    code = "session_not_found"


class SessionClosed(Refused):
    """The session has ended; start a new one to go on."""

    code = "session_closed"


class StaleWriter(Refused):
    """Another writer holds the session's lease; what this one sent was not committed."""

    code = "stale_writer"


class SessionExists(HoldfastError):
    """A session of that id was started before; fetch it with `session(id)`."""

    code = "session_exists"


class LeaseHeld(HoldfastError):
    """Somebody else holds the session's lease, and it has not run out: wait until `until`, or take it over on purpose.

    `owner` is who holds it.
    """

    code = "lease_held"

    def __init__(self, session_id: str, owner: str, until: datetime | None) -> None:
        end = f" until {until:%H:%M:%S} UTC unless it is renewed" if until else ""
        super().__init__(
            f"session {session_id!r} is leased exclusively by {owner!r}{end}; wait for that, or take it over on "
            "purpose (takeover=True)"
        )
        self.session_id = session_id
        self.owner = owner
        self.until = until

    def __reduce__(self) -> tuple[type["LeaseHeld"], tuple[str, str, datetime | None]]:
        return type(self), (self.session_id, self.owner, self.until)


class EffectRefused(HoldfastError):
    """An effect was not begun, because of what became of it before. `effect_id` names it."""

    code = "effect_refused"

    def __init__(self, effect_id: str, problem: str, result: object = None) -> None:
        super().__init__(f"effect {effect_id}: {problem}")
        self.effect_id = effect_id
        self.problem = problem
        self.result = result

    def __reduce__(self) -> tuple[type["EffectRefused"], tuple[str, str, object]]:
        return type(self), (self.effect_id, self.problem, self.result)


class EffectDone(EffectRefused):
    """The effect was done before, and is not to be done again. `result` is what came of it."""

    code = "effect_done"


class EffectUncertain(EffectRefused):
    """The effect was begun before, and nobody knows whether it was done: find out, then `settle_effect`."""

    code = "effect_uncertain"


class GuardRefused(HoldfastError):
    """A guard did not allow it, and nothing was changed. `about` is the id of what it is about, `status` why not."""

    code = "guard_refused"
    problem: ClassVar[str] = "{about!r} is {status}"

    def __init__(self, about: str, status: str) -> None:
        super().__init__(self.problem.format(about=about, status=status))
        self.about = about
        self.status = status

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.about, self.status)


class BudgetExceeded(GuardRefused):
    """More was asked for than a budget has left, and nothing was set aside.

    `level` and `owner` (None: the session itself) say which budget, `what` is `calls`, `tokens` or `deadline`, and
    `asked` and `remaining` are the figures; of a deadline that has passed both are None. `decision_id` is the question
    that it became, where somebody was to be asked.
    """

    code = "budget_exceeded"
    action: ClassVar[str] = "Escalate to Campaign Owner for budget approval"
    """What to do next."""

    def __init__(
        self, level: str, owner: str | None, what: str, asked: int | None, remaining: int | None, *, limit: str = ""
    ) -> None:
        of = f"{level} {owner!r}" if owner else level
        if what == "deadline":
            status = f"Request comes after the deadline of the budget of the {of}"
        else:
            unit = " tokens" if what == "tokens" else ""
            status = f"Request exceeds remaining budget ({asked}{unit} > {remaining}{unit})"
        HoldfastError.__init__(self, status if what == "deadline" else f"{status} of the {of}")
        self.about, self.status = level, status
        self.level, self.owner, self.what, self.asked, self.remaining = level, owner, what, asked, remaining
        self.limit = limit
        self.request: str | None = None
        self.decision_id: str | None = None

    def budget_check(self) -> dict[str, Any]:
        """The refusal in the form of the context protocol's `budget_check`."""
        return {
            "budget_remaining": self.remaining,
            "request": self.request,
            "estimated_cost": self.asked,
            "result": "BLOCKED",
            "reason": self.status,
            "action": self.action,
        }

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.level, self.owner, self.what, self.asked, self.remaining), vars(self)


class ReservationSettled(GuardRefused):
    """What was reserved under that id is settled or given back already, or the id is in use."""

    code = "reservation_settled"
    problem = "reservation {about!r} is {status} already; reserve anew under an id of its own"


class DecisionSettled(GuardRefused):
    """The question is answered, lapsed or withdrawn already: nobody answers it twice.

    `decision` is what holds, and `decided_by` who said so; both None where nothing holds.
    """

    code = "decision_settled"

    def __init__(self, about: str, status: str, decision: object = None, decided_by: str | None = None) -> None:
        by = f" by {decided_by!r}" if decided_by else ""
        held = str(decision)
        held = f"what holds is: {held if len(held) <= 200 else held[:200] + '…'}"
        HoldfastError.__init__(
            self, f"question {about!r} is {status}{by} already; {'nothing holds' if decision is None else held}"
        )
        self.about, self.status, self.decision, self.decided_by = about, status, decision, decided_by

    def __reduce__(self) -> tuple[type["GuardRefused"], tuple[Any, ...]]:
        return type(self), (self.about, self.status, self.decision, self.decided_by)


class HandoffSettled(GuardRefused):
    """The handoff was accepted, refused or completed already, or has expired. `accepted_by` is who has it."""

    code = "handoff_settled"

    def __init__(self, about: str, status: str, accepted_by: str | None = None) -> None:
        by = f" by {accepted_by!r}" if accepted_by else ""
        HoldfastError.__init__(self, f"handoff {about!r} is {status}{by} already; look for another in the inbox")
        self.about, self.status, self.accepted_by = about, status, accepted_by

    def __reduce__(self) -> tuple[type["GuardRefused"], tuple[Any, ...]]:
        return type(self), (self.about, self.status, self.accepted_by)


class ConversationTaken(GuardRefused):
    """The conversation's id belongs to another session, or to another conversation of this one."""

    code = "conversation_taken"

    def __init__(self, about: str, status: str = "taken") -> None:
        HoldfastError.__init__(self, f"conversation id {about!r} belongs to another conversation; choose another id")
        self.about, self.status = about, status


class CampaignStepRefused(GuardRefused):
    """A campaign cannot go there from where it is. `about` is where it was to go, `status` where it is.

    `following` are the statuses that it can take instead.
    """

    code = "campaign_step_refused"

    def __init__(self, about: str, status: str, following: Sequence[str]) -> None:
        can = f"it can go to {' or '.join(following)}" if following else "nothing comes after that"
        HoldfastError.__init__(self, f"the campaign is {status}, and cannot go to {about} from there; {can}")
        self.about, self.status, self.following = about, status, tuple(following)

    def __reduce__(self) -> tuple[type["GuardRefused"], tuple[Any, ...]]:
        return type(self), (self.about, self.status, self.following)


class NotThere(HoldfastError, LookupError):
    """There is nothing of that id. `about` is the id."""

    code = "not_there"

    def __init__(self, about: str, problem: str) -> None:
        super().__init__(problem)
        self.about = about
        self.problem = problem

    def __reduce__(self) -> tuple[type["NotThere"], tuple[str, str]]:
        return type(self), (self.about, self.problem)


class DecisionNotFound(NotThere):
    """No question of that id waits, or ever waited, for an answer."""

    code = "decision_not_found"


class ReservationNotFound(NotThere):
    """Nothing was ever reserved under that id."""

    code = "reservation_not_found"


class HandoffNotFound(NotThere):
    """There is no handoff of that id."""

    code = "handoff_not_found"


class TokenInvalid(HoldfastError):
    """The session token opens nothing: it is unknown, or its time is over, or it was revoked or exchanged."""

    code = "token_invalid"

    # One message for every reason: who tries tokens learns nothing of what there is.
    def __init__(self, problem: str = "the session token opens nothing: ask for a new one") -> None:
        super().__init__(problem)


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


class SnapshotNotFound(HoldfastError, LookupError):
    """There is no recovery point of that name, or none that goes back so far; `holdfast snapshots list` shows them."""

    code = "snapshot_not_found"


class SnapshotDamaged(HoldfastError):
    """A snapshot, or a part of one, is not what was saved. `what` names the part."""

    code = "snapshot_damaged"

    def __init__(self, what: str, problem: str) -> None:
        super().__init__(f"{what}: {problem}")
        self.what = what
        self.problem = problem

    def __reduce__(self) -> tuple[type["SnapshotDamaged"], tuple[str, str]]:
        return type(self), (self.what, self.problem)


class BlobDamaged(HoldfastError):
    """A blob is not what was stored under its name. `problem` says whether it is cut, altered or missing, and where."""

    code = "blob_damaged"

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"blob {name} {problem}")
        self.name = name
        self.problem = problem

    def __reduce__(self) -> tuple[type["BlobDamaged"], tuple[str, str]]:
        return type(self), (self.name, self.problem)


class BlobMissing(BlobDamaged, LookupError):
    """A blob is not there, although the place where it should lie can be read."""

    code = "blob_missing"


class WrongKey(HoldfastError):
    """A blob is encrypted, and no key was given, or none of those given opens it. `name` says which blob."""

    code = "wrong_key"

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"blob {name} {problem}")
        self.name = name
        self.problem = problem

    def __reduce__(self) -> tuple[type["WrongKey"], tuple[str, str]]:
        return type(self), (self.name, self.problem)


class LogDamaged(HoldfastError):
    """A session's chain of digests does not verify: its log was changed behind Holdfast's back."""

    code = "log_damaged"

    def __init__(self, session_id: str, seq: int, problem: str) -> None:
        super().__init__(f"session {session_id}, event {seq}: {problem}")
        self.session_id = session_id
        self.seq = seq
        self.problem = problem

    def __reduce__(self) -> tuple[type["LogDamaged"], tuple[str, int, str]]:
        return type(self), (self.session_id, self.seq, self.problem)
