"""The report of a recovery: what came back, what did not, what is uncertain, and what to do next.

It is made once, by the five steps of the guide to persistence; nothing in it changes afterwards. The history is read
when it is asked for, up to the event at which the recovery ended, so it is the same on every turn.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple, get_args
from uuid import UUID

from holdfast.errors import HoldfastError
from holdfast.recovering.announcement import announcement
from holdfast.recovering.effects import Standing
from holdfast.recovering.findings import Check
from holdfast.recovering.history import History, Repair, rendered, repaired
from holdfast.recovering.observation import Change
from holdfast.recovering.prompt import recovery_prompt
from holdfast.saving.diff import Difference
from holdfast.session import Message, State

__all__ = ["MODES", "Escalation", "Format", "Missing", "Mode", "RecoveryReport", "RefusedPoint", "Status", "Step"]

Mode = Literal["quick", "full", "emergency"]
MODES: tuple[Mode, ...] = get_args(Mode)

Status = Literal["success", "partial", "failed"]

Format = Literal["openai", "anthropic"]


class RefusedPoint(NamedTuple):
    """A recovery point that was not used, and why."""

    point: str
    reason: str
    """The code of the error, as `snapshot_damaged`."""
    detail: str


class Missing(NamedTuple):
    """Events that could not be recovered; where it is not known which, the bounds are null."""

    first: int | None
    last: int | None
    why: str


class Escalation(NamedTuple):
    """A recovery that went on as another, and why."""

    from_mode: Mode
    to_mode: Mode
    why: str
    code: str | None = None
    """Of the error, as `store_unavailable`; None where it was a check that failed."""


class Step(NamedTuple):
    """One of the five steps of the guide to persistence."""

    name: str
    output: str
    """What the guide calls its output."""
    seconds: float
    found: dict[str, Any]
    """The output itself, as JSON, in short."""


@dataclass(frozen=True)
class RecoveryReport:
    """What a recovery found. `status` is `success` where nothing is missing and nothing was damaged."""

    session_id: str
    mode: Mode
    """How it was recovered in the end."""
    asked: Mode
    status: Status
    context_summary: str
    next_steps: list[str]
    """What to do, in order: first what is uncertain."""
    warnings: list[str]
    recovery_point: str | None
    """The snapshot that it started from; None where that was the log's beginning."""
    refused: list[RefusedPoint]
    last_good_seq: int
    """The last event that is certain. What waits in Redis has no number yet, and is counted in `pending`."""
    pending: int
    missing: list[Missing]
    state_diff: list[Difference]
    """What the events since the recovery point changed in the state."""
    changes: list[Change]
    """What changed in the world since it was last looked at."""
    checks: list[Check]
    effects: list[Standing]
    """What the session did, or may have done, to the outside; the uncertain first."""
    continuation_id: str
    steps: list[Step]
    escalations: list[Escalation]
    action: str | None
    """`request-manual-verification` where a critical check failed."""
    state: State
    problem: HoldfastError | None = None
    """Why nothing could be recovered, where the recovery failed."""
    damage: str | None = None
    """What of the log is not as it was committed; also where snapshots still had all of it."""
    recorded: int | UUID | None = None
    """The event that tells of it: its number, or while it waits in Redis its id; None where it was not recorded."""
    read_history: Callable[[], Sequence[Message]] = field(default=tuple, repr=False, compare=False)

    @property
    def ok(self) -> bool:
        """Whether all of the session is there."""
        return self.status == "success"

    @property
    def open_effects(self) -> list[Standing]:
        """The effects that are not known to be done."""
        return [each for each in self.effects if each.standing != "done"]

    @property
    def uncertain(self) -> list[Standing]:
        """The effects of which nobody knows whether they happened. They are never repeated without somebody's word."""
        return [each for each in self.effects if each.standing == "uncertain"]

    @cached_property
    def recovered(self) -> list[Message]:
        """Every message, as it is in the log. Raises `LogDamaged` or `BlobDamaged` where one is not what was saved."""
        return list(self.read_history())

    @cached_property
    def repairs(self) -> list[Repair]:
        """What was mended in the history, so that a model accepts it; the log is not changed."""
        return repaired(self.recovered)[1]

    def history(
        self,
        format: Format = "openai",  # noqa: A002  # the word of the design
        *,
        max_tokens: int | None = None,
        conversation: str | None = None,
        count: Callable[[str], int] | None = None,
    ) -> History:
        """The history in the form that a model accepts, with what was mended and left out of it.

        Of one conversation, or of all together. The same call gives the same history on every turn.
        """
        chosen = [each for each in self.recovered if conversation in {None, each.conversation}]
        return rendered(chosen, format, max_tokens=max_tokens, count=count)

    def messages(
        self,
        format: Format = "openai",  # noqa: A002  # as above
        *,
        max_tokens: int | None = None,
        conversation: str | None = None,
        count: Callable[[str], int] | None = None,
    ) -> list[dict[str, Any]]:
        """The messages of `history`. Of the format `anthropic` the system's text is apart, in `history(…).system`."""
        return self.history(format, max_tokens=max_tokens, conversation=conversation, count=count).messages

    def prompt(self) -> str:
        """The prompt with which a model goes on, as the guide to persistence has it, filled."""
        return recovery_prompt(self)

    def announcement(self) -> str:
        """What an agent tells its user about the recovery."""
        return announcement(self)

    def as_json(self) -> dict[str, Any]:
        """The report as a value of JSON, without the messages and the state."""
        return {
            "session_id": self.session_id,
            "mode": self.mode,
            "asked": self.asked,
            "status": self.status,
            "context_summary": self.context_summary,
            "next_steps": self.next_steps,
            "warnings": self.warnings,
            "recovery_point": self.recovery_point,
            "refused": [each._asdict() for each in self.refused],
            "last_good_seq": self.last_good_seq,
            "pending": self.pending,
            "damage": self.damage,
            "missing": [each._asdict() for each in self.missing],
            "state_diff": [each.as_json() for each in self.state_diff],
            "changes": [each.as_json() for each in self.changes],
            "checks": [each.as_json() for each in self.checks],
            "effects": [each.as_json() for each in self.effects],
            "continuation_id": self.continuation_id,
            "steps": [each._asdict() for each in self.steps],
            "escalations": [each._asdict() for each in self.escalations],
            "action": self.action,
            "recorded": str(self.recorded) if isinstance(self.recorded, UUID) else self.recorded,
        }
