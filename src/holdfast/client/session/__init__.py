"""A session, as an agent has it in its hands: one class, whose parts each have a file.

log                                     publishing, appending, reading: what the others rest on
├── leases ── handoffs                  writing alone, effects; handing over
├── saves  summaries                    saving, recovering, looking at the world; what it comes to
├── context                             the shared document, slices, what is known
├── decisions  budget                   scope and the questions that wait; reserving and settling
├── conversations  orchestration  tokens    the state plan
├── ending                              pausing and closing, and what is remembered
└── wishes  recalls                     what the user prefers, and what of it is only taken for granted
"""

from holdfast.client.session.budget import Budget
from holdfast.client.session.context import SharedContext
from holdfast.client.session.conversations import Conversations
from holdfast.client.session.decisions import Decisions
from holdfast.client.session.ending import Ending
from holdfast.client.session.handoffs import Handoffs
from holdfast.client.session.log import Item
from holdfast.client.session.orchestration import Orchestration
from holdfast.client.session.recalls import Recalls
from holdfast.client.session.saves import Saves
from holdfast.client.session.summaries import Summaries
from holdfast.client.session.tokens import Tokens
from holdfast.client.session.wishes import Wishes

__all__ = ["Item", "Session"]


class Session(
    Conversations,
    Orchestration,
    Tokens,
    Wishes,
    Recalls,
    Ending,
    Decisions,
    Budget,
    SharedContext,
    Saves,
    Summaries,
    Handoffs,
):
    """One session, as one agent writes to it. Made by `Holdfast.start` and `Holdfast.session`."""
