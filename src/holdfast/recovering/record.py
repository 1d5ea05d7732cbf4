"""The event that tells of a recovery. It is cut where it would not fit: the report itself is with whoever asked."""

from collections.abc import Sequence
from typing import Any

from holdfast.recovering.report import RecoveryReport
from holdfast.recovering.summary import shortened

__all__ = ["recovered"]

ENTRIES = 50
CHARACTERS = 500
"""Of each list, and of each text in it, so that the event is far below the limit of its size."""


def recovered(report: RecoveryReport, agent: str) -> dict[str, Any]:
    """A `session.recovered`, ready to be appended."""
    said = {
        "mode": report.mode,
        "asked": report.asked,
        "status": report.status,
        "recovery_point": report.recovery_point,
        "agent": agent,
        "context_summary": shortened(report.context_summary, 4000),
        "next_steps": _texts(report.next_steps),
        "warnings": _texts(report.warnings),
        "lost": [each._asdict() for each in report.missing[:ENTRIES]],
        "changes": _texts([each.sentence for each in report.changes]),
        "uncertain": [each.effect.id for each in report.uncertain[:ENTRIES]],
        "last_good_seq": report.last_good_seq,
        "refused": [each._asdict() for each in report.refused[:ENTRIES]],
        "checks": {each.name: each.outcome for each in report.checks},
        "continuation_id": report.continuation_id,
        "steps": [
            {"name": each.name, "output": each.output, "seconds": round(each.seconds, 6), "found": _short(each.found)}
            for each in report.steps
        ],
    }
    return {"type": "session.recovered", "data": {name: value for name, value in said.items() if value is not None}}


def _texts(texts: Sequence[str]) -> list[str]:
    told = [shortened(each, CHARACTERS) for each in texts[:ENTRIES]]
    left = len(texts) - len(told)
    return [*told, f"… and {left} more"] if left else told


def _short(found: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _texts([str(each) for each in value]) if isinstance(value, list) else value
        for name, value in found.items()
    }
