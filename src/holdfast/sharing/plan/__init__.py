"""The state plan's forms: the session document, its conversations and orchestrators, and state records.

State ─┬─ session_document ── conversation_entry, orchestration_entry, workflow_entry
       ├─ orchestrator_state(s)
       └─ state_record
"""

from holdfast.sharing.plan.conversation import Window, message_entry, said
from holdfast.sharing.plan.document import session_document
from holdfast.sharing.plan.orchestration import initial_states, orchestrator_state, orchestrator_states, workflow_entry
from holdfast.sharing.plan.record import lasting, state_record
from holdfast.sharing.plan.times import written

__all__ = [
    "Window",
    "initial_states",
    "lasting",
    "message_entry",
    "orchestrator_state",
    "orchestrator_states",
    "said",
    "session_document",
    "state_record",
    "workflow_entry",
    "written",
]
