"""What a session's events add up to.

    events ──> fold ──> State                parts.py    what a state is made of
                │                            state.py    the state
                └─ one step for each type    steps/      a file for each family of events, as in `holdfast.events`
                                             table.py    which step is whose

    type of event ──> status_after           status.py   the status alone, as the sessions table needs it
    message.added ──> message ──> Message    message.py  the view of a conversation's history

A state is what is left to know of a session when its conversations are set apart. Nothing else writes to it.
"""

from holdfast.session.fold import RECIPE, advance, fold
from holdfast.session.message import MAIN, Message, message
from holdfast.session.state import State

__all__ = ["MAIN", "RECIPE", "Message", "State", "advance", "fold", "message"]
