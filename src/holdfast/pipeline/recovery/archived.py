"""Archived: a session whose rows were released, every event of it, from where the blobs are along the chain."""

from collections import deque
from collections.abc import Callable

from sqlalchemy import Connection

from holdfast.blobs.vault import Vault
from holdfast.events import Event
from holdfast.pipeline.archived import last_fulls, read
from holdfast.pipeline.recovery.loaded import LAST, Loaded
from holdfast.pipeline.recovery.source import Place
from holdfast.pipeline.restored import Restored
from holdfast.recovering.report import Mode
from holdfast.session import Message, State, advance, message

__all__ = ["load"]


def load(mode: Mode, connection: Connection, place: Place, open_vault: Callable[[], Vault]) -> Loaded:
    """The session, proven from its first event to its head. Raises as `archived.read` does."""
    whole = read(place.tenant, place.session_id, last_fulls(connection, place.key, place.upto), place.head, open_vault)
    loaded = Loaded(mode, place.session_id, State(), place.upto, place.head)
    newest: deque[Event] = deque(maxlen=LAST)
    for event in whole.events():
        advance(loaded.state, [event])
        newest.append(event)
    loaded.last = [message(each) for each in newest if each.type == "message.added"]
    loaded.point, loaded.at_point = whole.body.id, loaded.state.model_dump(mode="json")
    loaded.warnings.append(
        f"The session is archived; it was read from where the blobs are. `holdfast sessions revive {place.session_id}` "
        "brings it back into the database"
    )
    loaded.history = lambda: _messages(whole)
    return loaded


def _messages(whole: Restored) -> list[Message]:
    return [message(event) for event in whole.events() if event.type == "message.added"]
