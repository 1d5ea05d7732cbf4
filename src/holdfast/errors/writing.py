"""What you passed, or wrote, is not taken."""

from datetime import datetime

from holdfast.errors.base import HoldfastError

__all__ = [
    "EffectDone",
    "EffectRefused",
    "EffectUncertain",
    "EventTooLarge",
    "InvalidEvent",
    "InvalidInput",
    "LeaseHeld",
    "Refused",
    "SessionArchived",
    "SessionClosed",
    "SessionExists",
    "SessionNotFound",
    "StaleWriter",
    "UnknownEventType",
]


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


class SessionArchived(SessionClosed):
    """The session ended long ago, and its events lie where the blobs are: `holdfast sessions revive` brings it back."""

    code = "session_archived"

    @classmethod
    def of(cls, session_id: str, archived_at: datetime) -> "SessionArchived":
        """The error of the session that was archived then."""
        return cls(
            session_id,
            f"session {session_id!r} was archived on {archived_at:%Y-%m-%d}; `holdfast sessions revive {session_id}` "
            "(in Python hf.revive) brings its events back into the database",
        )


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
