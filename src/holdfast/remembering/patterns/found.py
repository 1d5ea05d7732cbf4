"""All patterns of a user."""

from collections.abc import Sequence
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from holdfast.errors import InvalidInput
from holdfast.events.values import shown
from holdfast.remembering.patterns.chance import Guess, standing
from holdfast.remembering.patterns.choices import choices
from holdfast.remembering.patterns.pattern import Pattern
from holdfast.remembering.patterns.timing import timing
from holdfast.remembering.patterns.trace import Trace
from holdfast.remembering.patterns.workflow import workflow

__all__ = ["patterns"]


def patterns(traces: Sequence[Trace], *, zone: str = "UTC") -> list[Pattern]:
    """The habits that these sessions of a user show, the surest of each kind first; hours are those of the zone.

    The order of the traces does not matter. A fork, whose beginning is another session's, is not looked at. Raises
    `InvalidInput` for a zone that is none.
    """
    where = _zone(zone)
    own = sorted(
        (trace for trace in traces if not trace.forked),
        key=lambda trace: (trace.started_at is None, trace.started_at, trace.session_id),
    )
    kinds = [list(timing(own, where)), list(workflow(own)), list(choices(own))]
    return [
        found
        for guesses in kinds
        for found in sorted(_told(guesses), key=lambda found: (-found.confidence, found.name, found.text))
    ]


def _told(guesses: list[Guess]) -> list[Pattern]:
    """Those that stand, but for what another one says already."""
    found = [guess.pattern for guess in standing(guesses)]
    finals = {_step(each) for each in found if each.name == "before_finalising"}
    whole = {each.name for each in found if each.kind == "preference" and "value" in each.value}
    return [
        each
        for each in found
        if not (each.name == "ends_with" and _step(each) in finals)
        and not (each.kind == "preference" and "item" in each.value and each.name in whole)
    ]


def _step(pattern: Pattern) -> tuple[str, str]:
    return pattern.value["kind"], pattern.value["name"]


def _zone(zone: str) -> tzinfo:
    if zone == "UTC":  # which is there also where no database of zones is
        return UTC
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError, TypeError) as error:  # unknown; a path; a folder; no text
        raise InvalidInput("zone", f"must name a time zone such as Europe/Berlin, not {shown(zone)}") from error
