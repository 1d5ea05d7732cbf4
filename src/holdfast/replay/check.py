"""The log against the recording: each conversation compared, each hash chain followed."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from holdfast.errors import LogDamaged, SessionNotFound
from holdfast.events import Event
from holdfast.replay.compare import compare
from holdfast.replay.recording import Conversation, Survey, conversations
from holdfast.replay.report import Difference, Report
from holdfast.replay.waiting import Patience, Watch
from holdfast.service import Service

__all__ = ["check_log"]


def check_log(
    service: Service, paths: Sequence[Path], prefix: str, found: Survey, watch: Watch, timeout: float
) -> Report:
    """Compare all of it, conversation by conversation. Waits for Postgres where it is away, for that long each time."""
    report = Report(
        files=[str(path) for path in paths],
        recorded_sessions=len(found.sessions),
        recorded_messages=found.messages,
        recorded_tool_calls=found.tool_calls,
    )
    patience = Patience(timeout, watch)
    done = 0
    for conversation in conversations(paths, prefix):
        patience.call(partial(_check, service, conversation, report))
        done += len(conversation.events)
        watch.progress("checked", done, found.events)
    return report


def _check(service: Service, conversation: Conversation, report: Report) -> None:
    session_id = conversation.session_id
    logged: list[Event] = []
    user_id, damage = conversation.user_id, None
    with suppress(SessionNotFound):
        user_id = service.find(session_id).user_id
        logged = [event for event in service.events(session_id) if event.type == "message.added"]
        try:
            service.verify(session_id)
        except LogDamaged as error:
            damage = error
        report.sessions += 1
        report.verified += damage is None
    # Only now, when nothing more can fail, is anything counted that must not be counted twice.
    report.messages += len(logged)
    report.tool_calls += sum(len(event.data.get("tool_calls") or ()) for event in logged)
    for difference in compare(conversation, logged):
        report.add(difference)
    if user_id != conversation.user_id:
        detail = f"the session is of user {user_id!r}, the recording of {conversation.user_id!r}"
        report.add(Difference("altered", session_id, conversation.place, detail=detail))
    if damage is not None:
        report.add(Difference("damaged", session_id, conversation.place, seq=damage.seq, detail=damage.problem))
