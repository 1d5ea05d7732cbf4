"""A liaison agent that stores nothing: it speaks for an orchestrator, and reads in the session how that is getting on.

    python examples/liaison_agent.py SESSION-…

Run it beside `guide_agent.py`, on the session that this shows: two agents, two conversations, one session.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import holdfast

Thinking = Callable[[Sequence[dict[str, Any]], Mapping[str, Any]], str]
"""From what was said so far and where the orchestrator stands, to the answer. Put a model in its place."""


def scripted(said: Sequence[dict[str, Any]], state: Mapping[str, Any]) -> str:
    """An answer without a model."""
    running = [each["workflow_id"] for each in state["active_workflows"]]
    if not running:
        return f"{state['orchestrator_name']} is {state['status'].replace('_', ' ')}: nothing is running."
    again = " still" if len(said) > 1 else ""
    return f"{state['orchestrator_name']} is{again} {state['status']}: {', '.join(running)}."


class LiaisonAgent:
    """Answers for one orchestrator, in a conversation of its own."""

    def __init__(
        self,
        session: holdfast.Session,
        name: str = "content_liaison",
        orchestrator: str = "ContentAnalysisOrchestrator",
        think: Thinking = scripted,
    ) -> None:
        self.session = session
        self.name = name
        self.orchestrator = orchestrator
        self.think = think

    def process_user_query(self, query: str) -> dict[str, Any]:
        """The answer to the user's question. Both are in the log when it returns, with the progress that it tells."""
        self.session.add_conversation_message(self.name, "user", query, actor="user")
        state = self.session.get_orchestrator_state(self.orchestrator)
        message = self.think(self.session.get_conversation_history(self.name, limit=50), state)
        newest = (state["active_workflows"] or state["ended_workflows"] or [{}])[-1]
        context = {
            "orchestrator": self.orchestrator,
            "workflow_id": newest.get("workflow_id"),
            "status": state["status"],
        }
        self.session.update_conversation_orchestrator_context(self.name, context)
        return self.session.add_conversation_message(self.name, "assistant", message, context)


def main() -> None:
    """Talk to somebody at a terminal."""
    with holdfast.connect() as hf:
        agent = LiaisonAgent(hf.session(sys.argv[1], agent="content_liaison"))
        for line in sys.stdin:
            print(f"assistant  {agent.process_user_query(line.strip())['content']}")


if __name__ == "__main__":
    main()
