"""Progress: how far a session is, from what is nearest at hand to what was said of it at some time."""

from collections.abc import Iterable, Iterator

from holdfast.recovering.summary import shortened, value_text
from holdfast.remembering.summary.carry import CONSULTED, ENDED, FACTS, Carry
from holdfast.session.parts import Campaign, Task

__all__ = ["progress_of"]

Told = tuple[str, Iterable[str | None]]


def progress_of(carry: Carry) -> Iterator[Told]:
    """What is told of it, the most telling first."""
    yield from _life(carry)
    for task in reversed(carry.state.tasks.values()):
        yield from _task(task, carry.sources.tasks.get(task.task_id, {}))
    yield from _words(carry)
    yield from reversed(carry.ended[-ENDED:])
    yield from _known(carry)
    for asked in reversed(carry.state.agents_consulted[-CONSULTED:]):
        about = f" about {shortened(asked.question, 160)}" if asked.question else ""
        said = f": {shortened(value_text(asked.output), 200)}" if asked.output is not None else ""
        yield f"{shortened(asked.agent, 80)} was asked{about}{said}", (asked.event_id,)


def _life(carry: Carry) -> Iterator[Told]:
    state, own = carry.state, carry.sources.own
    title = f": {shortened(state.title)}" if state.title else ""
    yield f"A session of {state.user_id} ({state.kind or 'general'}){title}", (own.get("started"),)
    if state.forked_from:
        past = f"{state.forked_from.session_id} up to event {state.forked_from.seq}"
        yield f"It has the past of {past}", (own.get("forked"),)
    why = f": {shortened(state.status_reason)}" if state.status_reason else ""
    yield f"It is {state.status}{why}", (own.get("status"),)
    if state.summary:
        yield f"Said of it as a whole: {shortened(state.summary, 400)}", (own.get("summary"),)


def _task(task: Task, told: dict[str, str]) -> Iterator[Told]:
    """How far a task is; that it is open is told among what is open."""
    parts = [
        (f"{task.progress:g}% done" if task.progress is not None else None, "progress"),
        (f"now: {shortened(task.current_step, 130)}" if task.current_step else None, "current_step"),
        (f"last: {shortened(task.last_action, 130)}" if task.last_action else None, "last_action"),
        (f"completed: {shortened(task.completed_steps[-1], 130)}" if task.completed_steps else None, "completed_steps"),
    ]
    said = [(text, told.get(field, told.get("assigned"))) for text, field in parts if text]
    if said:
        yield f"Task {shortened(task.task_id, 60)}, {', '.join(text for text, _ in said)}", [each for _, each in said]


def _words(carry: Carry) -> Iterator[Told]:
    """How much was said, what it began with and what came last."""
    own, heard = carry.sources.own, carry.heard
    count = carry.state.history.by_type.get("message.added", 0)
    if count:
        said = f"{count:,} message{'s' if count > 1 else ''}"
        yield said, (own.get("first_message"), own.get("last_message"))
    asked, last = heard.get("asked"), heard.get("user")
    if asked:
        yield f"The user began with: {asked.text}", (asked.event_id,)
    if last and asked and last.event_id != asked.event_id:
        yield f"Last from the user: {last.text}", (last.event_id,)
    if "assistant" in heard:
        yield f"Last from the assistant: {heard['assistant'].text}", (heard["assistant"].event_id,)


def _known(carry: Carry) -> Iterator[Told]:
    """The campaign and the phase, what conversations are about, and what the user told."""
    state, own = carry.state, carry.sources.own
    if state.world.current_phase:
        yield f"The phase is {shortened(state.world.current_phase)}", (own.get("phase"),)
    if state.campaign:
        yield from _campaign(state.campaign, state.campaign_said)
    for key, event_id in reversed(carry.sources.topics.items()):
        talk = state.conversations[key]
        text = ": ".join(shortened(each, 180) for each in (talk.topic, talk.summary) if each)
        yield f"The conversation {shortened(key, 60)} is about {text}", (event_id,)
    for name, told in reversed([*state.information.items()][-FACTS:]):
        yield f"The user said, {shortened(name, 100)}: {value_text(told.value)}", (told.event_id,)
    for name, wish in reversed([*state.preferences.items()][-FACTS:]):
        yield f"The user prefers, {shortened(name, 100)}: {value_text(wish.value)}", (wish.event_id,)


def _campaign(campaign: Campaign, said: dict[str, str]) -> Iterator[Told]:
    known = {
        "gtm_id": campaign.gtm_id,
        "title": campaign.title,
        "tier": None if campaign.tier is None else f"tier {campaign.tier}",
        "campaign_owner": campaign.campaign_owner,
        "status": campaign.status,
    }
    told = {name: shortened(text, 90) for name, text in known.items() if text}
    if told:
        yield f"The campaign: {', '.join(told.values())}", [said.get(name) for name in told]
