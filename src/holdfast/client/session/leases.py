"""Writing alone, and doing what cannot be undone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from holdfast.client import handing
from holdfast.client.effects import Effect, Outcome, effect_id
from holdfast.client.lease import Lease
from holdfast.client.session.log import Log
from holdfast.errors import HoldfastError, InvalidEvent, InvalidInput, StaleWriter
from holdfast.events import name
from holdfast.outcome import Receipt

if TYPE_CHECKING:
    from holdfast.pipeline.lease import Lease as Taken

__all__ = ["Leases"]


class Leases(Log):
    """Writing alone, and doing what cannot be undone."""

    @contextmanager
    def lease(
        self, owner: str, *, exclusive: bool = True, takeover: bool = False, seconds: float | None = None
    ) -> Iterator[Lease]:
        """Write alone. Inside the block this object's events carry the lease's fence; others' are refused.

        The lease is renewed while the block runs, and runs out `seconds` after its holder died or hung (by default
        as the setting `lease_seconds` says). The same owner takes it again at once, under a higher fence; somebody
        else's is respected until it has run out, unless this is a `takeover`, which the log then tells.

        Raises `LeaseHeld`, `SessionNotFound`, `SessionClosed`, and `InvalidInput` for an exclusive lease on a session
        that was started as shared. Once it is lost, `publish`, `append` and the end of the block raise `StaleWriter`;
        what was published too late is in `refused()` of the lease, and among the dead letters.
        """
        name("owner", owner)
        seconds = self._holdfast.settings.lease_seconds if seconds is None else _seconds(seconds)
        service = self._holdfast.service
        self._holdfast._flush_first()  # noqa: SLF001  # as above
        asked_at = time.monotonic()
        taken = service.take_lease(self.id, owner, exclusive=exclusive, takeover=takeover, seconds=seconds)
        before, self._lease = self._lease, Lease(service, self.id, taken, seconds, asked_at)
        held = self._lease
        with self._holdfast._renewing(held):  # noqa: SLF001  # as above
            try:
                yield held
            except BaseException as error:
                try:
                    self._give_back(taken)
                except HoldfastError as failed:
                    # An event of this block was refused for the same reason: no news.
                    if not (isinstance(error, StaleWriter) and isinstance(failed, StaleWriter)):
                        error.add_note(f"and the lease could not be released: {failed}")
                raise
            else:
                self._give_back(taken)
            finally:
                self._lease = before

    def _give_back(self, taken: Taken) -> None:
        # What lies in the spool carries this fence, and is refused once somebody has taken the lease after this.
        with suppress(OSError):
            self._holdfast.flush()
        try:
            self._holdfast.service.release_lease(self.id, taken)
        except StaleWriter:
            if not handing.went_over(self, taken):
                raise

    @contextmanager
    def effect(
        self,
        kind: str,
        key: str,
        *,
        target: str | None = None,
        arguments: dict[str, Any] | None = None,
        repeatable: bool = False,
    ) -> Iterator[Effect]:
        """Do something that cannot be undone: it is in the log before the block begins, and settled when it ends.

        `key` names it among those of its `kind`, and is what the other side should know it by. A block that raises
        leaves it uncertain, since what raised may have been done all the same; `fail` says that it was not. One that
        is `repeatable` may be begun again.

        Raises before anything is done `EffectDone` and `EffectUncertain` where it was begun before, `EffectRefused`
        where it was abandoned, and as `append`. `InvalidEvent` at the end names a result that no event can hold; the
        effect is then settled without it.
        """
        name("kind", kind)
        name("key", key)
        begun = Effect(effect_id(kind, key), kind, key)
        intended = {
            "action": kind,
            "effect_id": begun.id,
            "idempotency_key": key,
            "target": target,
            "arguments": arguments,
            "repeatable": repeatable or None,
        }
        data = {name: value for name, value in intended.items() if value is not None}
        (made,) = self._drafts(({"type": "effect.intended", "data": data},), None, None)
        self._holdfast._flush_first()  # noqa: SLF001  # as above
        self._holdfast.service.intend(made)
        try:
            yield begun
        except BaseException as error:
            if begun.outcome is None:
                error.add_note(f"effect {begun.id} is uncertain: nobody knows whether it was done")
                raise
            try:
                self._settle_whole(begun)
            except HoldfastError as failed:
                error.add_note(f"and effect {begun.id} could not be settled as {begun.outcome}: {failed}")
            raise
        else:
            begun.outcome = begun.outcome or "done"
            self._settle_whole(begun)

    def settle_effect(
        self, kind: str, key: str, outcome: Outcome, *, result: Any = None, error: str | None = None
    ) -> Receipt:
        """Say what became of an effect that was uncertain: `done`, `failed` (not done) or `abandoned`."""
        name("kind", kind)
        name("key", key)
        return self._settle(Effect(effect_id(kind, key), kind, key, outcome, result, error))

    def _settle_whole(self, effect: Effect) -> None:
        try:
            self._settle(effect)
        except InvalidEvent:
            # That it was done is known; a result which no event can hold must not make it uncertain.
            self._settle(Effect(effect.id, effect.kind, effect.key, effect.outcome))
            raise

    def _settle(self, effect: Effect) -> Receipt:
        settled = {
            "effect_id": effect.id,
            "outcome": effect.outcome,
            "result": effect.result,
            "error": effect.error,
        }
        data = {name: value for name, value in settled.items() if value is not None}
        return self.append({"type": "effect.settled", "data": data})[0]


def _seconds(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 86_400:
        return float(value)
    raise InvalidInput("seconds", f"must be a number of seconds above 0 and up to a day, not {value!r}")
