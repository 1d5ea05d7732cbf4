"""One tenant's sessions that somebody should look at: marked by recoveries, seen to by people."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Engine

from holdfast.errors import (
    BlobDamaged,
    BlobMissing,
    HoldfastError,
    LogDamaged,
    NotConfigured,
    SchemaOutdated,
    SessionNotFound,
    SnapshotDamaged,
    Unavailable,
)
from holdfast.events import identifier, whole
from holdfast.logs import get_logger
from holdfast.recovering.report import RecoveryReport
from holdfast.store import dead_letters, inspections, log, sessions
from holdfast.store.forgetting import forgotten
from holdfast.store.inspections import Inspection
from holdfast.store.transaction import transaction

__all__ = ["Inspections"]

logger = get_logger(__name__)

OF_DAMAGE = frozenset({SnapshotDamaged.code, BlobDamaged.code, BlobMissing.code})
"""Why a recovery point was refused, where it is the point's own fault."""

OF_THE_SESSION = OF_DAMAGE | {LogDamaged.code, SessionNotFound.code}
"""Why a recovery went on as another, where that is the session's fault: the blobs may have what the database lost."""

NO_DAMAGE = (Unavailable, NotConfigured, SchemaOutdated)
"""What says nothing about the session."""

Mark = tuple[str, str, dict[str, Any]]


class Inspections:
    """The marks of one tenant's sessions. Without Postgres what is found is only logged."""

    def __init__(self, engine: Engine | None, *, tenant: str) -> None:
        self._engine = engine
        self.tenant = tenant

    def note(self, report: RecoveryReport) -> None:
        """Log what a recovery found damaged or lost, and mark the session for it. The session itself is not altered."""
        found = list({mark[:2]: mark for mark in _marks(report)}.values())
        if not found:
            return
        problems = [{"code": code, "problem": problem, **details} for code, problem, details in found]
        logger.error(
            "recovery.damaged",
            session_id=report.session_id,
            mode=report.mode,
            status=report.status,
            last_good_seq=report.last_good_seq,
            problems=problems,
        )
        if self._engine is None:
            return
        try:
            with transaction(self._engine) as connection:
                if isinstance(report.problem, SessionNotFound) and self._is_there(connection, report.session_id):
                    return  # it has no full snapshot yet, and the database could not be, or was not to be, asked
                if forgotten(log.cursor(connection), [(self.tenant, report.session_id)]):
                    return
                inspections.note(log.cursor(connection), self.tenant, report.session_id, found)
        except HoldfastError as error:
            logger.warning("inspection.not_noted", session_id=report.session_id, code=error.code, problem=error.message)

    def listed(
        self, session_id: str | None = None, *, everything: bool = False, limit: int = 10_000
    ) -> list[Inspection]:
        """The marks of a session or of all, the newest first; `everything`: also those that were seen to."""
        if session_id is not None:
            identifier("session_id", session_id)
        with transaction(self._needed()) as connection:
            return inspections.listed(
                connection, self.tenant, session_id=session_id, everything=everything, limit=whole("limit", limit, 1)
            )

    def done(self, session_id: str) -> int:
        """Say that a session was seen to; returns how many marks that takes off. They come back where damage is met."""
        identifier("session_id", session_id)
        with transaction(self._needed()) as connection:
            return inspections.done(log.cursor(connection), self.tenant, session_id)

    def dead_letters(self, session_id: str) -> int:
        """How many dead letters name the session."""
        with transaction(self._needed()) as connection:
            return dead_letters.count(connection, self.tenant, session_id)

    def _needed(self) -> Engine:
        if self._engine is None:
            raise NotConfigured("marks are kept in Postgres, and this process has none")
        return self._engine

    def _is_there(self, connection: Connection, session_id: str) -> bool:
        try:
            sessions.find(connection, self.tenant, session_id, archived=True)
        except SessionNotFound:
            return False
        return True


def _marks(report: RecoveryReport) -> Iterator[Mark]:
    how = {"mode": report.mode, "asked": report.asked, "last_good_seq": report.last_good_seq}
    if report.problem is not None and not isinstance(report.problem, NO_DAMAGE):
        tried = [each._asdict() for each in report.escalations]
        yield report.problem.code, report.problem.message, {"mode": report.mode, "asked": report.asked, "tried": tried}
    for each in report.escalations:
        if report.problem is None and each.code in OF_THE_SESSION:
            yield each.code, each.why, how
    if report.damage is not None:
        missing = [each._asdict() for each in report.missing]
        yield LogDamaged.code, report.damage, {**how, "missing": missing}
    for point, reason, detail in report.refused:
        if reason in OF_DAMAGE:
            problem = detail if point in detail else f"{point}: {detail}"
            yield reason, problem, {**how, "point": point, "detail": detail}
