"""Steps of the knowledge family."""

from holdfast.events import CampaignUpdated, Event, InformationProvided, KnowledgeLearned, PreferenceStated
from holdfast.session.parts import Area, Campaign, Information, Preference
from holdfast.session.state import State
from holdfast.session.table import folds


@folds(KnowledgeLearned)
def knowledge_learned(state: State, event: Event, said: KnowledgeLearned) -> None:
    """Facts are set key by key, items added."""
    area = state.knowledge.setdefault(said.area, Area())
    if isinstance(said.facts, dict):
        area.facts.update(said.facts)
    else:
        area.items.extend(said.facts)
    area.learned_from = said.source or event.actor
    area.confidence = said.confidence
    area.updated_at = event.occurred_at


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


@folds(CampaignUpdated)
def campaign_updated(state: State, event: Event, said: CampaignUpdated) -> None:  # noqa: ARG001
    """Field by field; what is not given stays."""
    before = state.campaign.model_dump(exclude_unset=True) if state.campaign else {}
    state.campaign = Campaign.model_validate(before | said.model_dump(exclude_unset=True))
