"""A chat service that stores nothing: a front end has a token, a conversation has an id, and the session has the rest.

    python examples/chat_service.py

It takes calls as lines of JSON, and answers each with a line, as a server would over HTTP:

    {"call": "log_in", "user_id": "user-1"}
    {"call": "send_message_to_guide", "token": "hft_…", "message": "Help me upload a file"}
    {"call": "open_liaison", "token": "hft_…"}
    {"call": "send_message_to_liaison", "conversation_id": "conv_…", "message": "How far is it?"}
    {"call": "refresh", "token": "hft_…"}
    {"call": "earlier", "token": "hft_…", "agent_type": "guide_agent", "before": 17}

Kill it and its servers, start them again, and send `refresh`: the page is what it was.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

from guide_agent import GuideAgent
from liaison_agent import LiaisonAgent

import holdfast

ON_A_PAGE = 50
"""Messages of each conversation that a page shows before somebody scrolls up."""


class ChatService:
    """What a front end calls."""

    def __init__(self, hf: holdfast.Holdfast) -> None:
        self.hf = hf

    def log_in(self, user_id: str) -> dict[str, Any]:
        """A session of the user's, and the token by which the page finds it again."""
        session = self.hf.start(user_id, kind="chat", agent="chat_service")
        return {"token": session.issue_token(seconds=86_400, label="page")}

    def send_message_to_guide(self, token: str, message: str) -> dict[str, Any]:
        """The guide's answer. The guide has put both into the session: nothing is to be added here."""
        return GuideAgent(self.hf.session_by_token(token)).provide_guidance(message)

    def open_liaison(self, token: str) -> dict[str, Any]:
        """The id of the user's conversation with the liaison; the same whenever it is asked for."""
        return {"conversation_id": self.hf.session_by_token(token).open_conversation("content_liaison")}

    def send_message_to_liaison(self, conversation_id: str, message: str) -> dict[str, Any]:
        """The liaison's answer. The conversation's id leads to its session."""
        return LiaisonAgent(self.hf.session_by_conversation(conversation_id)).process_user_query(message)

    def refresh(self, token: str) -> dict[str, Any]:
        """All that the page shows, with the newest messages of each conversation."""
        return self.hf.session_by_token(token).document(token=token, messages=ON_A_PAGE)

    def earlier(self, token: str, agent_type: str, before: int | None = None) -> dict[str, Any]:
        """What was said before that, for somebody who scrolls up; `first` is the next `before`."""
        session = self.hf.session_by_token(token)
        window = session.get_conversation_history(agent_type, limit=ON_A_PAGE, before=before)
        return {"messages": window, "first": window.first}

    @property
    def calls(self) -> dict[str, Callable[..., dict[str, Any]]]:
        """What can be called, by name."""
        names = ("log_in", "send_message_to_guide", "open_liaison", "send_message_to_liaison", "refresh", "earlier")
        return {name: getattr(self, name) for name in names}


def main() -> None:
    """Answer calls until there are no more."""
    with holdfast.connect() as hf:
        calls = ChatService(hf).calls
        for line in sys.stdin:
            asked = json.loads(line)
            try:
                answer = calls[asked.pop("call")](**asked)
            except holdfast.HoldfastError as error:
                answer = {"error": error.code, "message": error.message}
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
