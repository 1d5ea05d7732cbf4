"""What is remembered, on the agent's side: of a user, of a campaign, or of all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, get_args

from holdfast.errors import InvalidInput
from holdfast.events import identifier, instant, reference
from holdfast.remembering.memory import KINDS, Kind, MemoryStatus
from holdfast.remembering.record import recalls_of

if TYPE_CHECKING:
    from holdfast.client.holdfast import Holdfast
    from holdfast.client.session.log import Log
    from holdfast.remembering.memory import Memory
    from holdfast.remembering.memory.change import Change
    from holdfast.remembering.patterns import Pattern
    from holdfast.remembering.record import UserRecord
    from holdfast.service.memories import Audit
    from holdfast.service.paging import Listing
    from holdfast.service.searching import Hits, Searcher
    from holdfast.store.memories import Owner, Wanted
    from holdfast.store.runs import Run

__all__ = ["HOLDING", "STATUSES", "Memories", "owners_of", "recall", "wanted_of"]

HOLDING: tuple[MemoryStatus, ...] = ("current", "contested")
"""What is shown unless asked for more: what holds, and what is contested."""

STATUSES: tuple[MemoryStatus, ...] = get_args(MemoryStatus)

Statuses = MemoryStatus | Sequence[MemoryStatus] | None


class Memories:
    """What is remembered of some owners: of a user, of a campaign, of both, or of all that the tenant has."""

    def __init__(self, holdfast: Holdfast, owners: tuple[Owner, ...] | None) -> None:
        self._holdfast = holdfast
        self._owners = owners

    def __repr__(self) -> str:
        whose = "all" if self._owners is None else ", ".join(f"{owner.kind} {owner.id!r}" for owner in self._owners)
        return f"<Memories of {whose}>"

    def search(  # one argument a filter
        self,
        text: str,
        *,
        kind: Kind | None = None,
        key: str | None = None,
        min_confidence: float = 0.0,
        since: datetime | str | None = None,
        status: Statuses = HOLDING,
        limit: int = 10,
        also: Sequence[Searcher] = (),
    ) -> Hits:
        """The memories that fit the text best, each with its evidence and with what its place rests on.

        All words count, "several words" in their order, `or` between them, -without; where too few have them all,
        those with some come behind. Relevance, confidence as of now and recency are multiplied. `since` when it must
        have been seen; a `status` of None lets all through. `also` are further searchers, as one by embeddings: see
        `holdfast.service.searching`. Raises `InvalidInput`.
        """
        wanted = wanted_of(self._owners, kind, key, status, min_confidence=min_confidence, since=since)
        return self._holdfast.service.memories.search(text, wanted, limit=limit, also=also)

    def list(
        self,
        *,
        kind: Kind | None = None,
        key: str | None = None,
        status: Statuses = HOLDING,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Listing[Memory]:
        """What is remembered, what was seen last first, without the evidence. The list's `next` is the next `cursor`.

        Raises `InvalidInput`.
        """
        wanted = wanted_of(self._owners, kind, key, status)
        return self._holdfast.service.memories.listed(wanted, limit=limit, cursor=cursor)

    def show(self, memory_id: str) -> Memory:
        """The memory of that id, whatever its status, with its evidence. Raises `MemoryNotFound`."""
        return self._holdfast.service.memories.find(memory_id, wanted_of(self._owners, None, None, None))

    def preferences(self) -> UserRecord:
        """The user's preferences with how sure one may be, as `Holdfast.preferences`; of one user alone."""
        return self._holdfast.preferences(self._user())

    def patterns(self, *, zone: str = "UTC") -> Sequence[Pattern]:
        """What the user's sessions have in common, as `Holdfast.patterns`; of one user alone."""
        return self._holdfast.patterns(self._user(), zone=zone)

    def audit(self) -> Audit:
        """What is wrong: duplicates, contradictions, what is stale, unsupported or over. Nothing is changed."""
        return self._holdfast.service.memories.audit(self._owners)

    def forget(self, memory_id: str) -> tuple[Change, ...]:
        """Delete a memory and its evidence for good, because its owner wants so; returns what else changed by that.

        It is not learned again from what was said up to now; who says it anew is believed. Raises `MemoryNotFound`.
        """
        return self._holdfast.service.memories.forget(memory_id, wanted_of(self._owners, None, None, None))

    def undo(self, run_id: str) -> tuple[Change, ...]:
        """Take out what a run learned, as if it had never been; returns what changed. Undone twice is undone once.

        The range is not learned from again. Raises `RunNotFound`, also for one that `runs` does not list.
        """
        return self._holdfast.service.memories.undo(run_id, self._owners)

    def runs(self, *, session_id: str | None = None, limit: int = 50, cursor: str | None = None) -> Listing[Run]:
        """From which ranges of which sessions was learned, the newest first. Raises `InvalidInput`."""
        return self._holdfast.service.memories.runs(self._owners, session_id=session_id, limit=limit, cursor=cursor)

    def _user(self) -> str:
        users = [owner.id for owner in self._owners or () if owner.kind == "user"]
        if len(users) != 1:
            raise InvalidInput("owner", "must be a user for this: hf.memories(user_id)")
        return users[0]


def wanted_of(
    owners: tuple[Owner, ...] | None,
    kind: str | None,
    key: str | None,
    status: Statuses,
    *,
    min_confidence: float = 0.0,
    since: datetime | str | None = None,
) -> Wanted:
    """The filters, checked. Raises `InvalidInput`."""
    from holdfast.store.memories import Wanted  # noqa: PLC0415  # part of the extra [server]

    if kind is not None and kind not in KINDS:
        raise InvalidInput("kind", f"must be one of {', '.join(KINDS)}, not {kind!r}")
    statuses = None if status is None else _several(status)
    for each in statuses or ():
        if each not in STATUSES:
            raise InvalidInput("status", f"must be among {', '.join(STATUSES)}, not {each!r}")
    if type(min_confidence) not in {int, float} or not 0 <= min_confidence <= 1:
        raise InvalidInput("min_confidence", f"must be a number from 0 to 1, not {min_confidence!r}")
    return Wanted(
        owners,
        kind,
        None if key is None else reference("key", key),
        statuses,
        None if since is None else instant("since", since),
        float(min_confidence),
    )


def _several(status: object) -> tuple[str, ...]:
    given = status if isinstance(status, Iterable) and not isinstance(status, str) else (status,)
    return tuple(map(str, given))


def owners_of(owner: str | None, campaign: str | None) -> tuple[Owner, ...] | None:
    """A user, a campaign, both, or, where neither is given, all. Raises `InvalidInput`."""
    from holdfast.store.memories import Owner  # noqa: PLC0415  # part of the extra [server]

    owners = []
    if owner is not None:
        owners.append(Owner("user", identifier("owner", owner)))
    if campaign is not None:
        owners.append(Owner("campaign", reference("campaign", campaign)))
    return tuple(owners) or None


def recall(session: Log, text: str, *, kind: Kind | None, min_confidence: float, limit: int) -> Hits:
    """As `Session.recall` says."""
    service = session._holdfast.service.memories  # noqa: SLF001  # the two are one surface
    wanted = wanted_of(service.owners_of(session.id), kind, None, HOLDING, min_confidence=min_confidence)
    hits = service.search(text, wanted, limit=limit)
    if hits:
        session.append(*recalls_of((hit.memory for hit in hits), "search", text))
    return hits
