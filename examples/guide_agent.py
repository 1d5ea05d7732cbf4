"""A guide agent that stores nothing: what was said, and what it set going, is the session's.

    python examples/guide_agent.py

Type to it; end with Ctrl-D. Kill it at any time, and go on with `python examples/guide_agent.py SESSION-…`. The servers
are those of `holdfast up` in the same folder, or of HOLDFAST_REDIS_URL and HOLDFAST_DATABASE_URL.
"""

import sys
from collections.abc import Callable, Sequence
from typing import Any

import holdfast

AGENT = "guide_agent"

Guidance = dict[str, Any]
"""`guidance`, and where it set a workflow going: `orchestrator`, `workflow_id`, `status`, `enabling_services`."""

Thinking = Callable[[Sequence[dict[str, Any]]], Guidance]
"""From what was said so far, the last of it by the user, to the answer. Put a model in its place."""


def scripted(said: Sequence[dict[str, Any]]) -> Guidance:
    """An answer without a model: it knows uploads, and what was asked before."""
    asked = [each["content"] for each in said if each["role"] == "user"]
    if "upload" in asked[-1].lower():
        return {
            "guidance": "I'll help you upload a file. It will be parsed as soon as it is here.",
            "orchestrator": "ContentAnalysisOrchestrator",
            "workflow_id": f"workflow_{len(asked)}",
            "status": "processing",
            "enabling_services": ["FileParser", "DataAnalyzer"],
        }
    if len(asked) > 1:
        return {"guidance": f"You have asked me {len(asked)} things. The first was: {asked[0]}"}
    return {"guidance": "Welcome. Ask me how to upload a file."}


class GuideAgent:
    """Guides the user of one session."""

    def __init__(self, session: holdfast.Session, think: Thinking = scripted) -> None:
        self.session = session
        self.think = think

    def provide_guidance(self, message: str) -> Guidance:
        """The answer to the user's message. Both are in the log when it returns."""
        self.session.add_conversation_message(AGENT, "user", message, actor="user")
        guidance = self.think(self.session.get_conversation_history(AGENT, limit=50))
        context = None
        if guidance.get("workflow_id"):
            context = {name: guidance[name] for name in ("orchestrator", "workflow_id", "status")}
            self._begin(guidance)
        self.session.add_conversation_message(AGENT, "assistant", guidance["guidance"], context)
        return guidance

    def _begin(self, guidance: Guidance) -> None:
        names = ("workflow_id", "status", "enabling_services")
        self.session.track_orchestrator_workflow(guidance["orchestrator"], {name: guidance[name] for name in names})
        state = self.session.get_orchestrator_state(guidance["orchestrator"])
        active = [each["workflow_id"] for each in state["active_workflows"]]
        self.session.update_conversation_orchestrator_context(
            AGENT, {"active_workflows": active, "last_workflow_update": state["updated_at"]}
        )


def main() -> None:
    """Talk to somebody at a terminal."""
    with holdfast.connect() as hf:
        session = hf.session(sys.argv[1]) if len(sys.argv) > 1 else hf.start("somebody", agent=AGENT)
        print(f"{session.id}; what was said is in it whatever happens.")
        for each in session.get_conversation_history(AGENT, limit=10):
            print(f"{each['role']:>9}  {each['content']}")
        agent = GuideAgent(session)
        for line in sys.stdin:
            print(f"assistant  {agent.provide_guidance(line.strip())['guidance']}")


if __name__ == "__main__":
    main()
