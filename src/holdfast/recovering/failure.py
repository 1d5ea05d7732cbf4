"""What is said where nothing could be recovered, in the words of the session protocol."""

__all__ = ["APOLOGY", "failed_steps"]

APOLOGY = "I apologize but I could not load your previous session. Let me help you get set up quickly."


def failed_steps(session_id: str) -> list[str]:
    """What to do about it: start anew, and have the old session looked at, which is kept as it is."""
    anew = f"hf.start(user_id, continues={session_id!r})"
    return [
        f"Start a fresh session ({anew}), and rebuild the key information with the user",
        f"Have session {session_id} looked at: holdfast sessions inspect {session_id}",
    ]
