"""Steps of the knowledge family."""

from typing import Any

from holdfast.events import (
    CampaignUpdated,
    Confidence,
    Event,
    InformationProvided,
    KnowledgeLearned,
    MemoryRecalled,
    PreferenceRefused,
    PreferenceStated,
)
from holdfast.session.campaign import legal
from holdfast.session.facts import Word, add, decide, merge
from holdfast.session.parts import Area, Campaign, Default, Information, Preference, Source
from holdfast.session.parts.knowledge import marked
from holdfast.session.paths import below
from holdfast.session.state import State
from holdfast.session.steps.context import contest
from holdfast.session.table import folds

__all__ = ["settle"]


@folds(KnowledgeLearned)
def knowledge_learned(state: State, event: Event, said: KnowledgeLearned) -> None:
    """Facts are merged key by key, items added; each rests on the events that say it."""
    area = state.knowledge.setdefault(said.area, Area())
    word = Word(event.seq, _source(event, said.source, said.confidence), said.base)
    if isinstance(said.facts, dict):
        merge(area, said.facts, word)
    else:
        add(area, said.facts, word)
    area.learned_from = said.source or event.actor
    area.confidence = said.confidence
    area.updated_at = event.occurred_at


def settle(state: State, event: Event, about: str | None, value: Any, decided_by: str | None) -> None:
    """Let a decision about a contested fact, `knowledge.product.tvl`, settle it."""
    if about is None or not about.startswith("knowledge."):
        return
    word = Word(event.seq, _source(event, decided_by, None))
    for name, area in state.knowledge.items():
        start = below("knowledge", name)
        if about.startswith(start) and decide(area, about[len(start) :].removeprefix("."), value, word):
            return


def _source(event: Event, who: str | None, confidence: Confidence | None) -> Source:
    return Source(who=who or event.actor, at=event.occurred_at, event_id=str(event.id), confidence=confidence)


@folds(InformationProvided)
def information_provided(state: State, event: Event, said: InformationProvided) -> None:
    """The last that was said of each key."""
    state.information[said.key] = Information(
        value=said.value,
        provided_by=said.provided_by or event.actor,
        provided_at=event.occurred_at,
        note=said.note,
        event_id=str(event.id),
    )


@folds(PreferenceStated)
def preference_stated(state: State, event: Event, said: PreferenceStated) -> None:
    """The last that was said of each key."""
    state.preferences[said.key] = Preference(
        value=said.value,
        confidence=said.confidence,
        note=said.note,
        stated_at=event.occurred_at,
        event_id=str(event.id),
    )


@folds(PreferenceRefused)
def preference_refused(state: State, event: Event, said: PreferenceRefused) -> None:  # noqa: ARG001  # as every step
    """A default, or one thing of a list of them, no longer holds. What the user stated is not touched."""
    default = state.defaults.get(said.key)
    if default is None:
        return
    if said.value is None or marked(said.value) == marked(default.value):
        default.refused = True
    elif isinstance(default.value, list):
        default.value = [each for each in default.value if marked(each) != marked(said.value)]


@folds(MemoryRecalled)
def memory_recalled(state: State, event: Event, said: MemoryRecalled) -> None:
    """What was given back, and which preferences hold by default."""
    state.recalled.update({each.id: each.text or "" for each in said.memories})
    for key, value in said.defaults.items():
        borne = [each for each in said.memories if each.key == key]
        state.defaults[key] = Default(
            value=value,
            confidence=min((each.confidence for each in borne if each.confidence is not None), default=None),
            memories=[each.id for each in borne],
            event_id=str(event.id),
        )


@folds(CampaignUpdated)
def campaign_updated(state: State, event: Event, said: CampaignUpdated) -> None:
    """Field by field; what is not given stays. So does the status, where the step is none that a campaign can take."""
    before = state.campaign.model_dump(exclude_unset=True) if state.campaign else {}
    given = said.model_dump(exclude_unset=True, exclude={"details"})
    if said.status is None or not legal(before.get("status"), said.status):
        given.pop("status", None)
    state.campaign = Campaign.model_validate(before | given)
    state.campaign_said.update(dict.fromkeys(given, str(event.id)))
    if said.status not in (None, state.campaign.status):
        contest(state, event, state.campaign.gtm_id or "campaign")
