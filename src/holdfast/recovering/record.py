"""The event that tells of a recovery. It is cut where it would not fit: the report itself is with whoever asked."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from holdfast.events.encoding import MAX_EVENT_BYTES, encode
from holdfast.recovering.report import RecoveryReport
from holdfast.recovering.summary import shortened

__all__ = ["recovered"]

CUTS = ((50, 500), (20, 200), (5, 50))
"""Of each list, and of each text in it: as many entries and characters as let the event be far below the limit of its
size. A character has up to six bytes, so that not even the first is always enough."""

ROOM = MAX_EVENT_BYTES // 2
"""Bytes that are enough. What the envelope takes counts as well."""


def recovered(report: RecoveryReport, agent: str) -> dict[str, Any]:
    """A `session.recovered`, ready to be appended."""
    for entries, characters in CUTS:
        data = _data(report, agent, entries, characters)
        if len(encode(data)) <= ROOM:
            break
    return {"type": "session.recovered", "data": data}


def _data(report: RecoveryReport, agent: str, entries: int, characters: int) -> dict[str, Any]:
    cut = partial(_cut, entries=entries, characters=characters)
    said = {
        "mode": report.mode,
        "asked": report.asked,
        "status": report.status,
        "recovery_point": report.recovery_point,
        "agent": agent,
        "context_summary": shortened(report.context_summary, 8 * characters),
        "next_steps": cut(report.next_steps),
        "warnings": cut(report.warnings),
        "lost": cut([each._asdict() for each in report.missing]),
        "changes": cut([each.sentence for each in report.changes]),
        # An id that is cut would be another's.
        "uncertain": [each.effect.id for each in report.uncertain[:entries] if len(each.effect.id) <= characters],
        "last_good_seq": report.last_good_seq,
        "refused": cut([each._asdict() for each in report.refused]),
        "checks": {each.name: each.outcome for each in report.checks},
        "continuation_id": report.continuation_id,
        "steps": [
            {"name": each.name, "output": each.output, "seconds": round(each.seconds, 6), "found": cut(each.found)}
            for each in report.steps
        ],
    }
    return {name: value for name, value in said.items() if value is not None}


def _cut(value: Any, entries: int, characters: int) -> Any:
    """A value of JSON with long texts and long lists cut; the last entry says how many are left out."""
    if isinstance(value, str):
        return shortened(value, characters)
    if isinstance(value, dict):
        return {name: _cut(each, entries, characters) for name, each in value.items()}
    if isinstance(value, Sequence):
        told = [_cut(each, entries, characters) for each in value[:entries]]
        return [*told, f"… and {len(value) - len(told)} more"] if len(value) > len(told) else told
    return value
