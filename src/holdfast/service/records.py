"""One tenant's users and campaigns, as memory has them: the user's record, and what a new session begins with."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Engine

from holdfast.events import CampaignUpdated, KnowledgeLearned, Payload, identifier, reference
from holdfast.remembering.campaign import PAST_LEARNINGS, brought, known_in, relevant
from holdfast.remembering.memory import Kind, Memory
from holdfast.remembering.record import UserRecord, defaults_of, recalls_of, user_record
from holdfast.store import log, memories, users
from holdfast.store.memories import Owner, Wanted
from holdfast.store.transaction import transaction

__all__ = ["Records"]

LOOKED_AT = 500
"""Memories of one owner, the newest, that are looked at."""


class Records:
    """One tenant's. They are computed of memories when they are asked for."""

    def __init__(self, engine: Engine, *, tenant: str) -> None:
        self._engine = engine
        self.tenant = tenant

    def user(self, user_id: str) -> UserRecord:
        """The user's preferences with their confidence, and their sessions in short. Raises `InvalidInput`."""
        identifier("user_id", user_id)
        with transaction(self._engine) as connection:
            found = users.record(connection, self.tenant, user_id)
        return user_record(
            user_id, found.last_session_id, found.session_count, self._held(Owner("user", user_id), "preference")
        )

    def learnings(self, campaign: str) -> list[Memory]:
        """What the campaign's sessions taught, the newest first."""
        return self._held(Owner("campaign", campaign), "learning")

    def begun_with(
        self, user_id: str, campaign: Mapping[str, Any] | None, about: str, *, defaults: bool
    ) -> list[Mapping[str, Any]]:
        """The events that follow the start of a session: its campaign, what it taught, and what the user prefers."""
        begun: list[Mapping[str, Any]] = []
        said: list[Payload] = []
        if campaign is not None:
            begun.append({"type": CampaignUpdated.TYPE, "data": campaign})
            campaign_id = campaign.get("gtm_id")
            if isinstance(campaign_id, str):
                reference("campaign", campaign_id)
                said += brought(relevant(self.learnings(campaign_id), f"{campaign.get('title', '')} {about}"))
        if defaults:
            # Without the user's sessions: counting them at every start would make starting slower and slower.
            granted = defaults_of(user_record(user_id, None, 0, self._held(Owner("user", user_id), "preference")))
            said += [granted] if granted else []
        return [*begun, *_told(said)]

    def brought_back(self, events: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """What to say before these events, which come from a document: which of their campaign's learnings are ours."""
        campaign = next((e["data"].get("gtm_id") for e in events if e["type"] == CampaignUpdated.TYPE), None)
        facts = [
            event["data"]["facts"]
            for event in events
            if event["type"] == KnowledgeLearned.TYPE and event["data"].get("area") == PAST_LEARNINGS
        ]
        if not facts or not isinstance(campaign, str):
            return []
        reference("campaign", campaign)
        return _told(recalls_of(known_in(facts, self.learnings(campaign)), "campaign"))

    def _held(self, owner: Owner, kind: Kind) -> list[Memory]:
        wanted = Wanted((owner,), kind, statuses=("current", "contested"))
        with transaction(self._engine) as connection:
            return memories.listed(log.cursor(connection), self.tenant, wanted, before=None, limit=LOOKED_AT)


def _told(said: Sequence[Payload]) -> list[Mapping[str, Any]]:
    return [{"type": each.TYPE, "data": each.model_dump(mode="json", exclude_unset=True)} for each in said]
