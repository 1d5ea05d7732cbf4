"""Follow: what an event does to the head of its session's log, whether it comes now or is put back."""

from datetime import datetime

import orjson

from holdfast.events import OF_LEASES
from holdfast.pipeline.guards.fact import guarded
from holdfast.saving.segment import Line
from holdfast.session.campaign import legal
from holdfast.session.status import ENDED, OF_TIMERS, status_after
from holdfast.store.chain import link
from holdfast.store.log import Head, Row
from holdfast.store.sessions import shown_title

__all__ = ["WENT_ON", "follow", "serve"]

WENT_ON = "went on"
"""Why a session is resumed that expired while an event for it was on its way. That is nobody's wish to prolong it."""


def follow(head: Head, line: Line) -> Row:
    """Let the head move with the next event; returns the event's row.

    Nothing but the event counts: whoever puts a log back has in the end the same head that its writers had.
    """
    head.seq = line.seq
    head.digest = link(head.digest, line[:-1], line.data)
    in_vain = line.type == "session.recovered" and orjson.loads(line.data)["status"] == "failed"
    head.status = status_after(head.status, line.type, in_vain=in_vain)
    if line.type not in OF_TIMERS:
        head.active_at = line.recorded_at
    head.untold += line.type == "message.added"
    if line.type in OF_LEASES:
        _move_lease(head, line)
    elif line.type == "campaign.updated":
        serve(head, line)
    elif line.type == "session.resumed":
        _prolong(head, line)
    elif line.type == "session.forked" or head.status in ENDED:
        if line.type == "session.forked":
            _prolong(head, line)
        head.holder = head.until = None  # who writes to the one session alone has no say in the other, or in none
    elif head.title is None and line.type == "message.added":
        head.title = _title(line)
    return (head.key, *line, head.digest)


def _move_lease(head: Head, line: Line) -> None:
    data = orjson.loads(line.data)
    # What still waits under a lease that was given back is let in; under one that ran out it is not.
    head.fence = data["fence"] + data.get("expired", False)
    held = line.type == "lease.taken" and data.get("exclusive", True)
    head.holder = data["owner"] if held else None
    head.until = datetime.fromisoformat(data["expires_at"]) if held and data.get("expires_at") else None


def _prolong(head: Head, line: Line) -> None:
    """Whoever resumes a session after its fixed end wants it to go on."""
    if head.expires_at is None or head.expires_at > line.recorded_at:
        return
    if orjson.loads(line.data).get("reason") != WENT_ON:
        head.expires_at = None


def serve(head: Head, line: Line) -> None:
    """The campaign's life as the session tells it; a step that its life does not have is not taken."""
    data = orjson.loads(line.data)
    head.campaign = guarded(data.get("gtm_id")) or head.campaign
    status = data.get("status")
    if status is not None and legal(head.campaign_status, status):
        head.campaign_status = status


def _title(line: Line) -> str | None:
    """A session that was started without a title is listed by what its user first said."""
    data = orjson.loads(line.data)
    content = data.get("content")
    return shown_title(content) if data["role"] == "user" and isinstance(content, str) else None
