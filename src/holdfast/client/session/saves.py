"""Saving the session, recovering it, and looking at the world."""

from __future__ import annotations

from collections.abc import Sequence

from holdfast.client.observing import observed
from holdfast.client.recovering import recover
from holdfast.client.session.log import Log
from holdfast.recovering.observation import Observation
from holdfast.recovering.probe import Probe
from holdfast.recovering.report import Mode, RecoveryReport
from holdfast.saving.snapshot import Snapshot
from holdfast.saving.tiers import Tier

__all__ = ["Saves"]


class Saves(Log):
    """Saving the session, recovering it, and looking at the world."""

    def observe(self, *probes: Probe) -> Observation:
        """Look at what is outside, here and now, and commit what was seen: a later recovery says what changed since.

        A probe that cannot look is told as such, and raises nothing. Raises `EventTooLarge` for more than an event can
        hold, `InvalidInput` for no probe or two of one name, and what `append` raises.
        """
        return observed(self, probes)

    def save(self, tier: Tier = "full", *, world: Sequence[Probe] = ()) -> Snapshot:
        """Save the session now; returns when the snapshot was read back and is what it should be.

        `world` are probes, which look first, as by `observe`.

        Nothing is stored where the session was saved at this very event before: that snapshot is returned. Needs
        Postgres and the location of the blobs; a process without them can publish a `save.requested` instead. Raises
        `BlobsUnavailable`, and `NotCommittedYet` where what was published before cannot be committed in time.
        """
        if world:
            observed(self, world)
        self._holdfast._flush_first()  # noqa: SLF001  # as above
        return self._holdfast.service.save(self.id, tier)

    def recover(self, mode: Mode = "quick", *, world: Sequence[Probe] = (), record: bool = True) -> RecoveryReport:
        """What was known, decided and left open, and the truth about the rest; for whoever goes on with the session.

        `quick` reads the newest good snapshot and what came since; `full` proves the log from its first event and
        looks at every snapshot; `emergency` asks nothing of Postgres, only the blobs and Redis. One that cannot be
        done, or fails a critical check, becomes the next. `world` are probes that look here at what may have changed
        outside. The recovery is recorded as an event, unless it failed.

        Nothing is raised for what could not be recovered: it is in the report. Raises `InvalidInput` for a mode that
        there is not, and `NotConfigured` where the package lacks the extra [server].
        """
        losses = self._holdfast._spooled()  # noqa: SLF001  # as above
        return recover(self, self._holdfast._recoveries, mode, world, losses, record=record)  # noqa: SLF001  # as above

    def snapshots(self) -> list[Snapshot]:
        """The session's snapshots that are kept, the newest first."""
        return self._holdfast.service.saves.snapshots(self.id)

    def pin(self, point: str | None = None, *, note: str | None = None) -> None:
        """Keep a snapshot for ever; without `point` all of the session's, those to come as well: a legal hold."""
        self._holdfast.service.saves.pin(self.id, point, note=note)

    def unpin(self, point: str | None = None) -> None:
        """Let go of what was pinned, so that it is pruned when it is old. Raises `InvalidInput` where nothing was."""
        self._holdfast.service.saves.unpin(self.id, point)
