"""One tenant's recoveries: a session that somebody names, or the one that its user was last at work in."""

from collections.abc import Callable, Sequence

from holdfast.errors import InvalidInput, NotCommittedYet, SchemaOutdated, StoreUnavailable, StreamUnavailable
from holdfast.events import identifier
from holdfast.events.values import shown
from holdfast.pipeline.recovery import Recoverer
from holdfast.recovering.observation import Observation
from holdfast.recovering.probe import Probe
from holdfast.recovering.report import MODES, Mode, RecoveryReport

__all__ = ["Recoveries"]


class Recoveries:
    """One tenant's recoveries. Needs Postgres for all but the mode `emergency`."""

    def __init__(
        self, recoverer: Recoverer, settle: Callable[[str], None] | None, note: Callable[[RecoveryReport], None]
    ) -> None:
        """`settle` commits what waits in front of a session; None in a process without Postgres.

        `note` is told of each report, and raises nothing.
        """
        self._recoverer = recoverer
        self._settle = settle
        self._note = note

    def close(self) -> None:
        """Close the connections that recoveries alone need."""
        self._recoverer.close()

    def recover(
        self,
        session_id: str,
        mode: Mode = "quick",
        *,
        observation: Observation | None = None,
        probes: Sequence[Probe] = (),
        losses: Sequence[str] = (),
    ) -> RecoveryReport:
        """The session, with all that was published before, and what is to be said of it; `Recoverer.recover` says how.

        `losses` are what the caller knows to be left out.
        One that is damaged or lost is marked for inspection.

        Raises `InvalidInput` for a mode that there is not, and nothing else: whatever fails is in the report.
        """
        identifier("session_id", session_id)
        if mode not in MODES:
            raise InvalidInput("mode", f"must be one of {', '.join(MODES)}, not {shown(mode)}")
        losses = [*losses, *([] if mode == "emergency" else self._committed(session_id))]
        report = self._recoverer.recover(session_id, mode, observation=observation, probes=probes, warnings=losses)
        self._note(report)
        return report

    def _committed(self, session_id: str) -> list[str]:
        """Commit what waits in Redis; what is lost to the recovery where that cannot be done."""
        if self._settle is None:
            return []
        try:
            self._settle(session_id)
        except (StoreUnavailable, SchemaOutdated):
            pass  # the recovery finds that out by itself, and reads Redis in another way
        except (StreamUnavailable, NotCommittedYet) as error:
            return [f"What was published and is not committed could not be read: {error.message}"]
        return []
