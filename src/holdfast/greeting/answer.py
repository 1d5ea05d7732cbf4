"""What a user is told who comes back, or comes for the first time. No claim goes beyond the session's log."""

from collections.abc import Iterator

from holdfast.recovering.summary import decided, last_action, progress, shortened
from holdfast.session import State

__all__ = ["APOLOGY", "CONTINUE", "NOTHING_EARLIER", "WELCOME", "WELCOME_BACK", "last_time"]

APOLOGY = "I apologize but I could not load your previous session. Let me help you get set up quickly."
"""The words of the protocol."""

CONTINUE = "Would you like to continue from there, or start fresh?"

WELCOME = "Welcome. What would you like to work on?"
WELCOME_BACK = (
    'Welcome back. What would you like to work on? You can say "continue where we left off" anytime to resume.'
)
NOTHING_EARLIER = "There is no earlier session of yours to go on with, so this is a new one. What shall we work on?"

LISTED = 3
"""Decisions, questions and steps that are told; the newest."""


def last_time(state: State, title: str | None = None) -> str:
    """The summary of an earlier session, and the offer to go on; `title` is what listings call it."""
    return " ".join((*_told(state, title), CONTINUE))


def _told(state: State, title: str | None) -> Iterator[str]:
    yield _subject(state, title)
    if state.summary:
        yield f"In short: {_sentence(shortened(state.summary))}"
    if state.decisions_made:
        count = len(state.decisions_made)
        some = f" (the last {LISTED} of {count})" if count > LISTED else ""
        yield _sentence(f"We had decided{some}: " + "; ".join(map(decided, state.decisions_made[-LISTED:])))
    yield from _how_far(state)
    if state.unsettled_effects:
        named = ", ".join(shortened(each.action or each.id) for each in state.unsettled_effects[-LISTED:])
        yield _sentence(f"Whether this was done is not known: {named}")
    if state.pending_decisions:
        questions = [shortened(each.question) for each in state.pending_decisions.values()]
        yield _sentence("Still to be answered: " + "; ".join(questions[-LISTED:]))


def _subject(state: State, title: str | None) -> str:
    """What the session was about, by the first of those that say it which the log has."""
    task, main = state.active_task, next(iter(state.conversations.values()), None)
    campaign = state.campaign.title if state.campaign else None
    topic = main.topic if main else None
    ended = state.tasks_completed[-1].description if state.tasks_completed else None
    named = (task.description if task else None, campaign, state.title, topic, ended, title)
    what = next(filter(None, named), None)
    if what is None:
        return f"Last time we were in session {state.session_id}."
    return _sentence(f"Last time we were working on: {shortened(what)}")


def _how_far(state: State) -> Iterator[str]:
    task = state.active_task
    if done := progress(task):
        yield f"Progress: {done}."
    if action := last_action(state):
        yield _sentence(f"Last step: {shortened(action)}")
    if task and task.next_steps:
        yield _sentence("Next: " + "; ".join(map(shortened, task.next_steps[:LISTED])))
    if state.ended_at is not None:
        yield f"That session is {state.status}."


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
